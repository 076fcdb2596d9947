import numpy as np
import pytest

from journey_analytics.contracts import TOUCHPOINTS
from journey_analytics.stage_model import Comparison, Rule, SessionCondition, Stage, StageModel
from tests.tables import events
from tests.worlds import travel, written_settings

BY_DEVICE = written_settings('[sessions]\nsession_scope = "device"\n')


@pytest.mark.parametrize(
    ("fact", "comparison", "held"),
    [
        ("index", Comparison("=", 2), [False, True, False, True, False]),
        ("position", Comparison("=", 2), [False, False, True, True, False]),
        ("days_since_previous", Comparison(">=", 0), [False, True, False, True, True]),
        ("days_since_previous", Comparison(">", 1), [False, False, False, False, True]),
    ],
)
def test_sessions_on_several_devices_are_told_apart(fact: str, comparison: Comparison, held: list[bool]) -> None:
    given = """
    customer | at               | anonymous_id
    ana      | 2026-01-01 10:00 | phone
    ana      | 2026-01-01 10:05 | laptop
    ana      | 2026-01-01 10:10 | phone
    ana      | 2026-01-01 10:15 | laptop
    ana      | 2026-01-09 10:00 | phone
    """
    rule = Rule("it", "one", (SessionCondition(fact, comparison),), "")
    model = StageModel("m", "", "", (Stage("one", "", ""),), (rule,), ())
    found = travel(events(given), model, BY_DEVICE).of(TOUCHPOINTS).sort("event_key")
    assert np.array_equal(found["rule_id"].is_not_null().to_numpy(), held)
