"""What columns of a table mean: paths in JSON, conditions, machines, and values of another type than before."""

import json
from pathlib import Path

import polars as pl
import pytest

from journey_analytics.errors import ConfigurationError
from journey_analytics.steps.configured_sources import configured_sources
from tests.projects import load, make_project, night, put, state

HEAD = '[[sources]]\nname = "shop"\ntype = "table"\nfiles = ["shop/*"]\nchannel = "store"\n'
LINES = (
    HEAD
    + """
rows = "data.orders"
each = "lines"
key = ["parent.id", "number"]
group_by = ["parent.id"]
time = { column = "parent.at" }
[sources.fields]
user_id = "parent.customer.id"
event_type = { constant = "purchase" }
value = { product = ["pieces", "price"] }
"""
)
ORDER = {
    "id": 1,
    "at": "2026-03-02T09:00:00Z",
    "customer": {"id": "u1"},
    "lines": [{"number": 1, "pieces": 2, "price": "10.50"}, {"number": 2, "pieces": 1, "price": 4}],
}
PLAIN = 'key = ["id"]\ntime = { column = "at", zone = "UTC" }\n[sources.fields]\nevent_type = "what"\n'


def test_elements_of_a_list_are_rows_that_know_the_row_around_them(tmp_path: Path) -> None:
    project = make_project(tmp_path, LINES)
    put(project, "shop/a.json", json.dumps({"data": {"orders": [ORDER, ORDER | {"id": 2, "lines": []}]}, "page": 1}))
    found = load(project, "shop")
    assert (found.rows_count, found.loaded_count, found.failures) == (2, 2, [])
    events = state(project, "select event_type, user_id, value::double, occurred_at::varchar from staging.events")
    assert events.rows() == [("purchase", "u1", 25.0, "2026-03-02 09:00:00+00")]


def test_documents_without_rows_are_rejected_with_what_was_looked_for(tmp_path: Path) -> None:
    project = make_project(tmp_path, LINES)
    documents = [{"data": {"orders": [ORDER]}}, {"orders": [ORDER]}, {"data": {"orders": [{"id": 3, "lines": "none"}]}}]
    put(project, "shop/a.ndjson", "\n".join(json.dumps(document) for document in documents))
    load(project, "shop")
    assert state(project, "select line, reason from ops.rejected_rows order by line").rows() == [
        (2, "expected rows in data.orders and a list in lines; found an object with the keys [orders]"),
        (3, "expected an array in lines, found varchar"),
    ]


def test_paths_have_places_in_lists_and_keys_with_dots(tmp_path: Path) -> None:
    block = 'key = ["id"]\ntime = { column = "at" }\n[sources.fields]\nevent_type = "what"\n'
    block += """email = 'cart.items.0."sent.to"'\ncampaign_id = '"utm.id"'\nphone = "cart.items.1.phone"\n"""
    project = make_project(tmp_path, HEAD + block)
    cart = {"items": [{"sku": 7, "sent.to": "a@b.cz"}], "coupon": "x"}
    row = {"id": 1, "at": "2026-03-02T09:00:00Z", "what": "order", "utm.id": "c1", "cart": cart}
    put(project, "shop/a.ndjson", json.dumps(row) + "\n" + json.dumps(row | {"id": 2, "cart": {"coupon": "y"}}))
    load(project, "shop")
    found = state(project, "select email, campaign_id, phone, properties from staging.events order by event_id").rows()
    assert {row[:3] for row in found} == {("a@b.cz", "c1", None), (None, "c1", None)}
    assert {"cart": cart} in [json.loads(row[3]) for row in found]


def test_columns_of_structures_in_parquet_are_dotted_paths(tmp_path: Path) -> None:
    block = 'key = ["order.id"]\ntime = { column = "order.at" }\n[sources.fields]\nevent_type = "what"\n'
    project = make_project(tmp_path, HEAD + block)
    (tmp_path / "shop").mkdir()
    frame = pl.DataFrame({"order": [{"id": 7, "at": "2026-03-02T09:00:00Z"}], "what": ["purchase"]})
    frame.write_parquet(tmp_path / "shop/a.parquet")
    assert load(project, "shop").loaded_count == 1


def test_rows_that_are_no_events_are_skipped_by_the_name_of_their_rule(tmp_path: Path) -> None:
    block = """
[sources.skip]
test_order = { who = ["test", "till"] }
draft = { is_final = false }
free = { price = "<= 0", coupon = "" }
imported = { legacy_id = "*" }
"""
    project = make_project(tmp_path, HEAD + PLAIN + block)
    rows = [
        "id,at,what,who,is_final,price,coupon,legacy_id",
        "1,2026-03-02T09:00,a,u1,yes,0,x,",
        "2,2026-03-02T09:00,a,till,1,5,,",
        "3,,a,u1,No,5,,",
        "4,2026-03-02T09:00,a,u1,true,-1,,",
        "5,2026-03-02T09:00,a,u1,,5,,77",
        "6,2026-03-02T09:00,a,u1,perhaps,5,,",
        "7,2026-03-02T09:00,a,u1,1,much,,",
    ]
    put(project, "shop/a.csv", "\n".join(rows))
    found = load(project, "shop")
    assert (found.loaded_count, found.skipped_count, found.rejected_count) == (1, 4, 2)
    rules = state(project, "select rule, rows_count from ops.file_rules where verdict = 'skipped' order by rule")
    assert rules.rows() == [("draft", 1), ("free", 1), ("imported", 1), ("test_order", 1)]
    assert state(project, "select line, rule, reason from ops.rejected_rows order by line").rows() == [
        (7, "type", "is_final 'perhaps' is neither true nor false"),
        (8, "type", "price 'much' is not a number, and is compared with one"),
    ]


