"""Lines of a CSV or TSV file to records: a record may span lines inside quotes, and a stray quote costs one line."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain

import polars as pl

from journey_analytics.sources.quoting import Quoting, has_quote

MOST_LINES = 10_000
"""A quote still open after so many lines is a stray one, not a long text."""


def blanks(separator: str) -> str:
    """White space that does not separate; a line of nothing else is blank."""
    return " \t\r\n\v\f".replace(separator, "")


def read_records(content: Iterator[pl.DataFrame], quoting: Quoting) -> Iterator[pl.DataFrame]:
    """Join lines into records: a record goes on over the next lines while a quote is open.

    An open quote makes a record of several lines only if it is closed where a field ends, within ``MOST_LINES``, and
    the record then has as many fields as the header. Otherwise it is a stray one: the line on which it stands is
    rejected, and the next line begins a record.

    Args:
        content: Frames of lines.
        quoting: What quotes mean.

    Yields:
        Frames of ``line`` (the first of the record), ``text``, ``rule`` and ``reason``; none is empty, and the first
        row of all is the header. Blank lines are no records.
    """
    columns = 0
    pending: list[pl.DataFrame] = []
    for block in chain(content, [None]):
        lines = pl.concat([*pending, block]) if block is not None else pl.concat(pending) if pending else None
        if lines is None:
            return
        records, pending = _joined(lines, quoting, columns, is_last=block is None)
        records = records.filter(pl.col("text").str.strip_chars(blanks(quoting.separator)) != "")
        if records.height:
            columns = columns or quoting.count_fields(records["text"][0])
            yield records


def _joined(
    lines: pl.DataFrame, quoting: Quoting, columns: int, *, is_last: bool
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The records of some lines, and the lines of a record that may go on after them."""
    is_whole = quoting.are_whole(lines["text"])
    if is_whole.all():
        return lines, []
    block = _Block(lines["text"], is_whole, quoting, columns, is_last=is_last)
    reasons = pl.Series(block.reasons, dtype=pl.String)
    marked = lines.with_columns(
        record=pl.Series(block.begins).cum_sum(),
        rule=pl.coalesce("rule", pl.when(reasons.is_not_null()).then(pl.lit("csv"))),
        reason=pl.coalesce("reason", reasons),
    ).head(block.end)
    is_part = ~pl.col("record").is_unique()
    joined = (
        marked.filter(is_part)
        .group_by("record", maintain_order=True)
        .agg(pl.col("line").first(), pl.col("text").str.join("\n"), pl.col("rule", "reason").drop_nulls().first())
    )
    records = pl.concat([marked.filter(~is_part), joined], how="diagonal").sort("line").drop("record")
    return records, [lines.slice(block.end)] if block.end < lines.height else []


class _Block:
    """Some lines, and which of them make a record together.

    Attributes:
        begins: Whether a record begins with a line.
        reasons: Why a line cannot be read.
        end: Place of the first line of a record that may go on in the next block.
    """

    def __init__(self, texts: pl.Series, is_whole: pl.Series, quoting: Quoting, columns: int, *, is_last: bool) -> None:
        self.begins = [True] * len(texts)
        self.reasons: list[str | None] = [None] * len(texts)
        self.end = len(texts)
        self._texts: list[str] = texts.to_list()
        self._quoted: list[int] = has_quote(texts).arg_true().to_list()
        self._quoting = quoting
        header = next((place for place, text in enumerate(self._texts) if text.strip(blanks(quoting.separator))), 0)
        if not columns and is_whole[header]:
            columns = quoting.count_fields(self._texts[header])
        after = 0
        for first in (~is_whole).arg_true():
            if first < after:
                continue
            last = self._last_line(first)
            if last == self.end and not is_last and last - first <= MOST_LINES:
                self.end = first
                return
            fields = quoting.count_fields("\n".join(self._texts[first : last + 1])) if first < last < self.end else 0
            columns = columns or fields
            if fields and fields == columns:
                self.begins[first + 1 : last + 1] = [False] * (last - first)
                after = last + 1
            else:
                self.reasons[first] = quoting.problem(self._texts[first])
                after = first + 1

    def _last_line(self, first: int) -> int:
        """Line that closes the quote that a line leaves open: the line itself if none does, the end if none did yet."""
        if not self._quoting.leaves_open(self._texts[first]):
            return first
        for index in range(bisect_right(self._quoted, first), len(self._quoted)):
            place = self._quoted[index]
            if place - first > MOST_LINES:
                return first
            match self._quoting.closes(self._texts[place]):
                case True:
                    return place
                case None:
                    return first
                case False:
                    pass
        return len(self._texts)
