"""Dates as people write them on a command line."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from journey_analytics.config.setting_values import parse_duration
from journey_analytics.errors import UsageError

_MONTH = len("2026-10")


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


def parse_period(text: str, zone: str) -> tuple[datetime, datetime]:
    """A month, a day, or days from one to another, in the business time zone.

    Returns:
        Its start and its end in UTC; the end does not belong to it.

    Raises:
        UsageError: The text is none of these, or the last day lies before the first.

    >>> [moment.isoformat() for moment in parse_period("2026-03", "Europe/Prague")]
    ['2026-02-28T23:00:00+00:00', '2026-03-31T22:00:00+00:00']
    >>> [moment.isoformat() for moment in parse_period("2026-03-01..2026-03-07", "UTC")]
    ['2026-03-01T00:00:00+00:00', '2026-03-08T00:00:00+00:00']
    """
    first, dots, last = text.partition("..")
    last = last if dots else first
    try:
        start, end = date.fromisoformat(_first_day(first)), date.fromisoformat(_first_day(last))
        days = _days_of_month(end) if len(last) == _MONTH else 1
        begin, stop = (
            datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) for day in (start, end + timedelta(days=days))
        )
    except (ValueError, OverflowError):
        raise UsageError(
            f"'{text}' is not a period.", hint="Write for example 2026-10, 2026-10-07 or 2026-10-01..2026-10-14."
        ) from None
    if begin >= stop:
        raise UsageError(f"'{text}' ends before it begins.", hint="Write the first day first.")
    return begin, stop


def _first_day(text: str) -> str:
    return f"{text}-01" if len(text) == _MONTH else text


def _days_of_month(first: date) -> int:
    return monthrange(first.year, first.month)[1]


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
