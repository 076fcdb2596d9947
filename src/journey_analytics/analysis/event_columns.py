"""The columns that analyses of any event log read, checked before anything is computed."""

from collections.abc import Iterable

import polars as pl

from journey_analytics.errors import UsageError, did_you_mean


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
