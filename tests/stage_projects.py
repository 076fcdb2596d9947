"""Whole projects as entries into stages, with one planted change or none: light enough for hundreds of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

UNTIL = datetime(2026, 7, 1, 12, tzinfo=UTC)
STAGES = ("awareness", "acquisition", "onboarding", "engagement", "advocacy")
CHANNELS = {"web": 0.40, "ad": 0.30, "email": 0.20, "social": 0.10}
MOVES_ON = {"web": (0.62, 0.50, 0.60, 0.30), "ad": (0.58, 0.45, 0.60, 0.30), "email": (0.66, 0.55, 0.60, 0.30), "social": (0.54, 0.50, 0.60, 0.30)}  # fmt: skip
"""Share that moves on from each stage; channels differ, and always did."""
GOAL = 3
LAPSE_DAYS = 30.0
EARLIER_DAYS = 180
PLANTED_DAYS = 84 + 15
"""The newest period, and the time for which its last entries are watched."""


@dataclass(frozen=True)
class StageProject:
    """How customers go through stages.

    Attributes:
        customers: How many begin in the time observed; before it, as many a day began, of whom some come back.
        days: For how long they are observed: half a year, and some days.
        planted: By how much fewer move on from acquisition in the newest period, if an ad brought them.
        unlike: How much customers differ in how readily they move on (standard deviation of the log odds).
        returns: Share of those who dropped off that begin another journey.
    """

    customers: int = 14_000
    days: int = 190
    planted: float = 0.0
    unlike: float = 0.7
    returns: float = 0.3

    def entries(self, seed: int) -> pl.DataFrame:
        """Entries as ``watched_rates`` takes them; the same seed gives the same."""
        random = np.random.default_rng(seed)
        chances = np.array(list(MOVES_ON.values()))
        # So wide a spread of customers pulls the average towards a half; this puts it back.
        stretch = np.sqrt(1 + 0.346 * self.unlike**2)
        odds = np.log(chances / (1 - chances)) * stretch
        lower = chances[1, 1] - self.planted
        changed = np.log(lower / (1 - lower)) * stretch
        count = self.customers * (self.days + EARLIER_DAYS) // self.days
        who, stage = np.arange(count), np.zeros(count, dtype=np.int64)
        channel = random.choice(len(CHANNELS), count, p=list(CHANNELS.values()))
        readiness = random.normal(0.0, self.unlike, count)
        at = random.uniform(-EARLIER_DAYS, self.days, count)
        found: list[pl.DataFrame] = []
        while len(who):
            logit = np.append(odds, np.full((len(odds), 1), -np.inf), axis=1)[channel[who], stage] + readiness[who]
            is_planted = (channel[who] == 1) & (stage == 1) & (at > self.days - PLANTED_DAYS)
            logit = np.where(is_planted & (self.planted > 0), changed + readiness[who], logit)
            moves = random.random(len(who)) < 1 / (1 + np.exp(-logit))
            takes = random.gamma(1.5, 3.0, len(who))
            leaves = ~moves & (stage < GOAL)
            found.append(
                pl.DataFrame(
                    {
                        "customer_id": who,
                        "stage": pl.Series(STAGES).gather(stage),
                        "first_channel": pl.Series(list(CHANNELS)).gather(channel[who]),
                        "entered_at": at,
                        "moved_on_at": pl.Series(np.where(moves, at + takes, np.nan)).fill_nan(None),
                        "dropped_off_at": pl.Series(np.where(leaves, at + takes + LAPSE_DAYS, np.nan)).fill_nan(None),
                    }
                )
            )
            comes_back = leaves & (random.random(len(who)) < self.returns)
            at = at + takes + np.where(moves, 0.0, LAPSE_DAYS + random.exponential(20.0, len(who)))
            stage = stage + moves
            goes_on = (moves | comes_back) & (at < self.days)
            who, at, stage = who[goes_on], at[goes_on], stage[goes_on]
        began = UNTIL - timedelta(days=self.days)
        micros = (pl.selectors.ends_with("_at") * 86_400_000_000).cast(pl.Int64)
        seen = pl.concat(found).filter(pl.col("entered_at") >= 0)
        return seen.with_columns((micros + int(began.timestamp() * 1e6)).cast(pl.Datetime("us", "UTC")))
