"""What the last build counted by stage model, as changed models are compared with it."""

from datetime import datetime

import duckdb

from journey_analytics.transform.outcome_counts import OutcomeCounts
from journey_analytics.vocabulary import Outcome

_OUTCOMES = """
select stage_model, case when goal_reached_at is not null then 'completed' when lapses_at < $1 then 'dropped_off'
    else 'open' end as outcome, count(*) as journeys_count
from journeys.journeys group by all
"""
_FURTHEST = """
with ends as (
    select stage_model, customer_key, max(stage_index) as stage_index
    from journeys.stage_visits inner join journeys.stages using (stage_model, stage) group by all
)
select stage_model, stage, count(customer_key) as customers_count
from journeys.stages left join ends using (stage_model, stage_index)
group by stage_model, stage, stage_index order by stage_model, stage_index
"""
_CONVERSIONS = "select stage_model, count(*) as conversions_count from journeys.conversions group by all"
_ENDS = (Outcome.COMPLETED, Outcome.DROPPED_OFF, Outcome.OPEN)


def stored_outcomes(connection: duckdb.DuckDBPyConnection, watermark: datetime) -> dict[str, OutcomeCounts]:
    """What the journey tables count, by stage model.

    Args:
        connection: To the state database; may be read only.
        watermark: The time at which outcomes are judged: that of the last build.
    """
    outcomes = {
        (model, outcome): count for model, outcome, count in connection.execute(_OUTCOMES, [watermark]).fetchall()
    }
    conversions = dict(connection.sql(_CONVERSIONS).fetchall())
    furthest: dict[str, dict[str, int]] = {}
    for model, stage, count in connection.sql(_FURTHEST).fetchall():
        furthest.setdefault(model, {})[stage] = count
    return {
        model: OutcomeCounts(
            {end: outcomes.get((model, end.value), 0) for end in _ENDS}, by_stage, conversions.get(model, 0)
        )
        for model, by_stage in furthest.items()
    }
