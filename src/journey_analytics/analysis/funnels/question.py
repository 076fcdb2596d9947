"""What can be asked about the order of events: steps, exclusions, and the funnel that they make."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

import polars as pl

from journey_analytics.errors import UsageError, did_you_mean

Order = Literal["ordered", "strict", "any"]
Entry = Literal["first", "any", "each"]
FirstTime = Literal["any", "matching"]

MAX_CONDITIONS = 63


@dataclass(frozen=True)
class Step:
    """One step; where its event alone says it all, its name will do instead.

    Attributes:
        event: Name of the events that serve it, or several of which any does, or None for any event at all.
        where: What these events fulfil besides, an expression over the columns of the log.
        name: What to call it; the names of its events by default.
        optional: It is counted, and never required: it stands between two other steps, or after the last.
        first_time: Only the first of its kind in the customer's history counts. With ``"any"`` the first event of that
            name has to fulfil ``where``; with ``"matching"`` it is the first one that does.
        within: Longest time since the step before.
    """

    event: str | Sequence[str] | None
    where: pl.Expr | None = None
    name: str = ""
    optional: bool = False
    first_time: FirstTime | None = None
    within: timedelta | None = None

    @property
    def events(self) -> tuple[str, ...] | None:
        """Names of the events; None for any event."""
        return (self.event,) if isinstance(self.event, str) else None if self.event is None else tuple(self.event)

    @property
    def label(self) -> str:
        """What to call it."""
        return self.name or ("any event" if self.events is None else " or ".join(self.events))


@dataclass(frozen=True)
class Exclusion:
    """Events that must not lie between two steps.

    Attributes:
        event: Name of the events, or several, or None for any.
        where: What they fulfil besides.
        after: Number of the step after which they count, from 1.
        before: Number of the step before which they count; the last one by default.
    """

    event: str | Sequence[str] | None
    where: pl.Expr | None = None
    after: int = 1
    before: int | None = None

    @property
    def step(self) -> Step:
        """The same condition as a step."""
        return Step(self.event, self.where)


@dataclass(frozen=True)
class Funnel:
    """Steps that are to be done within a window.

    Attributes:
        steps: Names of events, or ``Step`` where a name does not say it all.
        window: Longest time from the first step of an attempt to its last one; elapsed time, the end included.
        order: ``"ordered"``: in this order, other events may lie between. ``"strict"``: nothing lies between.
            ``"any"``: in whatever order; step *i* then means that *i* steps are done.
        entry: ``"first"``: an attempt begins with the first step (a closed funnel). ``"any"``: it may begin with any
            step and goes on in order (a hybrid one; some call it open). ``"each"``: every step counts for itself.
        exclusions: What taints an attempt. Whoever gets furthest by tainted attempts alone is left out and counted
            apart; in any order, an exclusion takes back what was done before it.
        where: What events of steps and exclusions fulfil; a strict funnel is broken by the others, too.
        since: Events before are history: they only say what is a first time.
        before: Events from then on are left out.
        complete_until: Time up to which the log is complete: later events are left out, and an attempt whose window is
            not over then is open. By default the time of the last event of anybody.
        hold: Column, or expression, that has to have the same value in all events of an attempt.
    """

    steps: Sequence[str | Step]
    window: timedelta
    order: Order = "ordered"
    entry: Entry = "first"
    exclusions: Sequence[Exclusion] = ()
    where: pl.Expr | None = None
    since: datetime | None = None
    before: datetime | None = None
    complete_until: datetime | None = None
    hold: str | pl.Expr | None = None
    all_steps: tuple[Step, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check what can be checked without the events.

        Raises:
            UsageError: Something cannot be, or cannot be together.
        """
        if isinstance(self.steps, str) or not self.steps:
            raise UsageError(f"A funnel has no steps: {self.steps!r}.", hint="Give a list of one or more steps.")
        steps = tuple(Step(step) if isinstance(step, str) else step for step in self.steps)
        object.__setattr__(self, "all_steps", steps)
        if self.window < timedelta(0):
            raise UsageError(
                f"The window of a funnel is negative: {self.window}.", hint="Give how long an attempt may take."
            )
        for what, found, allowed in (("order", self.order, Order), ("entry", self.entry, Entry)):
            if found not in get_args(allowed):
                raise UsageError(f"The {what} of a funnel is {found!r}.", hint=did_you_mean(found, get_args(allowed)))
        if len(steps) + len(self.exclusions) > MAX_CONDITIONS:
            raise UsageError(
                f"The funnel has {len(steps)} steps and {len(self.exclusions)} exclusions.",
                hint=f"Together they may be {MAX_CONDITIONS}.",
            )
        self._check_steps()
        self._check_exclusions()

    @property
    def required(self) -> tuple[int, ...]:
        """Places of the steps that are not optional, from 0."""
        return tuple(place for place, step in enumerate(self.all_steps) if not step.optional)

    @property
    def window_microseconds(self) -> int:
        """The window as a whole number."""
        return self.window // timedelta(microseconds=1)

    def _check_steps(self) -> None:
        if self.all_steps[0].optional:
            raise UsageError("The first step of the funnel is optional.", hint="Begin with a step that is required.")
        for step in self.all_steps:
            if step.events == ():
                raise UsageError("A step has an empty list of events.", hint="Name one, or give None for any event.")
            if step.first_time not in (None, *get_args(FirstTime)):
                raise UsageError(
                    f"first_time of step '{step.label}' is {step.first_time!r}.",
                    hint=did_you_mean(str(step.first_time), get_args(FirstTime)),
                )
        has_optional = len(self.required) < len(self.all_steps)
        has_within = any(step.within is not None for step in self.all_steps)
        if has_optional and (self.order != "ordered" or self.entry != "first"):
            raise UsageError(
                "Optional steps do not fit this order or entry.",
                hint='They need order="ordered" and entry="first".',
            )
        if has_within and self.order == "any":
            raise UsageError(
                "A step without a place in the order has a window of its own.",
                hint='Leave `within` out, or give order="ordered" or "strict".',
            )
        if self.all_steps[0].within is not None or any(step.optional and step.within for step in self.all_steps):
            raise UsageError(
                "A first or an optional step has a window of its own.",
                hint="Give `within` to required steps after the first one.",
            )
        if self.order == "any" and self.entry != "first":
            raise UsageError("In any order every step is an entry already.", hint='Leave `entry` as "first".')

    def _check_exclusions(self) -> None:
        last = len(self.all_steps)
        for exclusion in self.exclusions:
            after, before = exclusion.after, exclusion.before or last
            if not 1 <= after < before <= last:
                raise UsageError(
                    f"An exclusion counts after step {after} and before step {before}.",
                    hint=f"Give two steps of 1 to {last}, the first one less than the second.",
                )
            if any(self.all_steps[place - 1].optional for place in (after, before)):
                raise UsageError(
                    f"An exclusion counts after step {after} and before step {before}, of which one is optional.",
                    hint="Give steps that are required.",
                )
            if self.order == "any" and (after, before) != (1, last):
                raise UsageError(
                    f"In any order an exclusion counts after step {after} and before step {before}.",
                    hint="There it holds for all steps: leave `after` and `before` out.",
                )
            if self.entry == "each":
                raise UsageError("Steps that count for themselves have exclusions.", hint="Leave exclusions out.")
