"""Stage models in TOML files: shipped ones, and those a project writes.

``[[stages]]`` stand in order; of the ``[[rules]]`` the first that matches wins; ``[[conversions]]`` count.
"""

from importlib.resources import files
from pathlib import Path

from journey_analytics.config.toml_files import Key, TomlFile, read_toml, validated
from journey_analytics.errors import ConfigurationError, did_you_mean
from journey_analytics.stage_model.fact_grammar import NamedEvents
from journey_analytics.stage_model.grammar import conditions, named_events
from journey_analytics.stage_model.model import Conversion, Rule, Stage, StageModel
from journey_analytics.stage_model.written import WrittenModel, WrittenRule
from journey_analytics.vocabulary import EVENT_TYPES, UNMAPPED


def shipped_models() -> list[str]:
    """Names of the models that come with the package."""
    folder = files("journey_analytics").joinpath("stage_model", "shipped")
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def shipped_model_path(name: str) -> Path:
    """File of a shipped model."""
    return Path(str(files("journey_analytics").joinpath("stage_model", "shipped", f"{name}.toml")))


def load_stage_model(name: str, folder: Path) -> StageModel:
    """Read a stage model: a shipped one by its name, or a TOML file of the project.

    Raises:
        ConfigurationError: There is no such model, or it says something that cannot be; names file, line and column.
    """
    return read_stage_model(stage_model_path(name, folder))


def stage_model_path(name: str, folder: Path) -> Path:
    """File of a stage model: a shipped one by its name, or one of the project.

    Raises:
        ConfigurationError: There is no such model.
    """
    if name in shipped_models():
        return shipped_model_path(name)
    if (folder / name).is_file():
        return folder / name
    raise ConfigurationError(
        f"there is no stage model '{name}': neither a file of the project nor a shipped model.",
        hint=did_you_mean(name, shipped_models()),
    )


def read_stage_model(path: Path) -> StageModel:
    """Read a stage model from a TOML file; raises ``ConfigurationError`` with file, line and column."""
    file = read_toml(path, tells_columns=True)
    written = validated(WrittenModel, file.values, file)
    stages = [stage.name for stage in written.stages]
    _check_unique(file, "stages", stages)
    _check_unique(file, "events", [event.name for event in written.events])
    _check_event_names(file, [event.name for event in written.events])
    named = named_events(file, {event.name: event for event in written.events})
    rules = tuple(_rule(file, index, rule, stages, named) for index, rule in enumerate(written.rules))
    _check_unique(file, "rules", [rule.rule_id for rule in rules])
    _check_unique(file, "conversions", [conversion.name for conversion in written.conversions])
    return StageModel(
        written.name,
        written.title or written.name,
        written.description,
        tuple(
            Stage(
                stage.name,
                stage.title or stage.name.replace("_", " ").capitalize(),
                stage.description,
                stage.is_goal,
                stage.lapse_after,
            )
            for stage in written.stages
        ),
        rules,
        tuple(
            Conversion(one.name, conditions(file, ("conversions", index), one, one.unless, named), one.counts)
            for index, one in enumerate(written.conversions)
        ),
    )


def _check_unique(file: TomlFile, table: str, names: list[str]) -> None:
    key = "id" if table == "rules" else "name"
    for index, name in enumerate(names):
        if name in names[:index]:
            raise file.error(
                (table, index, key), f"the name '{name}' stands twice in [[{table}]].", "Give each its own."
            )


def _check_event_names(file: TomlFile, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in EVENT_TYPES:
            told = f"'{name}' is an event type, and facts could not tell the two apart."
            raise file.error(("events", index, "name"), told, f"Give it a name of its own, such as 'my_{name}'.")


def _rule(file: TomlFile, index: int, written: WrittenRule, stages: list[str], named: NamedEvents) -> Rule:
    key: Key = ("rules", index)
    allowed = [*stages, UNMAPPED]
    if written.stage not in allowed:
        raise file.error((*key, "stage"), f"unknown stage '{written.stage}'.", did_you_mean(written.stage, allowed))
    rule_id = written.id or f"{written.stage}_{index + 1}"
    return Rule(rule_id, written.stage, conditions(file, key, written, written.unless, named), file.place(key))
