"""The vendor samples come out as their expected rows.

Where our names differ from theirs: the source's name stands before every event id; ``customer_ids`` are columns and
``vendor_ids``; ``campaign`` and the page are columns; an agent's actor is ``company``; machine opens are
``is_machine``; ratings and answers have ``score``; a day is the start of that day in the account's zone.
"""

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.config import Project
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.ingest import Ingested, ingest
from journey_analytics.warehouse.connection import opened

SAMPLES = Path(__file__).parent / "vendor_samples"
VENDORS = {
    "segment_spec": ("segment", ""),
    "sendgrid_event_webhook": ("sendgrid", 'user_id_field = "customer_id"'),
    "google_ads": ("google_ads", ""),
    "surveys": ("surveys", 'time_formats = ["%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M %p"]'),
    "zendesk": ("zendesk", ""),
    "mailchimp": ("mailchimp", 'user_id_field = "CUSTOMERID"'),
    "postmark": ("postmark", 'user_id_field = "customer_id"'),
    "mailgun": ("mailgun", 'user_id_field = "customer_id"'),
    "hubspot": ("hubspot", ""),
    "rudderstack": ("rudderstack", ""),
    "snowplow": ("snowplow", ""),
    "posthog": (
        "posthog",
        """
        event_types = { "order paid" = "purchase" }
        surveys = { "018ed910-3b24-0000-e3fd-d51c59aa74b2" = "nps", "a3071551-d599-4eeb-9ffe-69e93dc647b6" = "csat" }
        """,
    ),
    "intercom": ("intercom", ""),
    "freshdesk": ("freshdesk", ""),
    "meta_ads": ("meta_ads", 'action_type = "purchase"'),
    "ga4_bigquery_export": ("ga4", ""),
}
"""Folder of the sample, type of the source, and the options that its expected.json speaks of."""

_COLUMNS_OF_PROPERTIES = {
    "page_url": "page_url",
    "url": "page_url",
    "value": "value",
    "currency": "currency",
    "score": "score",
    "time_zone": "time_zone",
    "machine_open": "is_machine",
    "actor": "actor",
    "referrer": "referrer",
    "consent": "consent",
}
_ACTORS = {"agent": "company"}
_DERIVED = {"public": True, "category": None}
"""Properties that follow from others: private comments are skipped, an NPS category is a range of scores."""


def load(folder: Path, vendor: str, inputs: list[str]) -> tuple[pl.DataFrame, Ingested, Project]:
    """Load input files of a sample, one night each, in the order given."""
    type_, options = VENDORS[vendor]
    result = Ingested(type_)
    for end in range(1, len(inputs) + 1):
        files = [str(SAMPLES / vendor / name) for name in inputs[:end]]
        text = f'[[sources]]\nname = "{type_}"\ntype = "{type_}"\nfiles = {json.dumps(files)}\n{options}\n'
        (folder / "journey.toml").write_text(text)
        project = Project(folder)
        night = ingest(project, configured_source(project, type_), f"night {end}")
        assert not night.failures
        for name in ("rows_count", "loaded_count", "duplicates_count", "rejected_count", "skipped_count"):
            setattr(result, name, getattr(result, name) + getattr(night, name))
    with opened(project.state_database, read_only=True) as connection:
        return connection.sql("from staging.events order by occurred_at, event_id").pl(), result, project


def expected_of(vendor: str) -> dict[str, Any]:
    return json.loads((SAMPLES / vendor / "expected.json").read_text())


@pytest.mark.parametrize("vendor", VENDORS)
def test_sample_comes_out_as_expected(tmp_path: Path, vendor: str) -> None:
    expected = expected_of(vendor)
    events, counts, project = load(tmp_path, vendor, expected["inputs"])
    found = [_as_expected(row) for row in events.iter_rows(named=True)]
    for wanted in expected["expected_events"]:
        matching = [row for row in found if _same_event(row, wanted)]
        assert len(matching) == 1, (wanted, found)
        found.remove(matching[0])
    assert found == []
    assert counts.duplicates_count == expected["duplicates_dropped"]
    assert counts.loaded_count == expected.get("expected_loaded_count", expected["expected_event_count"])
    assert counts.skipped_count == expected.get("expected_skipped", counts.skipped_count)
    read = counts.loaded_count + counts.duplicates_count + counts.rejected_count + counts.skipped_count
    assert counts.rows_count == read
    with opened(project.state_database, read_only=True) as connection:
        rejected = connection.sql("from ops.rejected_rows").pl()
        costs = connection.sql("from staging.ad_costs").pl()
        links = connection.sql("from staging.reference_links").pl()
    _check_rejects(rejected, expected["expected_rejects"])
    _check_costs(costs, expected["expected_aggregates"])
    _check_links(events, links, expected["expected_identity_links"])


