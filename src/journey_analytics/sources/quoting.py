"""What a quote means in a CSV or TSV file: the one place that knows.

By RFC 4180 a quote opens only where a field begins, is doubled inside, and closes only where the field ends. A quote in
a field that does not begin with one, as in ``19" monitor``, is text. Finding where records end and splitting them into
fields use the same patterns, so that they cannot disagree.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import polars as pl

_INSIDE = '[^"]*(?:""[^"]*)*'


@dataclass(frozen=True)
class Quoting:
    """Quotes around fields with this separator between them.

    The patterns take each field with the separator before it; in front of the first field one is put.
    """

    separator: str

    @cached_property
    def _mark(self) -> str:
        return re.escape(self.separator)

    @cached_property
    def _field(self) -> str:
        """One field of a whole record."""
        return f'{self._mark}(?:"{_INSIDE}"|[^{self._mark}]*)'

    @cached_property
    def _fields(self) -> str:
        """Any number of fields in which every quote is in its place."""
        return f'(?:{self._mark}(?:"{_INSIDE}"|[^"{self._mark}][^{self._mark}]*)?)*'

    @cached_property
    def _opening(self) -> re.Pattern[str]:
        return re.compile(f'{self._fields}{self._mark}"{_INSIDE}')

    @cached_property
    def _going_on(self) -> re.Pattern[str]:
        return re.compile(f'{_INSIDE}(?P<closed>"{self._fields}(?P<reopened>{self._mark}"{_INSIDE})?)?')

    def are_whole(self, texts: pl.Series) -> pl.Series:
        """Which texts are records in which every quote is in its place."""
        return ~has_quote(texts) | (self.separator + texts).str.contains(f"^{self._fields}$")

    def leaves_open(self, text: str) -> bool:
        """Whether a line ends inside quotes."""
        return self._opening.fullmatch(self.separator + text) is not None

    def problem(self, text: str) -> str:
        """What is wrong with the quotes of a line that is no whole record."""
        return "a quote is not closed" if self.leaves_open(text) else "text follows a closing quote"

    def closes(self, text: str) -> bool | None:
        """Whether a line that begins inside quotes ends outside; None if it cannot have begun inside."""
        found = self._going_on.fullmatch(text)
        return None if found is None else bool(found["closed"]) and not found["reopened"]

    def count_fields(self, record: str) -> int:
        """Number of fields of a record."""
        return len(re.findall(self._field, self.separator + record))

    def fields_of(self, records: pl.Series) -> pl.Series:
        """The texts of the fields of each record, as lists."""
        quoted = has_quote(records)
        if not quoted.any():
            return records.str.split(self.separator)
        found = (self.separator + records.filter(quoted)).str.extract_all(self._field)
        found = found.list.eval(_content(pl.element().str.slice(1)))
        others = records.filter(~quoted).str.split(self.separator)
        places = pl.concat([quoted.arg_true(), (~quoted).arg_true()])
        return pl.concat([found, others]).gather(places.arg_sort())


def has_quote(texts: pl.Series) -> pl.Series:
    """Which texts hold a quote at all."""
    return texts.str.contains('"', literal=True)


def _content(field: pl.Expr) -> pl.Expr:
    inner = field.str.slice(1, field.str.len_chars() - 2).str.replace_all('""', '"', literal=True)
    return pl.when(field.str.starts_with('"')).then(inner).otherwise(field)
