import json
from pathlib import Path

import pytest

from journey_analytics.errors import ConfigurationError
from journey_analytics.steps.configured_sources import configured_sources
from tests.projects import load, make_project, put, state

HEAD = '[[sources]]\nname = "shop"\ntype = "table"\nfiles = ["shop/*"]\nchannel = "store"\n'
EVENTS = "select event_id, event_type, user_id, value::varchar as value, occurred_at::varchar as at from staging.events order by event_id"


def problem(folder: Path, block: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        configured_sources(make_project(folder, HEAD + block))
    return caught.value


def test_lines_of_an_invoice_are_one_purchase(tmp_path: Path) -> None:
    project = make_project(
        tmp_path,
        HEAD
        + """
key = "content"
group_by = ["customer", "at", "event_type"]
time = { column = "at", format = "%d/%m/%Y %H:%M", zone = "Europe/London" }
[sources.fields]
user_id = "customer"
event_type = { column = "quantity", map = { "< 0" = "refund" }, otherwise = "purchase" }
value = { product = ["quantity", "price"] }
currency = { constant = "GBP" }
""",
    )
    content = "customer,at,quantity,price\nu1,1/7/2026 8:26,6,2.55\nu1,1/7/2026 8:26,6,2.55\nu1,1/7/2026 8:26,2,0.1\n"
    put(project, "shop/a.csv", content + "u1,1/7/2026 8:26,-1,2.55\n,1/7/2026 8:26,1,5\n")
    found = load(project, "shop")
    assert (found.rows_count, found.loaded_count, found.duplicates_count) == (5, 5, 0)
    rows = state(project, EVENTS).drop("event_id").rows()
    assert sorted(rows, key=str) == [
        ("purchase", "u1", "30.800000", "2026-07-01 07:26:00+00"),
        ("purchase", None, "5.000000", "2026-07-01 07:26:00+00"),
        ("refund", "u1", "-2.550000", "2026-07-01 07:26:00+00"),
    ]
    put(project, "shop/b.csv", content)
    again = load(project, "shop")
    assert (again.rows_count, again.duplicates_count) == (3, 3)
    assert sorted(state(project, EVENTS).drop("event_id").rows(), key=str) == sorted(rows, key=str)


def test_equal_rows_by_content_keep_the_greatest_multiplicity_seen(tmp_path: Path) -> None:
    block = HEAD + 'key = "content"\ntime = { column = "at", zone = "UTC" }\n[sources.fields]\nevent_name = "what"\n'
    counts = []
    once, twice = "what,at\nx,2026-03-02T09:00\n", "what,at\nx,2026-03-02T09:00\nx,2026-03-02T09:00\n"
    for number, order in enumerate(([once, twice], [twice, once])):
        project = make_project(tmp_path / str(number), block)
        for night, content in enumerate(order):
            put(project, f"shop/{night}.csv", content)
            load(project, "shop")
        counts.append(state(project, "select count(*) from staging.events").item())
    assert counts == [2, 2]


def test_values_mean_other_values(tmp_path: Path) -> None:
    project = make_project(
        tmp_path,
        HEAD
        + """
key = ["id"]
missing = ["?", "none"]
order = "position"
time = { column = "at", unit = "seconds" }
[sources.fields]
user_id = "customer"
event_name = "state"
event_type = { column = "state", map = { "New" = "ticket_created" }, otherwise = "ticket_status_changed" }
actor = { column = "state", map = { "New" = "customer" }, otherwise = "company" }
[sources.ids]
desk_id = "desk"
""",
    )
    rows = ["id,at,customer,state,desk,position", "1,1772438400,?,New,7,1", "2,1772438400,u1,Awaiting User Info,none,2"]
    put(project, "shop/a.csv", "\n".join(rows))
    load(project, "shop")
    query = "select event_type, event_name, actor, user_id, vendor_ids, source_order from staging.events order by source_order"
    assert state(project, query).rows() == [
        ("ticket_created", "New", "customer", None, [{"kind": "desk_id", "value": "7"}], 1),
        ("ticket_status_changed", "Awaiting User Info", "company", "u1", None, 2),
    ]


def test_nested_fields_of_json_are_dotted_paths(tmp_path: Path) -> None:
    block = 'key = ["order.id"]\ntime = { column = "order.at" }\n[sources.fields]\nevent_type = "kind"\nuser_id = "who.id"\n'
    project = make_project(tmp_path, HEAD + block)
    put(
        project,
        "shop/a.ndjson",
        '{"order":{"id":7,"at":"2026-03-02T09:00:00Z"},"who":{"id":"u1"},"kind":"Purchase","x":1}',
    )
    load(project, "shop")
    event_type, user_id, properties = state(project, "select event_type, user_id, properties from staging.events").row(
        0
    )
    assert (event_type, user_id) == ("purchase", "u1")
    assert json.loads(properties) == {"order": {}, "who": {}, "x": 1}


def test_a_factor_that_is_no_number_is_rejected_with_its_text(tmp_path: Path) -> None:
    block = (
        'key = ["id"]\ntime = { column = "at", zone = "UTC" }\n[sources.fields]\nevent_type = { constant = "purchase" }\n'
        'value = { product = ["quantity", "price"] }\n'
    )
    project = make_project(tmp_path, HEAD + block)
    put(project, "shop/a.csv", "id,at,quantity,price\n1,2026-03-02T09:00,two,2.5\n2,2026-03-02T09:00,2,2.5\n")
    load(project, "shop")
    assert state(project, "select line, reason from ops.rejected_rows").rows() == [
        (2, "value 'two' is not an amount of money")
    ]


def test_mutable_rows_keep_the_greatest_version(tmp_path: Path) -> None:
    block = (
        'key = ["id"]\nversion = "changed"\ntime = { column = "at", zone = "UTC" }\n'
        '[sources.fields]\nevent_type = "what"\n'
    )
    names = []
    rows = ["1,2026-03-02T09:00,first,1", "1,2026-03-02T09:00,second,2"]
    for number, order in enumerate((rows, rows[::-1])):
        project = make_project(tmp_path / str(number), HEAD + block)
        for night, row in enumerate(order):
            put(project, f"shop/{night}.csv", f"id,at,what,changed\n{row}\n")
            load(project, "shop")
        names.append(state(project, "select event_type from staging.events").item())
    assert names == ["second", "second"]


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ('key = ["a"]\ntime = { column = "at" }\n[sources.fields]\nevent_typ = "x"\n', "unknown field 'event_typ'"),
        (
            'key = ["a"]\ntime = { column = "at" }\n[sources.fields]\nuser_id = "x"\n',
            "must map 'event_type' or 'event_name'",
        ),
        (
            'key = ["a"]\ntime = { column = "at", format = "%d.%m.%Y" }\n[sources.fields]\nevent_type = "x"\n',
            "needs 'zone'",
        ),
        ('key = ["a"]\n[sources.fields]\nevent_type = "x"\n', "'sources.time' is missing"),
        ('time = { column = "at" }\n[sources.fields]\nevent_type = "x"\n', "'sources.key' is missing"),
        (
            'key = ["a"]\ntime = { column = "at" }\n[sources.fields]\nevent_type = { map = { a = "b" } }\n',
            "exactly one of",
        ),
        (
            'key = ["a"]\ntime = { column = "at" }\n[sources.fields]\nevent_type = { column = "x", map = { "< y" = "b" } }\n',
            "does not compare with a number",
        ),
    ],
)
def test_mappings_that_cannot_be(tmp_path: Path, block: str, told: str) -> None:
    assert told in problem(tmp_path, block).message


