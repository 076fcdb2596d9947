"""Fingerprints of what is decided by other things than data: a change rebuilds exactly what depends on it."""

import hashlib
from collections.abc import Sequence

from journey_analytics.config import Settings
from journey_analytics.resources import code_fingerprint
from journey_analytics.stage_model import StageModel
from journey_analytics.transform.rule_columns import rule_columns
from journey_analytics.version import __version__
from journey_analytics.warehouse.connection import STORAGE_VERSION
from journey_analytics.warehouse.identity_tables import IdentityRules

_TRANSFORMS = ("arrays", "transform", "stage_model", "contracts", "vocabulary.py", "warehouse")


def of_identities(rules: IdentityRules, sources: Sequence[str]) -> str:
    """Of who is who: the rules, the key of customer ids, which sources count."""
    used = (sorted(rules.blocked_values), rules.max_values, rules.shared_device)
    return _digest(used, of_key(rules.key), sorted(sources), code_fingerprint(*_TRANSFORMS))


def of_key(key: bytes) -> str:
    """Of the key of customer ids, which it does not give away."""
    return hashlib.sha256(key).hexdigest()


def of_journeys(settings: Settings, models: Sequence[StageModel], sources: Sequence[str]) -> str:
    """Of what a session, a stage, a journey is; titles and descriptions change nothing in it."""
    asks_identifiers = settings.sessions.session_scope == "device" or rule_columns(models).identifiers
    no_identifier = sorted(settings.identity.blocked_values) if asks_identifiers else ()
    used = (settings.events, settings.sessions, settings.journeys.default_limit, no_identifier)
    return _digest(_of_models(models), _of_learned(models), used, sorted(sources), code_fingerprint(*_TRANSFORMS))


def of_tables(settings: Settings, models: Sequence[StageModel]) -> str:
    """Of what a published table says of given journeys."""
    code = code_fingerprint("sql", "marts", "analysis", "arrays", "warehouse")
    return _digest(settings.project.time_zone, models[0].name, STORAGE_VERSION, code)


def of_stage_fit(settings: Settings, model: StageModel) -> dict[str, str]:
    """Of what a stage fit is made of beside the data, part by part; goals and limits of silence are not looked at."""
    stages = (model.stage_names, [(rule.stage, rule.conditions) for rule in model.rules])
    return {
        "stages and rules": _digest(stages),
        "[events]": _digest(settings.events),
        "[sessions]": _digest(settings.sessions),
    }


def inputs(settings: Settings, models: Sequence[StageModel], sources: Sequence[str], key: bytes) -> dict[str, str]:
    """What decides the tables beside the data, part by part, so that it can be told which part changed.

    These stand in the published file too: without the key nobody can try out which addresses are blocked.
    """
    return {
        "stage models": _digest(_of_models(models)),
        "events": _digest(settings.events),
        "sessions": _digest(settings.sessions),
        "journeys": _digest(settings.journeys.default_limit),
        "learned limits": _digest(_of_learned(models)),
        "identity": _digest(settings.identity, hashlib.sha256(key).hexdigest()),
        "sources": ", ".join(sorted(sources)),
        "time zone": settings.project.time_zone,
        "software": f"{__version__} ({code_fingerprint(*_TRANSFORMS)[:8]})",
    }


def _of_models(models: Sequence[StageModel]) -> list[object]:
    return [
        (
            model.name,
            [(stage.name, stage.is_goal, stage.lapse_after) for stage in model.stages],
            [(rule.rule_id, rule.stage, rule.conditions) for rule in model.rules],
            model.conversions,
        )
        for model in models
    ]


def _of_learned(models: Sequence[StageModel]) -> list[object]:
    """The learned limits of silence, where they count."""
    return [
        (model.name, stage.name, stage.learned_lapse_after)
        for model in models
        for stage in model.stages
        if stage.learned_lapse_after is not None and stage.lapse_after is None
    ]


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
