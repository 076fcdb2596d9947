"""Annotations: what happened in the business at a time, such as a release, that numbers may show."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from journey_analytics.config.setting_values import Section
from journey_analytics.config.toml_files import MistakeAt

_YEARS = range(2000, 2101)


def _check_moment(value: object) -> object:
    found = value
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value) if len(value) > len("2026-03-01") else date.fromisoformat(value)
        except ValueError:
            found = None
    if not isinstance(found, date) or found.year not in _YEARS:
        raise ValueError(
            f"'{value}' is not a date or a time from 2000 to 2100; write for example 2026-03-01, or, for a time in the "
            "project's time zone, 2026-03-01T14:00:00."
        )
    return found


def _check_label(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("a label is a text of one line, such as 'New checkout'.")
    return text.strip()


Moment = Annotated[date | datetime, BeforeValidator(_check_moment), Field(description="date or time")]


class AnnotationBlock(Section):
    """What happened in the business that numbers may show: one block each. It changes no number.

    Comparisons of periods name those within them, the page on data quality marks them beside the events of each day,
    and ``ops.annotations`` has them for SQL. That something changed after one does not say that it changed because of
    it.

    Attributes:
        at: When it was, or began. A date is the whole day, a time without an offset is one in the project's time zone:
            ``2026-03-01``, ``2026-03-01T14:00:00``, ``2026-03-01T14:00:00+01:00``.
        until: When it was over; a date is its last day. Without it, it was that day, or that moment.
        label: What it is called, on one line.
        kind: What it was.
    """

    at: Moment
    until: Moment | None = None
    label: Annotated[str, AfterValidator(_check_label)] = Field(max_length=100)
    kind: Literal["release", "campaign", "other"] = "other"


Span = tuple[datetime, datetime | None]
"""Start, and end that no longer belongs to it, in UTC; no end for a moment."""


def annotation_spans(annotations: Sequence[AnnotationBlock], zone: str) -> list[Span]:
    """When annotations were, by the clocks of a time zone.

    Raises:
        MistakeAt: One ends before it begins, or clocks show its time twice or never.
    """
    return [_span(annotation, ZoneInfo(zone), index) for index, annotation in enumerate(annotations)]


def _span(annotation: AnnotationBlock, zone: ZoneInfo, index: int) -> Span:
    start = _instant(annotation.at, zone, (index, "at"))
    last = annotation.at if annotation.until is None else annotation.until
    if not isinstance(last, datetime):
        end = _instant(last + timedelta(days=1), zone, (index, "until"))
    elif annotation.until is None:
        return start, None
    else:
        end = _instant(last, zone, (index, "until"))
    if end <= start:
        raise MistakeAt(("annotations", index, "until"), f"'{last}' is not after '{annotation.at}', when it began.")
    return start, end


def _instant(moment: date | datetime, zone: ZoneInfo, key: tuple[int, str]) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), zone).astimezone(UTC)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    earlier, later = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if earlier.utcoffset() != later.utcoffset():
        raise MistakeAt(
            ("annotations", *key),
            f"clocks show '{moment}' twice or never in {zone.key}; write its offset, such as {earlier.isoformat()}.",
        )
    return earlier.astimezone(UTC)
