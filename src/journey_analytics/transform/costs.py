"""Daily advertising costs: texts to the columns of ``staging.ad_costs``, strictly."""

import polars as pl

from journey_analytics.contracts import MONEY
from journey_analytics.transform.canonical import judge, shown

_COUNTS = ("clicks", "impressions")


def read_costs(rows: pl.LazyFrame, platform: str) -> pl.LazyFrame:
    """Convert daily figures; what cannot be converted makes a rejected row, never a silent null.

    Args:
        rows: ``account_id``, ``campaign_id``, ``day`` and ``cost``, and where the export has them ``campaign_name``,
            ``currency``, ``clicks``, ``impressions`` and ``conversions``, each as text without thousands separators,
            with ``file_name`` and verdicts so far.
        platform: Whose figures they are.

    Returns:
        The rows with typed columns and a verdict. The file's name is the version: figures of a day are restated, and
        those of the later name stand.
    """
    present = rows.collect_schema().names()
    absent = [name for name in (*_COUNTS, "conversions") if name not in present]
    texts = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    typed = texts.with_columns(
        pl.col("account_id").fill_null(""),
        platform=pl.lit(platform),
        version="file_name",
        cost_on=pl.col("day").str.to_date("%Y-%m-%d", strict=False),
        _cost=pl.col("cost").cast(MONEY, strict=False),
        conversions_rate=pl.col("conversions").cast(pl.Float64, strict=False),
        **{f"{name}_count": pl.col(name).cast(pl.Int64, strict=False) for name in _COUNTS},
    )
    in_range = pl.col("cost_on").dt.year().is_between(2000, 2099)
    return judge(
        typed,
        rejects=[
            ("day", ~in_range.fill_null(value=False), pl.format("day '{}' is not a date YYYY-MM-DD", shown("day"))),
            ("cost", pl.col("_cost").is_null(), "cost is not a number"),
            ("campaign", pl.col("campaign_id").is_null(), "campaign id is missing"),
            *((name, _lost(name, f"{name}_count"), pl.format(f"{name} '{{}}' is not a whole number", shown(name)))
              for name in _COUNTS),
            (
                "conversions",
                _lost("conversions", "conversions_rate") | ~pl.col("conversions_rate").is_finite(),
                pl.format("conversions '{}' is not a number", shown("conversions")),
            ),
        ],
    ).with_columns(cost="_cost")  # fmt: skip


def _lost(text: str, converted: str) -> pl.Expr:
    return pl.col(text).is_not_null() & pl.col(converted).is_null()
