"""Check: what the tables promise must hold of tonight's file before anybody sees it."""

from journey_analytics.config import Project
from journey_analytics.errors import ChecksFailed
from journey_analytics.marts import discover
from journey_analytics.readable import plural
from journey_analytics.warehouse.checks import CheckResult, run_checks
from journey_analytics.warehouse.connection import opened
from journey_analytics.warehouse.publish import save_check_results


def check(project: Project, run_id: str) -> list[CheckResult]:
    """Run every check on the candidate and note the results in both databases.

    Raises:
        ChecksFailed: A check of error level found rows. The candidate stays, for a look at them.
    """
    with opened(project.candidate_database, read_only=True) as connection:
        results = run_checks(connection, discover())
    for database in (project.state_database, project.candidate_database):
        save_check_results(database, run_id, results)
    failed = [result for result in results if result.severity == "error" and result.failing_count]
    if failed:
        told = "\n".join(
            f"  {result.name}: {plural(result.failing_count, 'row')}, the first with {result.example}"
            for result in failed
        )
        raise ChecksFailed(
            f"{len(failed)} of {len(results)} checks failed; nothing is published, yesterday's numbers stay.\n{told}",
            hint=f"Look at {project.candidate_database.name} beside the published file.",
        )
    return results
