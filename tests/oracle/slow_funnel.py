"""Funnels once more, slowly and obviously: every chain of events from every start is tried."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that a customer did."""

    customer: str
    at: datetime
    name: str
    properties: dict[str, Any]


Condition = Callable[[Event], bool]


def always(_: Event) -> bool:
    return True


@dataclass(frozen=True)
class SlowStep:
    """What serves a step.

    Attributes:
        name: Names of its events; None for any.
        where: What else they fulfil.
    """

    name: tuple[str, ...] | None
    where: Condition = always
    optional: bool = False
    first_time: str | None = None
    within: timedelta | None = None

    def named(self, event: Event) -> bool:
        """Whether it has such a name."""
        return self.name is None or event.name in self.name

    def serves(self, event: Event) -> bool:
        """Whether it fulfils the rest, too."""
        return self.named(event) and self.where(event)


@dataclass(frozen=True)
class SlowExclusion:
    """Events that must not lie between two steps, numbered from 0."""

    step: SlowStep
    after: int
    before: int


@dataclass(frozen=True)
class SlowFunnel:
    """A question; the attributes mean what those of ``Funnel`` mean, steps numbered from 0."""

    steps: tuple[SlowStep, ...]
    window: timedelta
    order: str = "ordered"
    entry: str = "first"
    exclusions: tuple[SlowExclusion, ...] = ()
    where: Condition = always
    since: datetime | None = None
    before: datetime | None = None
    complete_until: datetime | None = None
    hold: Callable[[Event], Any] | None = None
    value: Callable[[Event], Any] | None = None
    attribution: Any = "first"
    customer: Callable[[Event], Any] = lambda event: event.customer


@dataclass(frozen=True)
class Attempt:
    """The best that begins with one event: times of its steps, the number of its first step, whether it is tainted."""

    times: tuple[datetime, ...]
    entry: int = 0
    is_tainted: bool = False

    @property
    def end(self) -> int:
        """Number of the step after its last one."""
        return self.entry + len(self.times)


@dataclass(frozen=True)
class Told:
    """What became of one customer, under one value of the breakdown."""

    customer: Any
    value: Any
    attempts: list[Attempt]
    is_excluded: bool
    best: Attempt | None
    is_open: bool
    optional: tuple[datetime | None, ...] = ()

    @property
    def level(self) -> int:
        """The same of the best attempt."""
        return self.best.end if self.best else 0


@dataclass(frozen=True)
class _Track:
    """Events that can follow each other, of one customer under one value, with the steps that each may serve."""

    customer: Any
    value: Any
    events: list[tuple[Event, frozenset[int]]]


def told(events: Iterable[Event], funnel: SlowFunnel, entry: int = 0) -> list[Told]:
    """Customers that have at least one attempt that begins with step ``entry``."""
    events = list(events)
    complete_until = funnel.complete_until or max((event.at for event in events), default=None)
    tracks = list(_tracks(events, funnel))
    found: list[Told] = []
    if complete_until is None:
        return found
    for customer, value in dict.fromkeys((track.customer, track.value) for track in tracks):
        own = [track for track in tracks if (track.customer, track.value) == (customer, value)]
        attempts = [(attempt, track) for track in own for attempt in _attempts(track, funnel, entry)]
        if attempts:
            one = judged(customer, value, [attempt for attempt, _ in attempts], funnel, complete_until)
            track = next((track for attempt, track in attempts if attempt is one.best), own[0])
            found.append(replace(one, optional=_optional(track, one.best, funnel) if one.best else ()))
    if isinstance(funnel.attribution, int) and funnel.value:
        found = [one for one in found if one.level > funnel.attribution or one.is_excluded]
    return found


def judged(customer: Any, value: Any, attempts: list[Attempt], funnel: SlowFunnel, complete_until: datetime) -> Told:
    furthest = max(attempt.end for attempt in attempts)
    clean = [attempt for attempt in attempts if attempt.end == furthest and not attempt.is_tainted]
    best = _best(clean) if clean else None
    is_complete = furthest == len(_required(funnel)) and best is not None
    starts = [best.times[0]] if is_complete and best else [attempt.times[0] for attempt in attempts]
    is_open = any(start + funnel.window >= complete_until for start in starts)
    return Told(customer, value, attempts, not clean, best, is_open)


