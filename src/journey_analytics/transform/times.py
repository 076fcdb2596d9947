"""Texts of time to UTC microseconds: every source declares unit and zone, nothing is guessed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import polars as pl

from journey_analytics.contracts import UTC_TIME

_MICROSECONDS_PER = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1}
_INT64_MICROSECONDS = 9_000_000_000_000_000_000
_SOME_TIME = pl.Series([datetime(2026, 11, 21, 13, 45, 59, tzinfo=UTC)], dtype=UTC_TIME)
_LOCAL_ISO = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M")
_EARLIEST = pl.datetime(2000, 1, 1, time_zone="UTC", time_unit="us")
_LATEST = pl.datetime(2100, 1, 1, time_zone="UTC", time_unit="us")


@dataclass(frozen=True)
class Clock:
    """How a source writes time.

    Attributes:
        unit: ``iso`` for texts, an epoch unit for numbers, ``day`` for dates.
        zone: Zone of texts without an offset, and of days. Without it such texts are refused.
        formats: strptime formats, tried in order, instead of ISO 8601.
    """

    unit: Literal["iso", "seconds", "milliseconds", "microseconds", "day"] = "iso"
    zone: str | None = None
    formats: tuple[str, ...] = ()

    @property
    def expectation(self) -> str:
        """What a value should look like, for people."""
        match self.unit:
            case "iso":
                shape = " or ".join(self.formats) if self.formats else "ISO 8601"
                return f"{shape} in {self.zone}" if self.zone else f"{shape} with an offset"
            case "day":
                return "a date YYYY-MM-DD"
            case unit:
                return f"{unit} since 1970"


def check_format(fmt: str) -> str:
    """Accept a strptime format that can be read back and says which day it is.

    Raises:
        ValueError: It is none, or it leaves out a part of the date, or has an hour without a minute.
    """
    try:
        text = _SOME_TIME.dt.to_string(fmt.replace("%#z", "%z"))
        day = pl.select(_strptime(pl.lit(text[0]), fmt, "UTC")).to_series().dt.date()
    except pl.exceptions.ComputeError:
        day = None
    if day is None or not (day == _SOME_TIME.dt.date()).all():
        raise ValueError(
            f"times cannot be read by '{fmt}'; a format says year, month and day, and hour and minute or neither, such "
            "as '%d.%m.%Y %H:%M'."
        )
    return fmt


def parse_time(text: pl.Expr, clock: Clock, zone: pl.Expr | None = None, zones: Sequence[str] = ()) -> pl.Expr:
    """UTC microseconds of texts; null where the text does not fit the clock.

    Args:
        text: Texts of time.
        clock: What they look like.
        zone: For ``day``: the zone of each row, where rows differ.
        zones: The zones that occur in ``zone``.
    """
    match clock.unit:
        case "iso":
            return _from_text(text, clock)
        case "day":
            return _from_day(text, clock, zone, zones)
        case unit:
            return _from_epoch(text, _MICROSECONDS_PER[unit])


def time_problem(text: pl.Expr, parsed: pl.Expr, clock: Clock) -> pl.Expr:
    """Why a time cannot be used; null where it can."""
    return (
        pl.when(text.is_null())
        .then(pl.lit("the time is missing"))
        .when(_is_local(text, parsed, clock))
        .then(_clock_change(text, parsed, clock))
        .when(parsed.is_null())
        .then(pl.format(f"the time '{{}}' is not {clock.expectation}", text.str.slice(0, 60)))
        .when(~parsed.is_between(_EARLIEST, _LATEST, closed="left"))
        .then(pl.format(f"the time '{{}}', read as {clock.expectation}, is not within 2000 to 2100", text))
    )


def _local(text: pl.Expr, parsed: pl.Expr, clock: Clock) -> pl.Expr:
    """What the clocks showed, of texts without an offset that could not be used; null for all others."""
    unused = pl.when(parsed.is_null()).then(text)
    if clock.formats:
        texts, formats = unused, [fmt for fmt in clock.formats if not _has_offset(fmt)]
    else:
        texts, formats = unused.str.replace(" ", "T", literal=True), list(_LOCAL_ISO)
    shown = [texts.str.to_datetime(fmt, time_unit="us", strict=False) for fmt in formats]
    return pl.coalesce(shown) if shown else pl.lit(None, pl.Datetime("us"))


def _is_local(text: pl.Expr, parsed: pl.Expr, clock: Clock) -> pl.Expr:
    """Whether a text says a local time in a zone that is known: then only a change of the clocks is in the way."""
    return _local(text, parsed, clock).is_not_null() if clock.unit == "iso" and clock.zone else pl.lit(value=False)


def _clock_change(text: pl.Expr, parsed: pl.Expr, clock: Clock) -> pl.Expr:
    zone = clock.zone or "UTC"
    earliest = _local(text, parsed, clock).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    ending = "a time with an offset, such as +01:00, says which is meant"
    twice = pl.format(
        f"the time '{{}}' happens twice in {zone}, where clocks are set back on that day: {ending}",
        text.str.slice(0, 60),
    )
    never = pl.format(
        f"the time '{{}}' does not exist in {zone}, where clocks are set forward on that day", text.str.slice(0, 60)
    )
    return pl.when(earliest.is_null()).then(never).otherwise(twice)


def version_of_time(text: pl.Expr, clock: Clock) -> pl.Expr:
    """A time as a version: texts that sort as the times do; null where the time cannot be read."""
    return iso_text(parse_time(text, clock))


def version_text(text: pl.Expr) -> pl.Expr:
    """A version as a text that sorts as it is meant: whole numbers by size, everything else letter by letter."""
    trimmed = text.str.strip_chars()
    return pl.when(trimmed.str.contains(r"^\d{1,20}$")).then(trimmed.str.zfill(20)).otherwise(trimmed)


def iso_text(time: pl.Expr) -> pl.Expr:
    """UTC times as texts that ``Clock()`` reads back, and that sort as the times do."""
    return time.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")


def _from_text(text: pl.Expr, clock: Clock) -> pl.Expr:
    if clock.formats:
        parsers = [_strptime(text, fmt, clock.zone) for fmt in clock.formats]
        return pl.coalesce(parsers)
    iso = text.str.replace(" ", "T", literal=True)
    with_offset = iso.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", strict=False)
    if clock.zone is None:
        return with_offset
    local = [_strptime(iso, fmt, clock.zone) for fmt in _LOCAL_ISO]
    return pl.coalesce(with_offset, *local)


def _strptime(text: pl.Expr, fmt: str, zone: str | None) -> pl.Expr:
    parsed = text.str.to_datetime(fmt, time_unit="us", strict=False)
    if _has_offset(fmt):
        return parsed.dt.convert_time_zone("UTC")
    return _to_utc(parsed, zone or "UTC")


def _has_offset(fmt: str) -> bool:
    return any(mark in fmt for mark in ("%z", "%#z", "%+"))


def _to_utc(local: pl.Expr, zone: str) -> pl.Expr:
    """Local times that a clock change makes ambiguous or impossible become null: they are refused, not guessed."""
    return local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null").dt.convert_time_zone("UTC")


def _from_epoch(text: pl.Expr, microseconds_per_unit: int) -> pl.Expr:
    """Digits with an optional fraction; the fraction never passes through a float."""
    parts = text.str.extract_groups(r"^(\d{1,18})(?:\.(\d+))?$")
    whole = parts.struct.field("1").cast(pl.Int64, strict=False)
    digits = len(str(microseconds_per_unit)) - 1
    fraction = parts.struct.field("2").fill_null("").str.slice(0, digits).str.pad_end(digits, "0")
    micros = pl.when(pl.lit(digits) > 0).then(fraction.cast(pl.Int64, strict=False)).otherwise(0).fill_null(0)
    fits = whole < _INT64_MICROSECONDS // microseconds_per_unit
    return pl.when(fits).then(whole * microseconds_per_unit + micros).cast(UTC_TIME)


def _from_day(text: pl.Expr, clock: Clock, zone: pl.Expr | None, zones: Sequence[str]) -> pl.Expr:
    day = text.str.to_date("%Y-%m-%d", strict=False)
    if zone is None:
        return start_of_day(day, clock.zone or "UTC")
    return per_zone(zone, zones, lambda name: start_of_day(day, name))


def per_zone(zone: pl.Expr, zones: Sequence[str], expression: Callable[[str], pl.Expr]) -> pl.Expr:
    """Evaluate an expression in the zone of each row: one branch per zone that occurs."""
    return pl.coalesce(
        [pl.when(zone == name).then(expression(name)) for name in sorted(zones)] or [pl.lit(None, UTC_TIME)]
    )


def start_of_day(day: pl.Expr, zone: str) -> pl.Expr:
    """First instant of a local day in UTC; where clocks skip midnight, the first instant that exists."""
    midnight = day.cast(pl.Datetime("us"))
    return pl.coalesce(
        at.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
        for at in (midnight, midnight.dt.offset_by("30m"), midnight.dt.offset_by("1h"))
    )
