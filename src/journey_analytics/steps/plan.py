"""Plan: what the next run would read, recompute, restage and count anew; nothing is written."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from journey_analytics.config import Project
from journey_analytics.errors import ConfigurationError, UsageError
from journey_analytics.readable import plural
from journey_analytics.stage_model import StageModel
from journey_analytics.steps import fingerprints
from journey_analytics.steps.analysed import analysed_facts
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.configured_sources import ConfiguredSource, configured_sources
from journey_analytics.steps.foretold import Foretold, foretold, not_foretold
from journey_analytics.steps.rule_findings import stage_warnings
from journey_analytics.steps.stage_fits import fit_warnings, judged_fits
from journey_analytics.transform.outcome_counts import OutcomeCounts, count_outcomes
from journey_analytics.transform.stages import find_stages, stage_columns
from journey_analytics.warehouse import ledger
from journey_analytics.warehouse.builds import Build, last_build
from journey_analytics.warehouse.connection import Connection, opened
from journey_analytics.warehouse.customer_keys import load_customer_key
from journey_analytics.warehouse.restaging import customers_count, restaged, stored_models
from journey_analytics.warehouse.stored_outcomes import stored_outcomes

_MOVES_SHOWN, _RULES_SHOWN = 12, 5


@dataclass(frozen=True)
class NewFiles:
    """Files of a source that the next run would look at."""

    source: str
    files_count: int
    bytes_count: int
    problem: str = ""
    reads_again: bool = False


@dataclass(frozen=True)
class Plan:
    """What the next run would do.

    Attributes:
        files: By source.
        changed: What decides everything and changed since the last build, such as ``stage models``.
        customers_count: Customers that would be recomputed, those of unread files aside.
        is_whole: Whether these are all.
        moves: ``from_stage``, ``to_stage``, ``touchpoints_count``, ``customers_count`` by the main model; empty names
            for no stage.
        restaged_count: Touchpoints that would get another stage.
        moved_customers_count: Customers who have one.
        by_rule: ``rule_id`` that would take them, and ``touchpoints_count``; ``(unmapped)`` for interactions that none
            takes, an empty text for events that are none and go with the customer's stage.
        counts: Numbers of each model, as they are and as they would be, where everybody is recomputed.
        not_foretold: What else would change, and cannot be told before.
        notes: What else a person should know.
        model: The main stage model.
    """

    files: list[NewFiles]
    changed: list[str]
    customers_count: int
    is_whole: bool
    moves: list[dict[str, Any]]
    restaged_count: int
    moved_customers_count: int
    by_rule: list[dict[str, Any]]
    counts: list[Foretold]
    not_foretold: list[str]
    notes: list[str]
    model: StageModel = field(repr=False)

    @property
    def lines(self) -> Iterator[str]:
        """The same in sentences."""
        new = [one for one in self.files if one.files_count]
        for one in new:
            yield f"would read       {one.source}: {plural(one.files_count, 'file')} ({one.bytes_count / 1e6:.1f} MB)"
        if not new:
            yield "would read       no new file"
        if self.is_whole:
            why = f": {', '.join(self.changed)} changed" if self.changed else ""
            yield f"would recompute  all {plural(self.customers_count, 'customer')}{why}"
        else:
            told = " and those whom the new files touch" if new else ""
            yield f"would recompute  {plural(self.customers_count, 'customer')}{told}"
        if not self.restaged_count:
            yield f"would restage    no touchpoint ({self.model.name})"
        else:
            yield (
                f"would restage    {plural(self.restaged_count, 'touchpoint')} of "
                f"{plural(self.moved_customers_count, 'customer')} ({self.model.name})"
            )
        for row in self.moves[:_MOVES_SHOWN]:
            yield (
                f"{row['touchpoints_count']:>14,}  {_shown(row['from_stage'])} → {_shown(row['to_stage'])} "
                f"({plural(row['customers_count'], 'customer')})"
            )
        if len(self.moves) > _MOVES_SHOWN:
            yield f"{'':>14}  and {len(self.moves) - _MOVES_SHOWN} other moves; all with --json"
        for row in self.by_rule[:_RULES_SHOWN]:
            yield f"{row['touchpoints_count']:>14,}  of them {_taken_by(self.model, row['rule_id'])}"
        for one in self.counts:
            yield from one.lines
        for told in self.not_foretold:
            yield f"not foretold     {told}"
        yield from self.notes
        yield "nothing was written; apply with: journey run"

    @property
    def document(self) -> dict[str, Any]:
        """The same as data."""
        return {
            "files": [vars(one) for one in self.files],
            "changed": self.changed,
            "recomputed_customers": self.customers_count,
            "recomputes_everybody": self.is_whole,
            "restaged_touchpoints": self.restaged_count,
            "restaged_customers": self.moved_customers_count,
            "moves": self.moves,
            "by_rule": self.by_rule,
            "counts": [one.document for one in self.counts],
            "not_foretold": self.not_foretold,
            "notes": self.notes,
        }


def plan(project: Project) -> Plan:
    """Find out what the next run would do with what stands there now.

    Raises:
        UsageError: There was no run yet.
        ConfigurationError: journey.toml or a stage model says something that cannot be.
        Unavailable: A run is going on.
    """
    models, sources = stage_models(project), configured_sources(project)
    with opened(project.state_database, read_only=True) as connection:
        build = last_build(connection)
        if build is None:
            raise UsageError(
                "there was no run yet, so there is nothing to compare with.", hint="Start one: journey run"
            )
        notes = [*_notes(models, stored_models(connection)), *(told for one in models for told in stage_warnings(one))]
        files = [_new_files(connection, source) for source in sources]
        changed, is_whole = _changed(project, build, models, sources)
        # New rules are compared with what is stored; unchanged ones give what is stored.
        pairs, rules, counts = pl.DataFrame(), pl.DataFrame(), dict[str, OutcomeCounts]()
        before = dict[str, OutcomeCounts]()
        if is_whole and build.watermark_at is not None:
            before = stored_outcomes(connection, build.watermark_at)
            pairs, rules, counts = _asked_again(connection, project, models, build.watermark_at)
        customers = customers_count(connection, only_touched=not is_whole)
    moves = pairs.filter(pl.col("from_stage").is_not_null()) if pairs.height else pairs
    total = pairs.filter(pl.col("from_stage").is_null()) if pairs.height else pairs
    order = ["touchpoints_count", "from_stage", "to_stage"]
    again = [one.source for one in files if one.reads_again]
    waiting = any(one.files_count and not one.reads_again for one in files)
    return Plan(
        files,
        changed,
        customers,
        is_whole,
        moves.sort(order, descending=[True, False, False]).rows(named=True) if moves.height else [],
        int(total["touchpoints_count"].sum()) if total.height else 0,
        int(total["customers_count"].sum()) if total.height else 0,
        rules.sort(["touchpoints_count", "rule_id"], descending=[True, False]).rows(named=True) if rules.height else [],
        foretold(models, before, counts),
        not_foretold(changed, again, has_new_files=waiting),
        [
            *notes,
            *(f"{one.source}: {one.problem}" for one in files if one.problem),
            *fit_warnings(judged_fits(project, models)),
        ],
        models[0],
    )


def _asked_again(
    connection: Connection, project: Project, models: Sequence[StageModel], watermark: datetime
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, OutcomeCounts]]:
    """Moves of touchpoints by the main model, the rules that take them, and what each model would count."""
    lapse_after = project.settings.journeys.default_limit
    found: list[tuple[pl.DataFrame, pl.DataFrame]] = []
    counts: dict[str, OutcomeCounts] = {}
    for facts in analysed_facts(connection, project, models):
        for model in models:
            stages = find_stages(facts, model)
            counted = count_outcomes(facts, stages, lapse_after, watermark)
            counts[model.name] = counts[model.name] + counted if model.name in counts else counted
            if model is models[0]:
                named = stage_columns(facts.touchpoints, stages).with_columns(pl.all().cast(pl.String))
                found.append(restaged(connection, named.with_columns(event_key=facts.touchpoints.event_key)))
    pairs = pl.concat([by_stage for by_stage, _ in found] or [pl.DataFrame()])
    rules = pl.concat([by_rule for _, by_rule in found] or [pl.DataFrame()])
    if pairs.height:
        pairs = pairs.group_by("from_stage", "to_stage").agg(pl.all().sum())
        rules = rules.group_by("rule_id").agg(pl.all().sum())
    return pairs, rules, counts


def _new_files(connection: Connection, source: ConfiguredSource) -> NewFiles:
    """By what can be told without reading: a file whose content is known will be left alone after all."""
    again = bool(ledger.contents_of_other_settings(connection, source.name, source.settings_hash))
    listing = source.listed(None if again else ledger.position(connection, source.name))
    known = set() if again else ledger.known_stamps(connection, source.name)
    new = [stamp for stamp in listing.stamps if stamp not in known]
    problem = "its settings changed, so all of its files are read again." if again else ""
    problem = listing.failures[0].message if listing.failures else problem
    return NewFiles(source.name, len(new), sum(stamp.bytes_count or 0 for stamp in new), problem, again)


def _changed(
    project: Project, build: Build, models: Sequence[StageModel], sources: Sequence[ConfiguredSource]
) -> tuple[list[str], bool]:
    """Which of the things that decide everything changed, and whether everybody is recomputed for it."""
    names = [source.name for source in sources]
    if not project.customer_key.exists():
        raise ConfigurationError(
            f"{project.customer_key.name} is gone: without it every customer gets another id.",
            hint="Put it back from a copy. See [paths] customer_key in journey.toml.",
        )
    key = load_customer_key(project.customer_key, is_in_use=True)
    before: dict[str, str] = json.loads(build.inputs or "{}")
    now = fingerprints.inputs(project.settings, models, names, key)
    changed = [name for name, value in now.items() if before.get(name) != value]
    return changed, build.journeys_fingerprint != fingerprints.of_journeys(project.settings, models, names)


def _notes(models: Sequence[StageModel], stored: Sequence[str]) -> list[str]:
    names = [model.name for model in models]
    found = [f"new stage model: {name}" for name in names if name not in stored]
    found += [f"stage model that goes: {name}" for name in stored if name not in names]
    if stored and names[0] != stored[0]:
        found.append(f"the main stage model was {stored[0]} and becomes {names[0]}")
    return found


def _taken_by(model: StageModel, rule_id: str) -> str:
    if not rule_id:
        return "no interactions: they go with the stage that the customer is in"
    rule = model.rule(rule_id)
    return f"by rule {rule.rule_id} ({rule.place})" if rule else "interactions that no rule takes"


def _shown(stage: str) -> str:
    return stage or "(no stage yet)"
