from datetime import UTC, datetime, timedelta

import pytest

from journey_analytics.cli.dates import parse_as_of
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
