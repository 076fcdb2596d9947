"""Texts as small numbers: what is asked of a text is asked once for each text that there is, not for each row."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Flags, Rows

_MANY = 8


@dataclass(frozen=True)
class CodedTexts:
    """A column of texts as numbers.

    Attributes:
        codes: For each row the place of its text in ``texts``, in as few bytes as possible.
        texts: The texts that occur, among them null.
        answers: What was asked of the texts before, also of those of other rows.
    """

    codes: npt.NDArray[np.unsignedinteger]
    texts: pl.Series
    answers: dict[Hashable, Flags] = field(default_factory=dict, repr=False)

    def of_rows(self, rows: Rows) -> "CodedTexts":
        """The column of some rows."""
        return CodedTexts(self.codes[rows], self.texts, self.answers)

    def asked(self, question: Hashable, answer: Callable[[pl.Series], Flags]) -> Flags:
        """For each text what the answer to a question about it is; a question is answered once."""
        if question not in self.answers:
            self.answers[question] = answer(self.texts)
        return self.answers[question]

    def among(self, texts: Iterable[str]) -> Flags:
        """For each row whether its text is one of these."""
        some = tuple(texts)
        held = self.asked(some, lambda every: every.is_in(some).fill_null(value=False).to_numpy())
        wanted = np.flatnonzero(held)
        if len(wanted) > _MANY:
            return held.take(self.codes)
        # Comparing whole columns with a few numbers is several times faster than looking each row up.
        found = np.zeros(len(self.codes), dtype=np.bool_)
        for code in wanted.astype(self.codes.dtype):
            found |= self.codes == code
        return found


def coded(column: pl.Series) -> CodedTexts:
    """Find the texts of a column, which may be an enumeration or categories already."""
    if column.dtype == pl.String:
        # Categories of its own: those that a process shares keep every text it has ever seen.
        column = column.cast(pl.Categorical(pl.Categories.random()))
    found = column.unique().drop_nulls()
    places = found.to_physical().to_numpy()
    null = int(places.max(initial=0)) + 1
    of_place = np.full(null + 1, len(found))
    of_place[places] = np.arange(len(found))
    texts = found.cast(pl.String).extend_constant(None, 1).gather(of_place)
    codes = column.to_physical()
    if column.null_count():
        codes = codes.cast(pl.UInt32).fill_null(null)
    return CodedTexts(codes.to_numpy().astype(np.min_scalar_type(null), copy=False), texts)


def equals(column: pl.Series, text: str) -> Flags:
    """For each row whether it is this text; null is not."""
    if isinstance(column.dtype, pl.Enum) and text not in column.dtype.categories:
        return np.zeros(len(column), dtype=np.bool_)
    # A StrEnum would be taken for another enumeration.
    return (column == str(text)).fill_null(value=False).to_numpy()
