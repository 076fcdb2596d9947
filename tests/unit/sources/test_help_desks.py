import json
from pathlib import Path

import pytest

from tests.projects import load, make_project, put, state

SAMPLES = Path(__file__).parents[2] / "reference" / "vendor_samples"


@pytest.mark.parametrize("desk", ["intercom", "freshdesk"])
def test_nothing_that_people_wrote_is_kept(tmp_path: Path, desk: str) -> None:
    project = make_project(tmp_path, f'[[sources]]\nname = "desk"\ntype = "{desk}"\nfiles = ["{SAMPLES}/{desk}/*"]\n')
    load(project, "desk")
    kept = state(project, "from staging.events").write_json() + state(project, "from staging.source_rows").write_json()
    assert "crm-77" in kept
    for written in ("<p>", "600 000", "Fine in the end", "Thanks", "parcel", "Where is", "Mia", '"Ann"', '"Ann\\"'):
        assert written not in kept


def test_in_a_group_each_contact_speaks_for_itself(tmp_path: Path) -> None:
    """The external id of the first contact is not the second's."""
    project = make_project(tmp_path, '[[sources]]\nname = "desk"\ntype = "intercom"\nfiles = ["desk/*"]\n')
    contacts = [{"id": "c1", "external_id": "u1"}, {"id": "c2", "external_id": "u2"}]
    second = {"type": "user", "id": "c2", "email": "two@example.com"}
    part = {"id": "1", "part_type": "comment", "created_at": 1772463700, "author": second}
    talk = {
        "id": "7",
        "created_at": 1772463600,
        "source": {"author": {"type": "user", "id": "c1", "email": "one@example.com"}},
        "contacts": {"contacts": contacts},
        "conversation_parts": {"conversation_parts": [part]},
    }
    put(project, "desk/a.json", json.dumps(talk))
    load(project, "desk")
    query = "select event_id, email, user_id, vendor_ids[1].value as contact from staging.events order by occurred_at"
    assert state(project, query).rows() == [
        ("desk:7", "one@example.com", "u1", "c1"),
        ("desk:7:1", "two@example.com", None, "c2"),
    ]


def test_a_first_response_counts_only_until_the_replies_arrive(tmp_path: Path) -> None:
    project = make_project(tmp_path, '[[sources]]\nname = "desk"\ntype = "freshdesk"\nfiles = ["desk/*"]\n')
    at = "2026-03-02T15:00:00Z"
    stats = {"first_responded_at": "2026-03-02T16:00:00Z"}
    put(project, "desk/a.json", json.dumps([{"id": 1, "requester_id": 2, "created_at": at, "stats": stats}]))
    reply = {"id": 3, "ticket_id": 1, "incoming": False, "private": False, "created_at": "2026-03-02T16:00:00Z"}
    query = "select event_id from staging.events order by occurred_at"
    load(project, "desk")
    assert state(project, query).rows() == [("desk:ticket:1:created",), ("desk:ticket:1:first_responded",)]
    put(project, "desk/b.json", json.dumps([reply]))
    load(project, "desk")
    assert state(project, query).rows() == [("desk:ticket:1:created",), ("desk:message:3",)]
