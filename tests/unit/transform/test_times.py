from datetime import UTC, datetime

import polars as pl
import pytest

from journey_analytics.transform.times import Clock, parse_time, time_problem


def parsed(text: str | None, clock: Clock) -> str | None:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    value = frame.select(parse_time(pl.col("text"), clock)).item()
    return value and f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


def problem(text: str | None, clock: Clock) -> str | None:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    return frame.with_columns(at=parse_time(pl.col("text"), clock)).select(
        time_problem(pl.col("text"), pl.col("at"), clock)
    ).item()  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T09:00:00Z", "2026-03-02 09:00:00.000000"),
        ("2026-03-02T09:00:00.905Z", "2026-03-02 09:00:00.905000"),
        ("2026-03-02T09:00:00.1234567Z", "2026-03-02 09:00:00.123456"),
        ("2026-03-02 09:00:00+01:00", "2026-03-02 08:00:00.000000"),
        ("2026-03-02T09:00:00-0530", "2026-03-02 14:30:00.000000"),
        ("2026-03-02T09:00:00", None),
        ("2026-02-30T09:00:00Z", None),
        ("03/02/2026 09:00", None),
        ("", None),
        (None, None),
    ],
)
def test_iso_times_need_an_offset(text: str | None, expected: str | None) -> None:
    assert parsed(text, Clock()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02 18:00:00", "2026-03-02 17:00:00.000000"),
        ("2026-03-02T18:00", "2026-03-02 17:00:00.000000"),
        ("2026-03-02T18:00:00Z", "2026-03-02 18:00:00.000000"),
        ("2026-03-29 02:30:00", None),
        ("2026-10-25 02:30:00", None),
    ],
)
def test_local_times_that_a_clock_change_doubles_or_skips_are_refused(text: str, expected: str | None) -> None:
    assert parsed(text, Clock(zone="Europe/Prague")) == expected


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("1772438400", "seconds", "2026-03-02 08:00:00.000000"),
        ("1772438400.25", "seconds", "2026-03-02 08:00:00.250000"),
        ("1521472262.908181", "seconds", "2018-03-19 15:11:02.908181"),
        ("1772438400123", "milliseconds", "2026-03-02 08:00:00.123000"),
        ("1772438400123456", "microseconds", "2026-03-02 08:00:00.123456"),
        ("-5", "seconds", None),
        ("1e9", "seconds", None),
        ("soon", "seconds", None),
    ],
)
def test_epochs_never_pass_through_floats(text: str, unit: str, expected: str | None) -> None:
    assert parsed(text, Clock(unit)) == expected


@pytest.mark.parametrize(
    ("text", "unit"), [("1772438400000", "seconds"), ("1772438400", "milliseconds"), ("0", "seconds")]
)
def test_a_wrong_unit_is_seen_by_its_magnitude(text: str, unit: str) -> None:
    told = problem(text, Clock(unit))
    assert told is not None
    assert "is not within 2000 to 2100" in told


def test_formats_are_tried_in_order() -> None:
    clock = Clock(zone="UTC", formats=("%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p"))
    assert parsed("29/2/2016 01:16", clock) == "2016-02-29 01:16:00.000000"
    assert parsed("03/04/2026 06:30 PM", clock) == "2026-03-04 18:30:00.000000"
    assert problem("2026-03-02", clock) == ("the time '2026-03-02' is not %d/%m/%Y %H:%M or %m/%d/%Y %I:%M %p in UTC")


def test_days_begin_at_local_midnight_or_at_the_first_instant_there_is() -> None:
    assert parsed("2026-03-02", Clock("day", zone="America/New_York")) == "2026-03-02 05:00:00.000000"
    assert parsed("2018-11-04", Clock("day", zone="America/Sao_Paulo")) == "2018-11-04 03:00:00.000000"
    assert parsed("2026-13-02", Clock("day", zone="UTC")) is None


def test_days_of_rows_in_different_zones() -> None:
    frame = pl.DataFrame({"day": ["2026-03-02", "2026-03-02"], "zone": ["UTC", "America/New_York"]})
    at = parse_time(pl.col("day"), Clock("day"), pl.col("zone"), ["America/New_York", "UTC"])
    assert frame.select(at).to_series().to_list() == [
        datetime(2026, 3, 2, tzinfo=UTC),
        datetime(2026, 3, 2, 5, tzinfo=UTC),
    ]


def test_a_missing_time_is_said_to_be_missing() -> None:
    assert problem(None, Clock()) == "the time is missing"


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        (
            "25.10.2026 02:52",
            ("%d.%m.%Y %H:%M",),
            "happens twice in Europe/Prague, where clocks are set back on that day",
        ),
        ("29.03.2026 02:10", ("%d.%m.%Y %H:%M",), "does not exist in Europe/Prague, where clocks are set forward"),
        ("2026-10-25 02:30:00", (), "happens twice in Europe/Prague"),
        ("2026-03-29T02:30", (), "does not exist in Europe/Prague"),
        ("25.13.2026 02:52", ("%d.%m.%Y %H:%M",), "is not %d.%m.%Y %H:%M in Europe/Prague"),
        ("25.10.2026 03:52", ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M %z"), None),
        ("25.10.2026 02:52 +0100", ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M %z"), None),
    ],
)
def test_a_local_time_that_a_clock_change_doubles_or_skips_is_told_as_such(
    text: str, formats: tuple[str, ...], expected: str | None
) -> None:
    found = problem(text, Clock(zone="Europe/Prague", formats=formats))
    assert found is None if expected is None else expected in (found or "")
