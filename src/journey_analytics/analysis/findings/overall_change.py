"""The change of a rate over all segments, at the mix of segments that there is now.

More customers of a segment that never went far would look like a change of all, though no segment changed. So the
baseline is what the rate would be, had each segment of today the rate it had then (direct standardisation; the "rate"
part of Kitagawa 1955, at today's mix).
"""

import polars as pl
from scipy.special import ndtr

from journey_analytics.analysis.findings.options import ALL
from journey_analytics.analysis.intervals import with_rate


def overall_change(segments: pl.DataFrame) -> pl.DataFrame:
    """Sum up the changes of the segments of each stage.

    Args:
        segments: What ``each_against_rest`` returns, of one newest period: one row per ``stage`` and ``segment``.

    Returns:
        The same columns, one row per stage with several segments, of segment ``(all)``. No customer is in two segments,
        so that variances add up, and so do squared distances to the ends of intervals (Zou and Donner 2008).
    """
    share = pl.col("customers_count") / pl.col("customers_count").sum()

    def end(value: str, bound: str, sign: int) -> pl.Expr:
        reach = (share * (pl.col(bound) - pl.col(value))).pow(2).sum().sqrt()
        return ((share * pl.col(value)).sum() + sign * reach).alias(bound)

    summed = (
        segments.group_by("stage")
        .agg(
            pl.col("customers_count", "happened_count", "baseline_customers_count", "baseline_happened_count").sum(),
            pl.col("expected_count").sum(),
            end("baseline_rate", "baseline_rate_low", -1),
            end("baseline_rate", "baseline_rate_high", 1),
            end("difference", "difference_low", -1),
            end("difference", "difference_high", 1),
            baseline_rate=(share * pl.col("baseline_rate")).sum(),
            difference=(share * pl.col("difference")).sum(),
            variance=(share.pow(2) * pl.col("variance")).sum(),
            segments_count=pl.len(),
        )
        .filter(pl.col("segments_count") > 1)
        .with_columns(segment=pl.lit(ALL))
    )
    z = (summed["difference"].abs() / summed["variance"].sqrt()).fill_nan(0.0).to_numpy()
    return with_rate(summed, "rate", "happened_count", "customers_count").with_columns(
        pl.Series("p_value", 2 * ndtr(-z))
    )
