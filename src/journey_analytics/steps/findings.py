"""Findings: what matters, ranked, from the published file, for people and as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.reports.finding_words import compared, line, mark
from journey_analytics.warehouse.queries import query_published

_SHOWN = 5
_OF_MAIN = "inner join ops.settings as settings on found.stage_model = settings.main_stage_model"


@dataclass(frozen=True)
class Findings:
    """The findings of the main stage model.

    Attributes:
        rows: ``marts.findings``, by rank.
        notes: Where nothing was found: in how many comparisons, or that there was too little to compare.
    """

    rows: pl.DataFrame
    notes: list[str]

    def one(self, finding_id: str) -> dict[str, Any]:
        """A finding.

        Raises:
            UsageError: None has this id.
        """
        found = self.rows.filter(pl.col("finding_id").str.to_lowercase() == finding_id.lower())
        if found.is_empty():
            known = self.rows["finding_id"].to_list()
            listed = f"There are {', '.join(known)}. " if known else ""
            raise UsageError(
                f"there is no finding '{finding_id}' in the published tables.",
                hint=f"{listed}{did_you_mean(finding_id, known)} List them: journey findings".strip(),
            )
        return found.row(0, named=True)


def published_findings(database: Path) -> Findings:
    """The findings of a published file.

    Raises:
        UsageError: The file does not exist yet, or an older version wrote it.
    """
    if not query_published(
        database, "from duckdb_tables() where schema_name = 'marts' and table_name = 'findings'"
    ).height:
        raise UsageError("the published tables have no findings: an older version wrote them.", hint="Run: journey run")
    rows = query_published(database, f"select found.* from marts.findings as found {_OF_MAIN} order by found.rank")
    rates = query_published(database, f"select found.* from marts.watched_rates as found {_OF_MAIN}")
    return Findings(rows, list(compared(rates)))


def told_findings(findings: Findings) -> Iterator[str]:
    """The first findings, a line each, and what was compared in vain: for the end of a run."""
    rows = findings.rows.head(_SHOWN).rows(named=True)
    yield "Findings" if rows else "No findings."
    yield from (f"  {row['rank']:>2} {mark(row)} {row['finding_id']}  {line(row)}" for row in rows)
    if findings.rows.height > _SHOWN:
        yield f"     and {findings.rows.height - _SHOWN} more: journey findings"
    yield from (f"     {note}" for note in findings.notes)


def customers_of(database: Path, finding: Mapping[str, Any], limit: int = 0) -> pl.DataFrame:
    """The customers behind a finding, as its ``customers_sql`` lists them.

    Args:
        database: The published file.
        finding: Row of ``marts.findings``.
        limit: Customers at most; 0 for all.
    """
    return query_published(database, finding["customers_sql"], limit)


def as_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """A finding for JSON: without what stands in the list once, days as texts."""
    return {name: value for name, value in row.items() if name not in ("stage_model", "sql", "customers_sql")}
