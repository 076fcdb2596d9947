"""Whether the checks passed, and how the last runs went."""

import polars as pl

from journey_analytics.readable import count, plural
from journey_analytics.reports.report import Card, Section, Tables, TableTwin
from journey_analytics.reports.run_history import run_history

_RUNS_SHOWN = 14
_CHECKS_SQL = """select check_name, severity, failing_count
from ops.check_results inner join ops.settings using (run_id)
order by failing_count > 0 desc, severity, check_name"""
_RUNS_SQL = f"""select run_id, min(started_at) as started_at, round(sum(seconds), 1) as seconds,
    coalesce(sum(rows_count) filter (step like 'ingest:%' or step like 'replay:%'), 0)::bigint as rows_count,
    arg_min(step, started_at) filter (status = 'failed') as failed_step,
    arg_min(detail, started_at) filter (status = 'failed') as why
from ops.runs
group by run_id
order by run_id desc
limit {_RUNS_SHOWN}"""


def unpublished_section(tables: Tables) -> list[Section]:
    """Says so where these tables are not published, because a check of level error failed; else nothing."""
    found = _checks_of_run(tables).filter((pl.col("severity") == "error") & (pl.col("failing_count") > 0))
    if found.is_empty():
        return []
    cards = [
        Card(row["check_name"], f"{plural(row['failing_count'], 'row')} for which it does not hold", "bad")
        for row in found.iter_rows(named=True)
    ]
    return [
        Section(
            "Nothing was published",
            [
                "The newest tables did not pass their checks. This page is about them; the tables that analysts read "
                "and the other pages are those of the last run that passed."
            ],
            cards,
        )
    ]


def checks_section(tables: Tables) -> Section:
    """The checks of the run that built these tables, failing ones first."""
    title = "Did the checks pass?"
    data = _checks_of_run(tables)
    if data.is_empty():
        return Section(title, ["No check has run on these tables."])
    found = data.filter(pl.col("failing_count") > 0)
    errors = found.filter(pl.col("severity") == "error").height
    cards = [
        Card("Passed", "checks of what the tables promise", "good", number=count(data.height - found.height)),
        Card("Warnings", "are told and stop nothing", "bad" if found.height > errors else "plain",
             number=count(found.height - errors)),
        Card("Errors", "keep tables from being published", "bad" if errors else "plain", number=count(errors)),
    ]  # fmt: skip
    cells = [
        [
            row["check_name"],
            row["severity"],
            "passed" if not row["failing_count"] else plural(row["failing_count"], "row"),
        ]
        for row in data.iter_rows(named=True)
    ]
    twin = TableTwin("checks", "Checks", ["Check", "Level", "Found"], cells, data, _CHECKS_SQL, text_columns=2)
    told = [f"{row['check_name']}: {plural(row['failing_count'], 'row')}." for row in found.iter_rows(named=True)]
    return Section(title, told, cards, tables=[twin])


def _checks_of_run(tables: Tables) -> pl.DataFrame:
    of_run = tables["ops.check_results"].filter(pl.col("run_id") == tables["ops.settings"]["run_id"][0])
    order = [pl.col("failing_count") > 0, pl.col("severity"), pl.col("check_name")]
    return of_run.select("check_name", "severity", "failing_count").sort(order, descending=[True, False, False])


def runs_section(tables: Tables) -> Section:
    """The last runs, newest first."""
    this_run: str = tables["ops.settings"]["run_id"][0]
    history = run_history(tables["ops.runs"], this_run).head(_RUNS_SHOWN)
    if unpublished_section(tables):
        is_this = pl.col("run_id") == this_run
        history = history.with_columns(status=pl.when(is_this).then(pl.lit("not published")).otherwise("status"))
    data = history.select("run_id", "started_at", pl.col("seconds").round(1), "rows_count", "failed_step", "why")
    cells = [
        [
            f"{row['started_at']:%Y-%m-%d %H:%M}",
            row["status"] if row["failed_step"] is None else f"failed at {row['failed_step']}",
            row["why"] or "",
            f"{row['seconds']:.1f}",
            count(row["rows_count"]),
        ]
        for row in history.iter_rows(named=True)
    ]
    headers = ["Run (UTC)", "Ended", "Why", "Seconds", "Rows read"]
    twin = TableTwin("runs", "The last runs", headers, cells, data, _RUNS_SQL, text_columns=3, is_wrapping=True)
    return Section(
        "How did the last runs go?",
        ["Newest first. What came after this page was drawn is told by journey status."],
        tables=[twin],
    )
