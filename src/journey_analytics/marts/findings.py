"""What matters, ranked: the first thing to read in the morning."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.analysis.findings import ranked_findings
from journey_analytics.contracts import declare_table
from journey_analytics.marts.finding_queries import customers_query, numbers_query
from journey_analytics.marts.mart import Mart

_TABLE = declare_table(
    "marts.findings",
    "finding",
    "stage_model, finding_id",
    """
    stage_model VARCHAR!           | Name of the stage model.
    rank INTEGER!                  | From 1: changes, months, gaps, levels; by customers_affected_low in each.
    finding_id VARCHAR!            | Short name: of kind, stage, segment and direction, so that it is the same tomorrow.
    kind VARCHAR!                  | change, month, gap: more than chance; level: compared with nothing.
    stage VARCHAR!                 | Stage that customers entered.
    segment VARCHAR!               | First channel, or (all).
    outcome VARCHAR!               | What the rate counts: moved_on or dropped_off.
    is_worse BOOLEAN               | Fewer move on; null for levels.
    sentence VARCHAR!              | The finding in words, with its numbers.
    customers_affected DOUBLE!     | Customers times the difference; of a level, how many dropped off.
    customers_affected_low DOUBLE! | How many at least: by the end of the 95 % interval that is nearer to none.
    watched_days DOUBLE!           | Days after the entry within which it counts.
    period_days INTEGER            | Days of the period; null for months.
    first_on DATE!                 | First day of entry.
    last_on DATE!                  | Last day of entry.
    baseline_first_on DATE         | First day of what it is compared with.
    baseline_last_on DATE          | Last day of it.
    customers_count BIGINT!        | Customers who entered the stage in the period.
    happened_count BIGINT!         | Of these, to whom it happened in time.
    rate DOUBLE!                   | happened_count of customers_count.
    rate_low DOUBLE!               | Lower end of its 95 % interval.
    rate_high DOUBLE!              | Upper end.
    baseline_customers_count BIGINT | The same of what it is compared with.
    baseline_happened_count BIGINT | Of these, to whom it happened in time.
    baseline_rate DOUBLE           | Their rate.
    baseline_rate_low DOUBLE       | Lower end of its 95 % interval.
    baseline_rate_high DOUBLE      | Upper end.
    difference DOUBLE              | rate minus baseline_rate.
    difference_low DOUBLE          | Lower end of its 95 % interval.
    difference_high DOUBLE         | Upper end.
    p_value DOUBLE                 | That chance alone makes such a difference.
    q_value DOUBLE                 | False discovery rate over all comparisons_count.
    comparisons_count BIGINT!      | How many of the kind were judged; 0 for levels.
    listed_count BIGINT!           | How many customers customers_sql lists.
    sql VARCHAR!                   | Query of this file that gives counts, rates and difference again.
    customers_sql VARCHAR!         | Query of this file that lists who did not move on, or did drop off.
    """,
)


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    found = [pl.DataFrame(schema=_TABLE.schema)]
    for (model,), rates in frames["rates"].group_by("stage_model", maintain_order=True):
        ranked = ranked_findings(rates.drop("stage_model"), segments="first channels").with_columns(
            stage_model=pl.lit(model)
        )
        rows = ranked.rows(named=True)
        ranked = ranked.with_columns(
            pl.Series("sql", [numbers_query(row) for row in rows], dtype=pl.String),
            pl.Series("customers_sql", [customers_query(row) for row in rows], dtype=pl.String),
        )
        found.append(ranked.select(pl.col(name).cast(kind) for name, kind in _TABLE.schema.items()))
    return pl.concat(found)


MART = Mart(
    _TABLE,
    "What matters, ranked: stages and first channels whose rate of moving on changed, months that stand out, first "
    "channels that lag behind, then the largest leaks as they stand. A difference is associated with the time or the "
    "first channel; no table says what causes it.",
    {"rates": "from marts.watched_rates order by all"},
    _compute,
)
