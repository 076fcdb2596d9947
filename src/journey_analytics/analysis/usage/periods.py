"""Hours, days, weeks, months, quarters and years of a time zone, numbered so that they can be counted."""

from typing import Literal, get_args
from zoneinfo import ZoneInfo

import polars as pl

from journey_analytics.errors import UsageError, did_you_mean

Period = Literal["hour", "day", "week", "month", "quarter", "year"]

_HOUR = 3_600_000_000
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MONDAY = 3
"""The epoch began on a Thursday: weeks begin three days earlier."""


def check_period(every: str, time_zone: str) -> None:
    """Stop at a period or a zone that does not exist.

    Raises:
        UsageError: It is none of them.
    """
    if every not in get_args(Period):
        raise UsageError(f"There is no period '{every}'.", hint=did_you_mean(every, get_args(Period)))
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"There is no time zone '{time_zone}'.", hint="Give a name such as 'Europe/Prague' or 'UTC'."
        ) from error


def period_number(micros: pl.Expr, every: Period, time_zone: str) -> pl.Expr:
    """Number of the period that a time (microseconds since 1970, UTC) lies in; consecutive periods are one apart."""
    local = pl.from_epoch(micros, time_unit="us").dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone)
    if every == "hour":
        return ((micros + _part_of_hour(local)) // _HOUR).cast(pl.Int32)
    if every in _MONTHS:
        month = local.dt.year().cast(pl.Int32) * 12 + local.dt.month().cast(pl.Int32) - 1
        return month // _MONTHS[every]
    day = local.dt.date().cast(pl.Int32)
    return (day + _MONDAY) // 7 if every == "week" else day


def period_start(number: pl.Expr, every: Period, time_zone: str) -> pl.Expr:
    """First day of a period by its number; of an hour its first instant, in the zone."""
    if every == "hour":
        start = pl.from_epoch(number.cast(pl.Int64) * _HOUR, time_unit="us").dt.replace_time_zone("UTC")
        local = start.dt.convert_time_zone(time_zone)
        return local - pl.duration(microseconds=_part_of_hour(local))
    if every in _MONTHS:
        month = number.cast(pl.Int32) * _MONTHS[every]
        return pl.date(month // 12, month % 12 + 1, 1)
    day = number.cast(pl.Int32) * 7 - _MONDAY if every == "week" else number.cast(pl.Int32)
    return day.cast(pl.Date)


def _part_of_hour(local: pl.Expr) -> pl.Expr:
    """By how much a zone is apart from whole hours."""
    offset = local.dt.base_utc_offset() + local.dt.dst_offset()
    return offset.dt.total_microseconds() % _HOUR
