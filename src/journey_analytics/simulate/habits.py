"""Habits: what customers of each hidden stage do, how often they come, and where they go next."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

STAGES = ("awareness", "acquisition", "onboarding", "engagement", "advocacy")
"""The hidden stages, in order."""


class Deed(IntEnum):
    """What a visitor can do on the site, roughly in the order in which it happens during a visit."""

    ARRIVE = 0
    LEAVE_EMAIL = 10
    IDENTIFY = 11
    RENAME = 12
    SIGN_IN = 13
    BROWSE = 20
    READ_BLOG = 21
    WATCH_VIDEO = 22
    SEE_PRICING = 23
    SEARCH = 24
    SEE_PRODUCT = 25
    USE_FEATURE = 26
    GET_HELP = 27
    FILL_CART = 30
    CHECK_OUT = 31
    REGISTER = 32
    SIGN_UP = 33
    ORDER = 34
    REVIEW = 40
    SHARE = 41


@dataclass(frozen=True)
class Habit:
    """What customers in a stage are like.

    Attributes:
        moves: Probability of each next stage; the rest goes silent for good.
        further_visits: Mean number of visits after the first one in the stage.
        spread: How evenly these are spread over customers: the lower, the heavier the tail.
        gap_days: Mean number of days from visit to visit.
        deeds: Mean number of deeds in a visit, beside what the stage asks for in any case.
        ticket_rate: Share of visits that end with a ticket.
        survey_rate: Share of visits that end with an answer to how likely one is to recommend.
        scores: The lowest and the highest answer.
    """

    moves: Mapping[str, float]
    further_visits: float
    spread: float
    gap_days: float
    deeds: Mapping[Deed, float]
    ticket_rate: float = 0.0
    survey_rate: float = 0.0
    scores: tuple[int, int] = (0, 10)


HABITS: Mapping[str, Habit] = {
    "awareness": Habit(
        moves={"acquisition": 0.60, "onboarding": 0.005},
        further_visits=0.8,
        spread=2.0,
        gap_days=4.0,
        deeds={Deed.BROWSE: 0.7, Deed.READ_BLOG: 0.7, Deed.WATCH_VIDEO: 0.05},
    ),
    "acquisition": Habit(
        moves={"awareness": 0.02, "onboarding": 0.52, "engagement": 0.01},
        further_visits=1.2,
        spread=2.0,
        gap_days=3.5,
        deeds={
            Deed.BROWSE: 0.4,
            Deed.SEE_PRICING: 0.4,
            Deed.SEARCH: 0.3,
            Deed.SEE_PRODUCT: 1.3,
            Deed.FILL_CART: 0.3,
            Deed.CHECK_OUT: 0.1,
        },
        ticket_rate=0.02,
    ),
    "onboarding": Habit(
        moves={"engagement": 0.70, "advocacy": 0.01},
        further_visits=1.6,
        spread=4.0,
        gap_days=3.0,
        deeds={Deed.BROWSE: 0.3, Deed.GET_HELP: 0.5},
        ticket_rate=0.06,
        survey_rate=0.03,
        scores=(4, 8),
    ),
    "engagement": Habit(
        moves={"advocacy": 0.32, "onboarding": 0.01},
        further_visits=6.0,
        spread=0.8,
        gap_days=10.5,
        deeds={
            Deed.BROWSE: 0.3,
            Deed.READ_BLOG: 0.2,
            Deed.SEE_PRODUCT: 0.3,
            Deed.USE_FEATURE: 0.8,
            Deed.GET_HELP: 0.05,
        },
        ticket_rate=0.015,
        survey_rate=0.08,
        scores=(3, 8),
    ),
    "advocacy": Habit(
        moves={"engagement": 0.65},
        further_visits=0.4,
        spread=4.0,
        gap_days=6.0,
        deeds={Deed.BROWSE: 0.3, Deed.USE_FEATURE: 0.8},
        ticket_rate=0.005,
        survey_rate=0.5,
        scores=(9, 10),
    ),
}
"""The habits of the default world. Awareness is left at rates of its own, by the channel: see ``World``."""
