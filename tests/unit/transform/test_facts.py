from itertools import product

import numpy as np
import pytest

from journey_analytics.stage_model import Comparison, FactCondition
from journey_analytics.stage_model.conditions import OPERATORS
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.matching import holding
from journey_analytics.transform.sessions import find_sessions
from journey_analytics.transform.touchpoints import read_events, touchpoints_of
from tests.tables import events
from tests.worlds import settings

LIVES = """
customer | at    | type
ann      | 10:00 | page_view
ann      | 10:01 | purchase
ann      | 10:02 | page_view
ann      | 10:03 | purchase
bob      | 10:00 | page_view
bob      | 10:01 | page_view
eve      | 10:00 | purchase
"""
SO_FAR = {"ann": [0, 1, 1, 2], "bob": [0, 0], "eve": [1]}
EARLIER = {"ann": [0, 0, 1, 1], "bob": [0, 0], "eve": [0]}


def held(condition: FactCondition) -> dict[str, list[bool]]:
    frame = events(LIVES)
    touchpoints = touchpoints_of(read_events(frame), np.arange(frame.height))
    cutting = settings().sessions
    facts = Facts(touchpoints, find_sessions(touchpoints, cutting.timeout, cutting.max_duration))
    bits = holding(facts, [[condition]], np.ones(len(touchpoints), dtype=np.bool_)).astype(np.bool_)
    of_event = dict(zip(touchpoints.event_key.tolist(), bits.tolist(), strict=True))
    lengths = np.cumsum([0, *map(len, SO_FAR.values())])
    return {
        name: [of_event[key + 1] for key in range(start, end)]
        for name, start, end in zip(SO_FAR, lengths, lengths[1:], strict=False)
    }


@pytest.mark.parametrize(("sign", "number"), list(product(OPERATORS, (-1.0, 0.0, 0.5, 1.0, 2.0, 3.0))))
def test_a_count_so_far_compares_as_one_that_is_counted_does(sign: str, number: float) -> None:
    found = held(FactCondition("nth", ("purchase",), Comparison(sign, number)))
    assert found == {name: [OPERATORS[sign](count, number) for count in counts] for name, counts in SO_FAR.items()}


def test_before_and_after_the_first_are_opposites_for_those_who_never_do_it_too() -> None:
    after = {name: [count > 0 for count in counts] for name, counts in EARLIER.items()}
    assert held(FactCondition("after_first", ("purchase",))) == after
    assert held(FactCondition("before_first", ("purchase",))) == {
        name: [not one for one in flags] for name, flags in after.items()
    }
