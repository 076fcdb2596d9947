from datetime import UTC, datetime, timedelta

import pytest

from journey_analytics.cli.dates import parse_as_of, parse_period
from journey_analytics.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", "2026-03-01T22:59:59.999999+00:00"),
        ("2026-03-29", "2026-03-29T21:59:59.999999+00:00"),
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00+00:00"),
        ("2026-03-01T12:00", "2026-03-01T11:00:00+00:00"),
    ],
)
def test_dates_end_with_the_local_day(text: str, expected: str) -> None:
    assert parse_as_of(text, "Europe/Prague").isoformat() == expected


def test_relative_dates() -> None:
    now = datetime.now(UTC)
    assert abs(parse_as_of("-30d", "UTC") - (now - timedelta(days=30))) < timedelta(minutes=1)
    assert parse_as_of("yesterday", "UTC").date() == (now - timedelta(days=1)).date()


@pytest.mark.parametrize("text", ["tomorrow", "2999-01-01", "30d", "-30", "01/03/2026", ""])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(UsageError):
        parse_as_of(text, "UTC")


@pytest.mark.parametrize("text", ["9999-12-31", "-5000000d", "-99999999999d", "0001-01-01T00:00+23:00"])
def test_dates_that_no_calendar_has(text: str) -> None:
    with pytest.raises(UsageError, match="lies outside of the years 1 to 9999"):
        parse_as_of(text, "UTC")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03", "2026-02-28T23:00Z", "2026-03-31T22:00Z"),
        ("2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        ("2026-02..2026-03", "2026-01-31T23:00Z", "2026-03-31T22:00Z"),
        ("2025-12-31..2026-01-01", "2025-12-30T23:00Z", "2026-01-01T23:00Z"),
    ],
)
def test_a_period_has_whole_days_of_the_business_time_zone(text: str, first: str, last: str) -> None:
    found = parse_period(text, "Europe/Prague")
    assert found == (datetime.fromisoformat(first), datetime.fromisoformat(last))


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-3", "2026-02-30", "2026-03-02..2026-03-01", "2026-03-01..", "9999-12"]
)
def test_what_is_no_period_is_told(text: str) -> None:
    with pytest.raises(UsageError, match=r"not a period|before it begins"):
        parse_period(text, "UTC")