def test_what_servers_and_bots_do_is_kept_and_is_no_interaction(tmp_path: Path) -> None:
    block = PLAIN + 'user_id = "who"\nis_machine = "is_bot"\n'
    block += 'actor = { column = "what", map = { "Invoice Sent" = "company", "Plan Synced" = "system" }, otherwise = "customer" }\n'
    project = make_project(tmp_path, HEAD + block)
    rows = ["feature_used,false", "feature_used,true", "Invoice Sent,false", "Plan Synced,", "feature_used,maybe"]
    lines = [f"{number},2026-03-02T09:0{number},u1,{row}" for number, row in enumerate(rows)]
    put(project, "shop/a.csv", "id,at,who,what,is_bot\n" + "\n".join(lines))
    night(project)
    query = "select event_type, actor, is_machine, is_interaction from journeys.touchpoints join staging.events using (event_key) order by 1, 3"
    assert state(project, query).rows() == [
        ("feature_used", "customer", False, True),
        ("feature_used", "customer", True, False),
        ("invoice_sent", "company", False, False),
        ("plan_synced", "system", False, False),
    ]
    assert state(project, "select rule, reason from ops.rejected_rows").rows() == [
        ("is_machine", "is_machine 'maybe' is neither true nor false")
    ]


def test_a_text_where_a_map_compares_numbers_is_rejected(tmp_path: Path) -> None:
    block = PLAIN.replace(
        '"what"', '{ column = "q", map = { "gift" = "share", "< 0" = "refund" }, otherwise = "purchase" }'
    )
    project = make_project(tmp_path, HEAD + block)
    put(
        project,
        "shop/a.csv",
        "id,at,q\n" + "".join(f"{n},2026-03-02T09:00,{q}\n" for n, q in enumerate(("1", "gift", "two", ""))),
    )
    load(project, "shop")
    assert sorted(state(project, "select event_type from staging.events").to_series()) == [
        "purchase",
        "purchase",
        "share",
    ]
    assert (
        state(project, "select reason from ops.rejected_rows").item()
        == "q 'two' is not a number, and is compared with one"
    )


@pytest.mark.parametrize(
    ("block", "told", "hint"),
    [
        (PLAIN.replace('"what"', '"items[0].what"'), "line 10: sources.fields.event_type.column: 'items[0].what': a path is keys and places (from 0) with dots between them: write 'items.0.what'", ""),
        (PLAIN.replace('"what"', '"$.what"'), "write 'what'", ""),
        (PLAIN.replace('"what"', '"items[*].what"'), "To make a row of every element of a list, use 'each'", ""),
        (PLAIN.replace('"what"', '{ constant = "x", map = { a = "b" } }'), "name one", ""),
        (PLAIN.replace('"what"', '{ colum = "what" }'), "line 10: unknown key 'colum'", "Did you mean 'column'?"),
        (PLAIN.replace('"at"', '"at", unit = "ms"'), "line 8: sources.time.unit: unknown value 'ms'", "milliseconds"),
        (PLAIN.replace('"at"', '"at", unit = "day", format = "%d.%m.%Y"'), "'format' is for texts, and unit", ""),
        ("chanel = 1\n" + PLAIN, "line 7: unknown key 'chanel'", "Did you mean 'channel'?"),
        (PLAIN.replace("event_type", "user"), "line 10: sources.fields.user: unknown field 'user'. Did you mean 'user_id'?", ""),
        (PLAIN.replace('["id"]', "7"), "line 7: sources.key: name the columns that tell rows apart", ""),
        (PLAIN.replace('["id"]', "[]"), "line 7: sources.key: name at least one column", ""),
        ("skip = { Draft = { x = 1 } }\n" + PLAIN, "line 7: sources.skip.Draft", ""),
        ("skip = { draft = {} }\n" + PLAIN, "line 7: sources.skip.draft: name at least one column", ""),
        ('skip = { draft = "x" }\n' + PLAIN, "line 7: sources.skip.draft", ""),
        (PLAIN.replace("time = {", "times = {"), "line 8: unknown key 'times'", "Did you mean 'time'?"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_line_and_word(tmp_path: Path, block: str, told: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured_sources(make_project(tmp_path, HEAD + block))
    assert told in caught.value.message
    assert hint in caught.value.hint
