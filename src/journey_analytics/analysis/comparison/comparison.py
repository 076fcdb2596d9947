"""Where instead: what two segments, or two periods, do next from each step, and whether chance explains the difference.

A test against its control group is a comparison of segments. Steps of a customer depend on one another, so that what
decides is drawn by customer: labels are permuted over customers where each is in one group, and where some are in both,
as in two periods, customers are drawn anew with both their halves. The G test beside it takes steps for independent.

First sources are judged, at a false discovery rate (Benjamini and Hochberg 1995) over all that have enough customers;
then the edges of those that differ. No difference shown is not the same as no difference: the intervals say how large
one may be. A difference between groups that were not made by chance is one they are associated with, not its effect.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.comparison.annotated_periods import NO_ANNOTATIONS, annotations_in_periods
from journey_analytics.analysis.comparison.compared_edges import ComparisonOptions, compared_edges
from journey_analytics.analysis.comparison.steps_within import steps_within
from journey_analytics.analysis.event_log import micros_of
from journey_analytics.errors import UsageError, did_you_mean


@dataclass(frozen=True)
class Comparison:
    """What two groups do next, beside one another.

    Attributes:
        sources: One row per step that something may follow, those with most customers affected first: ``source``;
            ``baseline_count`` and ``compared_count`` (times it was done and watched for the window);
            ``baseline_customers_count`` and ``compared_customers_count``; ``largest_difference`` (of the shares of a
            next step); ``customers_affected`` (of the compared group: their number by half the sum of all differences,
            the share that goes elsewhere); ``cramers_v``; ``g``, its ``degrees`` and ``g_p_value`` (steps taken for
            independent); ``p_value`` and ``q_value`` (by customer); ``finding``.
        edges: One row per source and next step, likewise ranked: ``source``; ``next_step`` (``(none)`` within the
            window, ``(other)`` for all of which fewer than five are expected in a group); ``baseline_count`` of
            ``baseline_trials_count``, ``baseline_rate`` with ``baseline_low`` and ``baseline_high``; the same of the
            compared group; ``difference`` (compared less baseline) with ``difference_low`` and ``difference_high`` (by
            customer), and ``newcombe_low`` and ``newcombe_high`` (steps taken for independent); ``customers_affected``
            (customers of the compared group by the difference); ``p_value`` and ``q_value`` (by customer, null unless
            the source differs); ``finding``.
        is_paired: Whether some customers are in both groups, so that they were drawn with both halves.
        annotations: What happened in the business in periods that are compared, if annotations were given:
            ``annotations_in_periods`` has its columns. A difference after one is associated with it at most.

    ``finding`` is ``differs``, ``differs_little`` (shown, but below the least difference), ``not_shown``, or
    ``too_little_history``: then differences and tests are null.
    """

    sources: pl.DataFrame
    edges: pl.DataFrame
    is_paired: bool
    annotations: pl.DataFrame


def compare_segments(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    segment: str,
    baseline: str,
    compared: str,
    window: timedelta,
    until: datetime | None = None,
    entity: str = "customer_id",
    customer: str | None = None,
    time: str = "occurred_at",
    event: str = "event_type",
    order: Sequence[str] = (),
    options: ComparisonOptions | None = None,
) -> Comparison:
    """Compare what two segments do next, such as a test and its control group.

    Args:
        events: Any event log, its rows in any order; steps of other segments are left out, though what follows a step
            may be of any.
        segment: Column of the segment.
        baseline: The segment that is compared with, such as the control group.
        compared: The segment that is compared.
        window: Within which a step has to follow. Only steps that happened so long before the end are counted.
        until: When what is known ends; by default the time of the last event.
        entity: Column of the case in which a step follows another: a customer, a session, a journey.
        customer: Column of the customer; by default each entity is one.
        time: Column of the time.
        event: Column of the name of the step.
        order: Columns that order events of one time.
        options: Levels and numbers.

    Raises:
        UsageError: A column is missing, there is no such segment, or options or window cannot be.

    Example:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({
        ...     "customer_id": [*range(200), *range(200)], "event_type": ["see"] * 200 + ["buy"] * 150 + ["leave"] * 50,
        ...     "occurred_at": [datetime(2026, 1, 1)] * 200 + [datetime(2026, 1, 2)] * 200,
        ...     "group": (["test"] * 100 + ["control"] * 100) * 2,
        ... })
        >>> found = compare_segments(
        ...     log, segment="group", baseline="control", compared="test", window=timedelta(days=1)
        ... )
        >>> found.edges.filter(source="see").select("next_step", "difference", "finding").rows()
        [('buy', 0.5, 'differs'), ('leave', -0.5, 'differs')]
    """
    steps = steps_within(
        events, window=window, until=until, segment=segment, entity=entity, customer=customer, time=time, event=event,
        order=order,
    )  # fmt: skip
    _check_segments(events, segment, baseline, compared)
    is_compared = (steps.segment == compared).fill_null(value=False).to_numpy()
    rows = np.flatnonzero(is_compared | (steps.segment == baseline).fill_null(value=False).to_numpy())
    found = compared_edges(steps, rows, is_compared[rows], options or ComparisonOptions())
    return Comparison(found.sources, found.edges, found.is_paired, NO_ANNOTATIONS)


def compare_periods(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    baseline: tuple[datetime, datetime],
    compared: tuple[datetime, datetime],
    window: timedelta,
    until: datetime | None = None,
    entity: str = "customer_id",
    customer: str | None = None,
    time: str = "occurred_at",
    event: str = "event_type",
    order: Sequence[str] = (),
    annotations: pl.DataFrame | None = None,
    options: ComparisonOptions | None = None,
) -> Comparison:
    """Compare what customers do next in two periods.

    A step belongs to the period in which it happened, whenever the next one did. Steps of which the window is not over
    are left out, so that the end of a period that is not over yet is.

    Args:
        events: Any event log, its rows in any order.
        baseline: The period that is compared with: its start, and its end, which does not belong to it.
        compared: The period that is compared.
        window: Within which a step has to follow. Only steps that happened so long before the end are counted.
        until: When what is known ends; by default the time of the last event.
        entity: Column of the case in which a step follows another: a customer, a session, a journey.
        customer: Column of the customer; by default each entity is one.
        time: Column of the time.
        event: Column of the name of the step.
        order: Columns that order events of one time.
        annotations: What happened in the business, as ``ops.annotations`` has it: those in the periods stand beside the
            differences.
        options: Levels and numbers.

    Raises:
        UsageError: A column is missing, the periods overlap or are empty, or options or window cannot be.
    """
    ends = [(micros_of(start), micros_of(end)) for start, end in (baseline, compared)]
    for (start, end), period in zip(ends, (baseline, compared), strict=True):
        if start >= end:
            raise UsageError(
                f"The period from {period[0]} to {period[1]} is empty.", hint="Give its start first, then its end."
            )
    if max(start for start, _ in ends) < min(end for _, end in ends):
        raise UsageError("The periods overlap.", hint="Let one end where or before the other starts.")
    steps = steps_within(
        events, window=window, until=until, entity=entity, customer=customer, time=time, event=event, order=order
    )
    is_baseline, is_compared = ((steps.at >= start) & (steps.at < end) for start, end in ends)
    rows = np.flatnonzero(is_baseline | is_compared)
    found = compared_edges(steps, rows, is_compared[rows], options or ComparisonOptions())
    of_periods = (
        NO_ANNOTATIONS
        if annotations is None
        else annotations_in_periods(annotations, baseline=baseline, compared=compared)
    )
    return Comparison(found.sources, found.edges, found.is_paired, of_periods)


def _check_segments(events: pl.DataFrame | pl.LazyFrame, segment: str, baseline: str, compared: str) -> None:
    column = pl.col(segment).cast(pl.String).drop_nulls().unique()
    known = events.lazy().select(column).collect().to_series().to_list()
    for name in (baseline, compared):
        if name not in known:
            raise UsageError(f"Column '{segment}' has no segment '{name}'.", hint=did_you_mean(name, known))
    if baseline == compared:
        raise UsageError(f"Segment '{baseline}' is compared with itself.", hint="Name two segments.")
