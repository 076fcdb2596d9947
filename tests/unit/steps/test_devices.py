"""Whose a device is and where sessions end, from files to tables."""

from pathlib import Path
from typing import Any

from journey_analytics.config import Project
from tests.projects import SEGMENT, make_project, message, night, put, state

LAST_USER = '[identity]\nshared_device = "last_user"\n'
BY_DEVICE = '[sessions]\nsession_scope = "device"\n'


def came(project: Project, name: str, *rows: str) -> None:
    put(project, f"web/{name}.ndjson", "\n".join(rows))
    night(project, f"night {name}")


def users_of_touchpoints(project: Project) -> dict[str, str]:
    """User id of the customer by the id of the event."""
    found = state(
        project,
        """
        select split_part(event_id, ':', 2), identities.value
        from journeys.touchpoints
        inner join staging.events using (event_key)
        inner join journeys.identities using (customer_key)
        where kind = 'user_id'
        """,
    )
    return dict(found.iter_rows())


def sessions(project: Project) -> list[list[str]]:
    """Ids of the events of each session, in the order of starts."""
    found = state(
        project,
        """
        select list(split_part(event_id, ':', 2) order by touchpoint_index)
        from journeys.touchpoints
        inner join staging.events using (event_key)
        inner join journeys.sessions using (session_key)
        group by session_index order by session_index
        """,
    )
    return found.to_series().to_list()


def test_a_later_user_takes_a_device_over_with_all_that_happened_on_it(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT, head=LAST_USER)
    came(
        project,
        "a",
        message(1, "2026-03-02T09:00:00Z"),
        message(2, "2026-03-02T09:01:00Z", userId="ann"),
        message(3, "2026-03-02T10:00:00Z", userId="bob"),
        message(4, "2026-03-02T10:05:00Z", anonymousId="phone", userId="ann"),
    )
    assert users_of_touchpoints(project) == {"m1": "bob", "m2": "bob", "m3": "bob", "m4": "ann"}
    came(project, "b", message(5, "2026-03-03T09:00:00Z", userId="ann"))
    assert set(users_of_touchpoints(project).values()) == {"ann"}


def test_a_clock_that_is_far_ahead_does_not_take_a_device_over(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT, head=LAST_USER)
    came(
        project,
        "a",
        message(1, "2026-03-02T09:00:00Z", userId="ann"),
        message(2, "2026-03-02T10:00:00Z", userId="bob"),
        message(3, "2026-06-02T09:00:00Z", userId="ann", receivedAt="2026-03-02T09:00:05Z"),
    )
    assert users_of_touchpoints(project) == {"m1": "bob", "m2": "bob"}


def test_sessions_of_a_customer_on_two_devices_overlap(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT, head=BY_DEVICE)
    rows = [
        message(number, f"2026-03-02T09:0{number}:00Z", anonymousId=device, userId="ann")
        for number, device in enumerate(("laptop", "phone", "laptop", "phone"), start=1)
    ]
    came(project, "a", *rows)
    assert sessions(project) == [["m1", "m3"], ["m2", "m4"]]
    counts = state(project, "select sessions_count, touchpoints_count from journeys.journeys")
    assert counts.rows() == [(2, 4)]


def test_what_is_no_identifier_is_no_device_either(tmp_path: Path) -> None:
    """Blocking a value changes nobody's customer here, but the sessions of one."""
    rows: list[dict[str, Any]] = [{"anonymousId": "kiosk"}, {"anonymousId": "00000000-0000-0000-0000-000000000000"}]
    project = make_project(tmp_path, SEGMENT, head=BY_DEVICE)
    came(
        project,
        "a",
        *(message(n, f"2026-03-02T09:0{n}:00Z", userId="ann", **row) for n, row in enumerate(rows, start=1)),
    )
    assert sessions(project) == [["m1"], ["m2"]]
    make_project(tmp_path, SEGMENT, head=f'{BY_DEVICE}[identity]\nblocked_values = ["Kiosk"]\n')
    night(project, "night b")
    assert sessions(project) == [["m1", "m2"]]
