"""Hidden paths: through which stages people go, on which days they visit, and where they fall silent."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from journey_analytics.simulate.habits import STAGES
from journey_analytics.simulate.people import skip_weekend
from journey_analytics.simulate.rhythm import Flags, Floats, Integers, stream
from journey_analytics.simulate.world import World, months_later

GONE = len(STAGES)
"""In the place of a next stage: silence for good."""

_AWARENESS = STAGES.index("awareness")
_TINY = 1e-12


@dataclass(frozen=True)
class _Walkers:
    """People on their way: who they are, the stage they enter, on which day, in which of their journeys."""

    person: Integers
    stage: Integers
    day: Integers
    journey: Integers

    def only(self, kept: Flags) -> "_Walkers":
        return _Walkers(self.person[kept], self.stage[kept], self.day[kept], self.journey[kept])


def walk(people: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Let people go from stage to stage until they fall silent or the period ends.

    Everybody draws from the same probabilities, whatever the day: but for the planted effect, differences between
    months are chance.

    Returns:
        One row per visit, in the order of people and visits: ``person``, ``visit`` (from 0), ``journey`` and ``stay``
        (from 1; a stay is an unbroken time in a stage), ``stage`` (a place in ``STAGES``), ``day`` (of the period),
        ``opens_stay``, ``ends_stay`` and ``next_stage`` (what follows the stay, possibly ``GONE``).
    """
    rng = stream(seed, "paths")
    skips = rng.random(people.height) < world.starts_with_intent
    now = _Walkers(
        people["person"].to_numpy(),
        np.where(skips, _AWARENESS + 1, _AWARENESS),
        people["start_day"].to_numpy(),
        np.ones(people.height, dtype=np.int64),
    )
    stays: list[pl.DataFrame] = []
    while len(now.person):
        visits, last_day = _stay(now, people, world, rng)
        next_stage = _next_stages(now, people, world, rng)
        following = pl.Series(next_stage).gather(visits["walker"])
        stays.append(visits.with_columns(stay=pl.lit(len(stays) + 1, pl.Int64), next_stage=following))
        now = _onwards(now, next_stage, last_day, people, world, rng)
    return (
        pl.concat(stays)
        .filter(pl.col("day") < world.days)
        .sort("person", "stay", "place")
        .with_columns(visit=pl.int_range(pl.len()).over("person"))
        .drop("walker", "place")
    )


def _stay(now: _Walkers, people: pl.DataFrame, world: World, rng: np.random.Generator) -> tuple[pl.DataFrame, Integers]:
    """The visits of everybody's stay in the present stage, and the day of the last one."""
    habits = [world.habits[name] for name in STAGES]
    further = np.array([habit.further_visits for habit in habits])[now.stage]
    spread = np.array([habit.spread for habit in habits])[now.stage]
    visits = 1 + rng.poisson(rng.gamma(spread, further / spread))
    ends = np.cumsum(visits)
    walker = np.repeat(np.arange(len(visits)), visits)
    place = np.arange(ends[-1]) - np.repeat(ends - visits, visits)
    gaps = np.where(place == 0, 0, _gaps(now.person[walker], now.stage[walker], people, world, rng))
    since_all = np.cumsum(gaps)
    days = now.day[walker] + since_all - np.repeat(since_all[ends - visits], visits)
    days = np.where(place == 0, days, _unless_weekend(days, now.person[walker], people, world))
    frame = pl.DataFrame(
        {
            "walker": walker,
            "person": now.person[walker],
            "journey": now.journey[walker],
            "stage": now.stage[walker],
            "day": days,
            "place": place,
            "opens_stay": place == 0,
            "ends_stay": place == visits[walker] - 1,
        }
    )
    return frame, days[ends - 1]


def _gaps(person: Integers, stage: Integers, people: pl.DataFrame, world: World, rng: np.random.Generator) -> Integers:
    """Days from one visit to the next."""
    mean = np.array([world.habits[name].gap_days for name in STAGES])[stage] * people["pace"].to_numpy()[person]
    return np.floor(rng.gamma(world.rhythm.gap_shape, mean / world.rhythm.gap_shape)).astype(np.int64)


def _next_stages(now: _Walkers, people: pl.DataFrame, world: World, rng: np.random.Generator) -> Integers:
    """What follows the present stay."""
    moves = np.array([[world.habits[name].moves.get(following, 0.0) for following in (*STAGES, "")] for name in STAGES])
    chances = moves[now.stage]
    channel = people["entry_channel"].to_numpy()[now.person]
    for stage, name in enumerate(STAGES):
        for entry_channel in world.entry_shares:
            is_here = (now.stage == stage) & (channel == entry_channel.value)
            _set_drop_off(chances, is_here, world.drop_off_probability(name, entry_channel))
    if world.planted is not None:
        is_hit = (now.stage == STAGES.index(world.planted.stage)) & (channel == world.planted.channel.value)
        first, after = (
            (day - world.first_day).days for day in (world.planted.month, months_later(world.planted.month, 1))
        )
        is_hit &= (now.day >= first) & (now.day < after)
        _set_drop_off(chances, is_hit, world.planted.drop_off_probability)
    return (rng.random(len(chances))[:, None] >= np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)


def _set_drop_off(chances: Floats, rows: Flags, drop_off: float) -> None:
    """Set the probability of silence; what follows otherwise keeps its proportions."""
    others = chances[rows, :GONE]
    chances[rows, :GONE] = others * (1.0 - drop_off) / np.maximum(others.sum(axis=1, keepdims=True), _TINY)
    chances[rows, GONE] = drop_off


def _onwards(
    now: _Walkers,
    next_stage: Integers,
    last_day: Integers,
    people: pl.DataFrame,
    world: World,
    rng: np.random.Generator,
) -> _Walkers:
    """Who goes on, into which stage and when: the next stage, or after a long silence the same one again."""
    is_gone = next_stage == GONE
    returns = is_gone & (rng.random(len(is_gone)) < world.comes_back)
    silence = world.silence_days + rng.exponential(world.mean_return_days, len(is_gone)).astype(np.int64)
    stage = np.where(is_gone, now.stage, next_stage)
    day = last_day + np.where(is_gone, silence, _gaps(now.person, stage, people, world, rng))
    day = _unless_weekend(day, now.person, people, world)
    onwards = _Walkers(now.person, stage, day, now.journey + is_gone)
    return onwards.only((~is_gone | returns) & (day < world.days))


def _unless_weekend(day: Integers, person: Integers, people: pl.DataFrame, world: World) -> Integers:
    return np.where(people["at_work"].to_numpy()[person], skip_weekend(day, world), day)
