"""Support: tickets, what happens to them, and how their answer is rated."""

import numpy as np
import polars as pl

from journey_analytics.simulate.habits import STAGES
from journey_analytics.simulate.rhythm import (
    DAY,
    HOUR,
    MINUTE,
    OFFICE_HOURS,
    WAKING_HOURS,
    Floats,
    Integers,
    stream,
    within_hours,
)
from journey_analytics.simulate.world import World

ACTS = ("opened", "prioritised", "answered", "noted", "replied", "solved", "reopened", "solved_again", "closed")
"""What can happen to a ticket, in this order."""

AGENTS = 6
"""How many agents there are."""

_BY_CUSTOMER = ("opened", "replied", "reopened")


def make_tickets(visits: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Open tickets in some visits and follow them; for those brought by support, the first contact is one.

    Returns:
        One row per act, by time: ``ticket`` (number), ``person``, ``at``, ``act`` (one of ``ACTS``), ``by_customer``,
        ``agent`` (number) and ``subject`` (a number that picks one).
    """
    rng = stream(seed, "tickets")
    rates = np.array([world.habits[name].ticket_rate for name in STAGES])
    is_first_contact = pl.col("arrival") == "support"
    asks = pl.Series(rng.random(visits.height) < rates[visits["stage"].to_numpy()])
    opened = (
        visits.filter(is_first_contact | asks)
        .select("person", opened=pl.col("at") + pl.when(is_first_contact).then(0).otherwise(12 * MINUTE))
        .sort("opened", "person")
    )
    tickets = opened.with_columns(
        _course(opened["opened"].to_numpy(), world, rng),
        ticket=pl.int_range(pl.len()),
        agent=pl.Series(rng.integers(0, AGENTS, opened.height)),
        subject=pl.Series(rng.integers(0, 1000, opened.height)),
    )
    return (
        tickets.unpivot(ACTS, index=["ticket", "person", "agent", "subject"], variable_name="act", value_name="at")
        .filter(pl.col("at") < world.ends_at)
        .with_columns(by_customer=pl.col("act").is_in(_BY_CUSTOMER))
        .sort("at", "ticket", maintain_order=True)
    )


def _course(opened: Integers, world: World, rng: np.random.Generator) -> list[pl.Expr]:
    """When each act happens to each ticket, null where it does not; every act follows the ones before."""
    rates, count = world.support, len(opened)

    def later(at: Integers, least: float, most: float, hours: tuple[int, int] = OFFICE_HOURS) -> Integers:
        return within_hours(at + _hours(rng.uniform(least, most, count)), hours, world)

    answered = later(opened, 0.3, 6)
    replies, reopens = rng.random(count) < rates.replies, rng.random(count) < rates.reopens
    replied = later(answered, 0.5, 20, WAKING_HOURS)
    solved = later(np.where(replies, replied, answered), 0.5, 20)
    reopened = later(solved, 2, 40, WAKING_HOURS)
    solved_again = later(reopened, 1, 12)
    acts = {
        "prioritised": (answered - 2 * MINUTE, rng.random(count) < rates.priorities),
        "answered": (answered, np.ones(count, dtype=np.bool_)),
        "noted": (answered + 3 * MINUTE, rng.random(count) < rates.notes),
        "replied": (replied, replies),
        "solved": (solved, np.ones(count, dtype=np.bool_)),
        "reopened": (reopened, reopens),
        "solved_again": (solved_again, reopens),
        "closed": (np.where(reopens, solved_again, solved) + 4 * DAY, rng.random(count) < rates.closes),
    }
    return [pl.when(pl.Series(happens)).then(pl.Series(at)).alias(act) for act, (at, happens) in acts.items()]


def make_ratings(acts: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Ask how a solved ticket was: a rating is offered, and some customers answer good or bad.

    Returns:
        One row per state of a rating, by time: ``rating`` (number), ``ticket``, ``person``, ``agent``, ``offered_at``,
        ``at`` and ``score``.
    """
    rng = stream(seed, "ratings")
    solved = (
        acts.filter(pl.col("act").is_in(["solved", "solved_again"]))
        .group_by("ticket", maintain_order=True)
        .agg(pl.col("person", "agent").last(), offered_at=pl.col("at").last() + HOUR)
        .sort("ticket")
    )
    is_offered = pl.Series(rng.random(solved.height) < world.support.offered)
    offered = solved.filter(is_offered).with_columns(
        rating=pl.int_range(pl.len()), at="offered_at", score=pl.lit("offered")
    )
    thought = offered["offered_at"].to_numpy() + _hours(rng.uniform(0.2, 40, offered.height))
    is_good = pl.Series(rng.random(offered.height) < world.support.good)
    rated = offered.with_columns(
        pl.Series("at", within_hours(thought, WAKING_HOURS, world)),
        score=pl.when(is_good).then(pl.lit("good")).otherwise(pl.lit("bad")),
    ).filter(pl.Series(rng.random(offered.height) < world.support.rated))
    in_time = pl.concat([offered, rated]).filter(pl.col("at") < world.ends_at)
    return in_time.sort("at", "rating", maintain_order=True)


def _hours(hours: Floats) -> Integers:
    return (hours * HOUR).astype(np.int64)
