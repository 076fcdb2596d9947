"""The runs of a project from the steps that its ledger notes: one row per run, with how it ended."""

import polars as pl

_READING = "^(ingest|replay):"


def run_history(steps: pl.DataFrame, published_run: str | None) -> pl.DataFrame:
    """Sum up the steps of each run.

    Args:
        steps: ``ops.runs``.
        published_run: Run whose tables are published: a published file knows its own steps up to its build only.

    Returns:
        One row per run, newest first: ``run_id``, ``started_at``, ``as_of``, ``seconds`` (of its steps), ``rows_count``
        (rows read), ``failed_step``, ``why`` (of that step), ``last_step``, and ``status``: published, failed, replayed
        (it only read rejected rows again) or stopped (it ended without a word, or was only to ingest).
    """
    failed = pl.col("status") == "failed"
    is_published = (pl.col("run_id") == pl.lit(published_run)).fill_null(value=False)
    return (
        steps.sort("started_at", "step")
        .group_by("run_id", maintain_order=True)
        .agg(
            pl.col("started_at", "as_of").first(),
            pl.col("seconds").sum(),
            pl.col("rows_count").filter(pl.col("step").str.contains(_READING)).sum(),
            pl.col("step").filter(failed).first().alias("failed_step"),
            pl.col("detail").filter(failed).first().alias("why"),
            pl.col("step").last().alias("last_step"),
            (pl.col("step") == "publish").any().alias("has_published"),
            pl.col("step").str.starts_with("replay:").all().alias("is_replay"),
        )
        .with_columns(
            status=pl.when(pl.col("failed_step").is_not_null())
            .then(pl.lit("failed"))
            .when(pl.col("has_published") | is_published)
            .then(pl.lit("published"))
            .when("is_replay")
            .then(pl.lit("replayed"))
            .otherwise(pl.lit("stopped"))
        )
        .drop("has_published", "is_replay")
        .sort("run_id", descending=True)
    )
