"""How findings are looked for."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from journey_analytics.errors import UsageError
from journey_analytics.vocabulary import Outcome

ALL = "(all)"
"""The segment of all customers."""

UNKNOWN = "(unknown)"
"""The segment of those who have none."""


class Kind(StrEnum):
    """What a rate is compared with, in the order in which findings are told."""

    CHANGE = "change"
    MONTH = "month"
    GAP = "gap"
    LEVEL = "level"


OUTCOMES = (Outcome.MOVED_ON, Outcome.DROPPED_OFF)
"""What rates count: the two ways in which an entry into a stage is decided."""


@dataclass(frozen=True)
class FindingOptions:
    """How findings are looked for.

    Attributes:
        within: How long each entry into a stage is watched for moving on.
        lapse_after: Silence that is a drop-off: entries are watched so much longer for it.
        period_days: Lengths of periods that are compared with the one before; whole weeks, so that weekdays are alike.
        enough_customers: Of these lengths the shortest counts in which a stage and segment has so many customers on
            either side, for then a difference of five points can be told; else the longest.
        least_customers: With fewer customers on either side nothing is compared: too little history.
        least_difference: Smaller differences of rates are no findings, though shown.
        level: Share of false findings that is put up with among all findings of a kind.
    """

    within: timedelta = timedelta(days=15)
    lapse_after: timedelta = timedelta(days=30)
    period_days: tuple[int, ...] = (28, 84)
    enough_customers: int = 1000
    least_customers: int = 100
    least_difference: float = 0.02
    level: float = 0.10

    def watched(self, outcome: Outcome) -> timedelta:
        """How long an entry is watched for an outcome."""
        return self.within if outcome is Outcome.MOVED_ON else self.within + self.lapse_after

    def check(self) -> None:
        """Check that they can be followed.

        Raises:
            UsageError: One of them cannot.
        """
        if self.within <= timedelta(0) or self.lapse_after < timedelta(0):
            raise UsageError("Entries are watched for no time.", hint="Give within as a positive duration.")
        if not self.period_days or min(self.period_days) < 1:
            raise UsageError(f"Periods of {self.period_days} days cannot be.", hint="Give some days, such as (28, 84).")
        if not 0 < self.level < 1:
            raise UsageError(f"A level of {self.level} cannot be.", hint="Give a share between 0 and 1, such as 0.1.")
        if self.least_customers < 1:
            raise UsageError(f"{self.least_customers} customers show nothing.", hint="Give 100, or at least 1.")
