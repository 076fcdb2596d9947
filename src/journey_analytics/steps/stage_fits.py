"""Stored stage fits: which of them a run applies, and why not the others. A run never fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.analysis.hidden_stages.stored_fit import OtherFormat
from journey_analytics.config import Project, Settings
from journey_analytics.contracts import STAGE_FITS
from journey_analytics.errors import ConfigurationError, UsageError, did_you_mean, storage_failures
from journey_analytics.stage_model import StageModel
from journey_analytics.steps import fingerprints
from journey_analytics.version import __version__

FitStatus = Literal["applied", "not_shown", "stale", "missing"]


@dataclass(frozen=True)
class JudgedFit:
    """The stored fit of a stage model, and whether it may be shown.

    Attributes:
        stage_model: Name of the stage model.
        status: ``applied``; ``not_shown``: it knows no more than the rules; ``stale``: what it is made of has changed
            since; ``missing``.
        reason: Why, in a sentence.
        advice: What to do next; empty where there is nothing to do.
        fit: The fit; None where there is none, or none of this format.
    """

    stage_model: str
    status: FitStatus
    reason: str
    advice: str = ""
    fit: StageFit | None = None


def fit_path(project: Project, model: StageModel) -> Path:
    """Where the fit of a stage model is stored."""
    return project.stage_fits / f"{model.name}.json"


def judged_fits(project: Project, models: Sequence[StageModel]) -> list[JudgedFit]:
    """The fits that the settings ask for, each judged by the stage models as they stand now.

    Raises:
        ConfigurationError: The settings name a model that does not run, or a stored fit is none.
        StorageFailure: A stored fit cannot be read.
    """
    by_name = {model.name: model for model in models}
    for index, name in enumerate(project.settings.stages.inferred):
        if name not in by_name:
            told = f"stages.inferred: no stage model of stages.models has the name '{name}'."
            raise project.file.error(("stages", "inferred", index), told, did_you_mean(name, by_name))
    return [judged_fit(project, by_name[name]) for name in project.settings.stages.inferred]


def judged_fit(project: Project, model: StageModel) -> JudgedFit:
    """The stored fit of a stage model, judged by the model as it stands now.

    Raises:
        ConfigurationError: What is stored is no fit, or that of another model.
        StorageFailure: It cannot be read.
    """
    path = fit_path(project, model)
    shown = f"{project.settings.paths.stage_fits}/{path.name}"
    try:
        with storage_failures():
            fit = StageFit.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        advice = f"Make one: {fit_command(model.name)}"
        return JudgedFit(model.name, "missing", f"There is no fit ({shown}).", advice)
    except OtherFormat as error:
        return JudgedFit(model.name, "stale", f"{shown}: {error.message}", f"Fit anew: {fit_command(model.name)}")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{shown} is not UTF-8 text (byte {error.start}).", hint=_hint(model)) from None
    except UsageError as error:
        raise ConfigurationError(f"{shown}: {error.message}", hint=_hint(model)) from None
    if fit.stage_model != model.name:
        told = f"{shown}: stage_model: this is a fit of '{fit.stage_model}', not of '{model.name}'."
        raise ConfigurationError(told, hint=_hint(model))
    return _judged(project.settings, model, fit)


def fit_command(stage_model: str) -> str:
    """The command that fits a model."""
    return f"journey fit --model {stage_model}"


def _hint(model: StageModel) -> str:
    return f"Put back the file that was stored, or fit anew: {fit_command(model.name)} --replace"


def _judged(settings: Settings, model: StageModel, fit: StageFit) -> JudgedFit:
    changed = _changed(settings, model, fit)
    if changed:
        told = f"It was fitted with other {' and '.join(changed)}."
        if fit.software != __version__:
            told = f"{told[:-1]}, or by what version {fit.software} of the software took them for."
        return JudgedFit(model.name, "stale", told, f"Fit anew: {fit_command(model.name)}", fit)
    if not fit.is_shown:
        advice = f"Fit again when there are more data or other rules: {fit_command(model.name)} --replace"
        return JudgedFit(model.name, "not_shown", fit.why, advice, fit)
    return JudgedFit(model.name, "applied", fit.why, fit=fit)


def _changed(settings: Settings, model: StageModel, fit: StageFit) -> list[str]:
    now = fingerprints.of_stage_fit(settings, model)
    return [name for name, value in now.items() if fit.made_of.get(name) != value]


def fit_warnings(judged: Sequence[JudgedFit]) -> Iterator[str]:
    """A sentence for each fit that the settings ask for and that is not applied."""
    for one in judged:
        if one.status != "applied":
            yield not_inferred(one.stage_model, one.reason, one.advice)


def not_inferred(stage_model: str, reason: str, advice: str) -> str:
    """What is to be said of a fit that is not applied."""
    return f"{stage_model}: no stages are inferred. {reason} {advice}"


def fit_rows(judged: Sequence[JudgedFit]) -> pl.DataFrame:
    """Rows of ``ops.stage_fits``."""
    return pl.DataFrame([_row(one) for one in judged], schema=STAGE_FITS.schema)


def _row(one: JudgedFit) -> dict[str, Any]:
    row: dict[str, Any] = {
        "stage_model": one.stage_model, "status": one.status, "reason": one.reason, "advice": one.advice or None
    }  # fmt: skip
    if one.fit is None:
        return row
    foresight = one.fit.foresight
    return row | {
        "fit_version": one.fit.version,
        "fitted_until": datetime.fromisoformat(one.fit.watermark),
        "customers_count": one.fit.customers_count,
        "sessions_count": one.fit.sessions_count,
        "later_sessions_count": foresight.events_count,
        "log_loss": foresight.log_loss,
        "rule_log_loss": foresight.rule_log_loss,
        "gain": foresight.gain.estimate,
        "gain_low": foresight.gain.low,
        "gain_high": foresight.gain.high,
        "keeps_names": one.fit.keeps_names,
        "software": one.fit.software,
        "fit": one.fit.to_json() if one.status == "applied" else None,
    }
