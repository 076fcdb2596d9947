"""Walks through a world with known stages: touchpoints, the hidden stage at each, and who is gone."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import gamma

from journey_analytics.simulate.stage_worlds import StageWorld

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
_MICROSECONDS = 86_400_000_000
_BOT_EVENTS, _BOT_GAP_DAYS = 40.0, 0.002
_BOT_TYPES = ("page_view", "product_view", "search")


@dataclass(frozen=True)
class StageTruth:
    """Touchpoints, and what is true of them.

    Attributes:
        touchpoints: One row per touchpoint, by customer and time: ``customer_key``, ``occurred_at``, ``event_type`` and
            ``true_stage``, which is null for crawlers.
        customers: One row per customer who is no crawler: ``customer_key`` and ``has_dropped_off``.
        watermark: End of the time observed.
    """

    touchpoints: pl.DataFrame
    customers: pl.DataFrame
    watermark: datetime


def walk_stages(world: StageWorld, customers_count: int, seed: int) -> StageTruth:
    """Let customers go through the hidden stages of a world; the same seed gives the same customers."""
    rng = np.random.default_rng([seed, *world.name.encode()])
    people, gone = _people(world, customers_count, rng)
    watermark = FIRST_DAY.timestamp() + world.days * 86_400
    frames = [people, _machine_opens(people, world, rng), _bots(customers_count, world, rng)]
    touchpoints = pl.concat(frames).filter(pl.col("day") < world.days)
    for event_type, share in world.disturbances.missing.items():
        is_lost = (pl.col("event_type") == event_type) & (pl.Series(rng.random(touchpoints.height)) < share)
        touchpoints = touchpoints.filter(~is_lost)
    shown = touchpoints.sort("customer_key", "day", maintain_order=True).select(
        pl.col("customer_key").cast(pl.UInt64),
        occurred_at=pl.lit(FIRST_DAY) + pl.duration(microseconds=(pl.col("day") * _MICROSECONDS).cast(pl.Int64)),
        event_type=pl.col("event_type"),
        true_stage=pl.col("true_stage"),
    )
    seen = pl.DataFrame({"customer_key": np.arange(customers_count), "has_dropped_off": gone})
    seen = seen.with_columns(pl.col("customer_key").cast(pl.UInt64))
    return StageTruth(shown, seen.join(shown, on="customer_key", how="semi"), datetime.fromtimestamp(watermark, UTC))


def _people(world: StageWorld, count: int, rng: np.random.Generator) -> tuple[pl.DataFrame, npt.NDArray[np.bool_]]:
    """What people do until they drop off or the time observed is over; and who dropped off within it."""
    disturbed = world.disturbances
    start, move, drop = np.cumsum(world.start), np.array(world.move), np.array(world.drop)
    happens = np.cumsum(world.happens, axis=1)
    scale = np.array(world.gap_days) / gamma(1.0 + 1.0 / disturbed.gap_shape)
    pace = np.exp(rng.normal(-(disturbed.pace_spread**2) / 2, disturbed.pace_spread, count))
    stays = np.exp(rng.normal(0.0, disturbed.stay_spread, count))
    who, day = np.arange(count), rng.random(count) * world.days
    stage = _drawn(np.broadcast_to(start, (count, len(start))), rng)
    gone = np.zeros(count, dtype=np.bool_)
    found: list[tuple[Integers, Floats, Integers, Integers]] = []
    while len(who):
        found.append((who, day, stage, _drawn(happens[stage], rng)))
        leaves = rng.random(len(who)) < drop[stage]
        gone[who[leaves]] = True
        who, day, stage = who[~leaves], day[~leaves], stage[~leaves]
        chances = move[stage].copy()
        chances[np.arange(len(who)), stage] *= stays[who]
        chances /= chances.sum(axis=1, keepdims=True)
        stage = _drawn(np.cumsum(chances, axis=1), rng)
        day = day + scale[stage] * pace[who] * rng.weibull(disturbed.gap_shape, len(who))
        in_time = day < world.days
        who, day, stage = who[in_time], day[in_time], stage[in_time]
    columns = [np.concatenate(column) for column in zip(*found, strict=True)]
    names = pl.Series([ours for _, ours in world.hidden])
    return pl.DataFrame(
        {
            "customer_key": columns[0],
            "day": columns[1],
            "event_type": pl.Series(world.event_types).gather(columns[3]),
            "true_stage": names.gather(columns[2]),
        }
    ).sort("customer_key", "day"), gone


def _drawn(cumulated: Floats, rng: np.random.Generator) -> Integers:
    """A place for each row, by cumulated probabilities."""
    drawn = rng.random(len(cumulated))
    return (drawn[:, None] >= cumulated[:, :-1]).sum(axis=1)


def _machine_opens(people: pl.DataFrame, world: StageWorld, rng: np.random.Generator) -> pl.DataFrame:
    """E-mails opened by machines, each in the stage of the customer's last deed before."""
    first = people.group_by("customer_key", maintain_order=True).agg(pl.col("day").first())
    counts = rng.poisson(world.disturbances.machine_opens * (world.days - first["day"].to_numpy()))
    since = np.repeat(first["day"].to_numpy(), counts)
    opens = pl.DataFrame(
        {
            "customer_key": np.repeat(first["customer_key"].to_numpy(), counts),
            "day": since + rng.random(len(since)) * (world.days - since),
        }
    ).sort("day")
    stages = people.select("customer_key", "day", "true_stage").sort("day")
    return (
        opens.with_columns(event_type=pl.lit("email_open"))
        .join_asof(stages, on="day", by="customer_key", check_sortedness=False)
        .select(people.columns)
    )


def _bots(customers_count: int, world: StageWorld, rng: np.random.Generator) -> pl.DataFrame:
    """Crawlers: many pages at short gaps, once."""
    bots = int(world.disturbances.bots * customers_count)
    events = rng.poisson(_BOT_EVENTS, bots) + 1
    who = np.repeat(np.arange(bots), events)
    place = np.arange(len(who)) - np.repeat(np.cumsum(events) - events, events)
    return pl.DataFrame(
        {
            "customer_key": who + customers_count,
            "day": (rng.random(bots) * world.days)[who] + place * _BOT_GAP_DAYS,
            "event_type": pl.Series(_BOT_TYPES).gather(rng.integers(0, len(_BOT_TYPES), len(who))),
            "true_stage": pl.Series([None] * len(who), dtype=pl.String),
        },
        schema_overrides={"customer_key": pl.Int64, "day": pl.Float64, "event_type": pl.String},
    )
