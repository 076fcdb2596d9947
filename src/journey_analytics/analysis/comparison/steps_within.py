"""Next steps within a window: what each step was followed by, all of them watched equally long.

What a customer did yesterday has had a day to be followed, what they did last year a year: without a window the newer
of two periods looks worse. So only steps count that happened a whole window before the end of what is known, and not to
be followed within it is an answer like others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.event_log import micros_of
from journey_analytics.analysis.paths.ordering import Numbers
from journey_analytics.analysis.paths.sequences import sequences_of
from journey_analytics.errors import UsageError

NO_STEP = "(none)"
"""The next step of those who had none within the window."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class StepsWithin:
    """Steps that were watched for a whole window.

    Attributes:
        names: Names of steps; the last one is ``(none)``.
        source: Number of the name of each step.
        next_step: Number of the name of what followed it within the window.
        at: When, in microseconds since 1970.
        customer: Number of the customer.
        customers_count: How many customers the log has.
        segment: What the segment's column says of each step; null without one.
    """

    names: list[str]
    source: Numbers
    next_step: Numbers
    at: npt.NDArray[np.int64]
    customer: Numbers
    customers_count: int
    segment: pl.Series


def steps_within(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    window: timedelta,
    until: datetime | None = None,
    segment: str | None = None,
    entity: str = "customer_id",
    customer: str | None = None,
    time: str = "occurred_at",
    event: str = "event_type",
    order: Sequence[str] = (),
) -> StepsWithin:
    """Find what each step was followed by.

    Args:
        events: Any event log, its rows in any order.
        window: Within which a step has to follow, boundary included.
        until: When what is known ends; by default the time of the last event.
        segment: Column of a segment.
        entity: Column of the case in which a step follows another: a customer, a session, a journey.
        customer: Column of the customer; by default each entity is one.
        time: Column of the time.
        event: Column of the name of the step.
        order: Columns that order events of one time.

    Raises:
        UsageError: A column is missing or of another kind, or the window is not longer than nothing.

    Example:
        >>> at = [datetime(2026, 1, day) for day in (1, 2, 9)]
        >>> log = pl.DataFrame({"customer_id": [1, 1, 1], "occurred_at": at, "event_type": ["see", "buy", "see"]})
        >>> steps = steps_within(log, window=timedelta(days=3))
        >>> [(steps.names[source], steps.names[next_]) for source, next_ in zip(steps.source, steps.next_step)]
        [('see', 'buy'), ('buy', '(none)')]
    """
    if window <= timedelta():
        raise UsageError(f"No step can follow within {window}.", hint="Give a window longer than 0, such as 7 days.")
    columns = [] if segment is None else [segment]
    found = sequences_of(events, entity=entity, time=time, event=event, order=order, customer=customer, columns=columns)
    end = int(found.at.max(initial=0)) if until is None else micros_of(until)
    length = window // _MICROSECOND
    code: npt.NDArray[Any] = found.code
    follows = found.has_next.copy()
    follows[:-1] &= found.at[1:] - found.at[:-1] <= length
    following = np.full(len(code), len(found.names), dtype=np.int32)
    rows = np.flatnonzero(follows)
    following[rows] = code[rows + 1]
    watched = np.flatnonzero(found.at <= end - length)
    segments = (
        pl.repeat(None, len(code), dtype=pl.String, eager=True)
        if segment is None
        else found.columns[segment].cast(pl.String)
    )
    return StepsWithin(
        [*found.names, NO_STEP], code[watched], following[watched], found.at[watched],
        found.customer[found.entity[watched]], found.customers_count, segments.gather(watched),
    )  # fmt: skip
