import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from journey_analytics.analysis.hidden_stages.session_stages import session_stages
from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.analysis.hidden_stages.stored_fit import OtherFormat
from journey_analytics.errors import UsageError
from tests.hidden_worlds import fitted, touchpoints_of_world


@pytest.fixture(scope="module")
def fit() -> StageFit:
    return fitted()


def changed(fit: StageFit, change: Callable[[dict[str, Any]], object]) -> str:
    """The stored text, changed by hand."""
    told = json.loads(fit.to_json())
    change(told)
    return json.dumps(told)


def test_a_fit_comes_back_from_its_text_as_it_was(fit: StageFit) -> None:
    again, touchpoints = StageFit.from_json(fit.to_json()), touchpoints_of_world()
    assert again.to_json() == fit.to_json()
    assert again.version == fit.version
    assert session_stages(touchpoints, again).equals(session_stages(touchpoints, fit))
    assert (again.customers_count, again.stage_model, again.is_shown) == (300, "five", True)


def test_how_a_text_is_laid_out_does_not_matter(fit: StageFit) -> None:
    told = json.loads(fit.to_json())
    assert StageFit.from_json(json.dumps(dict(reversed(told.items())))).version == fit.version


def test_the_version_changes_with_anything_in_the_fit(fit: StageFit) -> None:
    others = [
        replace(fit, customers_count=301),
        replace(fit, made_of={"stages and rules": "others"}),
        replace(fit, process=replace(fit.process, drop=fit.process.drop / 2)),
    ]
    assert len({one.version for one in (fit, *others)}) == 4


def test_a_fit_says_why_it_is_shown_or_not(fit: StageFit) -> None:
    assert fit.why.startswith("Shown: on ")
    gain = replace(fit.foresight.gain, low=-0.01)
    assert replace(fit, foresight=replace(fit.foresight, gain=gain)).why.startswith("Not shown: on ")
    assert "another stage; on " in replace(fit, keeps_names=False).why
    assert not replace(fit, keeps_names=False).is_shown


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "two"}', '{"format": 2, "process": 3}'])
def test_a_text_that_is_no_fit_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no stage fit"):
        StageFit.from_json(text)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda told: told["process"]["drop"].__setitem__(2, "high"), r"process\.drop\.2: "),
        (lambda told: told["process"].pop("rates"), r"process\.rates: "),
        (lambda told: told.update(note="mine"), "note: "),
        (lambda told: told["foresight"]["gain"].update(low=None), r"foresight\.gain\.low: "),
        (lambda told: told["foresight"]["gain"].update(low=0.5), "version: .* was changed"),
        (lambda told: told["process"]["drop"].pop(), "version: .* was changed"),
        (lambda told: told.update(version="of old"), "version: 'of old' is not that"),
    ],
)
def test_what_was_changed_by_hand_is_told_with_its_key(
    fit: StageFit, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        StageFit.from_json(changed(fit, change))
    assert "journey fit" in caught.value.hint


def test_a_fit_of_another_format_is_refused(fit: StageFit) -> None:
    with pytest.raises(OtherFormat, match="another format, 1"):
        StageFit.from_json(changed(fit, lambda told: told.update(format=1)))
