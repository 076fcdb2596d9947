"""By which channels, in which order, customers came to convert in the newest year, and how often they did not."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.analysis.attribution.path_table import path_table
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart
from journey_analytics.marts.touches import TOUCHES, goal_paths
from journey_analytics.vocabulary import OTHER

_TABLE = declare_table(
    "marts.conversion_paths",
    "conversion and path of channels",
    "stage_model, conversion, path",
    """
    stage_model VARCHAR!       | Name of the stage model that declares the conversion.
    conversion VARCHAR!        | Name of the conversion in the model.
    path VARCHAR[]!            | Entry channels in order, the same again at once counts once; (other) for all others.
    channels_count INTEGER     | How many there are in it; null for (other).
    customers_count BIGINT!    | Customers who went it.
    paths_count BIGINT!        | How often it was gone, to a conversion or to none.
    conversions_count BIGINT!  | How often it led to a conversion.
    null_paths_count BIGINT!   | How often it led to none, and its 90 days are over.
    conversion_rate DOUBLE!    | conversions_count of paths_count.
    conversion_low DOUBLE!     | Lower end of its 95 % Wilson interval, by the number of customers.
    conversion_high DOUBLE!    | Upper end.
    value_currency VARCHAR     | Currency of the values: that of most conversions. Null where none has a value.
    conversions_value DOUBLE   | What the conversions in it are worth, less refunds before the next purchase.
    open_paths_count BIGINT!   | Paths of the conversion that may still lead to one, whatever their channels; in no row.
    from_on DATE!              | First day of the period: a year before the watermark, or the first interaction.
    to_on DATE!                | Its last day, that of the watermark.
    """,
)


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    first, last = frames["settings"].select("from_on", "to_on").row(0)
    found = [
        path_table(paths := goal.by("channel"))
        .with_columns(
            stage_model=pl.lit(goal.stage_model),
            conversion=pl.lit(goal.conversion),
            channels_count=pl.when(pl.col("path").list.first() != OTHER).then(pl.col("path").list.len()).cast(pl.Int32),
            value_currency=pl.lit(goal.currency, pl.String),
            conversions_value=pl.when(pl.lit(goal.currency is not None)).then("value"),
            open_paths_count=pl.lit(paths.open_count),
            from_on=pl.lit(first),
            to_on=pl.lit(last),
        )
        .select(_TABLE.column_names)
        for goal in goal_paths(frames)
    ]
    return pl.concat([_TABLE.empty(), *found], how="vertical_relaxed")


MART = Mart(
    _TABLE,
    "The hundred most common paths of channels to a conversion, and to none, in the newest year, of at least ten "
    "customers each; all others together. (direct) is a visit of unknown source, (none) a conversion without a touch. "
    "That a path converts often does not say that its channels are the reason.",
    TOUCHES,
    _compute,
)
