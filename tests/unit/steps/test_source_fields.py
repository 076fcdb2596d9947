"""Fields of sources over time: new ones are told once, and a frozen source takes no others."""

import json
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.cli.main import call
from journey_analytics.errors import ConfigurationError
from journey_analytics.steps import load as loading
from journey_analytics.steps.ask import ask
from journey_analytics.steps.configured_sources import configured_sources
from journey_analytics.steps.source_fields import MOST_FIELDS
from tests.projects import ORDERS, SEGMENT, load, make_project, message, night, put, rows_of, state

AT = "2026-03-02T09:00:00Z"
FIELDS = "select field, use, first_run_id, first_rows_count, last_run_id from ops.source_fields order by field"
FROZEN = SEGMENT + 'contract = "freeze"\nknown_fields = ["properties.coupon", "batch"]\n'


def call_line(number: int, **more: Any) -> str:
    return message(number, AT, **more)


def test_a_new_field_is_told_once_and_remembered(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/1.ndjson", call_line(1, properties={"sku": 1}) + "\n" + call_line(2, context={"ip": "x"}))
    assert load(project, "web", "first").warnings == []
    put(project, "web/2.ndjson", call_line(3, properties={"coupon": 1, "deep": {"er": 2}}, context={"foo": 1}))
    put(project, "web/3.ndjson", call_line(4, properties={"coupon": None}, batch={"size": 1, "of": 2}, userId="u1"))
    assert load(project, "web", "second").warnings == [
        "web: 4 new fields: batch, properties.coupon, properties.deep, kept in properties; "
        "context.foo, left out, as of no use"
    ]
    put(project, "web/4.ndjson", call_line(5, properties={"coupon": 1}))
    assert load(project, "web", "third").warnings == []
    found = {row[0]: row[1:] for row in state(project, FIELDS).iter_rows()}
    assert found["properties.coupon"] == ("kept", "second", 2, "third")
    assert found["properties.sku"] == ("kept", "first", 1, "first")
    assert found["batch.size"] == ("kept", "second", 1, "second")
    assert found["userId"] == ("read", "second", 1, "second")
    assert found["context.ip"] == ("ignored", "first", 1, "first")


def test_a_new_column_of_a_table_is_told(tmp_path: Path) -> None:
    project = make_project(tmp_path, ORDERS)
    put(project, "shop/1.csv", "order,at,customer,amount\n1,2026-03-02T09:00,u1,5\n")
    load(project, "shop")
    put(
        project,
        "shop/2.csv",
        "order,at,customer,amount,Del. date\n2,2026-03-02T09:00,u1,5,x\n3,2026-03-02T09:00,u1,5,\n",
    )
    assert load(project, "shop").warnings == ['shop: 1 new field: "Del. date", kept in properties']
    assert state(project, FIELDS.replace("order by", "where field like '%Del%' order by")).rows() == [
        ('"Del. date"', "kept", "run", 2, "run")
    ]


def test_fields_whose_names_are_made_of_ids_are_not_listed_without_end(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/1.ndjson", call_line(1))
    load(project, "web")
    rows = [call_line(number, properties={f"item {number} {part}": 1 for part in range(3)}) for number in range(600)]
    put(project, "web/2.ndjson", "\n".join(rows))
    warnings = load(project, "web").warnings
    assert [text for text in warnings if "more than 1,000 different fields" in text]
    assert max(len(text) for text in warnings) < 300
    assert state(project, "select count(*) from ops.source_fields").item() == MOST_FIELDS
    put(project, "web/3.ndjson", call_line(700, properties={"one more": 1}))
    assert load(project, "web").warnings == []


def test_addresses_in_names_of_fields_are_shown_nowhere(tmp_path: Path) -> None:
    project = make_project(tmp_path, FROZEN)
    put(project, "web/1.ndjson", call_line(1))
    load(project, "web")
    put(project, "web/2.ndjson", call_line(2, properties={"ann@example.com": 1}) + "\n" + call_line(3, userId="u1"))
    warnings = load(project, "web").warnings
    assert warnings == ['web: 1 new field: properties."(address)", rows with it are rejected']
    told = state(project, "select reason from ops.rejected_rows").item()
    night(project)
    published = rows_of(project.published_database, "select field from ops.source_fields")["field"].to_list()
    assert "ann@" not in f"{told} {published} {state(project, FIELDS).rows()}"


def test_a_frozen_source_rejects_rows_with_other_fields_by_name(tmp_path: Path) -> None:
    project = make_project(tmp_path, FROZEN)
    lines = [
        call_line(1, properties={"coupon": 1, "url": "https://a.example/"}, context={"anything": 1}),
        call_line(2, properties={"colour": "red"}),
        call_line(3, batch={"size": 1}),
        call_line(4, extra=None),
        call_line(5, traits={"plan": "pro"}),
    ]
    put(project, "web/1.ndjson", "\n".join(lines))
    found = load(project, "web")
    assert (found.loaded_count, found.rejected_count) == (2, 3)
    told = "field {} is neither read nor listed in known_fields, and the contract is freeze"
    assert state(project, "select line, rule, reason from ops.rejected_rows order by line").rows() == [
        (2, "contract", told.format("properties.colour")),
        (4, "contract", told.format("extra")),
        (5, "contract", told.format("traits.plan")),
    ]


def test_an_unknown_column_of_a_frozen_table_fails_its_file(tmp_path: Path) -> None:
    frozen = ORDERS.replace('channel = "store"', 'channel = "store"\ncontract = "freeze"\nknown_fields = ["Del. date"]')
    project = make_project(tmp_path, frozen)
    put(project, "shop/1.csv", "order,at,customer,amount,Del. date\n1,2026-03-02T09:00,u1,5,x\n")
    put(project, "shop/2.csv", "order,at,customer,amount,colour\n2,2026-03-02T09:00,u1,5,red\n")
    found = load(project, "shop")
    assert found.loaded_count == 1
    assert "2.csv: all 1 rows are bad; the first, line 2: field colour is neither read" in found.failures[0].message


def test_a_contract_holds_whatever_the_order_of_loads(tmp_path: Path) -> None:
    good, bad = call_line(1), call_line(2, properties={"colour": "red"}) + "\n" + call_line(3)
    ids = []
    for number, order in enumerate(([good, bad], [bad, good])):
        project = make_project(tmp_path / str(number), FROZEN)
        for place, content in enumerate(order):
            put(project, f"web/{place}.ndjson", content)
            load(project, "web")
        ids.append(state(project, "select event_id from staging.events order by 1").to_series().to_list())
    assert ids[0] == ids[1] == ["web:m1", "web:m3"]


def test_a_contract_holds_whatever_stood_in_the_place_of_an_object_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_BYTES", -1)  # each file is read by itself
    frozen = FROZEN.replace('"batch"', '"extra.size"')
    files = [call_line(1, extra=None), call_line(2, extra={"size": 1}), call_line(3, extra={"size": 1, "of": 2})]
    for number, order in enumerate(([0, 1, 2], [2, 1, 0])):
        project = make_project(tmp_path / str(number), frozen)
        for place, file in enumerate(order):
            put(project, f"web/{place}.ndjson", files[file])
        found = load(project, "web")
        assert (found.loaded_count, [failure.message for failure in found.failures]) == (
            2,
            [
                f"web/{order.index(2)}.ndjson: all 1 rows are bad; the first, line 1: field extra.of is neither read "
                "nor listed in known_fields, and the contract is freeze."
            ],
        )


def test_the_line_for_the_settings_takes_all_that_came_so_far(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_project(tmp_path, SEGMENT)
    line = call_line(1, properties={"co.upon": 1, "deep": {"er": 2}}, extra={"a": 1}, context={"x": 1})
    put(project, "web/1.ndjson", line)
    load(project, "web")
    assert call(["-C", str(tmp_path), "fields", "web"]) == 0
    shown = capsys.readouterr().out
    known = shown[shown.index("known_fields") :].strip()
    assert known == 'known_fields = ["extra", "properties.\\"co.upon\\"", "properties.deep"]'
    (tmp_path / "journey.toml").write_text(f'{SEGMENT}contract = "freeze"\n{known}\n')
    again = load(project, "web")
    assert (again.loaded_count, again.rejected_count) == (1, 0)
    assert call(["-C", str(tmp_path), "--json", "fields", "web"]) == 0
    assert json.loads(capsys.readouterr().out)["known_fields"] == known


def test_known_fields_without_a_contract_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="known_fields: means something only with contract"):
        configured_sources(make_project(tmp_path, SEGMENT + 'known_fields = ["x"]\n'))


def test_fields_that_come_and_go_are_a_question_of_the_cookbook(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    for number, more in enumerate(({"userId": "u1", "old": 1}, {"userId": "u1"}, {"userId": "u1", "new": 1})):
        put(project, f"web/{number}.ndjson", call_line(number, **more))
        night(project, f"run{number}")
    found = ask(project.published_database, "fields_that_come_and_go").frame
    assert found.select("field", "what").rows() == [("new", "new"), ("old", "stopped")]
