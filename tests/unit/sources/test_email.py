"""What the samples of the mail platforms do not show."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.transform.identities import IDENTIFIER_COLUMNS, resolve_identities
from tests.projects import load, make_project, put, state
from tests.reference.test_vendor_samples import expected_of
from tests.reference.test_vendor_samples import load as load_sample


def events(folder: Path, type_: str, options: str, *rows: Any) -> list[dict[str, Any]]:
    """Staged events of rows of a source."""
    block = f'[[sources]]\nname = "mail"\ntype = "{type_}"\nfiles = ["in/*"]\n{options}\n'
    project = make_project(folder, block)
    put(project, "in/a.ndjson", "\n".join(json.dumps(row) for row in rows))
    load(project, "mail")
    query = "select *, occurred_at::varchar as at from staging.events order by occurred_at, event_id"
    return state(project, query).rows(named=True)


@pytest.mark.parametrize("vendor", ["mailchimp", "postmark", "mailgun", "hubspot"])
def test_no_address_name_or_text_of_a_mail_gets_into_the_properties(tmp_path: Path, vendor: str) -> None:
    staged, _, _ = load_sample(tmp_path, vendor, expected_of(vendor)["inputs"])
    kept = " ".join(staged["properties"].drop_nulls().str.replace_all("@mg.example.com", "", literal=True))
    found = [
        word for word in ("@", "203.0.113.", "Hello", "Ann", "555 0100", "Mozilla", "Novi Sad", "45.25") if word in kept
    ]
    assert found == []


def test_a_mailchimp_webhook_is_read_in_the_zone_of_the_option_and_never_guessed(tmp_path: Path) -> None:
    hook = {"type": "subscribe", "data[email]": "a@example.com", "data[list_id]": "l"}
    found = events(
        tmp_path,
        "mailchimp",
        'time_zone = "America/New_York"',
        hook | {"fired_at": "2026-03-02 12:00:00"},
        hook | {"fired_at": "2026-11-01 01:30:00"},
    )
    assert [row["at"] for row in found] == ["2026-03-02 17:00:00+00"]


def test_a_changed_address_at_mailchimp_is_the_same_customer(tmp_path: Path) -> None:
    staged, _, _ = load_sample(tmp_path, "mailchimp", expected_of("mailchimp")["inputs"])
    sets = staged.select(*IDENTIFIER_COLUMNS, first_occurred_at="occurred_at").with_row_index("set_key")
    found = resolve_identities(sets.with_columns(pl.col("set_key").cast(pl.UInt64))).identifiers
    owners = found.filter(pl.col("value").is_in(["ann@example.com", "ann.new@example.com"])).select(
        "kind", "owner_value"
    )
    assert owners.rows() == [("email", "crm-77"), ("email", "crm-77")]


def test_a_suppression_after_a_complaint_is_not_counted_as_a_second_act_of_the_person(tmp_path: Path) -> None:
    change = {"RecordType": "SubscriptionChange", "Recipient": "a@example.com", "ChangedAt": "2026-03-02T08:00:00Z"}
    change |= {"SuppressSending": True, "SuppressionReason": "SpamComplaint", "Origin": "Recipient"}
    assert [(row["event_type"], row["actor"]) for row in events(tmp_path, "postmark", "", change)] == [
        ("email_unsubscribe", "system")
    ]


@pytest.mark.parametrize(("bot", "is_machine"), [("", False), (None, False), (False, False), ("gmail", True)])
def test_mailgun_names_the_program_that_opened(tmp_path: Path, bot: object, *, is_machine: bool) -> None:
    row = {"id": "1", "event": "opened", "timestamp": 1772438400.5, "recipient": "a@example.com"}
    assert [row["is_machine"] for row in events(tmp_path, "mailgun", "", row | {"client-info": {"bot": bot}})] == [
        is_machine
    ]


def test_an_obsolete_hubspot_event_is_none_of_the_customers_acts(tmp_path: Path) -> None:
    click = {"id": "c", "created": 1772438400000, "type": "CLICK", "recipient": "a@example.com"}
    obsolete = click | {"obsoletedBy": {"id": "d", "created": 1772438400001}}
    for number, order in enumerate(([click, obsolete], [obsolete, click])):
        found = events(tmp_path / str(number), "hubspot", "", *order)
        assert [(row["event_type"], row["actor"]) for row in found] == [("email_click", "system")]
