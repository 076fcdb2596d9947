"""Several events of one row of a table."""

import json
from pathlib import Path

import pytest

from journey_analytics.errors import ConfigurationError
from journey_analytics.steps.configured_sources import configured_sources
from tests.projects import load, make_project, put, state

HEAD = '[[sources]]\nname = "plans"\ntype = "table"\nfiles = ["plans/*"]\nchannel = "web"\n'
SUBSCRIPTIONS = (
    HEAD
    + """
key = ["id"]
version = "changed"
time = { zone = "Europe/Prague" }
[sources.fields]
user_id = "customer"
value = "price"
[[sources.events]]
name = "subscription_started"
time = "started_at"
fields = { event_type = { constant = "purchase" } }
[[sources.events]]
name = "subscription_renewed"
time = "renewed_at"
when = { plan = ["pro", "team"] }
[[sources.events]]
name = "subscription_cancelled"
time = { column = "cancelled_on", unit = "day", zone = "Europe/Prague" }
fields = { actor = { column = "cancelled_by", map = { dunning = "system" }, otherwise = "customer" }, value = { constant = "0" } }
"""
)
COLUMNS = "id,customer,plan,price,started_at,renewed_at,cancelled_on,cancelled_by,changed\n"
EVENTS = """
    select event_type, event_name, user_id, occurred_at::varchar as at, time_precision, actor, value::double as value
    from staging.events order by user_id, occurred_at
"""


def test_a_row_makes_an_event_for_each_of_its_times(tmp_path: Path) -> None:
    project = make_project(tmp_path, SUBSCRIPTIONS)
    rows = [
        "1,u1,pro,9,2026-03-02T09:00,2026-04-02T09:00,2026-05-01,dunning,1",
        "2,u2,free,0,2026-03-02T09:00,2026-04-02T09:00,,,1",
    ]
    put(project, "plans/a.csv", COLUMNS + "\n".join(rows))
    found = load(project, "plans")
    assert (found.rows_count, found.loaded_count, found.events_count) == (2, 2, 4)
    assert found.summary == "1 new file: 2 loaded, which make 4 events"
    assert state(project, EVENTS).rows() == [
        ("purchase", "subscription_started", "u1", "2026-03-02 08:00:00+00", "instant", "customer", 9.0),
        ("subscription_renewed", "subscription_renewed", "u1", "2026-04-02 07:00:00+00", "instant", "customer", 9.0),
        ("subscription_cancelled", "subscription_cancelled", "u1", "2026-04-30 22:00:00+00", "day", "system", 0.0),
        ("purchase", "subscription_started", "u2", "2026-03-02 08:00:00+00", "instant", "customer", 0.0),
    ]


def test_a_newer_row_changes_and_takes_back_its_events(tmp_path: Path) -> None:
    older = "1,u1,pro,9,2026-03-02T09:00,2026-04-02T09:00,2026-05-01,,1\n"
    newer = "1,u1,pro,9,2026-03-02T09:00,2026-04-03T09:00,,,2\n"
    found = []
    for number, order in enumerate(([older, newer], [newer, older])):
        project = make_project(tmp_path / str(number), SUBSCRIPTIONS)
        for night, row in enumerate(order):
            put(project, f"plans/{night}.csv", COLUMNS + row)
            load(project, "plans")
        found.append(state(project, "from staging.events order by event_id"))
    assert found[0].equals(found[1])
    assert sorted(found[0]["event_name"]) == ["subscription_renewed", "subscription_started"]
    assert found[0]["occurred_at"].max().day == 3


def test_events_keep_their_ids_when_others_are_added(tmp_path: Path) -> None:
    project = make_project(tmp_path, SUBSCRIPTIONS)
    put(project, "plans/a.csv", COLUMNS + "1,u1,pro,9,2026-03-02T09:00,,,,1\n")
    load(project, "plans")
    first = state(project, "select event_id from staging.events").item()
    put(project, "plans/b.csv", COLUMNS + "1,u1,pro,9,2026-03-02T09:00,2026-04-03T09:00,2026-05-01,,2\n")
    load(project, "plans")
    assert state(project, "select event_id from staging.events where event_type = 'purchase'").item() == first


@pytest.mark.parametrize(
    ("row", "rule", "told"),
    [
        (
            "1,u1,free,9,,2026-04-02T09:00,,,1",
            "events",
            "the row makes none of its events: no time in started_at, renewed_at, cancelled_on, or no 'when' that holds",
        ),
        (
            "1,u1,pro,9,2026-03-02T09:00,soon,,,1",
            "occurred_at",
            "subscription_renewed: the time 'soon' is not ISO 8601 in Europe/Prague",
        ),
        (
            "1,u1,pro,nine,2026-03-02T09:00,,,,1",
            "value",
            "subscription_started: value 'nine' is not an amount of money",
        ),
        (",u1,pro,9,2026-03-02T09:00,,,,1", "key", "no value in id"),
    ],
)
def test_rows_that_make_no_events_are_rejected_with_the_reason(tmp_path: Path, row: str, rule: str, told: str) -> None:
    project = make_project(tmp_path, SUBSCRIPTIONS)
    put(project, "plans/a.csv", COLUMNS + "7,u7,free,9,2026-03-02T09:00,,,,1\n" + row + "\n")
    found = load(project, "plans")
    assert (found.loaded_count, found.rejected_count) == (1, 1)
    assert state(project, "select rule, reason from ops.rejected_rows").rows() == [(rule, told)]
    assert state(project, "select count(*) from staging.events").item() == 1


