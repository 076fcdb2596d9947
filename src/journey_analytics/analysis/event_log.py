"""An event log in whatever columns: checks of what analyses read, and the microseconds of its times."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from journey_analytics.errors import UsageError, did_you_mean


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

    def checked(self, events: pl.DataFrame | pl.LazyFrame) -> pl.LazyFrame:
        """The events, if they have these columns.

        Raises:
            UsageError: A column is missing or of another kind.
        """
        log = events.lazy()
        schema = log.collect_schema()
        for column in (self.entity, self.time, self.event):
            require_column(schema, column)
        if not isinstance(schema[self.time], pl.Datetime | pl.Date):
            raise UsageError(
                f"Column '{self.time}' is of type {schema[self.time]}.", hint="Give a column of Datetime or Date."
            )
        if not isinstance(schema[self.event], pl.String | pl.Categorical | pl.Enum):
            raise UsageError(f"Column '{self.event}' is of type {schema[self.event]}.", hint="Give a column of texts.")
        return log


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


def require_column(schema: Mapping[str, pl.DataType], column: str) -> None:
    """Stop at a column that the events do not have.

    Raises:
        UsageError: It is not there.
    """
    if column not in schema:
        raise UsageError(f"The events have no column '{column}'.", hint=did_you_mean(column, schema))