def _as_expected(row: dict[str, Any]) -> dict[str, Any]:
    ids = {name: row[name] for name in ("user_id", "email", "anonymous_id", "previous_id") if row[name]}
    for entry in row["vendor_ids"] or []:
        ids[entry["kind"] if entry["kind"] not in ids else f"other_{entry['kind']}"] = entry["value"]
    if row["channel"] == "ad":
        ids[row["click_id_type"]] = row["click_id"]
    return row | {"customer_ids": ids, "properties": json.loads(row["properties"] or "{}")}


def _same_event(row: dict[str, Any], wanted: dict[str, Any]) -> bool:
    if wanted["event_id"] is not None:
        bare = wanted["event_id"].removeprefix(f"{row['source']}:")
        if row["event_id"] != f"{row['source']}:{bare}":
            return False
    same = ("time_precision", "channel", "event_type", "event_name", "customer_ids")
    return (
        all(row[name] == wanted[name] for name in same)
        and _same_time(row, wanted["occurred_at"])
        and _same_campaign(row, wanted["campaign"])
        and all(_same_property(row, name, value) for name, value in wanted["properties"].items())
    )


def _same_time(row: dict[str, Any], wanted: str) -> bool:
    if row["time_precision"] == "day":
        local = row["occurred_at"].astimezone(__import__("zoneinfo").ZoneInfo(row["time_zone"]))
        return f"{local:%Y-%m-%d %H:%M}" == f"{wanted} 00:00"
    return f"{row['occurred_at']:%Y-%m-%dT%H:%M:%S.%f}Z" == wanted


def _same_campaign(row: dict[str, Any], wanted: dict[str, str] | None) -> bool:
    columns = {
        "source": "campaign_source", "medium": "campaign_medium", "name": "campaign_name", "id": "campaign_id",
        "click_id": "click_id", "click_id_type": "click_id_type", "default_channel_group": "channel_group",
    }  # fmt: skip
    if wanted is None:
        # A campaign in the link that was clicked may be read from it; nothing else may appear out of nowhere.
        return all(row[column] is None for column in columns.values())
    return all(row[columns[name]] == value for name, value in wanted.items())


def _same_property(row: dict[str, Any], name: str, value: Any) -> bool:
    if name in _DERIVED:
        return True
    if name == "actor":
        return row["actor"] == _ACTORS.get(value, value)
    if name in _COLUMNS_OF_PROPERTIES:
        found = row[_COLUMNS_OF_PROPERTIES[name]]
        return (
            float(found) == value if isinstance(value, int | float) and not isinstance(value, bool) else found == value
        )
    return row["properties"].get(name) == value


def _check_rejects(rejected: pl.DataFrame, expected: list[dict[str, Any]]) -> None:
    assert rejected.height == len(expected)
    for wanted in expected:
        rows = rejected.rows(named=True)
        if "line" in wanted:
            rows = [row for row in rows if row["line"] == wanted["line"]]
        if "message_id" in wanted:
            rows = [row for row in rows if wanted["message_id"] in row["raw"]]
        words = {"invalid JSON": "not valid JSON", "timestamp not parseable": "the time '.*' is not"}
        reason = words.get(wanted["reason"], re.escape(wanted["reason"]))
        assert len([row for row in rows if re.search(reason, row["reason"])]) == 1, (wanted, rejected["reason"])


def _check_costs(costs: pl.DataFrame, expected: list[dict[str, Any]]) -> None:
    assert costs.height == len(expected)
    for wanted in expected:
        row = costs.filter(pl.col("cost_on").cast(pl.String) == wanted["date"]).row(0, named=True)
        assert (row["platform"], row["campaign_id"], row["currency"]) == (
            wanted["platform"],
            wanted["campaign_id"],
            wanted["currency"],
        )
        assert (row["clicks_count"], row["impressions_count"]) == (wanted["clicks"], wanted["impressions"])
        assert float(row["cost"]) == wanted["cost"]
        assert row["conversions_rate"] == wanted.get("conversions")


def _check_links(events: pl.DataFrame, links: pl.DataFrame, expected: list[dict[str, str]]) -> None:
    stated = [_as_expected(row)["customer_ids"] for row in events.iter_rows(named=True)]
    for row in links.iter_rows(named=True):
        ids = {name: row[name] for name in ("user_id", "email") if row[name]}
        stated.append(ids | {entry["kind"]: entry["value"] for entry in row["vendor_ids"] or []})
    for wanted in expected:
        assert any(wanted.items() <= ids.items() for ids in stated), wanted
