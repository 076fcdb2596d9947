"""The likeliest stage of each session by a stored stage fit, where one is applied."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.analysis.hidden_stages.session_stages import session_stages
from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.contracts import declare_table
from journey_analytics.marts.mart import Mart

_TABLE = declare_table(
    "marts.session_stages",
    "stage model and session",
    "stage_model, session_id",
    """
    stage_model VARCHAR!  | Name of the stage model.
    session_id VARCHAR!   | Session.
    likely_stage VARCHAR! | The likeliest stage by all that the customer had done up to the end of the session.
    probability DOUBLE!   | Its probability.
    is_uncertain BOOLEAN! | The probability is below 0.6.
    fit_version VARCHAR!  | Version of the fit: ops.stage_fits.
    """,
)

_FITS = "select fit from state.ops.stage_fits where fit is not null order by stage_model"

_EVENT_TYPES = """
select customer_id, session_id, event_type, min(touchpoint_index) as touchpoint_index, min(occurred_at) as occurred_at
from journeys.touchpoints
where session_id is not null and (select count(fit) from state.ops.stage_fits) > 0
group by all
"""
"""A session counts by the rarest of its event types: each of these once is enough, and a fraction of the rows."""


def _compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    found = [session_stages(frames["event types"], StageFit.from_json(text)) for text in frames["fits"]["fit"]]
    return pl.concat([_TABLE.empty(), *(one.select(_TABLE.column_names) for one in found)])


MART = Mart(
    _TABLE,
    "Stages inferred from what customers do and when, beside those that the rules give. Empty where [stages] inferred "
    "names no model, and where its fit is not applied: ops.stage_fits says why.",
    {"fits": _FITS, "event types": _EVENT_TYPES},
    _compute,
)
