"""Stage models in TOML files: shipped ones, and those a project writes.

``[[stages]]`` stand in order; of the ``[[rules]]`` the first that matches wins; ``[[conversions]]`` count.
"""

from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field

from journey_analytics.config import Section
from journey_analytics.errors import ConfigurationError, did_you_mean
from journey_analytics.setting_values import Duration, Name
from journey_analytics.stage_model.grammar import WrittenConditions, conditions
from journey_analytics.stage_model.model import Conversion, Rule, Stage, StageModel
from journey_analytics.toml_files import Key, TomlFile, read_toml, validated
from journey_analytics.vocabulary import UNMAPPED


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
        ConfigurationError: There is no such model, or it says something that cannot be; names file and line.
    """
    if name in shipped_models():
        return read_stage_model(shipped_model_path(name))
    if (folder / name).is_file():
        return read_stage_model(folder / name)
    raise ConfigurationError(
        f"there is no stage model '{name}': neither a file of the project nor a shipped model.",
        hint=did_you_mean(name, shipped_models()),
    )


def read_stage_model(path: Path) -> StageModel:
    """Read a stage model from a TOML file; raises ``ConfigurationError`` with file and line."""
    file = read_toml(path)
    written = validated(WrittenModel, file.values, file)
    stages = [stage.name for stage in written.stages]
    _check_unique(file, "stages", stages)
    rules = tuple(_rule(file, index, rule, stages) for index, rule in enumerate(written.rules))
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
            Conversion(conversion.name, conditions(file, ("conversions", index), conversion), conversion.counts)
            for index, conversion in enumerate(written.conversions)
        ),
    )


class WrittenRule(WrittenConditions):
    """Puts an interaction into a stage. Rules are asked from top to bottom; the first that matches wins.

    Attributes:
        stage: Name of the stage. ``"(unmapped)"`` leaves the interaction out of every stage on purpose.
        id: Name of the rule in tables and in ``journey explain``. Without it: the stage and the rule's number, such as
            ``buy_3``.
    """

    stage: str
    id: str | None = None


class WrittenConversion(WrittenConditions):
    """Interactions that count as a conversion.

    Attributes:
        name: Name of the conversion in tables.
        counts: ``first``: the first of each customer. ``every``: each one.
    """

    name: str = "conversion"
    counts: Literal["first", "every"] = "first"


class WrittenStage(Section):
    """A step of the model. The order in which stages stand is the order of the funnel.

    Attributes:
        name: Small letters, digits and ``_``, beginning with a letter.
        title: Name in the pages. Without it: the name with a capital and spaces.
        description: What it means; stands in ``journeys.stages``.
        is_goal: Whether reaching it completes a journey.
        lapse_after: How long the silence of a customer in this stage may last, instead of ``journeys.lapse_after``.
    """

    name: Name
    title: str = ""
    description: str = ""
    is_goal: bool = False
    lapse_after: Duration | None = None


class WrittenModel(Section):
    """A stage model: one TOML file.

    Attributes:
        name: Small letters, digits and ``_``, beginning with a letter.
        title: Name for people who read the file; tables and pages show ``name``.
        description: What the model is about, for people who read the file.
        stages: The stages, in order.
        rules: The rules, in order.
        conversions: What counts as a conversion.
    """

    name: Name
    title: str = ""
    description: str = ""
    stages: tuple[WrittenStage, ...] = Field(min_length=1)
    rules: tuple[WrittenRule, ...] = Field(min_length=1)
    conversions: tuple[WrittenConversion, ...] = ()


def _check_unique(file: TomlFile, table: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise file.error((table, index), f"the name '{name}' stands twice in [[{table}]].", "Give each its own.")


def _rule(file: TomlFile, index: int, written: WrittenRule, stages: list[str]) -> Rule:
    key: Key = ("rules", index)
    allowed = [*stages, UNMAPPED]
    if written.stage not in allowed:
        raise file.error((*key, "stage"), f"unknown stage '{written.stage}'.", did_you_mean(written.stage, allowed))
    rule_id = written.id or f"{written.stage}_{index + 1}"
    return Rule(rule_id, written.stage, conditions(file, key, written), file.place(key))
