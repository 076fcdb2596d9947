"""An event log in whatever columns: checks of what analyses read, and the microseconds of its times."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from journey_analytics.errors import UsageError, did_you_mean

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Which = str | Sequence[str] | pl.Expr | None
"""Which events: a name, several names, a condition, or None for all."""


@dataclass(frozen=True)
class LogColumns:
    """Columns of an event log that say who, when and what.

    Attributes:
        entity: Customer, session or whatever else the events belong to.
        time: A date or a date with a time; without a zone it is taken for UTC.
        event: Name, a text.
    """

    entity: str = "customer_id"
    time: str = "occurred_at"
    event: str = "event_type"

    @property
    def name(self) -> pl.Expr:
        """The name as a text."""
        return pl.col(self.event).cast(pl.String)

    @property
    def micros(self) -> pl.Expr:
        """The time in microseconds since 1970."""
        return pl.col(self.time).dt.epoch("us")

    @property
    def is_known(self) -> pl.Expr:
        """Whether a row has an entity and a time; others are left out."""
        return pl.col(self.entity).is_not_null() & pl.col(self.time).is_not_null()

    def are(self, which: "Which") -> pl.Expr:
        """Whether an event is one of those that are asked for."""
        if which is None:
            return pl.lit(value=True)
        if isinstance(which, pl.Expr):
            return which.fill_null(value=False)
        names = [which] if isinstance(which, str) else list(which)
        return self.name.is_in(names).fill_null(value=False)

    def checked(self, events: pl.DataFrame | pl.LazyFrame, *others: str | pl.Expr | None) -> pl.LazyFrame:
        """The events, if they have these columns.

        Args:
            events: Any event log.
            others: Further columns that are read; expressions are not looked at.

        Raises:
            UsageError: A column is missing or of another kind.
        """
        log = events.lazy()
        names = [self.entity, *(column for column in others if isinstance(column, str))]
        check_columns(log.collect_schema(), times=[self.time], texts=[self.event], others=names)
        return log


def check_columns(
    schema: pl.Schema, *, times: Iterable[str] = (), texts: Iterable[str] = (), others: Iterable[str] = ()
) -> None:
    """Check that columns are there and of the kind that they are read as.

    Args:
        schema: What the frame has.
        times: Columns of dates or of dates with a time.
        texts: Columns of names.
        others: Columns of any kind.

    Raises:
        UsageError: A column is missing or of another kind.
    """
    times, texts = list(times), list(texts)
    for column in (*others, *times, *texts):
        if column not in schema:
            raise UsageError(f"The events have no column '{column}'.", hint=did_you_mean(column, schema.names()))
    for column in times:
        if not isinstance(schema[column], pl.Datetime | pl.Date):
            raise UsageError(
                f"Column '{column}' is of type {schema[column]}.", hint="Give a column of Datetime or Date."
            )
    for column in texts:
        if not isinstance(schema[column], pl.String | pl.Categorical | pl.Enum):
            raise UsageError(f"Column '{column}' is of type {schema[column]}.", hint="Give a column of texts.")


def micros_of(time: datetime) -> int:
    """Microseconds since 1970; a time without a zone is taken for UTC."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


@contextmanager
def fitting_expressions() -> Generator[None]:
    """Tell what is wrong with a user's expression.

    Raises:
        UsageError: Instead of the error of Polars.
    """
    try:
        yield
    except pl.exceptions.PolarsError as error:
        raise UsageError(
            f"The events do not fit what is asked: {str(error).splitlines()[0]}.",
            hint="Look at the columns and expressions that you gave.",
        ) from error
