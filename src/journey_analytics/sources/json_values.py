"""JSON of any layout, taken apart into its values: one document, arrays, values one after another, or all of it mixed.

Only brackets and quotes are looked at, without recursion; whether a value is JSON in every other respect, DuckDB says.
A value that is broken costs itself: reading goes on where the next one seems to begin.
"""

import re
from typing import NamedTuple

_STRING = rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:' + _STRING + rb'\s*+(?=[:,\]}]|\Z)[^"\[\]{}]*+)*+')
"""Everything up to the next bracket. It ends at a quote only where a string is not closed, or where none may be."""


def _nested(depth: int) -> bytes:
    """Pattern of an object or array with so many levels below it."""
    value = rb"(?:" + _STRING + rb'|[^\s"\[\]{},:]++' + (b"|" + _nested(depth - 1) if depth else b"") + rb")\s*+"
    entry = _STRING + rb"\s*+:\s*+" + value
    return rb"(?:\{\s*+(?:%s(?:,\s*+|(?=\})))*+\}|\[\s*+(?:%s(?:,\s*+|(?=\])))*+\])" % (entry, value)


_COMMON = re.compile(rb"[\s,]*+(?=\{)(" + _nested(5) + rb")")
"""A whole value with few levels, found in one go."""

_BETWEEN = re.compile(rb"[\s,]*+")
_ATOM = re.compile(rb'"[^"\n]*+"?+|[^\s,\[\]{}"][^,\[\]{}"\n]*+|[\]}]')
_NEXT_IN_LINE = re.compile(rb",\s*(?=\{)")

_OPENED_BY = {ord("}"): ord("{"), ord("]"): ord("[")}
_STANDS_BEFORE = {ord("{"): b":", ord("["): b"[,"}
"""What stands before a nested bracket, in an object and in an array."""

_MOST_DEPTH = 10_000


class JsonValue(NamedTuple):
    """A value as it stands in a file: the line on which it begins, its text, and what is wrong with it."""

    line: int
    text: bytes
    problem: str | None = None


def begins_with_value_line(block: bytes) -> bool:
    """Whether the first line of a block is one object, as in JSON lines."""
    end = block.find(b"\n")
    first = (block if end < 0 else block[:end]).rstrip()
    return first.startswith(b"{") and _extent(first, 0) == (len(first), True)


class JsonText:
    """A JSON text of any layout that arrives in blocks. Arrays are opened, unless they are part of a value.

    Attributes:
        line: Line up to which it was read, from 1.
    """

    def __init__(self) -> None:
        self.line = 1
        self._data = b""  # what was not read yet, and what stands before it on its line
        self._place = 0
        self._array_line: int | None = None
        self._pieces: list[bytes] = []
        self._values: list[JsonValue] = []

    @property
    def is_between(self) -> bool:
        """Whether no value and no array is begun."""
        return self._array_line is None and not self._data and not self._pieces

    def read(self, block: bytes) -> list[JsonValue]:
        """Values that end in a block, itself ending at a line end; those of one line all at once."""
        self._pieces.append(block)
        if sum(map(len, self._pieces)) <= len(self._data):
            return []  # a value that goes on is looked at again when there is twice as much
        self._find_values(is_last=False)
        read = [value for value in self._values if value.line < self.line]
        self._values = self._values[len(read) :]
        return read

    def rest(self) -> list[JsonValue]:
        """Values that are left when no block is."""
        self._find_values(is_last=True)
        if self._array_line is not None:
            problem = f"the array that begins on line {self._array_line} is not closed; the file may be cut short"
            self._values.append(JsonValue(self.line, b"[", problem))
        return self._values

    def _find_values(self, *, is_last: bool) -> None:
        self._data = b"".join([self._data, *self._pieces])
        self._pieces.clear()
        while self._find_start():
            start, line = self._place, self.line
            end, is_whole = _extent(self._data, start)
            resume = end if is_whole else _next_start(self._data, start, end)
            if not (is_last or is_whole) and (resume is None or end == len(self._data)):
                break
            problem = "not valid JSON; reading goes on in line {}"
            if resume is None:
                resume, self._array_line, problem = len(self._data), None, "not valid JSON, up to the end of the file"
            self._go_to(resume)
            if not is_whole and self._data[resume : resume + 1] == b"[":
                self._array_line = None  # an array per line: the one with the broken value is over
            text = self._data[start:resume].rstrip(b", \t\r\n")
            self._values.append(JsonValue(line, text, None if is_whole else problem.format(self.line)))
        cut = self._data.rfind(b"\n", 0, self._place) + 1
        self._data, self._place = self._data[cut:], self._place - cut

    def _find_start(self) -> bool:
        """Go to the next value that is not a common one; brackets of an array that is no part of a value are passed."""
        while True:
            self._pass_common()
            match self._data[self._place : self._place + 1]:
                case b"[" if self._array_line is None:
                    self._array_line = self.line
                case b"]" if self._array_line is not None:
                    self._array_line = None
                case character:
                    return bool(character)
            self._place += 1

    def _pass_common(self) -> None:
        """Take the common values that follow, and go on to what comes after white space and commas."""
        data, place, line = self._data, self._place, self.line
        while found := _COMMON.match(data, place):
            start, end = found.span(1)
            line += data.count(b"\n", place, start)
            self._values.append(JsonValue(line, data[start:end]))
            line += data.count(b"\n", start, end)
            place = end
        self._place, self.line = place, line
        self._go_to(_end_of(_BETWEEN, data, place))

    def _go_to(self, place: int) -> None:
        self.line += self._data.count(b"\n", self._place, place)
        self._place = place


def _extent(data: bytes, start: int) -> tuple[int, bool]:
    """Where a value ends and that it is whole, or where it shows that it is broken; the end of data if it may go on."""
    atom = _ATOM.match(data, start)
    if atom:
        return atom.end(), True
    opened, place = bytearray(), start
    while place < len(data):
        bracket = data[place]
        if bracket in b"{[":
            if opened and (len(opened) >= _MOST_DEPTH or _before(data, place) not in _STANDS_BEFORE[opened[-1]]):
                return place, False
            opened.append(bracket)
        elif opened.pop() != _OPENED_BY.get(bracket):
            return place, False
        elif not opened:
            return place + 1, True
        place = _end_of(_TO_BRACKET, data, place + 1)
    return place, False


def _end_of(pattern: re.Pattern[bytes], data: bytes, place: int) -> int:
    found = pattern.match(data, place)
    return found.end() if found else place


def _before(data: bytes, place: int) -> bytes:
    """The last character before a place that is no white space."""
    while data[place - 1] in b" \t\r\n":
        place -= 1
    return data[place - 1 : place]


def _next_start(data: bytes, start: int, broken: int) -> int | None:
    """Where the value after a broken one seems to begin.

    Of a value that stands alone on its line or lines: on the next line that is indented no deeper and begins with a
    bracket. Of one that stands behind others on its line: behind the next comma that is followed by an object.
    """
    before = data[data.rfind(b"\n", 0, start) + 1 : start]
    indent = len(before) - len(before.lstrip())
    by_line = re.compile(rb"\n[ \t]{0,%d}(?:\}|(?=[\[\]{,]))" % indent), start, len(data)
    line_end = data.find(b"\n", broken)
    in_line = _NEXT_IN_LINE, max(data.rfind(b",", start, broken + 1), start), line_end if line_end >= 0 else len(data)
    stands_behind = before.strip(b" \t\r[") and b"\n" not in data[start:broken]
    for pattern, place, end in (in_line, by_line) if stands_behind else (by_line, in_line):
        found = pattern.search(data, place, end)
        if found:
            return found.end()
    return None
