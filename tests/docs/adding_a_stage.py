"""The worked example of docs/stage_models.md: a stage and its rules, added to the shipped model step by step."""

import inspect
from dataclasses import dataclass

from journey_analytics.stage_model import shipped_model_path

GIVEN = """
customer | event   | at         | type
ana      | joins   | 2026-01-01 | sign_up
ana      | tries   | 2026-01-02 | trial_started
ana      | works   | 2026-01-05 | feature_used
ana      | reads   | 2026-02-03 | page_view
bob      | tries   | 2026-01-02 | trial_started
"""

STARTS_TRIAL = """
[[rules]]
id = "starts_trial"
stage = "trial"
event_type = "trial_started"
"""


EXAMPLE = """
[[examples]]
name = "tries for two weeks"
life = '''
day | event_type    | stage       | rule
1   | sign_up       | acquisition | converts
2   | trial_started | trial       | starts_trial
5   | feature_used  | trial       | in_trial
34  | page_view     | engagement  | settled
'''
"""
"""What the model does after the last step, as an example in its file."""


@dataclass(frozen=True)
class Step:
    """One change of the file, and the stages that come out.

    Attributes:
        sentence: What is done, and why.
        toml: A block, to be added, or to be moved if it stands there already; empty for no change.
        before: Beginning of the block in front of which it goes; empty for the end of the file.
        expected: Stages and rules of the events.
    """

    sentence: str
    toml: str
    before: str
    expected: str


STEPS = (
    Step(
        "`journey init` copied the shipped model `lifecycle` to `stages.toml`. It knows nothing of trials: no rule "
        "matches bob's first event. Ana's trial is a first step like any other.",
        "",
        "",
        """
        customer | event | stage       | rule_id
        ana      | joins | acquisition | converts
        ana      | tries | onboarding  | first_steps
        ana      | works | onboarding  | first_steps
        ana      | reads | engagement  | settled
        bob      | tries | (unmapped)  |
        """,
    ),
    Step(
        "1. Add the stage where it belongs in the order: in front of `onboarding`. A stage without a rule gets no event, "
        "so nothing changes yet.",
        """
        [[stages]]
        name = "trial"
        description = "Tries the product for two weeks."
        """,
        '[[stages]]\nname = "onboarding"',
        """
        customer | event | stage       | rule_id
        ana      | joins | acquisition | converts
        ana      | tries | onboarding  | first_steps
        ana      | works | onboarding  | first_steps
        ana      | reads | engagement  | settled
        bob      | tries | (unmapped)  |
        """,
    ),
    Step(
        "2. Add a rule at the end of the file. It catches bob's event, but not ana's: `first_steps` stands above it and "
        "matches too, and the first rule that matches wins.",
        STARTS_TRIAL,
        "",
        """
        customer | event | stage       | rule_id
        ana      | joins | acquisition | converts
        ana      | tries | onboarding  | first_steps
        ana      | works | onboarding  | first_steps
        ana      | reads | engagement  | settled
        bob      | tries | trial       | starts_trial
        """,
    ),
    Step(
        "3. A rule that must win stands above those it must win against. Put this one in front of `buys_again`, and it "
        "takes what happens in the two weeks after the start of a trial.",
        """
        [[rules]]
        id = "in_trial"
        stage = "trial"
        event_type = ["feature_used", "page_view"]
        when = "days_since_first(trial_started) <= 14"
        """,
        '[[rules]]\nid = "buys_again"',
        """
        customer | event | stage       | rule_id
        ana      | joins | acquisition | converts
        ana      | tries | onboarding  | first_steps
        ana      | works | trial       | in_trial
        ana      | reads | engagement  | settled
        bob      | tries | trial       | starts_trial
        """,
    ),
    Step(
        "4. Move `starts_trial` up as well, in front of `in_trial`, and ana's trial begins where it should.",
        STARTS_TRIAL,
        '[[rules]]\nid = "in_trial"',
        """
        customer | event | stage       | rule_id
        ana      | joins | acquisition | converts
        ana      | tries | trial       | starts_trial
        ana      | works | trial       | in_trial
        ana      | reads | engagement  | settled
        bob      | tries | trial       | starts_trial
        """,
    ),
)


def files() -> list[str]:
    """The stage model after each step."""
    text = shipped_model_path("lifecycle").read_text(encoding="utf-8")
    found: list[str] = []
    for step in STEPS:
        block = inspect.cleandoc(step.toml).strip()
        if block:
            above, below = text.replace(f"{block}\n", ""), ""
            if step.before:
                above, mark, below = above.partition(step.before)
                below = mark + below
            text = f"{above}{block}\n\n{below}"
        found.append(text)
    return found
