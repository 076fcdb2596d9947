"""Cursors: how far a table has been read, and where the next fetch begins."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from journey_analytics.errors import SourceFailure

_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31, counted from 1970. What is later is ``infinity``, and would be the end of all fetches."""

_MICROSECONDS = 86_400_000_000

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Kind:
    """A type whose values can be a cursor: how they are read back and written into a query."""

    parse: Callable[[str], Any]
    sql_type: str
    is_time: bool
    ordinary: tuple[Any, Any] | None = None


_DAYS = (pa.scalar(_FIRST_DAY, pa.int32()), pa.scalar(_LAST_DAY, pa.int32()))
_MOMENTS = (pa.scalar(_FIRST_DAY * _MICROSECONDS), pa.scalar((_LAST_DAY + 1) * _MICROSECONDS - 1))
_KINDS = {
    "integer": _Kind(int, "bigint", is_time=False),
    "date": _Kind(date.fromisoformat, "date", is_time=True, ordinary=_DAYS),
    "timestamp": _Kind(datetime.fromisoformat, "timestamp", is_time=True, ordinary=_MOMENTS),
    "timestamptz": _Kind(datetime.fromisoformat, "timestamptz", is_time=True, ordinary=_MOMENTS),
}


class Cursor:
    """The cursor of one fetch.

    Attributes:
        column: Its column.
        since: Greatest value of earlier fetches; None for the first one, and where the column is of another type now.
        position: Greatest value seen, with those of this fetch, as text.
    """

    def __init__(
        self,
        source: str,
        column: str,
        kind: Any,
        since: str | None,
        overlap: timedelta | int | None,
    ) -> None:
        self.column, self._kind = column, _kind_of(source, column, kind)
        if overlap is not None and isinstance(overlap, timedelta) != self._kind.is_time:
            wanted = "a duration, such as '10m'" if self._kind.is_time else "a whole number"
            raise SourceFailure(
                f"{source}: the overlap does not fit cursor '{column}', which is of type {kind}.",
                hint=f"Write {wanted}.",
            )
        self.since = self._greatest = self._parsed(since)
        self._overlap = overlap

    @property
    def position(self) -> str | None:
        """Greatest value seen, as text."""
        if self._greatest is None:
            return None
        return self._greatest.isoformat() if self._kind.is_time else str(self._greatest)

    def condition(self, name: str) -> str:
        """What rows of the next fetch fulfil. Those without a value would never be seen again: they always come."""
        return f"{name} >= '{self._begin()}'::{self._kind.sql_type} or {name} is null"

    def see(self, values: Any) -> None:
        """Take note of the values of a batch."""
        if self._kind.ordinary is not None:
            first, last = self._kind.ordinary
            numbers = values.view(first.type)
            values = values.filter(pc.call_function("greater_equal", [numbers, first]))
            numbers = values.view(first.type)
            values = values.filter(pc.call_function("less_equal", [numbers, last]))
        found = pc.call_function("max", [values]).as_py()
        if found is not None and (self._greatest is None or found > self._greatest):
            self._greatest = found

    def _begin(self) -> str:
        if self._overlap is None:
            begin = self.since
        elif isinstance(self._overlap, int):
            begin = max(self.since - self._overlap, -(2**63))
        else:
            begin = _earlier(self.since, self._overlap)
        return begin.isoformat() if self._kind.is_time else str(begin)

    def _parsed(self, since: str | None) -> Any:
        try:
            return None if since is None else self._kind.parse(since)
        except ValueError:
            return None


def _earlier(moment: Any, overlap: timedelta) -> Any:
    if not isinstance(moment, datetime):
        overlap = -(-overlap // _DAY) * _DAY
    try:
        return moment - overlap
    except OverflowError:
        return moment.replace(year=1, month=1, day=1)


def _kind_of(source: str, column: str, kind: Any) -> _Kind:
    if pa.types.is_integer(kind):
        return _KINDS["integer"]
    if pa.types.is_date(kind):
        return _KINDS["date"]
    if pa.types.is_timestamp(kind):
        return _KINDS["timestamp" if kind.tz is None else "timestamptz"]
    shown = getattr(kind, "type_name", kind)
    raise SourceFailure(
        f"{source}: column '{column}' cannot be a cursor; it is of type {shown}.",
        hint="A cursor is a whole number, a date or a timestamp. Leave it out to read everything every night.",
    )
