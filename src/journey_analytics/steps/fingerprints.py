"""Fingerprints of what is decided by other things than data: a change rebuilds exactly what depends on it."""

import hashlib
from collections.abc import Sequence

from journey_analytics.config import Settings
from journey_analytics.resources import code_fingerprint
from journey_analytics.stage_model import StageModel
from journey_analytics.warehouse.connection import STORAGE_VERSION
from journey_analytics.warehouse.identity_tables import IdentityRules

_TRANSFORMS = ("transform", "stage_model", "contracts", "vocabulary.py", "warehouse")


def of_identities(rules: IdentityRules, sources: Sequence[str]) -> str:
    """Of who is who: the rules, the key of customer ids, which sources count."""
    used = (sorted(rules.blocked_values), rules.max_values, rules.shared_device)
    return _digest(used, of_key(rules.key), sorted(sources), code_fingerprint(*_TRANSFORMS))


def of_key(key: bytes) -> str:
    """Of the key of customer ids, which it does not give away."""
    return hashlib.sha256(key).hexdigest()


def of_journeys(settings: Settings, models: Sequence[StageModel], sources: Sequence[str]) -> str:
    """Of what a session, a stage, a journey is; titles and descriptions change nothing in it."""
    of_models = [
        (
            model.name,
            [(stage.name, stage.is_goal, stage.lapse_after) for stage in model.stages],
            [(rule.rule_id, rule.stage, rule.conditions) for rule in model.rules],
            model.conversions,
        )
        for model in models
    ]
    is_by_device = settings.sessions.session_scope == "device"
    no_device = sorted(settings.identity.blocked_values) if is_by_device else ()
    used = (settings.events, settings.sessions, settings.journeys, no_device)
    return _digest(of_models, used, sorted(sources), code_fingerprint(*_TRANSFORMS))


def of_tables(settings: Settings, models: Sequence[StageModel]) -> str:
    """Of what a published table says of given journeys."""
    code = code_fingerprint("sql", "marts", "analysis", "warehouse")
    return _digest(settings.project.time_zone, models[0].name, STORAGE_VERSION, code)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
