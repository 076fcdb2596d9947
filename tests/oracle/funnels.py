"""Random event logs and funnels, with ties, gaps of exactly a window, repeated steps and overlapping conditions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import polars as pl
from hypothesis import strategies as st

from journey_analytics.analysis.funnels import Exclusion, Funnel, Step
from tests.oracle.slow_funnel import Event, SlowExclusion, SlowFunnel, SlowStep, always
from tests.strategies import START, TINY

WINDOW = timedelta(minutes=30)
GAPS = (
    timedelta(0), timedelta(0), TINY, timedelta(minutes=10), timedelta(minutes=15), timedelta(minutes=20),
    WINDOW - TINY, WINDOW, WINDOW + TINY,
)  # fmt: skip
SCHEMA = {
    "customer_id": pl.String, "occurred_at": pl.Datetime("us", "UTC"), "event_type": pl.String, "place": pl.String,
}  # fmt: skip
ANY = object()


@dataclass(frozen=True)
class Log:
    """The same events as a frame, and one by one without those of nobody and of no time.

    Attributes:
        last: Time of the last event of anybody.
    """

    frame: pl.DataFrame
    events: list[Event]
    last: datetime | None


@st.composite
def logs(draw: st.DrawFn, most: int = 16) -> Log:
    """Events of up to three customers, and of none, in any order of rows."""
    clocks: dict[str | None, datetime] = {}
    rows: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, most))):
        customer = draw(st.sampled_from(("ann", "ann", "ben", "cyd", None)))
        clocks[customer] = clocks.get(customer, START) + draw(st.sampled_from(GAPS))
        at = None if draw(st.integers(0, 19)) == 0 else clocks[customer]
        rows.append(
            {
                "customer_id": customer,
                "occurred_at": at,
                "event_type": draw(st.sampled_from("aabbcdx")),
                "place": draw(st.sampled_from((None, "", "u", "u", "v"))),
            }
        )
    if draw(st.booleans()):
        Random(draw(st.integers())).shuffle(rows)
    events = [
        Event(row["customer_id"], row["occurred_at"], row["event_type"], {"place": row["place"] or None})
        for row in rows
        if row["customer_id"] is not None and row["occurred_at"] is not None
    ]
    last = max((row["occurred_at"] for row in rows if row["occurred_at"]), default=None)
    return Log(pl.DataFrame(rows, schema=SCHEMA), events, last)


CONDITIONS: tuple[tuple[Any, Any], ...] = (
    (None, always),
    (None, always),
    (pl.col("place") == "u", lambda event: event.properties["place"] == "u"),
)
EVENTS: tuple[Any, ...] = ("a", "a", "b", "b", "c", ("a", "b"), None)


@st.composite
def steps(draw: st.DrawFn, *, can_be_optional: bool, can_have_window: bool) -> tuple[str | Step, SlowStep]:
    """A step, for the fast code and for the slow."""
    event = draw(st.sampled_from(EVENTS))
    where, predicate = draw(st.sampled_from(CONDITIONS))
    first_time = draw(st.sampled_from((None, None, None, "any", "matching")))
    optional = can_be_optional and draw(st.integers(0, 2)) == 0
    within = draw(st.sampled_from((None, timedelta(0), timedelta(minutes=15)))) if can_have_window else None
    within = None if optional else within
    slow = SlowStep((event,) if isinstance(event, str) else event, predicate, optional, first_time, within)
    if isinstance(event, str) and slow == SlowStep((event,)):
        return event, slow
    return Step(event, where, optional=optional, first_time=first_time, within=within), slow


@st.composite
def funnels(
    draw: st.DrawFn, *, can_be_optional: bool = False, entry: str = "first", can_hold: bool = True
) -> tuple[Funnel, SlowFunnel]:
    """The same question for the fast code and for the slow."""
    order = "ordered" if can_be_optional else draw(st.sampled_from(("ordered", "strict", "any")))
    if entry != "first" and order == "any":
        order = "strict"
    has_windows = order != "any" and draw(st.booleans())
    first = draw(steps(can_be_optional=False, can_have_window=False))
    others = draw(st.lists(steps(can_be_optional=can_be_optional, can_have_window=has_windows), max_size=3))
    fast, slow = zip(first, *others, strict=True)
    required = [place for place, step in enumerate(slow) if not step.optional]
    exclusions = []
    if entry != "each":
        bounds = st.just((0, len(slow) - 1))
        if order != "any" and len(required) > 1:
            bounds = st.tuples(st.sampled_from(required), st.sampled_from(required))
        exclusions = [
            (after, before)
            for after, before in draw(st.lists(bounds, max_size=2))
            if after < before and not slow[before].optional
        ]
    tainting = [(*bound, *draw(st.sampled_from(CONDITIONS)), draw(st.sampled_from("xxd"))) for bound in exclusions]
    where, predicate = draw(st.sampled_from((*CONDITIONS, *CONDITIONS[:2])))
    moment = st.sampled_from((None, None, START + timedelta(minutes=20), START + timedelta(minutes=45)))
    limits = {name: draw(moment) for name in ("since", "before", "complete_until")}
    window = draw(st.sampled_from((timedelta(0), WINDOW, WINDOW)))
    hold = can_hold and draw(st.integers(0, 3)) == 0
    return (
        Funnel(
            list(fast), window, order=order, entry=entry, where=where, hold=pl.col("place").replace("", None) if hold else None,
            exclusions=[Exclusion(name, one, after + 1, before + 1) for after, before, one, _, name in tainting],
            **limits,
        ),
        SlowFunnel(
            tuple(slow), window, order=order, where=predicate,
            hold=(lambda event: event.properties["place"]) if hold else None,
            exclusions=tuple(
                SlowExclusion(SlowStep((name,), one), after, before) for after, before, _, one, name in tainting
            ),
            **limits,
        ),
    )  # fmt: skip
