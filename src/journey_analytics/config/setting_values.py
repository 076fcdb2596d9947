"""Values that settings consist of: durations, time zones, schedules, paths, names; refused where they cannot be."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

import polars as pl
from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from journey_analytics.config.toml_files import Key, MistakeAt

_LONGEST = timedelta(days=36_500)
_CRON_FIELDS = 5
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Section(BaseModel):
    """Base of every settings section: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def parse_duration(text: object) -> timedelta:
    """Read a duration written as a number and a unit.

    >>> parse_duration("30m"), parse_duration("30d")
    (datetime.timedelta(seconds=1800), datetime.timedelta(days=30))
    """
    found = re.fullmatch(r"\s*([0-9]{1,20})\s*([smhdw])\s*", str(text))
    if not found:
        raise ValueError(f"'{text}' is not a duration; write for example '30m', '24h' or '30d'.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def check_duration(text: object) -> timedelta:
    """A duration that makes sense as a setting: longer than nothing, and short enough to be added to any time."""
    try:
        found = parse_duration(text)
    except OverflowError:
        found = timedelta.max
    if not timedelta(0) < found <= _LONGEST:
        raise ValueError(f"'{text}' cannot be; a duration is longer than 0 and at most {_LONGEST.days}d.")
    return found


def written_duration(found: timedelta) -> str:
    """A duration as settings write it, in the largest unit that gives a whole number.

    >>> written_duration(timedelta(days=30)), written_duration(timedelta(minutes=90))
    ('30d', '90m')
    """
    seconds = found // timedelta(seconds=1)
    size, unit = next((size, unit) for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
                      if seconds % size == 0)  # fmt: skip
    return f"{seconds // size}{unit}"


def _check_learnable_duration(text: object) -> object:
    return text if text == "auto" else check_duration(text)


def _check_optional_duration(text: object) -> timedelta | None:
    return None if text == "off" else check_duration(text)


def as_texts(value: object) -> object:
    """One text as a list of it, so that it may be written without brackets."""
    return (value,) if isinstance(value, str) else value


def check_time_zone(name: str) -> str:
    """Accept an IANA zone name, refuse anything else."""
    if name not in time_zones():
        raise ValueError(f"'{name}' is not a time zone; write for example 'Europe/Prague' or 'UTC'.")
    return name


@cache
def time_zones() -> frozenset[str]:
    """Names of time zones that Python and Polars know both; what only some machines know, ``localtime``, is none."""
    return frozenset(name for name in available_timezones() if _polars_knows(name))


def _polars_knows(name: str) -> bool:
    try:
        pl.Series([], dtype=pl.Datetime("us", name))
    except pl.exceptions.ComputeError:
        return False
    return True


def _check_regular_expression(pattern: str) -> str:
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"'{pattern}' is not a regular expression ({str(error).splitlines()[0]}).") from None
    return pattern


def _check_path(text: str) -> str:
    if "\0" in text:
        raise ValueError("a path has no NUL character.")
    return text


def _check_cron(text: str) -> str:
    try:
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError:
        is_schedule = False
    else:
        is_schedule = len(text.split()) == _CRON_FIELDS
    if not is_schedule:
        raise ValueError(
            f"'{text}' is not a cron schedule; write minute, hour, day, month and weekday, such as '10 2 * * *'."
        )
    return text


def check_unique(names: Sequence[str], table: Key, told: str) -> None:
    """Refuse a name that stands twice.

    Raises:
        MistakeAt: At the second one.
    """
    for index, name in enumerate(names):
        if name in names[:index]:
            raise MistakeAt((*table, index), f"{told} the name '{name}'; names must differ.")


Duration = Annotated[timedelta, BeforeValidator(check_duration), Field(description="duration")]
OptionalDuration = Annotated[
    timedelta | None, BeforeValidator(_check_optional_duration), Field(description='duration, or `"off"`')
]
LearnableDuration = Annotated[
    timedelta | Literal["auto"],
    BeforeValidator(_check_learnable_duration),
    Field(description='duration, or `"auto"`'),
]
Texts = Annotated[tuple[str, ...], BeforeValidator(as_texts), Field(description="text or list of texts")]
TimeZone = Annotated[str, AfterValidator(check_time_zone), Field(description="time zone")]
RegularExpression = Annotated[str, AfterValidator(_check_regular_expression), Field(description="regular expression")]
PathText = Annotated[str, AfterValidator(_check_path), Field(description="text")]
Cron = Annotated[str, AfterValidator(_check_cron), Field(description="text")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A name that also names files and columns."""
