"""A vendor that changes the type of a field loses the row, with its reason, and never only the field."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.projects import load, make_project, put, state

AT = "2026-03-02T09:00:00Z"
CALL = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "m1",
    "timestamp": AT,
    "receivedAt": AT,
    "userId": "u1",
}
MAIL = {"sg_event_id": "e1", "email": "a@example.com", "event": "open", "timestamp": 1772438400}
HUBSPOT = {"id": "1", "created": 1772438400000, "type": "OPEN", "recipient": "a@example.com"}
POSTHOG = {"uuid": "1", "event": "x", "timestamp": AT, "distinct_id": "u1", "properties": {}}
RATING = {"score": "good", "id": 1, "requester_id": 2, "ticket_id": 3, "updated_at": AT}
TALK = {
    "id": "1",
    "created_at": 1772438400,
    "updated_at": 1772438400,
    "source": {"author": {"type": "user", "id": "7"}},
}
ANSWER = {"metric": "nps", "score": 9, "responded_at": AT, "respondent_email": "a@example.com"}
MAILGUN = {"id": "1", "event": "opened", "timestamp": 1772438400.5, "recipient": "a@example.com"}

NOT_OBJECT = "expected an object in {}, found something else"


@pytest.mark.parametrize(
    ("type_", "row", "rule", "told"),
    [
        ("segment", CALL | {"context": {"page": "/home"}}, "type", NOT_OBJECT.format("context.page")),
        ("segment", CALL | {"context": {"campaign": ["a"]}}, "type", NOT_OBJECT.format("context.campaign")),
        ("segment", CALL | {"context": "web"}, "type", NOT_OBJECT.format("context")),
        ("segment", CALL | {"traits": 7}, "type", NOT_OBJECT.format("traits")),
        ("segment", CALL | {"properties": {"revenue": "a lot"}}, "value", "value 'a lot' is not an amount of money"),
        ("segment", CALL | {"properties": {"revenue": {"eur": 5}}}, "type", "expected a text or a number in revenue"),
        ("segment", CALL | {"timestamp": 1772438400}, "occurred_at", "the time '1772438400' is not ISO 8601"),
        ("segment", CALL | {"userId": {"id": 1}}, "type", "expected a text or a number in user_id"),
        ("rudderstack", CALL | {"context": {"device": "phone"}}, "type", NOT_OBJECT.format("context.device")),
        ("sendgrid", MAIL | {"timestamp": AT}, "occurred_at", "is not seconds since 1970"),
        ("sendgrid", MAIL | {"sg_machine_open": "perhaps"}, "type", "sg_machine_open 'perhaps' is neither true nor false"),
        ("hubspot", HUBSPOT | {"created": AT}, "occurred_at", "is not milliseconds since 1970"),
        ("hubspot", HUBSPOT | {"filteredEvent": "bot"}, "type", "filteredEvent 'bot' is neither true nor false"),
        ("mailgun", MAILGUN | {"client-info": "curl"}, "type", NOT_OBJECT.format("client-info")),
        ("posthog", POSTHOG | {"timestamp": 1772438400000}, "occurred_at", "is not ISO 8601"),
        ("posthog", POSTHOG | {"properties": 5}, "type", ""),
        ("zendesk", {"satisfaction_ratings": [RATING | {"updated_at": 1772438400}]}, "occurred_at", "is not ISO 8601"),
        ("zendesk", {"satisfaction_ratings": [RATING | {"score": 1}]}, "score", "unknown score '1'"),
        ("intercom", TALK | {"source": {"author": "Ann"}}, "type", NOT_OBJECT.format("source.author")),
        ("intercom", TALK | {"contacts": {"contacts": "none"}}, "type", NOT_OBJECT.format("contacts.contacts")),
        ("intercom", TALK | {"created_at": AT}, "occurred_at", "is not seconds since 1970"),
        ("surveys", ANSWER | {"score": "nine"}, "score", "score 'nine' is not a number"),
    ],
)  # fmt: skip
def test_a_changed_type_rejects_the_row(tmp_path: Path, type_: str, row: dict[str, Any], rule: str, told: str) -> None:
    project = make_project(tmp_path, f'[[sources]]\nname = "x"\ntype = "{type_}"\nfiles = ["in/*"]\n')
    put(project, "in/a.ndjson", json.dumps(row))
    found = load(project, "x")
    assert (found.loaded_count, len(found.failures)) == (0, 1)
    [(found_rule, reason)] = state(project, "select rule, reason from ops.rejected_rows").rows()
    assert (found_rule, told in reason) == (rule, True), reason


@pytest.mark.parametrize(
    ("type_", "row"),
    [
        ("segment", CALL | {"traits": [], "context": {"page": None, "campaign": "", "device": {}}, "userId": 7}),
        ("sendgrid", MAIL | {"sg_machine_open": 1}),
        ("intercom", TALK | {"contacts": {"contacts": []}}),
        ("mailgun", MAILGUN | {"client-info": None}),
    ],
)
def test_what_means_nothing_in_the_place_of_an_object_is_no_changed_type(
    tmp_path: Path, type_: str, row: dict[str, Any]
) -> None:
    project = make_project(tmp_path, f'[[sources]]\nname = "x"\ntype = "{type_}"\nfiles = ["in/*"]\n')
    put(project, "in/a.ndjson", json.dumps(row))
    assert load(project, "x").loaded_count == 1


TABLE = """
[[sources]]
name = "x"
type = "table"
files = ["in/*"]
channel = "web"
key = ["id"]
time = { column = "at" }
[sources.fields]
event_type = { constant = "visit" }
user_id = "user"
campaign_name = "visits.0.campaign"
"""


@pytest.mark.parametrize("others", [[], [{"visits": {"0": 5}}], [{"visits": [{"campaign": "mail"}]}]])
def test_an_element_of_a_list_that_is_no_object_is_refused_in_any_company(tmp_path: Path, others: list[Any]) -> None:
    project = make_project(tmp_path, TABLE)
    rows = [{"visits": [["spring"]]}, {"visits": []}, {}, *others]
    texts = [json.dumps(row | {"id": place, "at": AT, "user": "u1"}) for place, row in enumerate(rows)]
    put(project, "in/a.ndjson", "\n".join(texts))
    load(project, "x")
    refused = state(project, "select line, reason from ops.rejected_rows order by line").rows()
    assert refused[0] == (1, NOT_OBJECT.format("visits.0"))
    assert {line for line, _ in refused} <= {1, 4}
