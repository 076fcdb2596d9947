"""Durations as people write them on a command line."""

from datetime import timedelta

from journey_analytics.config.setting_values import check_duration
from journey_analytics.errors import UsageError
from journey_analytics.readable import plural


def parse_option(option: str, text: str) -> timedelta:
    """The duration that an option gives, such as ``30d``.

    Raises:
        UsageError: It is none.
    """
    try:
        return check_duration(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}", hint=f"Write for example {option} 30d.") from None


def spelled(window: timedelta) -> str:
    """A duration in the largest unit that it is a multiple of.

    >>> spelled(timedelta(days=30)), spelled(timedelta(minutes=90))
    ('30 days', '90 minutes')
    """
    for size, unit in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if not window % size:
            return plural(window // size, unit)
    return plural(round(window.total_seconds()), "second")
