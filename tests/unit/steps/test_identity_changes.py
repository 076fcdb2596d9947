"""Customers who merge, are split or get another id between nights are noted by their pseudonyms."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.config import Project
from journey_analytics.errors import UsageError
from journey_analytics.steps.explain_customer import explain_customer
from journey_analytics.steps.night import Night, run_night
from journey_analytics.steps.runs import Run
from tests.projects import AS_OF, SEGMENT, copied, make_project, message, put, rows_of, state

AT = "2026-03-02T09:00:00Z"


def came(project: Project, number: int, *whose: dict[str, Any], full: bool = False) -> Night:
    """A night on which messages with these identifiers came."""
    rows = [message(10 * number + place, AT, **ids) for place, ids in enumerate(whose)]
    if rows:
        put(project, f"web/{number}.ndjson", "\n".join(rows))
    run = Run(f"night {number}", AS_OF)
    return run_night(Project(project.folder), run, lambda _: None, full=full, with_report=False)


def ids(project: Project) -> dict[str, str]:
    """Customer id by the value of each identifier."""
    found = state(project, "select value, printf('%016x', customer_key) as id from journeys.identities")
    return dict(found.iter_rows())


def changes(project: Project) -> list[tuple[Any, ...]]:
    """What was noted, without the build."""
    query = "select run_id, change, customer_id_before, customer_id_after, events_count from ops.identity_changes"
    return rows_of(project.published_database, query).rows()


VISITOR, CUSTOMER = {"anonymousId": "tablet"}, {"anonymousId": "phone", "userId": "u1"}
LOGIN = {"anonymousId": "tablet", "userId": "u1"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project after a night on which a visitor came twice, and a customer; never changed."""
    made = make_project(tmp_path_factory.mktemp("finished"), SEGMENT)
    came(made, 1, VISITOR, VISITOR, CUSTOMER)
    return made


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of it, to which more nights come."""
    return copied(finished, tmp_path)


@pytest.mark.parametrize("full", [False, True], ids=["what changed", "everybody"])
def test_a_visitor_who_logs_in_as_a_known_customer_merges(project: Project, full: bool) -> None:
    visitor = ids(project)["tablet"]
    night = came(project, 2, LOGIN, full=full)
    assert changes(project) == [("night 2", "merged", visitor, ids(project)["u1"], 2)]
    assert (night.built.changes.merged_count, night.built.changes.split_count) == (1, 0)
    detail = state(project, "select detail from ops.runs where step = 'build' and run_id = 'night 2'").item()
    assert ", 1 merged), " in detail


def test_two_visitors_of_a_new_customer_merge(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    came(project, 1, VISITOR, {"anonymousId": "phone"})
    before = ids(project)
    came(project, 2, LOGIN, CUSTOMER)
    after = ids(project)["u1"]
    assert changes(project) == sorted(("night 2", "merged", before[one], after, 1) for one in ("tablet", "phone"))


def test_a_visitor_who_is_known_from_now_on_has_another_id_and_merged_with_nobody(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    came(project, 1, VISITOR)
    visitor = ids(project)["tablet"]
    night = came(project, 2, LOGIN)
    assert changes(project) == [("night 2", "renamed", visitor, ids(project)["u1"], 1)]
    assert (night.built.changes.merged_count, night.built.changes.split_count) == (0, 0)


@pytest.mark.parametrize("full", [False, True], ids=["what changed", "everybody"])
def test_a_device_that_turns_out_to_be_shared_splits_its_customer(tmp_path: Path, full: bool) -> None:
    project = make_project(tmp_path, SEGMENT)
    came(project, 1, VISITOR, LOGIN)
    customer = ids(project)["u1"]
    night = came(project, 2, {"anonymousId": "tablet", "userId": "u2"}, full=full)
    assert changes(project) == [("night 2", "split", customer, ids(project)["tablet"], 1)]
    assert (night.built.changes.merged_count, night.built.changes.split_count) == (0, 1)


def test_a_setting_that_changes_who_is_who_is_noted_too(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    came(project, 1, LOGIN, CUSTOMER, {"anonymousId": "tablet", "userId": "u2"})
    before = ids(project)
    make_project(tmp_path, SEGMENT, head='[identity]\nshared_device = "last_user"\n')
    came(project, 2)
    assert changes(project) == [("night 2", "split", before["u1"], before["u2"], 1)]


def test_nights_that_change_nobody_note_nothing(project: Project) -> None:
    came(project, 2, VISITOR, CUSTOMER, {"anonymousId": "new"})
    came(project, 3, full=True)
    assert changes(project) == []


def test_another_key_of_customer_ids_is_no_change_of_customers(project: Project) -> None:
    before = ids(project)
    project.customer_key.write_text("ab" * 32)
    came(project, 2)
    assert set(before.values()).isdisjoint(ids(project).values())
    assert changes(project) == []


def test_a_customer_is_explained_with_what_became_of_them(project: Project) -> None:
    visitor = ids(project)["tablet"]
    came(project, 2, LOGIN)
    customer = ids(project)["u1"]
    found = explain_customer(project, "u1")
    assert f"run night 2  took in customer {visitor} (2 events)" in found.lines
    assert pl.DataFrame(found.document["identity_changes"])["change"].to_list() == ["merged"]
    told = f"customer {visitor} is no more: it merged into customer {customer} in run night 2."
    with pytest.raises(UsageError, match=re.escape(told)) as raised:
        explain_customer(project, visitor.upper())
    assert customer in raised.value.hint
