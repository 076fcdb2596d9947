"""Where every row that was read has gone, and every event; and why rows were rejected."""

import polars as pl

from journey_analytics.readable import count, plural
from journey_analytics.reports.report import Section, TableTwin

_ROWS = ("files_count", "rows_count", "loaded_count", "duplicates_count", "rejected_count", "skipped_count")
_ROWS_SQL = f"""select source, {", ".join(_ROWS)}
from ops.row_accounts
order by source"""
_EVENTS = (
    "events_count", "touchpoints_count", "twins_count", "unidentified_count", "held_back_count",
    "after_watermark_count",
)  # fmt: skip
_EVENTS_SQL = f"""select source, {", ".join(_EVENTS)}
from ops.source_status
order by source"""
_REASONS_SHOWN = 15
_REASONS_SQL = f"""from ops.rejections
order by rows_count desc, source, rule
limit {_REASONS_SHOWN}"""


def rows_section(accounts: pl.DataFrame, status: pl.DataFrame) -> Section:
    """A row per source: rows by what became of them, then events by what became of those."""
    return Section(
        "What became of the rows?",
        ["Every row that was read is accounted for, and so is every event."],
        tables=[_rows(accounts), _events(status)],
        how=[
            "Rows read = loaded + duplicates + rejected + skipped. Skipped rows are left out by a named rule (cost and "
            "reference rows, private notes).",
            "Events: one row may make several, several may make one. Of no customer: without a usable identifier. "
            "Repeats: an ad platform's click of a day whose landing is there with its time; the same contact, counted "
            "once. Held back: dated more than a day after they were received. Later: after the time up to which the "
            "data are complete.",
        ],
    )


def rejections_section(rejections: pl.DataFrame) -> Section:
    """Why rows were rejected, from ``ops.rejections``: the most frequent rule first."""
    title = "Why were rows rejected?"
    if rejections.is_empty():
        return Section(title, ["No row is rejected."])
    ordered = rejections.sort("rows_count", "source", "rule", descending=[True, False, False])
    data, total = ordered.head(_REASONS_SHOWN), int(rejections["rows_count"].sum())
    more = (
        f" These are the {data.height} most frequent of {ordered.height} rules." if ordered.height > data.height else ""
    )
    cells = [
        [
            row["source"],
            row["rule"],
            f"{row['reason']} ({row['path']}, line {row['line']})",
            count(row["rows_count"]),
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = ["Source", "Rule", "The first of them", "Rows"]
    return Section(
        title,
        [
            f"{plural(total, 'row')} broke a rule.{more} The rows themselves: journey rejected --rows; after a fix: "
            "journey replay."
        ],
        tables=[
            TableTwin("rejections", "Rejected rows by rule", headers, cells, data, _REASONS_SQL, 3, is_wrapping=True)
        ],
        how=["What was found in a row stands here as '…', since it may be personal."],
    )


def _rows(accounts: pl.DataFrame) -> TableTwin:
    data = accounts.select("source", *_ROWS).sort("source")
    cells = [[row["source"], *(count(row[name]) for name in _ROWS)] for row in data.iter_rows(named=True)]
    headers = ["Source", "Files", "Rows read", "Loaded", "Duplicates", "Rejected", "Skipped"]
    return TableTwin("rows", "Rows by source", headers, cells, data, _ROWS_SQL)


def _events(status: pl.DataFrame) -> TableTwin:
    data = status.select("source", *_EVENTS).sort("source")
    cells = [[row["source"], *(count(row[name]) for name in _EVENTS)] for row in data.iter_rows(named=True)]
    headers = ["Source", "Events", "Touchpoints", "Repeats", "Of no customer", "Held back", "Later"]
    return TableTwin("events", "Events by source", headers, cells, data, _EVENTS_SQL)
