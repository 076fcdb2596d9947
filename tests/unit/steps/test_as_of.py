from datetime import UTC, datetime
from pathlib import Path

from journey_analytics.steps.night import run_night
from journey_analytics.steps.runs import Run
from tests.projects import SEGMENT, make_project, message, put, rows_of


def test_a_look_at_the_past_does_not_know_who_is_who_later(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    first = [message(n, f"2026-01-0{n}T09:00:00Z", anonymousId=f"c{n}") for n in (1, 2)]
    later = [message(n + 2, f"2026-02-0{n}T09:00:00Z", anonymousId=f"c{n}", userId="u1") for n in (1, 2)]
    counts = []
    for name, lines in (("a", first), ("b", later)):
        put(project, f"web/{name}.ndjson", "\n".join(lines))
        run_night(project, Run(name, datetime(2026, 1, 15, tzinfo=UTC)), lambda _: None, with_report=False)
        counts.append(rows_of(project.published_database, "select count(*) from journeys.customers").item())
    assert counts == [2, 2]
