"""Explain: which rule gave an event its stage, and what else would have matched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from journey_analytics.config import Project
from journey_analytics.errors import UsageError
from journey_analytics.stage_model import Rule, StageModel
from journey_analytics.steps.asked_columns import asked_columns
from journey_analytics.steps.build import stage_models
from journey_analytics.transform.asked_texts import asked_texts
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.sessions import find_sessions
from journey_analytics.transform.stages import matching_rules
from journey_analytics.transform.touchpoints import read_events, touchpoints_of
from journey_analytics.warehouse.connection import opened
from journey_analytics.warehouse.explain import customer_of_event, events_of_customer, stages_by_rule

_MATCHES_SHOWN = 10


@dataclass(frozen=True)
class Explanation:
    """Sentences for people, and the same as data."""

    lines: list[str]
    document: dict[str, Any]


def explain_event(project: Project, name: str) -> Explanation:
    """Explain one event by its id, or all events of a name or type.

    Raises:
        UsageError: There was no run yet, or there is no such event.
    """
    models = stage_models(project)
    with opened(project.state_database, read_only=True) as connection:
        found = customer_of_event(connection, name)
        if found is not None:
            asked = asked_columns(project.settings, models)
            events = events_of_customer(connection, found.customer_key, asked)
            return _one_event(project, models, events, found.event_key, name)
        by_rule = stages_by_rule(connection, name)
    if by_rule.is_empty():
        raise UsageError(
            f"no touchpoint has the id, name or type '{name}'.",
            hint='See which there are: journey query "select event_type, event_name, count(*) from journeys.touchpoints'
            ' group by all order by 3 desc"',
        )
    return _events_by_rule(models, by_rule, name)


def _one_event(
    project: Project, models: Sequence[StageModel], events: pl.DataFrame, event_key: int, name: str
) -> Explanation:
    email_opens_count = project.settings.events.email_opens_are_interactions
    texts = asked_texts(condition for model in models for condition in model.conditions())
    read = read_events(events, texts, email_opens_count=email_opens_count)
    touchpoints = touchpoints_of(read, np.arange(events.height))
    places = np.flatnonzero(touchpoints.event_key == event_key)
    if not len(places):
        return Explanation(
            [f"{name} is no touchpoint: it repeats a contact that another event has with its exact time."], {}
        )
    place = int(places[0])
    event = events.row(int(touchpoints.row[place]), named=True)
    told = [
        (
            f"event    {event['event_id']}: {event['event_type']} ({event['event_name']}), channel {event['channel']}, "
            f"{event['occurred_at']:%Y-%m-%d %H:%M:%S} UTC"
        ),
    ]
    if not touchpoints.is_interaction[place]:
        told.append(
            f"stage    that of the last interaction before it: it is no interaction (actor {event['actor']}"
            f"{', done by a machine' if event['is_machine'] else ''}), so no rule is asked"
        )
        return Explanation(told, {"event_id": event["event_id"], "is_interaction": False})
    cutting = project.settings.sessions
    sessions = find_sessions(touchpoints, cutting.timeout, cutting.max_duration, cutting.session_scope)
    facts = Facts(touchpoints, sessions)
    matched = {model.name: _matching(facts, model, place) for model in models}
    told += [line for model in models for line in _told(matched[model.name], "" if model is models[0] else model.name)]
    main, *others = models
    document = {"event_id": event["event_id"], "is_interaction": True, **_document(matched[main.name])}
    if others:
        document["other_models"] = {model.name: _document(matched[model.name]) for model in others}
    return Explanation(told, document)


def _matching(facts: Facts, model: StageModel, place: int) -> list[Rule]:
    flags = matching_rules(facts, model.rules).row(place, named=True)
    return [rule for rule in model.rules if flags[rule.rule_id]]


def _told(matched: list[Rule], model: str) -> Iterator[str]:
    """The rule that wins, and those below; of a model that is not the main one with its name."""
    if model:
        yield f"model    {model}"
    if not matched:
        yield "stage    (unmapped): no rule matches"
        return
    yield f"stage    {matched[0].stage}   rule {matched[0].rule_id} ({matched[0].place})"
    yield from (f"also     {rule.stage}   rule {rule.rule_id} ({rule.place}), lower priority" for rule in matched[1:])


def _document(matched: list[Rule]) -> dict[str, Any]:
    return {
        "stage": matched[0].stage if matched else None,
        "rules": [{"rule_id": rule.rule_id, "stage": rule.stage, "place": rule.place} for rule in matched],
    }


def _without_rule(row: dict[str, Any]) -> str:
    if row["rule_id"]:
        return f"rule {row['rule_id']}, which the stage model no longer has"
    return "no rule matches" if row["is_interaction"] else "no interaction"


def _events_by_rule(models: Sequence[StageModel], by_rule: pl.DataFrame, name: str) -> Explanation:
    """Counts by each model that the last run knew."""
    lines = [f"touchpoints named '{name}', by the rule that gave their stage in the last run:"]
    found = {
        model.name: by_rule.filter(stage_model=model.name).drop("stage_model").rows(named=True) for model in models
    }
    for model in models:
        rows = found[model.name]
        lines += [f"model    {model.name}"] if rows and model is not models[0] else []
        lines += [_told_by_rule(model, row) for row in rows[:_MATCHES_SHOWN]]
    main, *others = models
    example = (found[main.name] or by_rule.rows(named=True))[0]["example"]
    lines.append(f"one of them in detail: journey explain event {example}")
    document: dict[str, Any] = {"name": name, "by_rule": found[main.name]}
    if others:
        document["other_models"] = {model.name: found[model.name] for model in others}
    return Explanation(lines, document)


def _told_by_rule(model: StageModel, row: dict[str, Any]) -> str:
    rule = model.rule(row["rule_id"]) if row["rule_id"] else None
    why = f"rule {rule.rule_id} ({rule.place})" if rule else _without_rule(row)
    return f"{row['touchpoints_count']:>10,}  {row['stage'] or 'before any stage':<18}{why}"
