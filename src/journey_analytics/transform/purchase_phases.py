"""Before, during and after the purchase: where a touchpoint stands to what its customer buys."""

import numpy as np
import polars as pl

from journey_analytics.transform.sessions import Sessions
from journey_analytics.transform.touchpoints import Touchpoints
from journey_analytics.vocabulary import PurchasePhase

_PHASES = pl.Enum([phase.value for phase in PurchasePhase])
_BEFORE, _DURING, _AFTER = range(len(PurchasePhase))


def purchase_phases(touchpoints: Touchpoints, sessions: Sessions) -> pl.Series:
    """The phase of each touchpoint.

    A purchase session is one that holds a purchase; a purchase outside sessions is one of its own. *During* is in such
    a session, up to its last purchase; *before* is before the first such session; *after* is the rest. Whoever has
    bought nothing is before the purchase throughout.
    """
    rows, customers = np.arange(len(touchpoints)), touchpoints.customers
    bought = np.flatnonzero(touchpoints.event_type.among(["purchase"]))
    session = np.full(len(touchpoints), -1)
    session[sessions.members] = sessions.cut.spread(np.arange(len(sessions.cut)))
    inside = bought[session[bought] >= 0]
    # Purchases come in order, so that the last one of a session is what stays.
    last = np.full(len(sessions.cut), -1)
    last[session[inside]] = inside
    is_during = np.zeros(len(touchpoints), dtype=np.bool_)
    is_during[sessions.members] = sessions.cut.spread(last) >= rows[sessions.members]
    is_during[bought] = True
    begins = bought.copy()
    begins[session[bought] >= 0] = sessions.first[session[inside]]
    first = customers.end.copy()
    np.minimum.at(first, np.searchsorted(customers.first, bought, side="right") - 1, begins)
    codes = np.where(is_during, _DURING, np.where(customers.since(first), _AFTER, _BEFORE))
    return pl.Series(_PHASES.categories, dtype=_PHASES).gather(codes)
