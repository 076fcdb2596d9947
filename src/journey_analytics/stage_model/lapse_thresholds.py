"""Learned limits of silence in a file of the project: an input like the stage model, never changed by a run.

``journey lapse learn`` adds a version; the last one is in use while ``journeys.lapse_after`` is ``"auto"``.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pydantic import AwareDatetime, Field, model_validator

from journey_analytics.config.setting_values import Duration, Section, check_unique, written_duration
from journey_analytics.config.toml_files import MistakeAt, read_toml, validated
from journey_analytics.stage_model.model import StageModel

_HEAD = """\
# Limits of silence that `journey lapse learn` learned, by stage: a longer one is a drop-off. The last version is in use
# while journey.toml says lapse_after = "auto" under [journeys]; to go back, take it out. Keep it with journey.toml.
"""


class LapseThreshold(Section):
    """A learned limit.

    Attributes:
        stage_model: Name of the stage model.
        stage: Stage that the customer was in.
        lapse_after: A longer silence is a drop-off.
        silences_count: Silences of the stage that it was learned from.
        at_risk_count: Of these, seen to go on for the limit and the horizon.
        is_pooled: Whether these were so few that all stages together had to help.
    """

    stage_model: str
    stage: str
    lapse_after: Duration
    silences_count: int = Field(ge=0)
    at_risk_count: int = Field(ge=0)
    is_pooled: bool


class LapseVersion(Section):
    """Limits that were learned at one time.

    Attributes:
        version: Its number, from 1.
        learned_until: Watermark of the data that they were learned from.
        return_horizon: How far ahead a return counted.
        most_returning: Share of the silent that was allowed to return within it.
        thresholds: The limits.
    """

    version: int = Field(ge=1)
    learned_until: AwareDatetime
    return_horizon: Duration
    most_returning: float = Field(gt=0, lt=1)
    thresholds: tuple[LapseThreshold, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_each(self) -> "LapseVersion":
        names = [f"{one.stage_model}.{one.stage}" for one in self.thresholds]
        check_unique(names, ("thresholds",), "two thresholds have")
        return self


class LapseVersions(Section):
    """The file as a whole, versions in order."""

    versions: tuple[LapseVersion, ...] = ()

    @model_validator(mode="after")
    def _ascend(self) -> "LapseVersions":
        for index in range(1, len(self.versions)):
            if self.versions[index].version <= self.versions[index - 1].version:
                raise MistakeAt(("versions", index, "version"), "versions stand in order; the last one is in use.")
        return self


def read_lapse_versions(path: Path) -> tuple[LapseVersion, ...]:
    """The learned limits of a project, the version in use last; none where nothing has been learned yet.

    Raises:
        ConfigurationError: The file says something that cannot be; names the line.
        StorageFailure: It may not be read.
    """
    if not path.exists():
        return ()
    file = read_toml(path)
    return validated(LapseVersions, file.values, file).versions


def with_version(before: str, version: LapseVersion) -> str:
    """Text of the file with one more version, after what stands there."""
    lines = [
        "[[versions]]",
        f"version = {version.version}",
        f"learned_until = {version.learned_until.isoformat()}",
        f'return_horizon = "{written_duration(version.return_horizon)}"',
        f"most_returning = {version.most_returning!r}",
        "thresholds = [",
        *(
            f'  {{ stage_model = "{one.stage_model}", stage = "{one.stage}", '
            f'lapse_after = "{written_duration(one.lapse_after)}", silences_count = {one.silences_count}, '
            f"at_risk_count = {one.at_risk_count}, is_pooled = {str(one.is_pooled).lower()} }},"
            for one in version.thresholds
        ),
        "]",
    ]
    return f"{(before or _HEAD).rstrip()}\n\n" + "\n".join(lines) + "\n"


def with_learned_limits(
    models: Sequence[StageModel], version: LapseVersion | None, shortest: timedelta
) -> list[StageModel]:
    """Stage models whose stages know their learned limits; a limit that the model itself sets stands.

    Args:
        models: The models as written.
        version: What was learned; None leaves the models as they are. Stages that no model has are passed over.
        shortest: No limit is shorter: the timeout of sessions.
    """
    if version is None:
        return list(models)
    learned = {(one.stage_model, one.stage): max(one.lapse_after, shortest) for one in version.thresholds}
    return [
        replace(
            model,
            stages=tuple(
                replace(stage, learned_lapse_after=learned.get((model.name, stage.name))) for stage in model.stages
            ),
        )
        for model in models
    ]
