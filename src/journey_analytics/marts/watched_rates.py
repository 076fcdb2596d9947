"""Every rate that findings are chosen from, with what it is compared with: of all stage models."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from journey_analytics.analysis.findings import FindingOptions, watched_rates
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart

_TABLE = declare_table(
    "marts.watched_rates",
    "kind of comparison, stage, first channel, and days of entry",
    "stage_model, kind, stage, segment, first_on",
    """
    stage_model VARCHAR!           | Name of the stage model.
    kind VARCHAR!                  | Compared with: change, the period before; month, gap, all others; level, nothing.
    stage VARCHAR!                 | Stage that customers entered.
    segment VARCHAR!               | First channel, or (all).
    outcome VARCHAR!               | What the rate counts: moved_on (to a later stage); of levels, dropped_off.
    watched_days DOUBLE!           | Days since entry in which it counts: half of lapse after; a drop-off, that more.
    period_days INTEGER            | 28 with 1,000 customers on either side or no older data, else 84; null for months.
    first_on DATE!                 | First day of entry, in the business time zone.
    last_on DATE!                  | Last day of entry: all who entered were watched for watched_days.
    baseline_first_on DATE         | First day of what it is compared with.
    baseline_last_on DATE          | Last day of it; of months, that month lies between.
    customers_count BIGINT!        | Customers who entered the stage in the period, each once.
    happened_count BIGINT!         | Of these, customers to whom it happened in time.
    rate DOUBLE!                   | happened_count of customers_count.
    rate_low DOUBLE!               | Lower end of its 95 % Wilson interval.
    rate_high DOUBLE!              | Upper end.
    baseline_customers_count BIGINT | The same of what it is compared with; over other months, each once per month.
    baseline_happened_count BIGINT | Of these, to whom it happened in time.
    baseline_rate DOUBLE           | Their rate; of (all), what each first channel had, at today's mix of them.
    baseline_rate_low DOUBLE       | Lower end of its 95 % interval.
    baseline_rate_high DOUBLE      | Upper end.
    difference DOUBLE              | rate minus baseline_rate. Null with too little history, and for levels.
    difference_low DOUBLE          | Lower end of its 95 % interval (Newcombe's; aware of customers on both sides).
    difference_high DOUBLE         | Upper end; not corrected for looking at many.
    p_value DOUBLE                 | That chance alone makes such a difference.
    q_value DOUBLE                 | False discovery rate (Benjamini and Hochberg) over all of the kind that are judged.
    finding VARCHAR                | differs, differs_little, not_shown, too_little_history; null for levels.
    """,
)


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    settings = frames["settings"].row(0, named=True)
    found = [pl.DataFrame(schema=_TABLE.schema)]
    for (model,), entries in frames["entries"].sort("stage_model").group_by("stage_model", maintain_order=True):
        lapse_after = timedelta(seconds=settings["lapse_after_seconds"])
        options = FindingOptions(within=lapse_after / 2, lapse_after=lapse_after)
        rates = watched_rates(
            entries, settings["watermark_at"], time_zone=settings["time_zone"], options=options
        ).with_columns(stage_model=pl.lit(model))
        found.append(rates.select(_TABLE.column_names))
    return pl.concat(found, how="vertical_relaxed")


MART = Mart(
    _TABLE,
    "How many customers move on from each stage, all watched equally long, beside what such a rate is compared with. "
    "Everything that was looked at; what of it matters is in marts.findings.",
    {
        "entries": """
            select stage_model, ('0x' || customer_id)::ubigint as customer_id, stage, first_channel, entered_at,
                moved_on_at, dropped_off_at
            from marts.stage_entries
        """,
        "settings": "select time_zone, watermark_at, lapse_after_seconds from ops.settings",
    },
    _compute,
)
