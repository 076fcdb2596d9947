"""Answers to surveys: how likely one is to recommend (NPS), and how satisfied one is after a purchase (CSAT)."""

import numpy as np
import polars as pl

from journey_analytics.simulate.habits import STAGES, Deed
from journey_analytics.simulate.rhythm import HOUR, MINUTE, WAKING_HOURS, choose, stream, within_hours
from journey_analytics.simulate.world import World

_PROMOTER = 9


def make_answers(visits: pl.DataFrame, deeds: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Let customers answer at the end of some visits, and change some answers later.

    Returns:
        One row per answer and change, by time: ``answer`` (number), ``person``, ``metric``, ``score``,
        ``responded_at``, ``at`` (of the answer, or of the change), ``comment`` (a number that picks one, null for
        none), ``by_email`` and ``by_user``.
    """
    rng = stream(seed, "answers")
    habits = [world.habits[name] for name in STAGES]
    stage = visits["stage"].to_numpy()
    is_asked = rng.random(visits.height) < np.array([habit.survey_rate for habit in habits])[stage]
    lowest, highest = (np.array([habit.scores[end] for habit in habits])[stage] for end in (0, 1))
    recommending = visits.select(
        "person",
        at=pl.col("at") + 18 * MINUTE,
        metric=pl.lit("nps"),
        score=pl.Series(rng.integers(lowest, highest + 1)),
    ).filter(pl.Series(is_asked), pl.Series(visits["is_customer"]))
    orders = deeds.filter(pl.col("deed") == Deed.ORDER)
    satisfied = orders.select(
        "person",
        at=pl.col("at") + 3 * MINUTE,
        metric=pl.lit("csat"),
        score=pl.Series(1 + choose(world.surveys.satisfaction, rng.random(orders.height))),
    ).filter(pl.Series(rng.random(orders.height) < world.surveys.asked_after_order))
    answers = pl.concat([recommending, satisfied]).sort("at", "person", maintain_order=True)
    return _with_changes(answers.with_columns(answer=pl.int_range(pl.len())), world, rng)


def _with_changes(answers: pl.DataFrame, world: World, rng: np.random.Generator) -> pl.DataFrame:
    """Say who is named and what is commented; second thoughts lower a score by one.

    They make nobody a promoter, nor a promoter somebody else.
    """
    rates, count = world.surveys, answers.height
    by_email = pl.Series(rng.random(count) < rates.by_email)
    has_comment = pl.Series(rng.random(count) < rates.comments)
    given = answers.with_columns(
        responded_at="at",
        by_email=by_email,
        by_user=~by_email | pl.Series(rng.random(count) < rates.by_user),
        comment=pl.when(has_comment).then(pl.Series(rng.integers(0, 1000, count))),
    )
    changed = given.filter(
        pl.Series(rng.random(count) < rates.edited), pl.col("score") > 1, pl.col("score") != _PROMOTER
    )
    thought = changed["at"].to_numpy() + (rng.uniform(1, 72, changed.height) * HOUR).astype(np.int64)
    changed = changed.with_columns(
        pl.Series("at", within_hours(thought, WAKING_HOURS, world)), score=pl.col("score") - 1
    )
    in_time = pl.concat([given, changed]).filter(pl.col("at") < world.ends_at)
    return in_time.sort("at", "answer", maintain_order=True)
