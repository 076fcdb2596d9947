"""Facts of a session as far as it has come: its number, the place in it, how it began. Never how it goes on."""

import numpy as np

from journey_analytics.arrays.segments import Flags, Segments, changes
from journey_analytics.stage_model import EntryCondition, SessionCondition
from journey_analytics.transform.conditions import says
from journey_analytics.transform.sessions import Sessions
from journey_analytics.transform.touchpoints import Touchpoints

_MICROSECONDS_PER_DAY = 86_400_000_000


def session_holds(touchpoints: Touchpoints, sessions: Sessions, condition: SessionCondition | EntryCondition) -> Flags:
    """For each touchpoint whether its session is such a one; outside sessions nothing holds."""
    found = np.zeros(len(touchpoints), dtype=np.bool_)
    match condition:
        case SessionCondition("position"):
            held = condition.comparison.compare(sessions.cut.numbers())
        case SessionCondition("index"):
            number = Segments.starting(changes(touchpoints.customer_key[sessions.first])).numbers()
            held = sessions.cut.spread(condition.comparison.compare(number))
        case SessionCondition():
            held = sessions.cut.spread(_gap_compares(touchpoints, sessions, condition))
        case EntryCondition(inner):
            begins = np.zeros(len(touchpoints), dtype=np.bool_)
            begins[sessions.first] = True
            held = sessions.cut.spread(says(touchpoints, [inner], begins)[sessions.first])
    found[sessions.members] = held
    return found


def _gap_compares(touchpoints: Touchpoints, sessions: Sessions, condition: SessionCondition) -> Flags:
    """For each session the time since the interaction in a session that stands before its first one.

    Sessions on several devices may overlap, and then it is that of whichever session was going on.
    """
    in_order = np.flatnonzero(touchpoints.in_session)
    place = sessions.cut.first if sessions.place is None else sessions.place[sessions.cut.first]
    before, first = in_order[place - 1], sessions.first
    exists = (place > 0) & (touchpoints.customer_key[before] == touchpoints.customer_key[first])
    days = (touchpoints.at[first] - touchpoints.at[before]) / _MICROSECONDS_PER_DAY
    return exists & condition.comparison.compare(days)
