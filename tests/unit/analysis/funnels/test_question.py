from datetime import timedelta
from typing import Any

import pytest

from journey_analytics.analysis.funnels import Exclusion, Funnel, Step
from journey_analytics.errors import UsageError

HOUR = timedelta(hours=1)
OPTIONAL = Step("o", optional=True)


@pytest.mark.parametrize(
    ("steps", "change", "told"),
    [
        ([], {}, "no steps"),
        ("ab", {}, "no steps"),
        (["a"], {"window": -HOUR}, "negative"),
        (["a"], {"order": "sorted"}, "order of a funnel is 'sorted'"),
        (["a"], {"entry": "last"}, "entry of a funnel is 'last'"),
        (["a"] * 64, {}, "64 steps and 0 exclusions"),
        ([OPTIONAL, "a"], {}, "first step of the funnel is optional"),
        (["a", Step([])], {}, "empty list"),
        (["a", Step("b", first_time="ever")], {}, "first_time of step 'b' is 'ever'"),
        (["a", OPTIONAL], {"order": "strict"}, "Optional steps do not fit"),
        (["a", OPTIONAL], {"entry": "any"}, "Optional steps do not fit"),
        (["a", Step("b", within=HOUR)], {"order": "any"}, "window of its own"),
        ([Step("a", within=HOUR)], {}, "window of its own"),
        (["a", "b"], {"order": "any", "entry": "any"}, "every step is an entry already"),
        (["a", "b"], {"exclusions": [Exclusion("x", after=2)]}, "after step 2 and before step 2"),
        (["a", "b"], {"exclusions": [Exclusion("x", before=3)]}, "after step 1 and before step 3"),
        (["a", OPTIONAL], {"exclusions": [Exclusion("x")]}, "one is optional"),
        (["a", "b", "c"], {"order": "any", "exclusions": [Exclusion("x", before=2)]}, "In any order an exclusion"),
        (["a", "b"], {"entry": "each", "exclusions": [Exclusion("x")]}, "count for themselves"),
    ],
)
def test_what_cannot_be_is_told(steps: Any, change: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        Funnel(steps, **({"window": HOUR} | change))
    assert caught.value.hint


def test_a_step_is_called_by_its_events_or_by_its_name() -> None:
    assert [step.label for step in (Step("a"), Step(["a", "b"]), Step(None), Step("a", name="Start"))] == [
        "a",
        "a or b",
        "any event",
        "Start",
    ]
