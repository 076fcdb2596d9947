import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.errors import ConfigurationError
from journey_analytics.steps.configured_sources import configured_sources
from tests.projects import load, make_project, put, state

BLOCK = '[[sources]]\nname = "product"\ntype = "posthog"\nfiles = ["product/*"]\n'
UUID = "0195fa00-0000-4000-8000-000000000001"


def event(name: str, distinct_id: str = UUID, **properties: Any) -> dict[str, Any]:
    at = "2026-03-02T09:00:00.123456+00:00"
    return {
        "uuid": "1", "event": name, "distinct_id": distinct_id, "timestamp": at, "created_at": at,
        "properties": properties, "person_properties": {"email": "a@example.com"},
    }  # fmt: skip


def loaded(folder: Path, row: dict[str, Any], options: str = "") -> dict[str, Any]:
    project = make_project(folder, BLOCK + options)
    put(project, "product/a.jsonl", json.dumps(row))
    assert load(project, "product").loaded_count == 1
    return state(project, "from staging.events").row(0, named=True)


def test_parquet_and_json_lines_come_out_the_same(tmp_path: Path) -> None:
    row = event("$pageview", **{"$current_url": "https://x.example.com/?gclid=g1", "n": 2**53 + 1, "o": {"p": [1.5]}})
    as_json = loaded(tmp_path / "json", row)
    typed = {
        name: json.dumps(value) if isinstance(value, dict) else value for name, value in row.items()
    } | {name: datetime.fromisoformat(row[name]) for name in ("timestamp", "created_at")}  # fmt: skip
    project = make_project(tmp_path / "parquet", BLOCK)
    path = put(project, "product/a.parquet", b"")
    pl.DataFrame([typed]).write_parquet(path)
    assert load(project, "product").loaded_count == 1
    assert state(project, "from staging.events").row(0, named=True) == as_json
    assert json.loads(as_json["properties"]) == {"n": 2**53 + 1, "o": {"p": [1.5]}}


@pytest.mark.parametrize(
    ("properties", "is_user"),
    [({}, False), ({"$is_identified": True}, True), ({"$user_id": UUID}, True), ({"$is_identified": False}, False)],
)
def test_a_uuid_is_a_user_id_only_where_the_event_says_so(
    tmp_path: Path, properties: dict[str, Any], is_user: bool
) -> None:
    found = loaded(tmp_path, event("opened", **properties))
    assert (found["user_id"], found["anonymous_id"]) == ((UUID, None) if is_user else (None, UUID))


def test_the_first_distinct_id_of_a_device_is_anonymous_whatever_it_looks_like(tmp_path: Path) -> None:
    found = loaded(tmp_path, event("opened", "guest-1", **{"$device_id": "guest-1"}))
    assert (found["user_id"], found["anonymous_id"]) == (None, "guest-1")


def test_a_business_whose_customer_numbers_are_uuids_says_which_are_anonymous(tmp_path: Path) -> None:
    options = "anonymous_ids = '^[0-9a-f]{8}-[0-9a-f]{4}-7'\n"
    assert loaded(tmp_path, event("opened"), options)["user_id"] == UUID


def test_a_distinct_id_that_is_an_e_mail_address_is_one(tmp_path: Path) -> None:
    row = event("opened", "Zoe@Example.com") | {"person_properties": {}}
    found = loaded(tmp_path, row)
    assert (found["user_id"], found["email"]) == ("Zoe@Example.com", "zoe@example.com")


def test_campaign_and_click_id_are_read_without_a_url(tmp_path: Path) -> None:
    found = loaded(tmp_path, event("$screen", utm_source="meta", utm_medium="paid_social", fbclid="f1", gclid=""))
    assert (found["campaign_source"], found["click_id"], found["click_id_type"]) == ("meta", "f1", "fbclid")


def test_a_survey_as_a_whole_is_scored_by_its_first_question(tmp_path: Path) -> None:
    answers = {"$survey_id": "s1", "$survey_questions": [{"id": "q1"}, {"id": "q2"}]}
    row = event("survey sent", **answers, **{"$survey_response_q1": "9", "$survey_response_q2": "fine"})
    found = loaded(tmp_path, row, 'surveys = { s1 = "nps" }\n')
    assert (found["event_type"], float(found["score"])) == ("nps_response", 9)


def test_a_survey_that_nobody_explained_has_no_score(tmp_path: Path) -> None:
    found = loaded(tmp_path, event("survey sent", **{"$survey_id": "s1", "$survey_response": "9"}))
    assert (found["event_type"], found["score"]) == ("survey_sent", None)
    assert json.loads(found["properties"]) == {"$survey_id": "s1", "$survey_response": "9"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('surveys = { s1 = "stars" }\n', "'stars' is not one of nps, csat, ces"),
        ("anonymous_ids = '('\n", "is not a regular expression"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path: Path, options: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        configured_sources(make_project(tmp_path, BLOCK + options))
