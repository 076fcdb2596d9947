"""docs/stage_models.md: every key of a stage model, from the declarations of its grammar, with examples that ran."""

from journey_analytics.stage_model.conditions import OPERATORS
from journey_analytics.stage_model.files import WrittenConversion, WrittenModel, WrittenRule, WrittenStage
from journey_analytics.stage_model.grammar import FACTS, WrittenConditions
from journey_analytics.vocabulary import EVENT_TYPES, NEVER_INTERACTIONS
from tests.docs import adding_a_stage
from tests.docs.conditions import LIFE, fact_examples, field_examples
from tests.docs.markdown import block, grid, keys, summary
from tests.worlds import STEPS

_INTRO = """# Stage models: every key

A stage model says which stages there are, and by which rules an interaction gets one. It is a TOML file that
`[stages] models` of [journey.toml](settings.md) names. `journey init` writes one to begin with: `stages.toml`, a copy
of [lifecycle](../src/journey_analytics/stage_model/shipped/lifecycle.toml). An unknown key or stage is an error that
names the line.

*Made from the grammar by `make docs`; what an example holds for was tried when the page was made.*

A small one, with three stages and a rule for each:"""

_MATCHING = """## Conditions

The keys of a rule or conversion that say what an event must be. At least one must be there; all that are there must
hold. Of a list, one is enough.

* A text is compared exactly and as a whole: **upper and lower case differ**. `*` stands for any characters, also none.
  There are no other signs with a meaning.
* Channels and actors are in lower case, the event types of the sources in snake_case. `event_name` keeps the vendor's
  spelling.
* What the event does not say does not match, whatever the condition."""

_AFTER = """A change of the rules needs no file to be read again: `journey run` computes all stages anew. See what
came out with `journey explain event trial_started`, which counts the events of that type by the rule that took them,
and with `journey explain event EVENT_ID`, which also names the rules below that would have matched."""


def page() -> str:
    """The whole page."""
    parts = [
        _INTRO,
        block(STEPS, "toml"),
        f"## The model\n\n{summary(WrittenModel)}\n\n{keys(WrittenModel)}",
        f"## [[stages]]\n\n{summary(WrittenStage)}\n\n{keys(WrittenStage)}",
        f"## [[rules]]\n\n{summary(WrittenRule)} Its other keys are [conditions](#conditions).",
        keys(WrittenRule, ("stage", "id")),
        f"## [[conversions]]\n\n{summary(WrittenConversion)} Its other keys are [conditions](#conditions).",
        keys(WrittenConversion, ("name", "counts")),
        _MATCHING,
        keys(WrittenConditions),
        "Examples. A key with a dot or a space stands in quotation marks:",
        field_examples(),
        _comparisons(),
        _facts(),
        _event_types(),
        _worked_example(),
    ]
    return "\n\n".join(parts) + "\n"


def _comparisons() -> str:
    signs = ", ".join(f"`{sign}`" for sign in OPERATORS)
    return (
        f'## Comparisons\n\nOne of {signs} and a number, in quotation marks: `">= 9"`, `"< 99.5"`. A number alone means '
        "`=`. Only `value`, `score`, `properties`, `nth` and `days_since_first` compare."
    )


def _facts() -> str:
    return "\n\n".join(
        [
            "## Facts of the customer's life\n\n`when` holds one fact or a list of them, each about one or more event "
            "types: `before_first(sign_up, purchase)`. A fact looks at all events of the customer so far, also at those "
            "of earlier journeys and those that are no interactions.",
            grid(("fact", "meaning"), ((f"`{name}`", meaning) for name, meaning in FACTS.items())),
            "Given",
            block(LIFE),
            fact_examples(),
        ]
    )


def _event_types() -> str:
    def interaction(name: str) -> str:
        return "no" if name in NEVER_INTERACTIONS else "if the settings say so" if name == "email_open" else "yes"

    return "\n\n".join(
        [
            "## Event types\n\nThe types that the sources know. Any other event has the vendor's name in snake_case as its "
            "type, such as `trial_started` for `Trial Started`, and a rule may name that as well. The question "
            "`journey query unmapped_events` lists what no rule matches yet.\n\nRules are asked about interactions only: "
            "deliberate acts of the customer. What the company, a system or a machine does is none.",
            grid(
                ("event type", "what happened", "an interaction, if the customer did it"),
                ((f"`{name}`", meaning, interaction(name)) for name, meaning in EVENT_TYPES.items()),
            ),
        ]
    )


def _worked_example() -> str:
    parts = ["## Adding a stage and a rule, step by step", "Given", block(adding_a_stage.GIVEN)]
    for step in adding_a_stage.STEPS:
        parts += [step.sentence, *([block(step.toml, "toml")] if step.toml else []), "Then", block(step.expected)]
    return "\n\n".join([*parts, _AFTER])
