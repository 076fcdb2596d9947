"""Fit: a stage process for a stage model, from the events that the last build looked at; stored until the next fit."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from journey_analytics.analysis.hidden_stages.session_stages import fit_touchpoints, session_stages
from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.config import Project
from journey_analytics.errors import ConfigurationError, UsageError, did_you_mean, storage_failures
from journey_analytics.readable import percent
from journey_analytics.stage_model import StageModel
from journey_analytics.steps import fingerprints
from journey_analytics.steps.analysed import analysed_facts
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.stage_fits import JudgedFit, fit_command, fit_path, judged_fit
from journey_analytics.transform.sessions import session_keys
from journey_analytics.transform.stages import find_stages, stage_columns
from journey_analytics.transform.table_columns import times
from journey_analytics.warehouse.builds import last_build
from journey_analytics.warehouse.connection import opened


@dataclass(frozen=True)
class Fitted:
    """What fitting a stage model gave.

    Attributes:
        fit: The fit.
        stages: A row per stage, in order: ``stage``, ``by_rules_count`` (sessions that end in it by the rules),
            ``likely_count`` (those of which it is the likeliest), ``uncertain_count`` (those among these with a
            probability below 0.6).
        agreement_rate: Share of the sessions in which both are the same, of those that end in a stage by the rules.
        before: What was stored before; None where there was nothing that can be read.
        moved_rate: Share of the sessions with another likeliest stage than by the fit before; None without one that
            can be applied.
        path: Where the fit is stored.
        is_stored: Whether it stands there now.
        is_asked_for: Whether runs are told to apply it.
    """

    fit: StageFit
    stages: pl.DataFrame
    agreement_rate: float | None
    before: JudgedFit | None
    moved_rate: float | None
    path: Path
    is_stored: bool
    is_asked_for: bool

    @property
    def lines(self) -> Iterator[str]:
        """What became of it, and what to do next, in sentences."""
        shown = self._shown_path
        if self.before and self.before.fit and not self.is_same:
            before = self.before.fit
            yield f"before   fit {before.version} of data until {_day(before.watermark)}"
            yield f"         {before.why if self.before.status != 'stale' else self.before.reason}"
            if self.moved_rate is not None:
                moved = percent(self.moved_rate, exact=True)
                yield f"moved    {moved} of the sessions have another likeliest stage by the new one"
        if self.is_same:
            yield f"stored   {shown} has this very fit already"
        elif self.is_stored:
            yield f"stored   {shown}; keep it with journey.toml"
        else:
            yield f"stored   nothing: {shown} keeps the fit before"
            yield f"next     to put this one in its place: {fit_command(self.fit.stage_model)} --replace"
            return
        if not self.fit.is_shown:
            yield "next     nothing: runs go by the rules. Fit again when there are more data, or other rules"
        elif self.is_asked_for:
            yield "next     journey run applies it: marts.session_stages"
        else:
            name = self.fit.stage_model
            yield f'next     for runs to apply it, list "{name}" in inferred, under [stages] of journey.toml'

    @property
    def document(self) -> dict[str, Any]:
        """The same as data."""
        fit, before = self.fit, self.before and self.before.fit
        return {
            "stage_model": fit.stage_model,
            "version": fit.version,
            "fitted_until": fit.watermark,
            "customers_count": fit.customers_count,
            "sessions_count": fit.sessions_count,
            "touchpoints_count": fit.touchpoints_count,
            "is_shown": fit.is_shown,
            "why": fit.why,
            "foresight": asdict(fit.foresight),
            "keeps_names": fit.keeps_names,
            "stages": self.stages.rows(named=True),
            "agreement_rate": self.agreement_rate,
            "before": self.before and {"status": self.before.status, "version": before and before.version},
            "moved_rate": self.moved_rate,
            "path": self._shown_path,
            "is_stored": self.is_stored,
            "is_asked_for": self.is_asked_for,
        }

    @property
    def _shown_path(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def is_same(self) -> bool:
        """Whether it is the fit that was stored before."""
        return bool(self.before and self.before.fit and self.before.fit.version == self.fit.version)


def fit_model(project: Project, name: str | None = None, *, replace: bool = False) -> Fitted:
    """Fit a stage process, starting from the rules of a stage model as they stand now, and store it.

    A fit that is stored and could be applied is kept, and only compared with the new one, unless it is to be replaced.

    Args:
        project: The project.
        name: Name of the stage model; the main one by default.
        replace: Put the new fit in the place of one that could be applied.

    Raises:
        UsageError: There is no such model, there was no run yet, or there are no sessions.
        ConfigurationError: A stage model says something that cannot be; or what is stored is no fit, and is not to be
            replaced.
        Unavailable: A run is going on.
        StorageFailure: The fit cannot be stored.
    """
    model = _chosen(project, name)
    before = _stored(project, model, replace=replace)
    touchpoints, watermark = _touchpoints(project, model)
    made_of = fingerprints.of_stage_fit(project.settings, model)
    fit = fit_touchpoints(touchpoints, model.stage_names, watermark, stage_model=model.name, made_of=made_of)
    likely, path = session_stages(touchpoints, fit), fit_path(project, model)
    is_kept = before is not None and before.status in ("applied", "not_shown") and not replace
    if not is_kept:
        with storage_failures():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".json.new")
            beside.write_text(fit.to_json(), encoding="utf-8")
            beside.replace(path)
    stages, agreement_rate = _beside_rules(touchpoints, likely, model)
    return Fitted(
        fit, stages, agreement_rate, before, _moved_rate(touchpoints, likely, before), path,
        is_stored=not is_kept, is_asked_for=model.name in project.settings.stages.inferred,
    )  # fmt: skip


def _day(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%Y-%m-%d}"


def _chosen(project: Project, name: str | None) -> StageModel:
    by_name = {model.name: model for model in stage_models(project)}
    if name is None:
        return next(iter(by_name.values()))
    if name not in by_name:
        raise UsageError(f"'{name}' is no stage model of journey.toml.", hint=did_you_mean(name, by_name))
    return by_name[name]


def _stored(project: Project, model: StageModel, *, replace: bool) -> JudgedFit | None:
    """What is stored; one that cannot be read counts for nothing where it is to be replaced."""
    try:
        found = judged_fit(project, model)
    except ConfigurationError:
        if replace:
            return None
        raise
    return None if found.status == "missing" else found


def _touchpoints(project: Project, model: StageModel) -> tuple[pl.DataFrame, datetime]:
    """Interactions in sessions of all customers, with the stages that the rules give them now; and the watermark."""
    frames: list[pl.DataFrame] = []
    with opened(project.state_database, read_only=True) as connection:
        for facts in analysed_facts(connection, project, [model]):
            touchpoints = facts.touchpoints
            event_type = touchpoints.event_type
            frame = pl.DataFrame(
                {
                    "customer_id": touchpoints.customer_key,
                    "touchpoint_index": touchpoints.customers.numbers(),
                    "occurred_at": times(touchpoints.at),
                    "event_type": event_type.texts.gather(event_type.codes),
                    "session_id": session_keys(touchpoints, facts.sessions),
                    "stage": stage_columns(touchpoints, find_stages(facts, model))["stage"],
                }
            )
            frames.append(frame.filter(pl.col("session_id").is_not_null()))
        build = last_build(connection)
    if build is None or build.watermark_at is None or not sum(frame.height for frame in frames):
        raise UsageError("the last run had no sessions to fit to.", hint="See: journey status")
    return pl.concat(frames), build.watermark_at


def _beside_rules(
    touchpoints: pl.DataFrame, likely: pl.DataFrame, model: StageModel
) -> tuple[pl.DataFrame, float | None]:
    mapped = pl.col("stage").cast(pl.String)
    by_rules = (
        touchpoints.filter(mapped.is_in(model.stage_names))
        .sort("customer_id", "touchpoint_index")
        .group_by("session_id")
        .agg(mapped.last())
    )
    both = likely.join(by_rules, on="session_id", how="left")
    said = both.drop_nulls("stage")
    counts = (
        pl.DataFrame({"stage": model.stage_names})
        .join(said.group_by("stage").agg(by_rules_count=pl.len()), on="stage", how="left")
        .join(
            likely.group_by(stage="likely_stage").agg(
                likely_count=pl.len(), uncertain_count=pl.col("is_uncertain").sum()
            ),
            on="stage", how="left", maintain_order="left",
        )
    )  # fmt: skip
    rate = (said["stage"] == said["likely_stage"]).mean() if said.height else None
    return counts.with_columns(pl.exclude("stage").fill_null(0)), float(rate) if isinstance(rate, float) else None


def _moved_rate(touchpoints: pl.DataFrame, likely: pl.DataFrame, before: JudgedFit | None) -> float | None:
    if before is None or before.fit is None or before.status == "stale":
        return None
    both = likely.join(session_stages(touchpoints, before.fit), on="session_id")
    rate = (both["likely_stage"] != both["likely_stage_right"]).mean()
    return float(rate) if isinstance(rate, float) else None
