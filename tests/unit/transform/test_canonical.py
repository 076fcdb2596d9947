from decimal import Decimal

import polars as pl
import pytest

from journey_analytics.transform.canonical import joined_objects, judge, snake_case, to_canonical, vendor_ids
from journey_analytics.transform.times import Clock

GOOD = {"occurred_at": "2026-03-02T09:00:00Z", "channel": "web", "actor": "customer", "event_type": "page_view"}


def canonical(**row: str | None) -> dict[str, object]:
    frame = pl.DataFrame([GOOD | row], schema_overrides=dict.fromkeys(row, pl.String))
    return to_canonical(frame.lazy(), Clock(), Clock()).collect().row(0, named=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [("59.9", "59.9"), ("-3", "-3"), (" 12.50 ", "12.5"), ("1e3", "1000"), ("0.1234567", "0.123457"), ("", None)],
)
def test_money_is_decimal(text: str, value: str | None) -> None:
    found = canonical(value=text)
    assert found["value"] == (None if value is None else Decimal(value))
    assert found["verdict"] is None


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"value": "1,036.50"}, "value"),
        ({"value": "99999999999999"}, "value"),
        ({"score": "ten"}, "score"),
        ({"source_order": "first"}, "source_order"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": None}, "occurred_at"),
        ({"received_at": "later"}, "received_at"),
        ({"channel": "fax"}, "channel"),
        ({"channel": None}, "channel"),
        ({"actor": "robot"}, "actor"),
        ({"event_type": None}, "event_type"),
    ],
)
def test_what_cannot_be_converted_is_rejected_with_its_rule(row: dict[str, str | None], rule: str) -> None:
    found = canonical(**row)
    assert (found["verdict"], found["rule"]) == ("rejected", rule)
    assert found["reason"]


def test_identifiers_are_trimmed_and_mail_is_lower_case() -> None:
    found = canonical(email=" Ann@Example.COM ", user_id=" U1 ", anonymous_id="  ")
    assert (found["email"], found["user_id"], found["anonymous_id"]) == ("ann@example.com", "U1", None)


def test_the_first_verdict_stands_and_skips_come_before_rejects() -> None:
    frame = pl.DataFrame({"kind": ["note", "bad", "good"]}).lazy()
    skip, reject = pl.col("kind") == "note", pl.col("kind").is_in(["note", "bad"])
    judged = judge(frame, skips=[("private", skip, "a note")], rejects=[("broken", reject, pl.col("kind"))])
    judged = judge(judged, rejects=[("later", pl.lit(value=True), "too late")])
    assert judged.select("verdict", "rule", "reason").collect().rows() == [
        ("skipped", "private", "a note"),
        ("rejected", "broken", "bad"),
        ("rejected", "later", "too late"),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Order Completed", "order_completed"),
        ("orderCompleted", "order_completed"),
        ("$pageview", "pageview"),
        ("Účet založen", "účet_založen"),
        (" -- ", None),
    ],
)
def test_vendor_names_in_snake_case(name: str, expected: str | None) -> None:
    assert pl.DataFrame({"name": [name]}).select(snake_case(pl.col("name"))).item() == expected


def test_vendor_ids_are_a_list_or_nothing() -> None:
    frame = pl.DataFrame({"id": ["7", None]})
    found = frame.select(ids=vendor_ids("zendesk_user_id", pl.col("id")))["ids"].to_list()
    assert found == [[{"kind": "zendesk_user_id", "value": "7"}], None]


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        ('{"a":1}', '{"b":{"c":"}"}}', '{"a":1,"b":{"c":"}"}}'),
        ("{}", '{"b":2}', '{"b":2}'),
        ('["x"]', '{"b":2}', '{"b":2}'),
        (' { "a" : 1 } ', "[]", '{"a" : 1}'),
        (None, "{}", "{}"),
        (None, None, None),
    ],
)
def test_objects_are_joined(one: str | None, other: str | None, joined: str | None) -> None:
    frame = pl.DataFrame({"one": [one], "other": [other]}, schema={"one": pl.String, "other": pl.String})
    assert frame.select(joined_objects(pl.col("one"), pl.col("other"))).item() == joined
