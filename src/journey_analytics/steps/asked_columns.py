"""Which columns of events the settings and stage models of a project ask for."""

from collections.abc import Sequence

from journey_analytics.config import Settings
from journey_analytics.stage_model import StageModel
from journey_analytics.transform.identities import no_identifiers
from journey_analytics.transform.rule_columns import rule_columns
from journey_analytics.warehouse.event_columns import Asked


def asked_columns(settings: Settings, models: Sequence[StageModel]) -> Asked:
    """What the transforms read of an event."""
    no_identifier = tuple(no_identifiers(settings.identity.blocked_values))
    return Asked(rule_columns(models), no_identifier, settings.sessions.session_scope == "device")
