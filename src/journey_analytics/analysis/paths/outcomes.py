"""What became of entities, as a column of any log says it."""

import polars as pl

from journey_analytics.analysis.paths.ordering import Numbers
from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.vocabulary import Outcome

OUTCOMES = (Outcome.COMPLETED, Outcome.DROPPED_OFF, Outcome.OPEN)
"""What can become of an entity; open is not decided."""


def outcome_numbers(column: pl.Series) -> Numbers:
    """Which of the outcomes each entity has; null is open.

    Raises:
        UsageError: There is another one.
    """
    text = column.cast(pl.String).fill_null(Outcome.OPEN)
    allowed = [str(one) for one in OUTCOMES]
    strange = text.filter(~text.is_in(allowed)).unique().sort()
    if len(strange):
        raise UsageError(f"'{strange[0]}' is no outcome.", hint=did_you_mean(strange[0], allowed))
    return text.cast(pl.Enum(allowed)).to_physical().to_numpy().astype("int32")