def _best(attempts: list[Attempt]) -> Attempt:
    """Those that end first, of these the one that starts last, then the earliest later steps."""
    first_end = min(attempt.times[-1] for attempt in attempts)
    ending = [attempt for attempt in attempts if attempt.times[-1] == first_end]
    last_start = max(attempt.times[0] for attempt in ending)
    return min((attempt for attempt in ending if attempt.times[0] == last_start), key=lambda one: one.times)


def _required(funnel: SlowFunnel) -> list[int]:
    return [index for index, step in enumerate(funnel.steps) if not step.optional]


def _tracks(events: list[Event], funnel: SlowFunnel) -> Iterator[_Track]:
    own: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        if funnel.customer(event) is not None:
            own[funnel.customer(event)].append(event)
    for customer, history in own.items():
        served = [(event, _served(event, history, funnel)) for event in history if _is_in_time(event, funnel)]
        held: dict[Any, list[tuple[Event, frozenset[int]]]] = {None: served}
        if funnel.hold:
            held = defaultdict(list)
            for event, steps in served:
                if funnel.hold(event) is not None:
                    held[funnel.hold(event)].append((event, steps))
        values = _values(served, funnel)
        for mine in held.values():
            for value in values:
                yield _Track(customer, value, _with_value(mine, value, funnel))


def _is_in_time(event: Event, funnel: SlowFunnel) -> bool:
    return (
        (funnel.since is None or event.at >= funnel.since)
        and (funnel.before is None or event.at < funnel.before)
        and (funnel.complete_until is None or event.at <= funnel.complete_until)
    )


def _served(event: Event, history: list[Event], funnel: SlowFunnel) -> frozenset[int]:
    """Numbers of the steps; those of exclusions follow."""
    if not funnel.where(event):
        return frozenset()
    found = set()
    for index, step in enumerate(funnel.steps):
        anchors = [other.at for other in history if step.named(other)]
        if step.first_time == "matching":
            anchors = [other.at for other in history if step.serves(other) and funnel.where(other)]
        if step.serves(event) and (step.first_time is None or event.at == min(anchors)):
            found.add(index)
    taints = (exclusion.step.serves(event) for exclusion in funnel.exclusions)
    return frozenset(found | {len(funnel.steps) + index for index, is_one in enumerate(taints) if is_one})


def _values(served: list[tuple[Event, frozenset[int]]], funnel: SlowFunnel) -> list[Any]:
    if funnel.value is None:
        return [None]
    value = funnel.value
    if funnel.attribution == "all":
        return list(dict.fromkeys(value(event) for event, _ in served))
    if isinstance(funnel.attribution, int):
        return list(dict.fromkeys(value(event) for event, steps in served if funnel.attribution in steps))
    of_funnel = [
        (event.at, value(event))
        for event, steps in served
        if any(index < len(funnel.steps) for index in steps) and value(event) is not None
    ]
    if not of_funnel:
        return [None]
    at = (min if funnel.attribution == "first" else max)(of_funnel)[0]
    return [min(found for when, found in of_funnel if when == at)]


def _with_value(
    served: list[tuple[Event, frozenset[int]]], value: Any, funnel: SlowFunnel
) -> list[tuple[Event, frozenset[int]]]:
    if funnel.value is None or funnel.attribution in ("first", "last"):
        return served
    if funnel.attribution == "all":
        return [(event, steps) for event, steps in served if funnel.value(event) == value]
    step = frozenset([funnel.attribution])
    return [(event, steps if funnel.value(event) == value else steps - step) for event, steps in served]


def _attempts(track: _Track, funnel: SlowFunnel, entry: int) -> Iterator[Attempt]:
    of_start = _any_order if funnel.order == "any" else _chain
    for start in range(len(track.events)):
        times = of_start(track.events, start, funnel, entry)
        if times:
            yield Attempt(times, entry, _is_tainted(track, times, funnel, entry))


