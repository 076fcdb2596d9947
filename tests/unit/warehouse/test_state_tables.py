"""A state database of an older version is adapted, or refused with a word on what to do."""

from pathlib import Path

import pytest

from journey_analytics.errors import DatabaseBroken
from journey_analytics.warehouse.connection import opened
from tests.projects import SEGMENT, everything, make_project, message, night, put, state


def test_journeys_of_an_older_version_are_computed_anew_from_its_staging(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z", userId="u1"))
    night(project, "older")
    before = everything(project)
    with opened(project.state_database) as connection:
        connection.execute("alter table staging.events drop column set_key")
        connection.execute("drop table ops.builds")
        connection.execute("drop table journeys.identifier_sets")
        connection.execute("alter table journeys.identities drop column component_key")
        connection.execute("alter table ops.runs add column mood varchar")
    (project.folder / "web" / "a.ndjson").unlink()
    night(project, "newer")
    assert everything(project) == before
    assert state(project, "select distinct run_id from ops.runs order by 1")["run_id"].to_list() == ["newer", "older"]
    assert "mood" not in state(project, "from ops.runs").columns


def test_rows_that_cannot_be_completed_are_refused(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z", userId="u1"))
    night(project, "older")
    with opened(project.state_database) as connection:
        connection.execute("alter table staging.events drop column entry_channel")
    with pytest.raises(DatabaseBroken, match=r"lacks entry_channel") as found:
        night(project, "newer")
    assert "Delete the folder of the state database" in found.value.hint
