"""Try the examples of stage models: does every event get the stage and the rule that its example names?"""

from dataclasses import dataclass
from typing import Any

from journey_analytics.config import Project
from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.stage_model import StageModel, load_stage_model, read_examples, stage_model_path
from journey_analytics.transform.examples import LivedEvent, live


@dataclass(frozen=True)
class Failure:
    """An event of an example that came out otherwise."""

    example: str
    place: str
    told: str


@dataclass(frozen=True)
class Tried:
    """What the examples of a model showed."""

    model: str
    examples_count: int
    events_count: int
    failures: list[Failure]

    @property
    def document(self) -> dict[str, Any]:
        """The same as data."""
        failures = [{"example": one.example, "place": one.place, "text": one.told} for one in self.failures]
        return {
            "model": self.model,
            "examples": self.examples_count,
            "events": self.events_count,
            "failures": failures,
        }


def try_examples(project: Project, only: str | None = None) -> list[Tried]:
    """Try the examples of the project's stage models, or of one of them.

    Raises:
        UsageError: The project has no such model.
        ConfigurationError: A model or an example says something that cannot be.
    """
    names = project.settings.stages.models
    if only is not None and only not in names:
        raise UsageError(f"'{only}' is no stage model of journey.toml.", hint=did_you_mean(only, names))
    return [_tried(project, name) for name in names if only in (None, name)]


def _tried(project: Project, name: str) -> Tried:
    model = load_stage_model(name, project.folder)
    examples = read_examples(stage_model_path(name, project.folder), model)
    lived = [(example, event) for example in examples for event in live(example, model, project.settings)]
    failures = [
        Failure(example.name, event.event.place, _told(event, model))
        for example, event in lived
        if not event.is_as_expected
    ]
    return Tried(name, len(examples), len(lived), failures)


def _told(lived: LivedEvent, model: StageModel) -> str:
    """Expected, found, which rule took it, and whether the expected rule would match, too."""
    event = lived.event
    expected = event.stage or "any stage"
    expected += f" by rule {event.rule}" if event.rule else ""
    found = lived.stage or "no stage yet"
    if rule := model.rule(lived.rule) if lived.rule else None:
        found += f" by rule {rule.rule_id} ({rule.place})"
    elif lived.is_interaction:
        found += ": no rule matches"
    else:
        found += ": it is no interaction, so no rule is asked"
    told = f"{event.says['event_type']}: expected {expected}, found {found}"
    others = [one for one in lived.matching if one != lived.rule]
    return told + (f"; below it match {', '.join(others)}" if others else "")
