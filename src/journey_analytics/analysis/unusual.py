"""Drop-offs that stand out from the other months of the same stage and channel by more than chance."""

import polars as pl

from journey_analytics.analysis.intervals import benjamini_hochberg, difference_p_values


def unusual_drop_offs(drop_offs: pl.DataFrame, *, min_journeys: int = 50, max_q: float = 0.05) -> pl.DataFrame:
    """Cells with more drop-off than in their other months.

    Every mature cell with enough decided journeys on both sides is compared, and the p-values are corrected for that
    many comparisons. A cell that stands out is associated with its month; the comparison does not say why.

    Args:
        drop_offs: ``marts.drop_offs``.
        min_journeys: Decided journeys that a cell and its other months must have each.
        max_q: Largest false discovery rate.

    Returns:
        The cells that stand out, largest excess first, with ``p_value``, ``q_value`` and ``comparisons_count``.
    """
    slice_ = ["stage_model", "stage", "first_channel"]
    decided = pl.col("journeys_count") - pl.col("open_count")
    compared = (
        drop_offs.filter("is_mature")
        .with_columns(decided_count=decided)
        .with_columns(
            other_decided_count=pl.col("decided_count").sum().over(slice_) - pl.col("decided_count"),
            other_dropped_off_count=pl.col("dropped_off_count").sum().over(slice_) - pl.col("dropped_off_count"),
        )
        .filter(pl.min_horizontal("decided_count", "other_decided_count") >= min_journeys)
    )
    p_values = difference_p_values(
        compared["dropped_off_count"].to_numpy(),
        compared["decided_count"].to_numpy(),
        compared["other_dropped_off_count"].to_numpy(),
        compared["other_decided_count"].to_numpy(),
    )
    judged = compared.with_columns(
        p_value=pl.Series(p_values, dtype=pl.Float64),
        q_value=pl.Series(benjamini_hochberg(p_values), dtype=pl.Float64),
        comparisons_count=pl.lit(compared.height),
    )
    return judged.filter((pl.col("q_value") <= max_q) & (pl.col("excess_count") > 0)).sort(
        "excess_count", descending=True
    )
