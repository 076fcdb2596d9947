"""Clocks and chance: local hours in UTC, times as texts, and one stream of chance per concern."""

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.simulate.world import World

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

OFFICE_HOURS, WAKING_HOURS = (8, 18), (6, 23)


def stream(seed: int, concern: str) -> np.random.Generator:
    """A source of chance of its own for each concern, so that a change in one leaves the others as they are."""
    return np.random.default_rng([seed, *concern.encode()])


def time_of_day(at_work: Flags, world: World, rng: np.random.Generator) -> Integers:
    """Milliseconds since local midnight: business hours for those who come from work, evenings for the others."""
    drawn = rng.random(len(at_work))
    hours = [choose(weights, drawn) for weights in (world.rhythm.work_hours, world.rhythm.home_hours)]
    return np.where(at_work, *hours) * HOUR + rng.integers(0, HOUR, len(at_work))


def choose(weights: npt.ArrayLike, drawn: Floats) -> Integers:
    """Places of weights, each as often as its weight says, from numbers drawn between 0 and 1."""
    upper = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(upper / upper[-1], drawn, side="right")


def utc(day: Integers, local: Integers, world: World) -> Integers:
    """Instants in milliseconds since 1970, from days of the period and local milliseconds since midnight."""
    naive = pl.Series(world.starts_at + day * DAY + local).cast(pl.Datetime("ms"))
    return naive.dt.replace_time_zone(world.time_zone, ambiguous="earliest").dt.epoch("ms").to_numpy()


def within_hours(at: Integers, hours: tuple[int, int], world: World) -> Integers:
    """Instants outside some local hours, put off to a time within these."""
    first, last = (hour * HOUR for hour in hours)
    zoned = pl.Series(at).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(world.time_zone)
    local = zoned.dt.replace_time_zone(None).dt.epoch("ms").to_numpy() % DAY
    waits = np.where(local < first, first - local, np.where(local >= last, DAY + first - local, 0))
    return at + np.where(waits > 0, waits + local % (last - first), 0)


def instant(column: str) -> pl.Expr:
    """A column of milliseconds since 1970 as UTC times."""
    return pl.from_epoch(pl.col(column), "ms").dt.replace_time_zone("UTC")


def iso(column: str) -> pl.Expr:
    """The same as ISO 8601 texts with milliseconds."""
    return instant(column).dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ")


def iso_seconds(column: str) -> pl.Expr:
    """The same as ISO 8601 texts with seconds."""
    return instant(column).dt.to_string("%Y-%m-%dT%H:%M:%SZ")


def month(column: str) -> pl.Expr:
    """Month of a column of milliseconds, as a text that sorts: 2026-03."""
    return instant(column).dt.to_string("%Y-%m")


def clipped(at: pl.Expr, world: World) -> pl.Expr:
    """Instants no later than the last one of the period."""
    return pl.min_horizontal(at, pl.lit(world.ends_at - 1))


def one_of(texts: tuple[str, ...], place: pl.Expr) -> pl.Expr:
    """The text at a place; places beyond the last begin again."""
    return pl.lit(pl.Series(texts).implode()).list.get(place % len(texts))
