"""Customers whose truth is known: their rates, waits, moves and touches."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.attribution.conversion_paths import ConversionPaths
from journey_analytics.arrays.segments import Segments

Random = np.random.Generator
Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

START = datetime(2026, 1, 1, tzinfo=UTC)


def repeated_trials(random: Random, customers: int, a: float, b: float) -> tuple[Numbers, Numbers]:
    """Successes and trials of customers each of whom has a rate of their own, and more trials the higher it is.

    The rate is Beta(a, b); trials are 1 and a binomial of 6 at that rate, so that they depend on one another.
    """
    rate = random.beta(a, b, customers)
    trials = 1 + random.binomial(6, rate)
    return random.binomial(trials, rate), trials


def rate_of_repeated_trials(a: float, b: float) -> float:
    """The rate of all their trials: E(p (1 + 6p)) / E(1 + 6p)."""
    mean, square = a / (a + b), a * (a + 1) / ((a + b) * (a + b + 1))
    return (mean + 6 * square) / (1 + 6 * mean)


def waits(random: Random, subjects: int, hazards: tuple[float, ...], longest: float) -> pl.DataFrame:
    """Waits for the first of several causes at constant hazards, censored evenly up to the longest."""
    each = np.stack([random.exponential(1 / hazard, subjects) for hazard in hazards])
    censored = random.uniform(0, longest, subjects)
    until = np.minimum(each.min(axis=0), censored)
    cause = np.where(each.min(axis=0) <= censored, each.argmin(axis=0), -1)
    return pl.DataFrame({"duration": until, "cause": [str(one) if one >= 0 else None for one in cause.tolist()]})


@dataclass(frozen=True)
class Chain:
    """A chain of states: how it begins, moves among them, and ends in one of two ways."""

    begin: Floats
    among: Floats
    into: Floats

    def ends(self, kept: npt.NDArray[np.bool_] | None = None) -> Floats:
        """Probability of each end from each state, through some of the states alone."""
        own = np.ones(len(self.begin), dtype=np.bool_) if kept is None else kept
        found = np.zeros_like(self.into)
        found[own] = np.linalg.solve(np.eye(own.sum()) - self.among[np.ix_(own, own)], self.into[own])
        return found

    def steps(self) -> Floats:
        """Expected number of steps from each state to the end."""
        return np.linalg.solve(np.eye(len(self.begin)) - self.among, np.ones(len(self.begin)))

    def walks(self, random: Random, begins: Numbers, stop: float = 0.0) -> tuple[Numbers, Numbers, Numbers]:
        """Walk from each beginning to the end; before each move, the walk is seen no further by some probability.

        Returns:
            Of each visit the number of the walk and the state, in order; and of each walk its end, 2 where not seen.
        """
        size = len(self.begin)
        cumulated = np.cumsum(np.hstack([self.among, self.into]), axis=1)
        end, walk, state = np.full(len(begins), 2), np.arange(len(begins)), begins
        walks, states = [walk], [state]
        while len(walk):
            seen = random.random(len(walk)) >= stop
            walk, state = walk[seen], state[seen]
            target = (random.random(len(walk))[:, None] > cumulated[state]).sum(axis=1)
            has_ended = target >= size
            end[walk[has_ended]] = target[has_ended] - size
            walk, state = walk[~has_ended], target[~has_ended]
            walks.append(walk)
            states.append(state)
        at = np.concatenate(walks)
        order = np.argsort(at, kind="stable")
        return at[order], np.concatenate(states)[order], end


JOURNEYS = Chain(
    np.array([0.75, 0.25, 0.0]),
    np.array([[0.1, 0.4, 0.1], [0.25, 0.0, 0.3], [0.0, 0.3, 0.1]]),
    np.array([[0.05, 0.35], [0.2, 0.25], [0.45, 0.15]]),
)
"""Stages a, b and c; completed or dropped off."""

TOUCHES = Chain(
    np.array([0.5, 0.3, 0.2]),
    np.array([[0.2, 0.2, 0.1], [0.1, 0.1, 0.2], [0.2, 0.1, 0.1]]),
    np.array([[0.1, 0.4], [0.25, 0.35], [0.2, 0.4]]),
)
"""Channels a, b and c; converted or not."""


def journeys(random: Random, customers: int) -> pl.DataFrame:
    """Stage visits of customers with one to four journeys each, all begun in the same stage; some are still open."""
    of_customer = np.repeat(np.arange(customers), random.integers(1, 5, customers))
    begins = random.choice(3, customers, p=JOURNEYS.begin)[of_customer]
    walk, state, end = JOURNEYS.walks(random, begins, stop=0.1)
    place = Segments.starting(np.diff(walk, prepend=-1) != 0).numbers()
    names = pl.Series(["completed", "dropped_off", "open"])
    return pl.DataFrame(
        {
            "journey_id": walk,
            "customer_id": of_customer[walk],
            "stage": pl.Series(["a", "b", "c"]).gather(state),
            "outcome": names.gather(end).gather(walk),
        }
    ).with_columns(entered_at=pl.lit(START) + pl.duration(hours=pl.Series(place)))


def touches(random: Random, customers: int) -> ConversionPaths:
    """Paths of touches of customers with one to three paths each, all begun in the same channel."""
    of_customer = np.repeat(np.arange(customers), random.integers(1, 4, customers))
    begins = random.choice(3, customers, p=TOUCHES.begin)[of_customer]
    walk, state, end = TOUCHES.walks(random, begins)
    converted = (end == 0).astype(np.float64)
    return ConversionPaths(
        ["a", "b", "c"], state.astype(np.int32), np.zeros(len(state), dtype=np.int64),
        Segments.starting(np.diff(walk, prepend=-1) != 0), converted, converted, 1 - converted, of_customer, customers,
    )  # fmt: skip


def looks(random: Random, customers: int, groups: dict[str, tuple[float, float]]) -> pl.DataFrame:
    """Customers of groups who look several times and buy or leave after each; each has a rate of their own."""
    frames: list[pl.DataFrame] = []
    for number, (group, (a, b)) in enumerate(groups.items()):
        bought, trials = repeated_trials(random, customers, a, b)
        customer = np.repeat(np.arange(customers), trials)
        place = Segments.starting(np.diff(customer, prepend=-1) != 0).numbers()
        buys = place <= np.repeat(bought, trials)
        what = np.stack([np.full(len(customer), "look"), np.where(buys, "buy", "leave")], axis=1).ravel()
        frames.append(
            pl.DataFrame(
                {
                    "customer_id": np.repeat(customer, 2) + number * customers,
                    "group": [group] * len(what),
                    "event_type": what,
                    "hour": np.repeat(place * 2, 2) + np.tile([0, 1], len(customer)),
                }
            )
        )
    return pl.concat(frames).with_columns(occurred_at=pl.lit(START) + pl.duration(hours="hour"))


DAY = timedelta(days=1)