def _chain(
    events: list[tuple[Event, frozenset[int]]], start: int, funnel: SlowFunnel, entry: int
) -> tuple[datetime, ...]:
    """Of all chains of different events that begin with this one the longest, then the one that ends first."""
    required = _required(funnel)
    if required[entry] not in events[start][1]:
        return ()

    def goes_on(times: list[datetime], used: list[int]) -> Iterator[tuple[datetime, ...]]:
        yield tuple(times)
        if entry + len(times) == len(required):
            return
        index = required[entry + len(times)]
        step = funnel.steps[index]
        for place, (event, steps) in enumerate(events):
            if index not in steps or place in used or not times[-1] <= event.at <= times[0] + funnel.window:
                continue
            if step.within is not None and event.at - times[-1] > step.within:
                continue
            if funnel.order == "strict" and any(times[-1] < other.at < event.at for other, _ in events):
                continue
            yield from goes_on([*times, event.at], [*used, place])

    chains = list(goes_on([events[start][0].at], [start]))
    return min(chains, key=lambda times: (-len(times), times[-1], times))


def _any_order(
    events: list[tuple[Event, frozenset[int]]], start: int, funnel: SlowFunnel, _: int
) -> tuple[datetime, ...]:
    """When one step was done, when two, and so on, up to the next exclusion; one alone if that comes too early."""
    at = events[start][0].at
    required = frozenset(_required(funnel))
    if not events[start][1] & required:
        return ()
    inside = [(event.at, steps) for event, steps in events if at <= event.at <= at + funnel.window]
    times: list[datetime] = []
    for until in sorted({when for when, _ in inside}):
        most = _most_steps([steps & required for when, steps in inside if when <= until])
        times += [until] * (most - len(times))
    exclusions = range(len(funnel.steps), len(funnel.steps) + len(funnel.exclusions))
    next_exclusion = min((when for when, steps in inside if when > at and steps & set(exclusions)), default=None)
    is_complete = len(times) == len(required) and (next_exclusion is None or times[-1] <= next_exclusion)
    return tuple(times if next_exclusion is None or is_complete else times[:1])


def _most_steps(events: Sequence[frozenset[int]]) -> int:
    """The greatest number of steps that different events serve."""
    if not events:
        return 0
    first, *others = events
    return max([_most_steps(others)] + [1 + _most_steps([steps - {index} for steps in others]) for index in first])


def _is_tainted(track: _Track, times: tuple[datetime, ...], funnel: SlowFunnel, entry: int) -> bool:
    if funnel.order == "any":
        return False
    when = dict(zip(_required(funnel)[entry:], times, strict=False))
    return any(
        exclusion.after in when
        and len(funnel.steps) + number in steps
        and when[exclusion.after] < event.at <= times[0] + funnel.window
        and (exclusion.before not in when or event.at < when[exclusion.before])
        for number, exclusion in enumerate(funnel.exclusions)
        for event, steps in track.events
    )


def _optional(track: _Track, best: Attempt, funnel: SlowFunnel) -> tuple[datetime | None, ...]:
    """When each step was done that is optional: by an event that the others can spare."""
    required = _required(funnel)
    when = dict(zip(required, best.times, strict=False))
    found: list[datetime | None] = []
    for index, step in enumerate(funnel.steps):
        done = None
        previous = max((other for other in required if other < index), default=0)
        following = min((other for other in required if other > index), default=None)
        if step.optional and previous in when:
            last = when.get(following, best.times[0] + funnel.window) if following else best.times[0] + funnel.window
            for at in sorted({event.at for event, steps in track.events if index in steps}):
                here = [steps for event, steps in track.events if event.at == at]
                needed = frozenset(other for other in when if when[other] == at) | {index}
                if when[previous] <= at <= last and _most_steps([steps & needed for steps in here]) == len(needed):
                    done = at
                    break
        found.append(done)
    return tuple(found)
