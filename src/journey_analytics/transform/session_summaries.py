"""Sessions as rows: when, by which channel and campaign they began, how many interactions, at which stage."""

import numpy as np
import polars as pl

from journey_analytics.arrays.segments import Segments, changes, latest
from journey_analytics.transform.sessions import Sessions
from journey_analytics.transform.stages import Codes, Stages
from journey_analytics.transform.table_columns import times
from journey_analytics.transform.touchpoints import Touchpoints


def summarize_sessions(touchpoints: Touchpoints, sessions: Sessions, stages: Stages) -> pl.DataFrame:
    """One row per session.

    Returns:
        The columns of ``journeys.sessions``: entry columns are those of the first interaction, ``stage`` is that of the
        last mapped one.
    """
    first, last = sessions.first, sessions.last
    customer = touchpoints.customer_key[first]
    return pl.DataFrame(
        {
            "session_key": touchpoints.event_key[first],
            "customer_key": customer,
            "session_index": Segments.starting(changes(customer)).numbers(),
            "started_at": times(touchpoints.at[first]),
            "ended_at": times(touchpoints.at[last]),
            "entry_channel": touchpoints.values("entry_channel", first),
            "entry_source": touchpoints.values("campaign_source", first),
            "entry_medium": touchpoints.values("campaign_medium", first),
            "entry_campaign": touchpoints.values("campaign_name", first),
            "touchpoints_count": sessions.cut.lengths.astype(np.int32),
            "stage": stages.names(_last_mapped(sessions, stages)),
        }
    )


def _last_mapped(sessions: Sessions, stages: Stages) -> Codes:
    mapped = stages.mapped[sessions.members]
    known = latest(mapped != stages.none)[sessions.cut.last]
    return np.where(known >= sessions.cut.first, mapped[known], mapped.dtype.type(stages.none))
