"""Learned limits of silence: which are in use, and taking into use what the last run would learn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from journey_analytics.config import Project
from journey_analytics.config.setting_values import written_duration
from journey_analytics.errors import UsageError, storage_failures
from journey_analytics.stage_model import LapseThreshold, LapseVersion, StageModel, read_lapse_versions, with_version
from journey_analytics.warehouse.queries import query_published

_UNITS = (86_400, 3_600, 60)


@dataclass(frozen=True)
class Learned:
    """What ``learn_limits`` did.

    Attributes:
        version: The version that is now the last of the file.
        is_new: Whether it was added; not where the limits are those of the last version.
        is_in_use: Whether ``journeys.lapse_after`` is ``"auto"``.
        path: The file.
        rows: A row of ``ops.lapse_thresholds`` per stage, with ``learned_seconds``: null where none was learned.
    """

    version: LapseVersion
    is_new: bool
    is_in_use: bool
    path: Path
    rows: list[dict[str, Any]]


def learned_version(project: Project) -> LapseVersion | None:
    """The learned limits in use; None where they are set, or nothing has been learned yet.

    Raises:
        ConfigurationError: The file of learned limits says something that cannot be.
    """
    if not project.settings.journeys.is_learned:
        return None
    versions = read_lapse_versions(project.lapse_thresholds)
    return versions[-1] if versions else None


def unlearned_warnings(project: Project, models: Sequence[StageModel]) -> tuple[str, ...]:
    """What to say of stages whose limit is to be learned and is not."""
    journeys = project.settings.journeys
    if not journeys.is_learned:
        return ()
    default = written_duration(journeys.default_limit)
    missing = [
        f"{model.name}.{stage.name}"
        for model in models
        for stage in model.stages
        if stage.lapse_after is None and stage.learned_lapse_after is None
    ]
    if not missing:
        return ()
    which = ", ".join(missing) if learned_version(project) else "all stages"
    return (
        f'journeys.lapse_after is "auto", and no limit of silence has been learned for {which}: {default} until then. '
        "Learn with: journey lapse learn",
    )


def learn_limits(project: Project) -> Learned:
    """Take what the published run would learn for each stage into the file of learned limits, as a new version.

    Limits are rounded up to whole days, below two days to hours, below two hours to minutes. A stage that sets its own
    limit, or of which too few silences are known, gets none.

    Raises:
        UsageError: Nothing is published, other settings were published, or too little is known of every stage.
        ConfigurationError: journey.toml or the file of learned limits says something that cannot be.
        StorageFailure: The file cannot be written.
    """
    journeys = project.settings.journeys
    versions = read_lapse_versions(project.lapse_thresholds)
    rows = query_published(project.published_database, "from ops.lapse_thresholds").rows(named=True)
    used = query_published(project.published_database, "from ops.settings").row(0, named=True)
    asked = (journeys.return_horizon.total_seconds(), journeys.most_returning)
    if (used["return_horizon_seconds"], used["most_returning"]) != asked:
        raise UsageError(
            "journeys.return_horizon or journeys.most_returning has changed since the last run.",
            hint="Make the tables anew, then learn: journey run",
        )
    told = [row | {"learned_seconds": _learned_seconds(row)} for row in rows]
    thresholds = tuple(_threshold(row) for row in told if row["learned_seconds"] is not None)
    if not thresholds:
        raise UsageError(
            "too few silences are known to learn a limit for any stage: none was seen long enough to tell who returns "
            f"within {written_duration(journeys.return_horizon)}.",
            hint="Wait for more data, or shorten return_horizon under [journeys] and run again.",
        )
    new = _version(versions, used["watermark_at"], project, thresholds)
    is_new = not versions or _limits(versions[-1]) != _limits(new)
    if is_new:
        _write(project.lapse_thresholds, new)
    return Learned(new if is_new else versions[-1], is_new, journeys.is_learned, project.lapse_thresholds, told)


def _learned_seconds(row: dict[str, Any]) -> int | None:
    seconds = row["present_seconds"]
    if seconds is None or row["origin"] == "stage_model":
        return None
    unit = next((unit for unit in _UNITS if seconds >= 2 * unit), 60)
    return ceil(seconds / unit) * unit


def _threshold(row: dict[str, Any]) -> LapseThreshold:
    return LapseThreshold.model_validate(
        {name: row[name] for name in ("stage_model", "stage", "silences_count", "at_risk_count", "is_pooled")}
        | {"lapse_after": f"{row['learned_seconds']}s"}
    )


def _version(
    versions: Sequence[LapseVersion], until: datetime, project: Project, thresholds: tuple[LapseThreshold, ...]
) -> LapseVersion:
    journeys = project.settings.journeys
    return LapseVersion.model_validate(
        {
            "version": versions[-1].version + 1 if versions else 1,
            "learned_until": until,
            "return_horizon": written_duration(journeys.return_horizon),
            "most_returning": journeys.most_returning,
            "thresholds": thresholds,
        }
    )


def _limits(version: LapseVersion) -> dict[tuple[str, str], timedelta]:
    return {(one.stage_model, one.stage): one.lapse_after for one in version.thresholds}


def _write(path: Path, version: LapseVersion) -> None:
    """The file with one version more, in the place of the old one all at once."""
    with storage_failures():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.new")
        beside.write_text(with_version(before, version), encoding="utf-8")
        beside.replace(path)
