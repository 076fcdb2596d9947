"""Explain a finding: what was counted, how it was judged, and the queries behind it."""

from typing import Any

from journey_analytics.analysis.findings.options import Kind
from journey_analytics.config import Project
from journey_analytics.reports.finding_words import ASSOCIATED, headline
from journey_analytics.steps.explain import Explanation
from journey_analytics.steps.findings import as_document, published_findings

_COMPARED = {
    Kind.CHANGE: "The newest days whose customers were all watched, beside as many days before.",
    Kind.MONTH: "A month of entry beside all others of the same stage and first channel.",
    Kind.GAP: "The customers of a first channel beside all others, who entered in the same days.",
    Kind.LEVEL: "Nothing was compared: the stages from which most customers dropped off.",
}


def explain_finding(project: Project, finding_id: str) -> Explanation:
    """Explain a finding of the published tables.

    Raises:
        UsageError: There was no run yet, or no finding has this id.
    """
    row = published_findings(project.published_database).one(finding_id)
    lines = [f"{row['finding_id']}  {headline(row)}", "", row["sentence"], "", _COMPARED[Kind(row["kind"])]]
    lines += [_judged(row)] if row["q_value"] is not None else []
    lines += [ASSOCIATED, "", "its numbers again:", row["sql"], "", "its customers:", row["customers_sql"]]
    return Explanation(lines, {**as_document(row), "sql": row["sql"], "customers_sql": row["customers_sql"]})


def _judged(row: dict[str, Any]) -> str:
    return (
        f"A z-test of two rates that knows which customers are on both sides: p = {row['p_value']:.2g}. It is one of "
        f"{row['comparisons_count']:,} comparisons of its kind; corrected for them (Benjamini and Hochberg) "
        f"q = {row['q_value']:.2g}."
    )
