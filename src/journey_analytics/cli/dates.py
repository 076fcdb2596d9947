"""Dates as people write them on a command line."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from journey_analytics.errors import UsageError
from journey_analytics.setting_values import parse_duration


def parse_as_of(text: str, zone: str) -> datetime:
    """A moment in UTC.

    A date means the end of that day in the business time zone; ``yesterday`` is a date; ``-30d`` counts back from now;
    anything else must be a full ISO time.

    Raises:
        UsageError: The text is none of these, or lies in the future.

    >>> parse_as_of("2026-03-01", "Europe/Prague").isoformat()
    '2026-03-01T22:59:59.999999+00:00'
    """
    now = datetime.now(UTC)
    try:
        moment = _parsed(text, ZoneInfo(zone), now)
    except OverflowError:
        raise UsageError(
            f"'{text}' lies outside of the years 1 to 9999.", hint="Write for example 2026-11-01 or -30d."
        ) from None
    if moment > now:
        raise UsageError(f"'{text}' lies in the future.", hint="Leave --as-of out to look at everything up to now.")
    return moment


def _parsed(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    if text == "yesterday":
        return _end_of_day(now.astimezone(zone).date() - timedelta(days=1), zone)
    if text.startswith("-"):
        try:
            return now - parse_duration(text[1:])
        except ValueError:
            raise _not_a_date(text) from None
    try:
        return _end_of_day(date.fromisoformat(text), zone)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _not_a_date(text) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _end_of_day(day: date, zone: ZoneInfo) -> datetime:
    next_day = datetime.combine(day + timedelta(days=1), time(), zone)
    return next_day.astimezone(UTC) - timedelta(microseconds=1)


def _not_a_date(text: str) -> UsageError:
    return UsageError(
        f"'{text}' is not a date.", hint="Write for example 2026-11-01, yesterday, -30d or 2026-11-01T12:00Z."
    )
