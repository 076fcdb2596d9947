"""``journey findings``: what matters, ranked; with the SQL and the customers behind it."""

from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

from typer import Context, Option

from journey_analytics.cli.options import Shared
from journey_analytics.errors import UsageError

if TYPE_CHECKING:
    from journey_analytics.steps.findings import Findings

_WIDTH = 100


def findings(
    context: Context,
    sql: Annotated[str | None, Option(help="Id of a finding: print the query that gives its numbers again.")] = None,
    customers: Annotated[str | None, Option(help="Id of a finding: list who did not move on, or did drop off.")] = None,
    limit: Annotated[int, Option(help="Customers to list at most; 0 for all.", min=0)] = 50,
) -> None:
    """What changed, which months stand out, which first channels lag behind, and where most customers are lost."""
    from journey_analytics.steps.findings import published_findings

    shared: Shared = context.obj
    if sql is not None and customers is not None:
        raise UsageError("--sql and --customers are two questions.", hint="Ask them one by one.")
    found = published_findings(shared.project.published_database)
    if sql is not None:
        _show_sql(shared, found.one(sql))
    elif customers is not None:
        _show_customers(shared, found.one(customers), limit)
    else:
        _show(shared, found)


def _show(shared: Shared, found: "Findings") -> None:
    from journey_analytics.reports.finding_words import ASSOCIATED, headline, mark
    from journey_analytics.steps.findings import as_document

    rows = found.rows.rows(named=True)
    for row in rows:
        shared.say(f"{row['rank']:>2} {mark(row)} {headline(row)}")
        for line in wrap(row["sentence"], _WIDTH):
            shared.say(f"     {line}")
        shared.say(f"     {_certainty(row)}{row['finding_id']}")
        shared.say("")
    for note in found.notes:
        shared.say(note)
    if rows:
        shared.say(ASSOCIATED)
        first = rows[0]["finding_id"]
        shared.say(f"sql      journey findings --sql {first}")
        shared.say(f"list     journey findings --customers {first}")
    shared.document({"findings": [as_document(row) for row in rows], "notes": found.notes})


def _certainty(row: dict[str, Any]) -> str:
    if row["q_value"] is None:
        return "compared with nothing · "
    return f"q = {row['q_value']:.2g} over {row['comparisons_count']:,} comparisons · "


def _show_sql(shared: Shared, finding: dict[str, Any]) -> None:
    shared.say(finding["sql"])
    shared.document({"finding_id": finding["finding_id"], "sql": finding["sql"]})


def _show_customers(shared: Shared, finding: dict[str, Any], limit: int) -> None:
    from journey_analytics.steps.findings import customers_of

    rows = customers_of(shared.project.published_database, finding, limit)
    shared.table(rows.columns, rows.rows())
    if rows.height < finding["listed_count"]:
        shared.warn(f"only the first {rows.height:,} of {finding['listed_count']:,} customers; add --limit 0 for all")
    shared.document({"finding_id": finding["finding_id"], "customers": rows.rows(named=True)})
