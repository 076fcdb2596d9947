"""Signals of friction: whom they concern, and how much more often customers fall silent after them than others."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from journey_analytics.analysis.intervals import benjamini_hochberg, with_rate
from journey_analytics.analysis.precursors.precursors import FEW
from journey_analytics.analysis.precursors.stratified_risks import stratified_risks
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart

_TABLE = declare_table(
    "marts.friction",
    "stage of the main model and signal",
    "stage, signal",
    """
    stage VARCHAR!             | Stage that the customer was in; (start) before the first one.
    stage_index INTEGER!       | Its place in the model, from 1; 0 for (start).
    signal VARCHAR!            | What happened in the seven days up to the end of a session: marts.friction_sessions.
    customers_count BIGINT!    | Customers in the stage with the signal.
    stage_customers_count BIGINT! | Customers in the stage.
    customers_share DOUBLE!    | customers_count of stage_customers_count.
    customers_share_low DOUBLE! | Lower end of its 95 % Wilson interval.
    customers_share_high DOUBLE! | Upper end.
    sessions_count BIGINT!     | Sessions with the signal that can be judged and have comparable ones without it.
    lapsed_count BIGINT!       | Of these, sessions after which the customer dropped off, or churned after a goal.
    lapse_rate DOUBLE          | lapsed_count of sessions_count. Null without sessions.
    lapse_low DOUBLE           | Lower end of its 95 % Wilson interval.
    lapse_high DOUBLE          | Upper end.
    comparable_rate DOUBLE     | The same after sessions without the signal: same stage, about as many sessions before.
    excess_rate DOUBLE         | lapse_rate minus comparable_rate: associated with the signal, not its effect.
    excess_low DOUBLE          | Lower end of its 95 % interval (Newcombe).
    excess_high DOUBLE         | Upper end.
    excess_count DOUBLE        | Customers who fell silent beyond the comparable rate: excess_rate of sessions_count.
    p_value DOUBLE             | Of the test that sessions with the signal are as those without (Mantel and Haenszel).
    q_value DOUBLE             | The same, corrected for all rows (Benjamini and Hochberg).
    is_few BOOLEAN!            | Fewer than 10 fell silent after such sessions: too few to tell.
    """,
)

_ALL = "(any or none)"
_KEY = ["stage", "stage_index", "session_band"]


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    counts = frames["sessions"]
    everybody = counts.filter(signal=_ALL).drop("signal")
    had = counts.filter(pl.col("signal") != _ALL).join(everybody, on=_KEY, suffix="_of_all")
    names = ["stage", "stage_index", "signal"]
    whole = had.filter(session_band=0).select(
        *names, "customers_count", stage_customers_count="customers_count_of_all"
    ).sort(names)  # fmt: skip
    bands = had.filter(pl.col("session_band") > 0).join(
        whole.select(names).with_row_index("thing"), on=names, maintain_order="left"
    )
    exposed, lost = bands["judged_count"].to_numpy(), bands["lapsed_count"].to_numpy()
    risks = stratified_risks(
        bands["thing"].to_numpy().astype(np.int64), exposed, lost, bands["judged_count_of_all"].to_numpy() - exposed,
        bands["lapsed_count_of_all"].to_numpy() - lost, whole.height,
    )  # fmt: skip
    told = {
        "lapse_rate": risks.rate, "lapse_low": risks.low, "lapse_high": risks.high,
        "comparable_rate": risks.comparable_rate, "excess_rate": risks.difference, "excess_low": risks.difference_low,
        "excess_high": risks.difference_high, "excess_count": risks.difference * risks.exposed,
    }  # fmt: skip
    can_tell = pl.Series(risks.exposed > 0)
    tested = pl.Series("p_value", np.where(risks.exposed > 0, risks.p_value, np.nan)).fill_nan(None)
    q_values = pl.Series("q_value", np.full(whole.height, np.nan)).scatter(
        can_tell.arg_true(), benjamini_hochberg(risks.p_value[risks.exposed > 0])
    )
    found = with_rate(whole, "customers_share", "customers_count", "stage_customers_count").with_columns(
        pl.Series("sessions_count", risks.exposed),
        pl.Series("lapsed_count", risks.lost),
        *(pl.Series(name, values).fill_nan(None) for name, values in told.items()),
        tested,
        q_values.fill_nan(None),
        is_few=pl.Series(risks.lost < FEW),
    )
    return found.select(_TABLE.column_names).sort(
        "excess_count", "stage_index", "stage", "signal", descending=[True, False, False, False], nulls_last=True
    )


MART = Mart(
    _TABLE,
    "Signals of friction in each stage of the main model, those first beside which most customers fall silent beyond "
    "what comparable ones do. A signal is associated with silence; that it causes it, no table can say.",
    {"sessions": "from marts.friction_sessions order by all"},
    _compute,
)