def test_a_group_never_mixes_what_happened(tmp_path: Path) -> None:
    """Bought and given back at one time are two events, although only the order is grouped by; no quantity, no value."""
    project = make_project(
        tmp_path,
        HEAD
        + """
key = ["order", "line"]
group_by = ["order"]
time = { column = "at", zone = "UTC" }
[sources.fields]
user_id = "customer"
event_type = { column = "quantity", map = { "< 0" = "refund" }, otherwise = "purchase" }
value = { product = ["quantity", "price"] }
""",
    )
    rows = ["order,line,customer,at,quantity,price", "1,1,u1,2026-03-02T09:00,2,10", "1,2,u1,2026-03-02T09:00,-3,10"]
    put(project, "shop/a.csv", "\n".join([*rows, "2,1,u1,2026-03-02T10:00,,10"]))
    load(project, "shop")
    found = state(project, "select event_type, value::varchar from staging.events order by occurred_at, value")
    assert found.rows() == [("refund", "-30.000000"), ("purchase", "20.000000"), ("purchase", None)]


def test_a_key_that_does_not_tell_lines_apart_is_refused(tmp_path: Path) -> None:
    block = 'key = ["order"]\ngroup_by = ["order", "at"]\ntime = { column = "at", zone = "UTC" }\n'
    error = problem(tmp_path, block + '[sources.fields]\nevent_type = { constant = "purchase" }\n')
    assert "must tell the lines of a group apart" in error.message


def test_spreadsheets_with_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    block = 'key = ["id"]\ndecimal = ","\ntime = { column = "at", zone = "UTC" }\n[sources.fields]\n'
    block += 'event_type = { column = "q", map = { "< 0.5" = "refund" }, otherwise = "purchase" }\n'
    block += 'value = { product = ["q", "price"] }\n'
    rows = ["id;at;q;price", "1;2026-03-02T09:00;2;1.234,50", "2;2026-03-02T09:00;0,25;4", "3;2026-03-02T09:00;1;4.5"]
    without = make_project(tmp_path / "without", HEAD + block)
    put(without, "shop/a.csv", "\n".join(rows))
    failed = load(without, "shop").failures[0]
    assert 'separator = ";"' in failed.hint
    project = make_project(tmp_path, HEAD + 'separator = ";"\n' + block)
    put(project, "shop/a.csv", "\n".join(rows))
    assert load(project, "shop").rejected_count == 1  # 4.5 is no number where the comma is the decimal point
    found = state(project, "select event_type, value::varchar from staging.events order by event_id")
    assert found.rows() == [("purchase", "2469.000000"), ("refund", "1.000000")]


NO_CHANNEL = """
key = ["id"]
time = { column = "at", zone = "UTC" }
[sources.fields]
event_type = { constant = "purchase" }
user_id = "customer"
"""


def test_the_channel_may_be_left_out_where_a_column_says_it(tmp_path: Path) -> None:
    head = HEAD.replace('channel = "store"\n', "")
    project = make_project(tmp_path, head + NO_CHANNEL + 'channel = "place"\n')
    put(project, "shop/a.csv", "id,at,customer,place\n1,2026-03-02T10:00,u1,web\n2,2026-03-02T11:00,u1,")
    found = load(project, "shop")
    assert (found.loaded_count, found.rejected_count) == (1, 1)
    assert state(project, "select channel from staging.events").rows() == [("web",)]
    with pytest.raises(ConfigurationError) as caught:
        configured_sources(make_project(tmp_path, head + NO_CHANNEL))
    assert caught.value.message == (
        "journey.toml, line 2: sources: key 'sources.channel' is missing: where the contacts happened, one of web, email, "
        "ad, support, survey, social, store, other; or map it in fields."
    )
