"""Limits of silence on the data quality page: those in use, and whether they still hold."""

from typing import Any

import polars as pl

from journey_analytics.readable import count, duration, interval, percent, plural
from journey_analytics.reports.report import Section, TableTwin

HEADERS = (
    "Stage model", "Stage", "From", "Limit", "Now", "Silences", "Still return", "Judged left", "Came back", "Of those",
)  # fmt: skip
_SQL = "from ops.lapse_thresholds\norder by stage_model, stage_index"
_ORIGINS = {"stage_model": "the stage model", "setting": "journey.toml", "default": "not learned yet"}
_TOO_FEW = "too few"


def limits_section(thresholds: pl.DataFrame, settings: pl.DataFrame) -> Section:
    """What the limits are, and what the silences say of them."""
    title, data = "Is the limit of silence right?", thresholds.sort("stage_model", "stage_index")
    horizon = duration(settings["return_horizon_seconds"][0])
    allowed = percent(settings["most_returning"][0])
    off = data.filter("has_drifted")
    told = "No limit is far from what the silences say."
    if off.height:
        names = ", ".join(f"{row['stage']} ({row['stage_model']})" for row in off.iter_rows(named=True))
        told = f"{plural(off.height, 'limit')} far from what would be learned now: {names}."
    if (data["origin"] == "learned").any():
        told += " Learned limits stay until journey lapse learn."
    cells = [limit_cells(row) for row in data.iter_rows(named=True)]
    twin = TableTwin("limits", "Limits of silence by stage", list(HEADERS), cells, data, _SQL, text_columns=3)
    return Section(
        title,
        [told],
        tables=[twin],
        how=[
            f"Now: the shortest silence after which fewer than {allowed} return within {horizon}, learned from all "
            "silences by a survival curve, those that go on among them; (all) where a stage has so few that all stages "
            "had to help. Still return: of those silent for the limit in use, the share that returns within "
            f"{horizon}. Judged left: customers who were silent for longer than the limit {horizon} before the data "
            "end, and of those who came back since, with 95% intervals."
        ],
    )


def limit_cells(row: dict[str, Any], now: str = "present_seconds") -> list[str]:
    """Cells under ``HEADERS``; ``now`` names the column of the present limit."""
    present = _TOO_FEW if row[now] is None else duration(row[now])
    pooled = " (all)" if row["is_pooled"] and row[now] is not None else ""
    origin = f"version {row['version']}" if row["origin"] == "learned" else _ORIGINS[row["origin"]]
    return [
        row["stage_model"],
        row["stage"],
        origin,
        duration(row["lapse_after_seconds"]),
        f"{present}{pooled}{' !' if row['has_drifted'] else ''}",
        count(row["silences_count"]),
        _rate(row["returning_rate"], row["returning_low"], row["returning_high"]),
        count(row["dropped_off_count"]),
        count(row["came_back_count"]),
        _rate(row["false_lapse_rate"], row["false_lapse_low"], row["false_lapse_high"]),
    ]


def _rate(rate: float | None, low: float | None, high: float | None) -> str:
    return "–" if rate is None else f"{percent(rate, exact=True)} ({interval(low, high)})"
