"""Whether stages are inferred beside those of the rules: by which fit, how well it foretells, and why not."""

import polars as pl

from journey_analytics.readable import count
from journey_analytics.reports.report import Section, TableTwin

_COLUMNS = (
    "stage_model", "status", "fit_version", "fitted_until", "customers_count", "later_sessions_count", "log_loss",
    "rule_log_loss", "gain", "gain_low", "gain_high",
)  # fmt: skip
_SQL = f"""select {", ".join(_COLUMNS)}
from ops.stage_fits
order by stage_model"""
_STATUS = {"applied": "shown", "not_shown": "not shown", "stale": "out of date", "missing": "no fit"}


def inferred_section(fits: pl.DataFrame) -> list[Section]:
    """A row per stage model whose fit the settings ask for, from ``ops.stage_fits``; nothing where that is none."""
    if fits.is_empty():
        return []
    data = fits.select(_COLUMNS).sort("stage_model")
    cells = [
        [
            row["stage_model"],
            _STATUS[row["status"]],
            row["fit_version"] or "–",
            f"{row['fitted_until']:%Y-%m-%d}" if row["fitted_until"] else "–",
            *("–" if row[name] is None else count(row[name]) for name in ("customers_count", "later_sessions_count")),
            *("–" if row[name] is None else f"{row[name]:.3f}" for name in ("log_loss", "rule_log_loss")),
            "–" if row["gain"] is None else f"{row['gain']:.3f} ({row['gain_low']:.3f} to {row['gain_high']:.3f})",
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = [
        "Stage model", "Stages", "Fit", "Data until", "Customers", "Later sessions", "Log-loss", "Of the rules", "Gain",
    ]  # fmt: skip
    sentences = [
        f"{row['stage_model']}: {row['reason']}" + (f" {row['advice']}" if row["advice"] else "")
        for row in fits.sort("stage_model").iter_rows(named=True)
    ]
    return [
        Section(
            "Are stages inferred beside the rules?",
            sentences,
            tables=[TableTwin("stage_fits", "Stored fits", headers, cells, data, _SQL, text_columns=4)],
            how=[
                "Inferred stages are shown (marts.session_stages) only where the fit foretells sessions that it had "
                "not seen better than a Markov chain of the rules' stages does, which knows gaps and drop-off too, "
                "beyond chance (95 %), and its stages are still those of the rules. Log-loss in nats per session: less "
                "is better. A run applies the stored fit, to what was known up to each session and nothing later; only "
                "journey fit makes one."
            ],
        )
    ]