def test_rows_without_a_key_make_events_as_often_as_they_stand_there(tmp_path: Path) -> None:
    block = 'key = "content"\ntime = { zone = "UTC" }\n[[sources.events]]\nname = "came"\ntime = "came"\n'
    project = make_project(tmp_path, HEAD + block + '[[sources.events]]\nname = "went"\ntime = "went"\n')
    row = "u1,2026-03-02T09:00,2026-03-02T10:00\n"
    put(project, "plans/a.csv", "who,came,went\n" + row * 2 + "u2,2026-03-02T09:00,\n")
    load(project, "plans")
    put(project, "plans/b.csv", "who,came,went\n" + row)
    assert load(project, "plans").duplicates_count == 1
    found = state(project, "select event_name, count(*) from staging.events group by all order by all")
    assert found.rows() == [("came", 3), ("went", 2)]


def test_a_newer_export_of_a_part_takes_the_events_of_the_older_one_back(tmp_path: Path) -> None:
    block = (
        'key = ["id"]\nsnapshot = "month"\ntime = { zone = "UTC" }\nversion = { file_name = "_v([0-9])" }\n'
        '[[sources.events]]\nname = "opened"\ntime = "opened"\n[[sources.events]]\nname = "closed"\ntime = "closed"\n'
    )
    project = make_project(tmp_path, HEAD + block)
    head = "id,month,opened,closed\n"
    rows = ["1,3,2026-03-01T09:00,2026-03-02T09:00\n", "2,3,2026-03-01T09:00,\n", "1,4,2026-04-01T09:00,\n"]
    put(project, "plans/a_v1.csv", head + "".join(rows))
    load(project, "plans")
    put(project, "plans/b_v2.csv", head + rows[0])
    load(project, "plans")
    found = state(project, "select event_name, month(occurred_at) from staging.events order by occurred_at")
    assert found.rows() == [("opened", 3), ("closed", 3), ("opened", 4)]


def test_what_is_left_over_stands_with_every_event_of_the_row(tmp_path: Path) -> None:
    block = 'key = ["lead.id"]\n[sources.fields]\nemail = "lead.mail"\n[[sources.events]]\nname = "created"\n'
    block += 'time = "lead.created"\n[[sources.events]]\nname = "won"\ntime = { column = "won", unit = "seconds" }\n'
    project = make_project(tmp_path, HEAD + block)
    lead = {"id": 7, "mail": "Ann@Example.com", "created": "2026-03-02T09:00:00Z", "owner": "sales"}
    put(project, "plans/a.ndjson", json.dumps({"lead": lead, "won": 1772528400, "deal": 12345678901234567890}))
    load(project, "plans")
    rows = state(project, "select event_type, email, properties from staging.events order by occurred_at").rows()
    assert [(row[0], row[1], json.loads(row[2])) for row in rows] == [
        ("created", "ann@example.com", {"lead": {"owner": "sales"}, "deal": 12345678901234567890}),
        ("won", "ann@example.com", {"lead": {"owner": "sales"}, "deal": 12345678901234567890}),
    ]


EVENT = '[[sources.events]]\nname = "came"\ntime = "came"\n'


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ('key = ["id"]\n' + EVENT + EVENT, "line 11: sources.events: two [[sources.events]] have the name 'came'"),
        ('key = ["id"]\ntime = { column = "x" }\n' + EVENT, "line 8: sources.time.column: with [[sources.events]] each"),
        (
            'key = ["id"]\ntime = { zone = "UTC" }\n[sources.fields]\nevent_type = "x"\n',
            "line 8: sources.time: 'column' is missing",
        ),
        ('key = ["id"]\n' + EVENT + "when = { plan = [] }\n", "line 11: sources.events.when.plan"),
        ('key = ["id"]\n' + EVENT + 'when = { plan = "< a" }\n', "line 11: sources.events.when.plan: '< a' does not"),
        ('key = ["id"]\n' + EVENT + 'fields = { user = "x" }\n', "line 11: sources.events.fields.user: unknown field"),
        ('key = ["id"]\n' + EVENT + 'tiem = "x"\n', "line 11: unknown key 'tiem'"),
        ('key = ["id"]\n' + EVENT.replace("came", "Has Come", 1), "line 9: sources.events.name:"),
        ('key = ["id"]\ngroup_by = ["x"]\n' + EVENT, "line 8: sources.group_by: makes one event of several rows"),
        ('key = ["id"]\n[[sources.events]]\nname = "a"\ntime = { unit = "day" }\n', "line 10: sources.events.time: 'column'"),
    ],
)  # fmt: skip
def test_events_that_cannot_be(tmp_path: Path, block: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured_sources(make_project(tmp_path, HEAD + block))
    assert told in caught.value.message
