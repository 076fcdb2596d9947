import json
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.sources.snowplow_columns import COLUMNS
from tests.projects import load, make_project, put, state

BLOCK = '[[sources]]\nname = "web"\ntype = "snowplow"\nfiles = ["web/*"]\n'
VENDOR = "com.snowplowanalytics.snowplow"
BASE = {
    "event_id": "1", "event": "page_view", "event_name": "page_view", "event_vendor": VENDOR, "event_version": "1-0-0",
    "collector_tstamp": "2026-03-02 09:00:00.000", "domain_userid": "d1",
}  # fmt: skip


def tsv(**columns: str) -> str:
    row = BASE | columns
    return "\t".join(row.get(name, "") for name in COLUMNS)


def self_describing(vendor: str, name: str, data: Any) -> dict[str, Any]:
    return {"schema": f"iglu:{vendor}/{name}/jsonschema/1-0-0", "data": data}


def unstruct(vendor: str, name: str, data: Any) -> dict[str, str]:
    inner = self_describing(vendor, name, data)
    event = json.dumps(self_describing(VENDOR, "unstruct_event", inner))
    return {"event": "unstruct", "event_vendor": vendor, "event_name": name, "unstruct_event": event}


def loaded(folder: Path, content: str, name: str = "a.tsv", options: str = "") -> dict[str, Any]:
    project = make_project(folder, BLOCK + options)
    put(project, f"web/{name}", content)
    assert load(project, "web").loaded_count == 1
    return state(project, "from staging.events").row(0, named=True)


def test_both_forms_of_an_event_come_out_the_same(tmp_path: Path) -> None:
    data = {"level": 3, "price": 59.5, "by": {"name": "x"}}
    form = BASE | {"event": "unstruct", "event_vendor": "com.acme", "event_name": "LevelDone", "page_title": "Level"}
    form["collector_tstamp"] = "2026-03-02T09:00:00Z"
    as_json = loaded(tmp_path / "json", json.dumps(form | {"unstruct_event_com_acme_level_done_1": data}), "a.ndjson")
    as_tsv = loaded(tmp_path / "tsv", tsv(page_title="Level", **unstruct("com.acme", "LevelDone", data)))
    assert json.loads(as_json.pop("properties")) == json.loads(as_tsv.pop("properties"))
    assert as_json == as_tsv


def test_a_project_says_what_its_own_events_mean(tmp_path: Path) -> None:
    options = 'event_types = { "media/play" = "feature_used", signed_up = "sign_up" }\n'
    played = loaded(tmp_path / "1", tsv(event="struct", se_category="media", se_action="play"), options=options)
    signed = loaded(tmp_path / "2", tsv(**unstruct("com.acme", "signed_up", {})), options=options)
    assert (played["event_type"], signed["event_type"]) == ("feature_used", "sign_up")


def test_a_structured_action_with_a_word_of_ours_is_that_event(tmp_path: Path) -> None:
    found = loaded(tmp_path, tsv(event="struct", se_category="shop", se_action="Add to cart"))
    assert (found["event_type"], found["event_name"]) == ("add_to_cart", "shop/Add to cart")


def test_a_refund_has_the_amount_of_its_entity(tmp_path: Path) -> None:
    shop = f"{VENDOR}.ecommerce"
    refund = self_describing(shop, "refund", {"transaction_id": "T", "currency": "EUR", "refund_amount": 7.25})
    entities = json.dumps(self_describing(VENDOR, "contexts", [refund]))
    found = loaded(tmp_path, tsv(contexts=entities, **unstruct(shop, "snowplow_ecommerce_action", {"type": "refund"})))
    assert (found["event_type"], float(found["value"]), found["currency"]) == ("refund", 7.25, "EUR")


@pytest.mark.parametrize(
    ("vendor", "name", "data"),
    [
        (VENDOR, "bot_detection", {"bot": True, "indicators": ["iab"]}),
        (VENDOR, "client_side_bot_detection", {"bot": True, "kind": "headless_chrome"}),
        ("nl.basjes", "yauaa_context", {"deviceClass": "Robot Mobile"}),
    ],
)
def test_every_bot_detection_is_heard(tmp_path: Path, vendor: str, name: str, data: dict[str, Any]) -> None:
    entities = json.dumps(self_describing(VENDOR, "contexts", [self_describing(vendor, name, data)]))
    assert loaded(tmp_path / "tsv", tsv(derived_contexts=entities))["is_machine"]
    form = BASE | {"collector_tstamp": "2026-03-02T09:00:00Z"}
    key = f"contexts_{vendor.replace('.', '_')}_{name}_1"
    assert loaded(tmp_path / "json", json.dumps(form | {key: [data]}), "a.ndjson")["is_machine"]


@pytest.mark.parametrize(
    ("said", "consent"), [("allow_all", "granted"), ("deny_all", "denied"), ("expired", "expired")]
)
def test_a_consent_for_everything_is_one_word(tmp_path: Path, said: str, consent: str) -> None:
    row = tsv(**unstruct(VENDOR, "consent_preferences", {"eventType": said, "consentScopes": []}))
    assert loaded(tmp_path, row)["consent"] == consent


def test_a_click_id_of_a_network_without_a_kind_of_its_own_links_nobody(tmp_path: Path) -> None:
    found = loaded(tmp_path, tsv(mkt_clickid="x", mkt_network="DoubleClick"))
    assert (found["click_id"], found["click_id_type"]) == (None, None)
    assert json.loads(found["properties"]) == {"mkt_clickid": "x", "mkt_network": "DoubleClick"}
