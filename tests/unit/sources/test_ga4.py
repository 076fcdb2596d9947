import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.errors import ConfigurationError
from journey_analytics.steps.configured_sources import configured_sources
from tests.projects import load, make_project, put, state

BLOCK = '[[sources]]\nname = "web"\ntype = "ga4"\nfiles = ["web/**/*"]\n'
DAY = "web/events_20260302.json"


def event(name: str, parameters: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A row as BigQuery writes it: whole numbers are texts."""
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    written = [
        {"key": key, "value": {kinds[type(value)]: str(value) if isinstance(value, int) else value}}
        for key, value in ({"ga_session_id": 1772438400} | (parameters or {})).items()
    ]
    base = {"event_date": "20260302", "event_timestamp": "1772438400000000", "stream_id": "1", "platform": "WEB"}
    return base | {"event_name": name, "event_params": written, "user_pseudo_id": "1.2"} | more


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def only_event(folder: Path, row: dict[str, Any], *, options: str = "") -> dict[str, Any]:
    project = make_project(folder, BLOCK + options)
    put(project, DAY, lines(row))
    found = load(project, "web")
    assert found.loaded_count == 1, state(project, "from ops.rejected_rows").rows()
    stored = state(project, "from staging.events").row(0, named=True)
    return stored | {"properties": json.loads(stored["properties"])}


ITEMS = [{"item_id": "sku1", "item_name": "Shoe", "price": 60, "quantity": "2"}, {"item_id": "sku2", "quantity": "1"}]
ROWS = [
    event(
        "purchase",
        {"value": 60.0, "currency": "EUR", "transaction_id": "T-1", "exact": 2**62 + 1, "tax": 5.5, "page_title": '"é"'},
        ecommerce={"purchase_revenue": 60, "transaction_id": "T-1", "total_item_quantity": "3"},
        items=ITEMS,
        user_id="u1",
        batch_page_id="1772438400123", batch_ordering_id="2", batch_event_index="1",
        user_properties=[{"key": "plan", "value": {"string_value": "gold", "set_timestamp_micros": "1772438400000000"}}],
        privacy_info={"analytics_storage": "Yes", "ads_storage": "No"},
        is_active_user=True,
    ),
    event("login", event_timestamp="1772438400000001", items=[], user_properties=[]),
]  # fmt: skip


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """The same row with the types of the Parquet export: whole numbers as numbers, everything absent as null."""

    def value(of: dict[str, Any]) -> dict[str, Any]:
        return {
            "string_value": of.get("string_value"),
            "int_value": int(of["int_value"]) if "int_value" in of else None,
            "float_value": None,
            "double_value": float(of["double_value"]) if "double_value" in of else None,
        }

    pairs = {
        name: [{"key": pair["key"], "value": value(pair["value"])} for pair in row.get(name, [])]
        for name in ("event_params", "user_properties")
    }
    money = row.get("ecommerce")
    texts = ("event_date", "event_name", "stream_id", "platform", "user_pseudo_id", "user_id")
    whole = ("event_timestamp", "batch_page_id", "batch_ordering_id", "batch_event_index")
    return (
        {name: row.get(name) for name in texts}
        | {name: int(row[name]) if name in row else None for name in whole}
        | pairs
        | {
            "items": [
                {"item_id": item["item_id"], "item_name": item.get("item_name"), "quantity": int(item["quantity"])}
                for item in row.get("items", [])
            ],
            "ecommerce": money and {
                "purchase_revenue": float(money["purchase_revenue"]),
                "transaction_id": money["transaction_id"],
                "total_item_quantity": int(money["total_item_quantity"]),
            },
            "privacy_info": row.get("privacy_info"),
            "is_active_user": row.get("is_active_user"),
        }
    )  # fmt: skip


def wrapped(row: dict[str, Any]) -> dict[str, Any]:
    """Lists as some writers of Parquet nest them."""
    names = ("event_params", "user_properties", "items")
    return row | {name: {"list": [{"element": element} for element in row[name]]} for name in names}


def test_parquet_says_the_same_as_json(tmp_path: Path) -> None:
    tables = []
    for kind in ("json", "parquet", "nested"):
        project = make_project(tmp_path / kind, BLOCK)
        if kind == "json":
            put(project, DAY, lines(*ROWS))
        else:
            frame = pl.DataFrame([wrapped(typed(row)) if kind == "nested" else typed(row) for row in ROWS])
            frame.write_parquet(put(project, "web/events_20260302.parquet", b""))
        assert load(project, "web").loaded_count == 2
        tables.append(state(project, "from staging.events order by event_id"))
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])
    properties = [json.loads(text) for text in tables[0]["properties"]]
    bought = next(one for one in properties if "items" in one)
    assert bought["items"] == ["sku1", "sku2"]
    assert (bought["exact"], bought["page_title"], bought["tax"]) == (2**62 + 1, '"é"', 5.5)
    assert bought["user_properties"] == {"plan": "gold"}


def test_revenue_comes_before_what_the_tag_said(tmp_path: Path) -> None:
    def value(name: str, **more: Any) -> Any:
        row = event(name, {"value": 10.0, "currency": "EUR"}, **more)
        found = only_event(tmp_path / f"{name}{len(more)}", row)
        return found["event_type"], found["value"] and float(found["value"]), found["properties"].get("value")

    assert value("purchase", ecommerce={"purchase_revenue": 9.5}) == ("purchase", 9.5, None)
    assert value("purchase") == ("purchase", 10.0, None)
    assert value("refund", ecommerce={"refund_value": 4, "purchase_revenue": 9.5}) == ("refund", 4.0, None)
    assert value("add_to_cart") == ("add_to_cart", None, "10.0")


@pytest.mark.parametrize(
    ("privacy", "consent"),
    [
        ({"analytics_storage": "Yes", "ads_storage": "Yes"}, "granted"),
        ({"analytics_storage": "No", "ads_storage": "No"}, "denied"),
        ({"analytics_storage": "Yes", "ads_storage": "No"}, "analytics=granted,ads=denied"),
        ({"analytics_storage": "No"}, "denied"),
        ({"analytics_storage": "Unset", "ads_storage": "No"}, "ads=denied"),
        ({}, None),
    ],
)
def test_consent(tmp_path: Path, privacy: dict[str, str], consent: str | None) -> None:
    assert only_event(tmp_path, event("page_view", privacy_info=privacy))["consent"] == consent


@pytest.mark.parametrize(
    ("name", "event_type", "actor"),
    [
        ("screen_view", "page_view", "customer"),
        ("first_visit", "session_start", "customer"),
        ("scroll", "page_ping", "customer"),
        ("view_search_results", "search", "customer"),
        ("first_open", "app_install", "customer"),
        ("ad_click", "publisher_ad_click", "customer"),
        ("os_update", "os_update", "system"),
        ("Video Started", "video_started", "customer"),
        ("quiz_done", "feature_used", "customer"),
    ],
)
def test_event_types(tmp_path: Path, name: str, event_type: str, actor: str) -> None:
    found = only_event(tmp_path, event(name), options='event_types = { quiz_done = "feature_used" }\n')
    assert (found["event_type"], found["event_name"], found["actor"]) == (event_type, name, actor)


def test_the_first_touch_of_the_user_is_no_campaign(tmp_path: Path) -> None:
    row = event(
        "page_view",
        {"page_location": "https://shop.example.com/?utm_source=news&utm_medium=email&utm_id=7"},
        traffic_source={"source": "google", "medium": "cpc", "name": "old"},
        collected_traffic_source={"manual_campaign_name": "(not set)", "manual_term": "shoes"},
    )
    found = only_event(tmp_path, row)
    names = ("campaign_source", "campaign_medium", "campaign_name", "campaign_id")
    assert [found[name] for name in names] == ["news", "email", None, "7"]
    assert found["properties"]["campaign_term"] == "shoes"
    assert "traffic_source" not in found["properties"]


def test_places_and_devices_leave_only_country_and_kind(tmp_path: Path) -> None:
    row = event(
        "page_view",
        device={"category": "mobile", "advertising_id": "a", "web_info": {"browser": "b"}},
        geo={"country": "Kenya", "city": "Nairobi"},
        brand_new={"kept": "1"},
    )
    assert only_event(tmp_path, row)["properties"] == {
        "platform": "WEB", "stream_id": "1", "device_category": "mobile", "country": "Kenya",
        "vendor_session_id": "1772438400", "brand_new": {"kept": "1"},
    }  # fmt: skip


def test_page_request_and_place_make_one_order(tmp_path: Path) -> None:
    project = make_project(tmp_path, BLOCK)
    batches = [
        ("1772438400123", "1", "0"),
        ("1772438400123", "1", "1"),
        ("1772438400123", "12", "0"),
        ("9" * 18, "0", "0"),
    ]
    names = ("batch_page_id", "batch_ordering_id", "batch_event_index")
    rows = [event(f"e{place}", **dict(zip(names, batch, strict=True))) for place, batch in enumerate(batches)]
    put(project, DAY, lines(*rows, event("none"), event("bad", batch_page_id="x")))
    load(project, "web")
    found = state(project, "select event_name from staging.events order by source_order nulls last")
    assert found["event_name"].to_list() == ["e0", "e1", "e2", "e3", "none"]
    assert state(project, "select rule from ops.rejected_rows").rows() == [("batch",)]


def test_rows_without_day_name_or_parameters_are_told(tmp_path: Path) -> None:
    project = make_project(tmp_path, BLOCK)
    bad = [
        event("e", event_date="2026-03-02"), event("e", event_date="20260231"), event("e", event_date=None),
        event("", user_pseudo_id="a"), event("e", event_params="x"), event("e", event_params=[1]),
        event("e", event_timestamp="1772438400"), event("e", user_id={"a": 1}),
    ]  # fmt: skip
    put(project, DAY, lines(event("good", event_params=[]), *bad))
    load(project, "web")
    rules = state(project, "select rule from ops.rejected_rows order by line")["rule"].to_list()
    assert rules == [
        "event_date", "event_date", "event_date", "event_name", "type", "event_params", "occurred_at", "type",
    ]  # fmt: skip


def test_parameters_are_told_apart_whatever_their_order(tmp_path: Path) -> None:
    project = make_project(tmp_path, BLOCK)
    row = event("e", {"a": 1, "b": "1"})
    turned = row | {"event_params": row["event_params"][::-1]}
    put(project, "web/events_20260302_000000000000.json.gz", gzip.compress(lines(row, event("e", {"a": 1})).encode()))
    put(
        project,
        "web/events_20260302_000000000001.json.gz",
        gzip.compress(lines(turned, event("e", {"a": "1"})).encode()),
    )
    found = load(project, "web")
    assert (found.loaded_count, found.duplicates_count) == (3, 1)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
def test_daily_comes_before_intraday_and_then_the_latest_export(tmp_path: Path, order: tuple[int, ...]) -> None:
    project = make_project(tmp_path, BLOCK + 'version = "export_(\\\\d+)"\n')
    files = [
        ("web/export_11/events_intraday_20260302.json", lines(event("intraday"), event("both"))),
        ("web/export_9/events_20260302.json", lines(event("ninth"), event("both"))),
        ("web/export_10/events_20260302.json", lines(event("tenth"), event("both"))),
    ]
    for place in order:
        put(project, *files[place])
        load(project, "web")
    names = state(project, "select event_name from staging.events order by 1")["event_name"].to_list()
    assert names == ["both", "tenth"]
    ledger = state(project, "select path, loaded_count, duplicates_count from ops.loaded_files order by path")
    assert [row[1:] for row in ledger.rows()] == [(2, 0), (0, 2), (0, 2)]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("events_20260302.json", "1"),
        ("events_20260302_000000000001.json", "1"),
        ("refreshed_events_20260302.json", "1"),
        ("events_intraday_20260302_000000000001.json", "0"),
        ("events_fresh_20260302.json", "0"),
    ],
)
def test_the_name_of_the_table_stands_in_the_name_of_the_file(tmp_path: Path, name: str, version: str) -> None:
    project = make_project(tmp_path, BLOCK)
    put(project, f"web/{name}", lines(event("e")))
    load(project, "web")
    assert state(project, "from staging.partitions").rows() == [("web", "20260302", version)]


def test_a_file_without_the_version_that_was_asked_for_is_told(tmp_path: Path) -> None:
    project = make_project(tmp_path, BLOCK + 'version = "export_(\\\\d+)"\n')
    put(project, "web/events_20260302.json", lines(event("e")))
    message = load(project, "web").failures[0].message
    assert "no version in the name of the file 'web/events_20260302.json'; looked for export_(\\d+)" in message


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("v\\\\d", "exactly one group"),
        ("(a)(b)", "exactly one group"),
        ("(", "not a regular expression"),
        ("(?=a)(b)", "not a regular"),
    ],
)
def test_a_pattern_has_one_group(tmp_path: Path, pattern: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=r"journey.toml, line 6: .*" + told):
        configured_sources(make_project(tmp_path, BLOCK + f'version = "{pattern}"\n'))
