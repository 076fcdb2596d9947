"""Config: ``journey.toml`` read, checked with file and line, and given as one frozen object."""

from journey_analytics.config.journeys import JourneySection
from journey_analytics.config.project import STATE_DATABASE, Project
from journey_analytics.config.setting_values import Section
from journey_analytics.config.settings import (
    IdentitySection,
    ProjectSection,
    SessionScope,
    SessionSection,
    Settings,
    SharedDevice,
    SourceBlock,
)

__all__ = [
    "STATE_DATABASE",
    "IdentitySection",
    "JourneySection",
    "Project",
    "ProjectSection",
    "Section",
    "SessionScope",
    "SessionSection",
    "Settings",
    "SharedDevice",
    "SourceBlock",
]
