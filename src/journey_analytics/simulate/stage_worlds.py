"""Worlds with known stages, as touchpoints and nothing else: to evaluate how well stages are inferred.

Their numbers were fixed before anything was fitted to them, and stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

STAGES = ("awareness", "acquisition", "onboarding", "engagement", "advocacy")

_WHAT_HAPPENS = {
    # type:              awareness acquisition onboarding engagement advocacy, in percent
    "page_view": (36.0, 22.0, 16.0, 18.0, 14.0),
    "ad_click": (16.0, 7.0, 1.0, 2.0, 1.0),
    "search": (15.0, 10.0, 3.0, 3.0, 2.0),
    "email_open": (11.0, 10.0, 12.0, 14.0, 12.0),
    "email_click": (7.0, 8.0, 8.0, 8.0, 8.0),
    "product_view": (9.0, 22.0, 6.0, 9.0, 6.0),
    "add_to_cart": (1.0, 8.0, 2.0, 3.0, 2.0),
    "purchase": (0.5, 5.0, 3.0, 5.0, 4.0),
    "sign_up": (1.5, 4.0, 4.0, 0.5, 0.5),
    "login": (1.0, 1.5, 19.0, 12.0, 10.0),
    "feature_used": (1.0, 1.0, 15.0, 20.0, 14.0),
    "ticket_created": (0.7, 1.0, 8.0, 3.0, 2.0),
    "review": (0.2, 0.2, 1.0, 1.5, 11.0),
    "share": (0.1, 0.2, 1.0, 0.6, 8.0),
    "nps_response": (0.0, 0.1, 1.0, 0.4, 5.5),
}

RULES: Mapping[str, str] = {
    "ad_click": "awareness",
    "search": "awareness",
    "product_view": "acquisition",
    "add_to_cart": "acquisition",
    "purchase": "acquisition",
    "sign_up": "acquisition",
    "login": "onboarding",
    "ticket_created": "onboarding",
    "feature_used": "engagement",
    "review": "advocacy",
    "share": "advocacy",
    "nps_response": "advocacy",
}
"""What rules by event type make of them: the stage in which each is thought to happen; nothing of the others."""


@dataclass(frozen=True)
class Disturbances:
    """What no stage process of ours has; without any, a world is of its class.

    Attributes:
        gap_shape: Shape of the Weibull distribution of gaps; below 1 visits come in bursts.
        pace_spread: How much customers differ in how often they come (standard deviation of the logarithm).
        stay_spread: How much they differ in how long they stay in a stage (the same, of the odds of staying).
        bots: Share of customers that are crawlers.
        machine_opens: E-mails opened by machines per day, from the first contact on and after the last one, too.
        missing: Share of events of a type that nobody logged.
    """

    gap_shape: float = 1.0
    pace_spread: float = 0.0
    stay_spread: float = 0.0
    bots: float = 0.0
    machine_opens: float = 0.0
    missing: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class StageWorld:
    """A world of customers who go through hidden stages.

    Attributes:
        name: Its name.
        description: What it is like, in a sentence.
        hidden: Its hidden stages, each with the stage of ours that it counts as.
        start: Probability of each hidden stage at the first touchpoint.
        move: Probability of the next hidden stage, given the present one, of those who go on.
        drop: Probability of dropping off after a touchpoint, by hidden stage.
        gap_days: Mean gap before a touchpoint, by hidden stage.
        happens: Probability of each event type (columns, in the order of ``event_types``), by hidden stage.
        event_types: The event types.
        days: Length of the time observed; customers first come at any time in it.
        disturbances: What else is wrong.
    """

    name: str
    description: str
    hidden: tuple[tuple[str, str], ...]
    start: tuple[float, ...]
    move: tuple[tuple[float, ...], ...]
    drop: tuple[float, ...]
    gap_days: tuple[float, ...]
    happens: tuple[tuple[float, ...], ...]
    event_types: tuple[str, ...] = tuple(_WHAT_HAPPENS)
    days: float = 365.0
    disturbances: Disturbances = field(default_factory=Disturbances)


def _columns(*mixed: Mapping[int, float]) -> tuple[tuple[float, ...], ...]:
    """Probabilities of event types: of stages, or of mixtures of stages."""
    percents = [
        [sum(share * row[stage] for stage, share in mixture.items()) for row in _WHAT_HAPPENS.values()]
        for mixture in mixed
    ]
    return tuple(tuple(percent / sum(stage) for percent in stage) for stage in percents)


WELL_SPECIFIED = StageWorld(
    name="same class",
    description="Customers move, come and go exactly as the fitted model supposes, with exponential gaps.",
    hidden=tuple((stage, stage) for stage in STAGES),
    start=(0.80, 0.15, 0.05, 0.0, 0.0),
    move=(
        (0.76, 0.21, 0.03, 0.0, 0.0),
        (0.06, 0.72, 0.20, 0.02, 0.0),
        (0.0, 0.04, 0.74, 0.20, 0.02),
        (0.0, 0.0, 0.02, 0.91, 0.07),
        (0.0, 0.0, 0.0, 0.14, 0.86),
    ),
    drop=(0.11, 0.09, 0.06, 0.025, 0.015),
    gap_days=(6.0, 2.5, 1.5, 8.0, 12.0),
    happens=_columns({0: 1.0}, {1: 1.0}, {2: 1.0}, {3: 1.0}, {4: 1.0}),
)

MISSPECIFIED = replace(
    WELL_SPECIFIED,
    name="another class",
    description=(
        "Gaps are Weibull distributed (shape 0.7), customers differ in pace and in how long they stay, "
        "3 % are crawlers, machines open e-mails even of those who are long gone, and 30 % of purchases are missing."
    ),
    disturbances=Disturbances(
        gap_shape=0.7, pace_spread=0.6, stay_spread=0.6, bots=0.03, machine_opens=0.02, missing={"purchase": 0.3}
    ),
)

OTHER_STAGES = StageWorld(
    name="other stages",
    description="Seven hidden stages where the model has five: two kinds of intent, and customers who slip off.",
    hidden=(
        ("discovering", "awareness"),
        ("comparing", "acquisition"),
        ("deciding", "acquisition"),
        ("onboarding", "onboarding"),
        ("active", "engagement"),
        ("slipping", "engagement"),
        ("recommending", "advocacy"),
    ),
    start=(0.78, 0.12, 0.05, 0.05, 0.0, 0.0, 0.0),
    move=(
        (0.76, 0.18, 0.04, 0.02, 0.0, 0.0, 0.0),
        (0.08, 0.70, 0.19, 0.03, 0.0, 0.0, 0.0),
        (0.02, 0.08, 0.62, 0.27, 0.01, 0.0, 0.0),
        (0.0, 0.0, 0.05, 0.74, 0.18, 0.02, 0.01),
        (0.0, 0.0, 0.0, 0.02, 0.84, 0.07, 0.07),
        (0.0, 0.0, 0.0, 0.0, 0.15, 0.82, 0.03),
        (0.0, 0.0, 0.0, 0.0, 0.14, 0.02, 0.84),
    ),
    drop=(0.11, 0.09, 0.07, 0.06, 0.01, 0.10, 0.015),
    gap_days=(6.0, 3.0, 1.5, 1.5, 5.0, 18.0, 12.0),
    happens=_columns({0: 1.0}, {0: 0.3, 1: 0.7}, {1: 0.9, 2: 0.1}, {2: 1.0}, {3: 1.0}, {0: 0.2, 3: 0.8}, {4: 1.0}),
)

WORLDS = (WELL_SPECIFIED, MISSPECIFIED, OTHER_STAGES)
