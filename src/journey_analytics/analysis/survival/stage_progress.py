"""Progress through a stage: how many visits have moved on or dropped off after how long, and how many are undecided.

Young visits have had little time: counted as they are, they make every stage look as if fewer moved on.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, rate_interval
from journey_analytics.analysis.event_log import check_columns
from journey_analytics.analysis.survival.competing_risks import cumulative_incidence
from journey_analytics.arrays.sorting import counted
from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.vocabulary import Outcome

_ADVANCED = (Outcome.MOVED_ON, Outcome.COMPLETED)


def stage_progress(
    visits: pl.DataFrame,
    watermark: datetime,
    *,
    stage: str = "stage",
    entered: str = "entered_at",
    ended: str = "ended_at",
    outcome: str = "outcome",
) -> pl.DataFrame:
    """Estimate curves of progress, for each stage.

    Args:
        visits: One row per visit of a stage.
        watermark: Time up to which the data are complete.
        stage: Column of the stage.
        entered: Column of when it was entered.
        ended: Column of when it was left, or the silence became a drop-off; null or later than the watermark while
            open.
        outcome: Column of ``moved_on``, ``completed``, ``dropped_off`` or ``open``.

    Returns:
        What ``cumulative_incidence`` returns, by stage, with ``outcome`` as the cause and ``seconds`` since entry as
        the duration.

    Raises:
        UsageError: A column is missing or of another kind, or an outcome is none.
    """
    known = _checked(visits, watermark, stage, entered, ended, outcome)
    return cumulative_incidence(known, duration="seconds", cause="outcome", by=["stage"])


def mature_progress(
    visits: pl.DataFrame,
    watermark: datetime,
    within: timedelta,
    *,
    customer: str = "customer_id",
    stage: str = "stage",
    entered: str = "entered_at",
    ended: str = "ended_at",
    outcome: str = "outcome",
    replicates: int = REPLICATES,
    seed: int = 0,
) -> pl.DataFrame:
    """Count what became of visits within some time, for those alone that have had it, beside the naive count.

    Args:
        visits: One row per visit of a stage.
        watermark: Time up to which the data are complete.
        within: Time since entry; a visit counts if it was entered that long before the watermark, or longer.
        customer: Column of the customer, who are drawn again for the intervals.
        stage: Column of the stage.
        entered: Column of when it was entered.
        ended: Column of when it was left, or the silence became a drop-off; null or later than the watermark while
            open.
        outcome: Column of ``moved_on``, ``completed``, ``dropped_off`` or ``open``.
        replicates: How often customers are drawn again; 0 for no intervals.
        seed: Of these draws.

    Returns:
        One row per stage, by name: ``stage``, ``entered_count`` (up to the watermark), ``mature_count`` (of these long
        enough ago), what became of the mature ones within that time, ``advanced_count``, ``dropped_off_count``,
        ``undecided_count``, the rates of these, ``advanced_rate`` with ``advanced_low`` and ``advanced_high``,
        ``drop_off_rate`` with ``drop_off_low`` and ``drop_off_high``; and beside them ``naive_advanced_rate`` and
        ``naive_drop_off_rate``, of all visits up to now.

    Raises:
        UsageError: A column is missing or of another kind, or an outcome is none.
    """
    known = _checked(visits, watermark, stage, entered, ended, outcome, customer)
    seconds = within.total_seconds()
    became = pl.col("outcome").fill_null(Outcome.OPEN)
    advanced, dropped = became.is_in(_ADVANCED), became == Outcome.DROPPED_OFF
    is_mature, in_time = pl.col("age") >= seconds, pl.col("seconds") <= seconds
    told = known.with_columns(
        became=pl.when(~is_mature).then(3).when(advanced & in_time).then(0).when(dropped & in_time).then(1).otherwise(2)
    )
    stages = told["stage"].unique().sort()
    number = stages.search_sorted(told["stage"]).to_numpy().astype(np.int64)
    customers = told.select(pl.col("customer").rank("dense") - 1).to_series().to_numpy().astype(np.int64)
    cells, count = counted((customers * max(1, len(stages)) + number) * 4 + told["became"].to_numpy())
    whose, column = np.divmod(cells, 4 * max(1, len(stages)))
    counts = CustomerCounts(whose, column, count, int(customers.max(initial=-1)) + 1, 4 * len(stages))
    drawn = counts.resampled(replicates, seed).reshape(-1, len(stages), 4) if len(stages) else np.zeros((0, 0, 4))
    totals = counts.totals().reshape(len(stages), 4)
    mature = totals[:, :3].sum(axis=1)
    having = np.bincount(
        counted(whose * max(1, len(stages)) + column // 4)[0] % max(1, len(stages)), minlength=len(stages)
    )
    columns = {
        "stage": stages,
        "entered_count": totals.sum(axis=1).astype(np.int64),
        "mature_count": mature.astype(np.int64),
        **{
            f"{name}_count": totals[:, place].astype(np.int64)
            for place, name in enumerate(("advanced", "dropped_off", "undecided"))
        },
    }
    for place, name in enumerate(("advanced", "drop_off")):
        low, high = rate_interval(drawn[:, :, place], drawn[:, :, :3].sum(axis=2), totals[:, place], mature, having)
        with np.errstate(invalid="ignore"):
            columns |= {f"{name}_rate": totals[:, place] / mature, f"{name}_low": low, f"{name}_high": high}
    naive = told.group_by("stage").agg(naive_advanced_rate=advanced.mean(), naive_drop_off_rate=dropped.mean())
    return (
        pl.DataFrame(columns)
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .join(naive, on="stage", how="left", maintain_order="left")
    )


def _checked(
    visits: pl.DataFrame,
    watermark: datetime,
    stage: str,
    entered: str,
    ended: str,
    outcome: str,
    customer: str | None = None,
) -> pl.DataFrame:
    """``stage``, ``outcome`` (null while open), ``seconds`` until it or the watermark, ``age``, per visit."""
    check_columns(visits.schema, times=[entered, ended], texts=[stage, outcome], others=[customer] if customer else [])
    text = visits[outcome].cast(pl.String).drop_nulls()
    strange = text.filter(~text.is_in([str(one) for one in Outcome])).unique().sort()
    if len(strange):
        raise UsageError(f"'{strange[0]}' is no outcome.", hint=did_you_mean(strange[0], Outcome))
    end = int(pl.Series([watermark]).dt.epoch("us")[0])
    start, left = pl.col(entered).dt.epoch("us"), pl.col(ended).dt.epoch("us")
    is_decided = (pl.col(outcome).cast(pl.String) != Outcome.OPEN) & (left <= end)
    known = visits.filter(pl.col(stage).is_not_null(), *([pl.col(customer).is_not_null()] if customer else []))
    return known.filter(start <= end).select(
        stage=pl.col(stage).cast(pl.String),
        outcome=pl.when(is_decided).then(pl.col(outcome).cast(pl.String)),
        seconds=(pl.when(is_decided).then(left).otherwise(end) - start) / 1e6,
        age=(end - start) / 1e6,
        customer=pl.col(customer) if customer else None,
    )
