"""docs/stage_models.md: every key of a stage model, from the declarations of its grammar, with examples that ran."""

from pathlib import Path

from journey_analytics.stage_model import load_stage_model, shipped_models
from journey_analytics.stage_model.conditions import OPERATORS
from journey_analytics.stage_model.examples import COLUMNS
from journey_analytics.stage_model.fact_grammar import FACTS
from journey_analytics.stage_model.written import (
    WrittenConditions,
    WrittenConversion,
    WrittenEvent,
    WrittenExample,
    WrittenModel,
    WrittenNamedEvent,
    WrittenRule,
    WrittenSession,
    WrittenStage,
)
from journey_analytics.vocabulary import EVENT_TYPES, NEVER_INTERACTIONS
from tests.docs import adding_a_stage
from tests.docs.conditions import (
    LIFE,
    NAMED,
    NAMED_LIFE,
    SESSIONS,
    fact_examples,
    field_examples,
    named_examples,
    session_examples,
)
from tests.docs.markdown import block, grid, keys, summary
from tests.worlds import STEPS

_INTRO = """# Stage models: every key

A stage model says which stages there are, and by which rules an interaction gets one. It is a TOML file that
`[stages] models` of [journey.toml](settings.md) names. `journey init` writes one to begin with: `stages.toml`, a copy
of [lifecycle](../src/journey_analytics/stage_model/shipped/lifecycle.toml), or of another shipped model with
`journey init --model`:

{models}

Several may run side by side: `[stages] models = ["stages.toml", "purchase"]`. The first is the main one. An unknown key or stage is an error that
names line and column.

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

_AFTER = """Say in an example what the rules are meant to do, at the end of the file, and try it with `journey rules test`:

{example}

A change of the rules needs no file to be read again: `journey run` computes all stages anew. `journey plan` says before
how many events and customers it moves, from which stage to which, and how many journeys would be completed, dropped off
and still open; `journey rules coverage` which events no rule takes,
and which rules take none. See what came out with `journey explain event trial_started`, which counts the events of that type by the rule that took them, for each model,
and with `journey explain event EVENT_ID`, which also names the rules below that would have matched."""


def page() -> str:
    """The whole page."""
    parts = [
        _INTRO.format(models=_shipped()),
        block(STEPS, "toml"),
        f"## The model\n\n{summary(WrittenModel)}\n\n{keys(WrittenModel)}",
        f"## [[stages]]\n\n{summary(WrittenStage)}\n\n{keys(WrittenStage)}",
        f"## [[rules]]\n\n{summary(WrittenRule)} Its other keys are [conditions](#conditions).",
        keys(WrittenRule, ("stage", "id", "unless")),
        f"## [[conversions]]\n\n{summary(WrittenConversion)} Its other keys are [conditions](#conditions).",
        keys(WrittenConversion, ("name", "counts", "unless")),
        _MATCHING,
        keys(WrittenConditions, (*WrittenEvent.model_fields, "session", "known_by", "when")),
        "Examples. A key with a dot or a space stands in quotation marks:",
        field_examples(),
        _comparisons(),
        _facts(),
        _named_events(),
        _sessions(),
        _examples(),
        _event_types(),
        _worked_example(),
    ]
    return "\n\n".join(parts) + "\n"


def _shipped() -> str:
    models = [load_stage_model(name, Path()) for name in shipped_models()]
    rows = (
        (
            f"[{model.name}](../src/journey_analytics/stage_model/shipped/{model.name}.toml)",
            model.description,
            ", ".join(model.stage_names),
        )
        for model in models
    )
    return grid(("model", "what it is about", "stages"), rows)


def _comparisons() -> str:
    signs = ", ".join(f"`{sign}`" for sign in OPERATORS)
    return (
        f'## Comparisons\n\nOne of {signs} and a number, in quotation marks: `">= 9"`, `"< 99.5"`. A number alone means '
        '`=`. Several with commas between them must all hold, which makes a range: `">= 3, < 6"`. Only `value`, `score`, '
        "`properties`, the numbers of `session`, and the facts that count or measure time compare."
    )


def _facts() -> str:
    return "\n\n".join(
        [
            "## Facts of the customer's life\n\n`when` holds one fact or a list of them, each about one or more event "
            "types: `before_first(sign_up, purchase)`. A fact looks at all events of the customer so far, also at those "
            "of earlier journeys and those that are no interactions. Rules never look ahead: what happens later does not "
            "change the stage of an event.",
            grid(("fact", "meaning"), ((f"`{name}`", meaning) for name, meaning in FACTS.items())),
            "Given",
            block(LIFE),
            fact_examples(),
        ]
    )


def _named_events() -> str:
    return "\n\n".join(
        [
            f"## [[events]]\n\n{summary(WrittenNamedEvent)} Its other keys are the [conditions](#conditions) on the event "
            "itself: all but `session`, `known_by`, `when` and `unless`.",
            keys(WrittenNamedEvent, ("name",)),
            "With",
            block(NAMED, "toml"),
            "and given",
            block(NAMED_LIFE),
            named_examples(),
        ]
    )


def _sessions() -> str:
    return "\n\n".join(
        [
            f"## The session, who is known, and exceptions\n\n`session` is a table of its own. {summary(WrittenSession)}",
            keys(WrittenSession),
            "`known_by` looks at all events of the customer so far, this one included, as facts do. `unless` takes out what "
            "the rule would match otherwise: a table of the same conditions, all of which must hold for the exception, or "
            "a list of such tables, of which one is enough.",
            "Given",
            block(SESSIONS),
            session_examples(),
        ]
    )


def _examples() -> str:
    return "\n\n".join(
        [
            f"## [[examples]]\n\n{summary(WrittenExample)} They say what the rules are meant to do, and keep saying it when "
            "rules change.",
            keys(WrittenExample),
            block(adding_a_stage.EXAMPLE, "toml"),
            f"`day` (from 1), `event_type` and `stage` must be there. `time` is a time of day; without it, events of a day "
            "are a minute apart. An empty cell under `stage` or `rule` expects nothing; `(unmapped)` expects that no stage "
            "comes out. What is no interaction has the last stage before it. Every other column is something that the event "
            f"says: {_either([f'`{name}`' for name in COLUMNS if name not in ('day', 'time', 'stage', 'rule', 'event_type')])}"
            " or `properties.` and a path. Without them, the channel is web and the actor the customer; campaign, channel "
            "group and entry channel follow from the addresses, as in a run. For identifiers it counts only whether there "
            "is one.",
            "`journey rules test` tries the examples of all models of `journey.toml`. What comes out otherwise is told with "
            "file and line, what was expected, what was found, and which rule took the event; the exit code is 1.",
        ]
    )


def _either(words: list[str]) -> str:
    return f"{', '.join(words[:-1])}, {words[-1]}"


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
    return "\n\n".join([*parts, _AFTER.format(example=block(adding_a_stage.EXAMPLE, "toml"))])
