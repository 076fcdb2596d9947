"""Where every row that was read has gone: the part of a page that says whether its numbers can be trusted."""

import polars as pl

from journey_analytics.reports.report import Section, Tables, TableTwin
from journey_analytics.reports.words import count

_COUNTS = ("rows_count", "loaded_count", "duplicates_count", "rejected_count", "skipped_count")
_SQL = """select files.source, count(*) as files_count, {sums},
    any_value(status.events_count) as events_count, any_value(status.unidentified_count) as unidentified_count,
    any_value(status.watermark_at) as watermark_at
from ops.loaded_files as files
left join ops.source_status as status on files.source = status.source
group by all
order by files.source"""


def row_accounts(tables: Tables) -> Section:
    """A row per source: files and rows by what became of them, events, and how fresh they are."""
    status = tables["ops.source_status"].select("source", "events_count", "unidentified_count", "watermark_at")
    data = (
        tables["ops.loaded_files"]
        .group_by("source")
        .agg(pl.len().cast(pl.Int64).alias("files_count"), pl.col(_COUNTS).sum())
        .join(status, on="source", how="left")
        .sort("source")
    )
    rows = [
        [
            row["source"],
            *(count(row[name]) for name in ("files_count", *_COUNTS)),
            *("–" if row[name] is None else count(row[name]) for name in ("events_count", "unidentified_count")),
            "–" if row["watermark_at"] is None else f"{row['watermark_at']:%Y-%m-%d %H:%M}",
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = [
        "Source", "Files", "Rows read", "Loaded", "Duplicates", "Rejected", "Skipped", "Events", "Without a customer",
        "Data until (UTC)",
    ]  # fmt: skip
    sums = ", ".join(f"sum(files.{name})::bigint as {name}" for name in _COUNTS)
    return Section(
        "Can these numbers be trusted?",
        ["Every row that was read is accounted for."],
        tables=[TableTwin("rows", "Rows by source", headers, rows, data, _SQL.format(sums=sums))],
        how=[
            "Read = loaded + duplicates + rejected + skipped. Skipped rows are left out by a named rule (cost and "
            "reference rows, private notes); rejected rows keep their text, file and line in the pipeline's own "
            "database."
        ],
    )
