"""Deriving events from rows that are kept."""

from pathlib import Path

import pytest

from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.derive import replace_derived
from journey_analytics.warehouse.connection import opened, transaction
from tests.projects import load, make_project, put, state
from tests.unit.sources.test_table_events import COLUMNS, SUBSCRIPTIONS


@pytest.mark.parametrize("rows_per_part", [1, 2, 3, 7, 100])
def test_deriving_in_parts_makes_the_same_events(tmp_path: Path, rows_per_part: int) -> None:
    project = make_project(tmp_path, SUBSCRIPTIONS)
    rows = [f"{number},u{number},pro,9,2026-03-02T09:00,2026-04-02T09:00,,,1" for number in range(7)]
    put(project, "plans/a.csv", COLUMNS + "\n".join(rows))
    load(project, "plans")
    before = state(project, "from staging.events order by event_id")
    with opened(project.state_database) as connection, transaction(connection):
        connection.execute("delete from staging.events")
        count, _ = replace_derived(connection, configured_source(project, "plans"), rows_per_part)
    assert count == before.height == 14
    assert state(project, "from staging.events order by event_id").equals(before)
