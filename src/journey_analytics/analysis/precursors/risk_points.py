"""Risk points: the acts of customers, after each of which they went on or dropped off.

A customer who drops off does so at their last act. To compare like with like, the others are looked at when they had
just acted, too, and not at any moment in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import (
    LogColumns,
    Which,
    check_columns,
    fitting_expressions,
    micros_of,
)
from journey_analytics.arrays.segments import Flags, Rows, Segments, changes, first_later

_DAY = 86_400_000_000


@dataclass(frozen=True)
class RiskPoints:
    """Events of stays in order, those of a stay together, and which of them are points.

    Attributes:
        names: The different names of events, in the order of the alphabet.
        code: Number of the name of each event.
        at: Its time, in microseconds since 1970.
        stays: The events of each stay.
        points: Which events are points that can be judged: it is known whether the customer went on.
        is_dropped: Of each point, whether it is where the customer dropped off.
        customer: Of each point, the number of its customer.
        stage: Of each point, the number of the stage of its stay, from 1; 0 without one.
        stages: Names of the stages.
        days: Of each point, whole days since the stay began.
        acts_count: Of each point, how many acts the stay had, itself included.
    """

    names: pl.Series
    code: Rows
    at: Rows
    stays: Segments
    points: Rows
    is_dropped: Flags
    customer: Rows
    stage: Rows
    stages: pl.Series
    days: Rows
    acts_count: Rows

    def until_before(self, points: Rows, lag: int) -> Rows:
        """The last event of the same stay so many microseconds before each of some points, or earlier.

        Args:
            points: Which of the points.
            lag: Of 0 it is the point itself.

        Returns:
            Rows of events; where there is none, the row before the first one of the stay.
        """
        rows = self.points[points]
        first = self.stays.spread(self.stays.first)[rows]
        return first_later(self.at, first, rows + 1, self.at[rows] - lag) - 1 if lag else rows


def risk_points(
    subjects: pl.DataFrame,
    events: pl.DataFrame | pl.LazyFrame,
    columns: LogColumns,
    *,
    until: datetime,
    window: timedelta,
    acts: Which,
    stage: str | None,
    order: Sequence[str],
) -> RiskPoints:
    """Find the points at which customers might have dropped off.

    An event belongs to the stay of its customer that began last. A stay that went over into another one, or was
    completed, ends before its ``ended_at``; one that was dropped ends with it.

    Args:
        subjects: Stays, as ``precursors`` has them.
        events: Any event log.
        columns: Its columns.
        until: Time up to which the data are complete.
        window: Silence after which a customer counts as dropped off; later points are not judged yet.
        acts: Which events are acts of the customer.
        stage: Column of ``subjects``.
        order: Columns that order events of one time.

    Raises:
        UsageError: A column is missing or of another kind, or times do not fit each other.
    """
    others = [columns.entity, "is_dropped", *([stage] if stage else [])]
    check_columns(subjects.schema, times=["started_at", "ended_at"], others=others)
    log = columns.checked(events, *order).filter(columns.is_known, columns.name.is_not_null())
    with fitting_expressions():
        stays = _stays(subjects, columns.entity, stage)
        names, found = _in_stays(log, stays, columns, acts, order)
    at, segments = found["at"].to_numpy(), Segments.starting(changes(found["stay"].to_numpy()))
    is_act = found["is_act"].to_numpy()
    counts = np.cumsum(is_act)
    before = counts[segments.first] - is_act[segments.first] if len(segments) else counts
    so_far = counts - segments.spread(before)
    is_last = is_act & (so_far == segments.spread(segments.counts(is_act)))
    is_dropped, is_over = found["is_dropped"].to_numpy(), found["is_over"].to_numpy()
    is_judged = at <= micros_of(until) - window // timedelta(microseconds=1)
    points = np.flatnonzero(is_act & is_judged & (~is_last | is_over))
    return RiskPoints(
        names=names,
        code=found["code"].to_numpy().astype(np.int64),
        at=at,
        stays=segments,
        points=points,
        is_dropped=(is_last & is_dropped)[points],
        customer=found["customer"].to_numpy()[points],
        stage=found["stage_number"].to_numpy()[points],
        stages=stays["stage"].drop_nulls().unique().sort(),
        days=(at - found["start"].to_numpy())[points] // _DAY,
        acts_count=so_far[points].astype(np.int64),
    )


def _stays(subjects: pl.DataFrame, entity: str, stage: str | None) -> pl.DataFrame:
    """One row per customer and start, numbered in an order that does not depend on that of the rows."""
    return (
        subjects.select(
            entity=pl.col(entity),
            start=pl.col("started_at").dt.epoch("us"),
            end=pl.col("ended_at").dt.epoch("us"),
            is_dropped=pl.col("is_dropped").fill_null(value=False) & pl.col("ended_at").is_not_null(),
            stage=pl.col(stage).cast(pl.String) if stage else pl.lit(None, dtype=pl.String),
        )
        .filter(pl.col("entity").is_not_null(), pl.col("start").is_not_null())
        .sort("entity", "start", "end", "is_dropped", "stage", nulls_last=True)
        .unique(["entity", "start"], keep="last", maintain_order=True)
        .with_columns(
            customer=pl.col("entity").rle_id().cast(pl.Int64),
            stage_number=pl.col("stage").rank("dense").cast(pl.Int64).fill_null(0),
            stay=pl.int_range(pl.len(), dtype=pl.Int64),
        )
        .sort("start", maintain_order=True)
    )


def _in_stays(
    log: pl.LazyFrame, stays: pl.DataFrame, columns: LogColumns, acts: Which, order: Sequence[str]
) -> tuple[pl.Series, pl.DataFrame]:
    """The names of events; and events within stays, in order, with what is known of the stay."""
    orders = {f"order {column}": pl.col(column) for column in order}
    rows = log.select(
        entity=pl.col(columns.entity), at=columns.micros, name=columns.name, is_act=columns.are(acts), **orders
    ).sort("at")
    names = rows.select(pl.col("name").unique().sort()).collect().to_series()
    found = (
        rows.join_asof(
            stays.lazy(), left_on="at", right_on="start", by="entity", strategy="backward", check_sortedness=False
        )
        .filter(
            pl.col("stay").is_not_null(),
            pl.col("end").is_null()
            | (pl.col("at") < pl.col("end"))
            | (pl.col("is_dropped") & (pl.col("at") == pl.col("end"))),
        )
        .with_columns(pl.col("name").cast(pl.Enum(names)), is_over=pl.col("end").is_not_null())
        .with_columns(code=pl.col("name").to_physical())
        .sort("stay", "at", *orders, "code", "is_act", nulls_last=True)
        .collect()
    )
    return names, found
