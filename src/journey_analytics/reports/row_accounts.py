"""Where every row that was read has gone: the part of a page that says whether its numbers can be trusted."""

import polars as pl

from journey_analytics.reports.report import Section, Tables, TableTwin
from journey_analytics.reports.words import count

_ROWS = ("files_count", "rows_count", "loaded_count", "duplicates_count", "rejected_count", "skipped_count")
_ROWS_SQL = """select source, count(*) as files_count, {sums}
from ops.loaded_files
group by source
order by source"""
_EVENTS = (
    "events_count", "touchpoints_count", "twins_count", "unidentified_count", "held_back_count",
    "after_watermark_count",
)  # fmt: skip
_EVENTS_SQL = """select source, {columns}, watermark_at
from ops.source_status
order by source"""


def row_accounts(tables: Tables) -> Section:
    """A row per source: rows by what became of them, then events by what became of those, and how fresh they are."""
    return Section(
        "Can these numbers be trusted?",
        ["Every row that was read is accounted for, and so is every event."],
        tables=[_rows(tables["ops.loaded_files"]), _events(tables["ops.source_status"])],
        how=[
            "Rows read = loaded + duplicates + rejected + skipped. Skipped rows are left out by a named rule (cost and "
            "reference rows, private notes). Why rows were rejected: journey rejected.",
            "Events: one row may make several, several may make one. Of no customer: without a usable identifier. "
            "Repeats: an ad platform's click of a day whose landing is there with its time; the same contact, counted "
            "once. Held back: dated more than a day after they were received. Later: after the time up to which the "
            "data are complete.",
        ],
    )


def _rows(files: pl.DataFrame) -> TableTwin:
    sums = _ROWS[1:]
    data = (
        files.group_by("source")
        .agg(pl.len().cast(pl.Int64).alias("files_count"), pl.col(sums).sum())
        .sort("source")
    )  # fmt: skip
    cells = [[row["source"], *(count(row[name]) for name in _ROWS)] for row in data.iter_rows(named=True)]
    headers = ["Source", "Files", "Rows read", "Loaded", "Duplicates", "Rejected", "Skipped"]
    sql = _ROWS_SQL.format(sums=", ".join(f"sum({name})::bigint as {name}" for name in sums))
    return TableTwin("rows", "Rows by source", headers, cells, data, sql)


def _events(status: pl.DataFrame) -> TableTwin:
    data = status.select("source", *_EVENTS, "watermark_at").sort("source")
    cells = [
        [
            row["source"],
            *(count(row[name]) for name in _EVENTS),
            "–" if row["watermark_at"] is None else f"{row['watermark_at']:%Y-%m-%d %H:%M}",
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = [
        "Source", "Events", "Touchpoints", "Repeats", "Of no customer", "Held back", "Later", "Data until (UTC)",
    ]  # fmt: skip
    sql = _EVENTS_SQL.format(columns=", ".join(_EVENTS))
    return TableTwin("events", "Events by source", headers, cells, data, sql)
