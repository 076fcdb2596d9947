"""How the machine runs: ``journey.toml`` as one frozen object.

Stages and rules are not here; they are data of their own (``stage_model.py``).
"""

import re
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from journey_analytics.toml_files import TomlFile, read_toml, validated

SETTINGS_FILE = "journey.toml"

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: Any) -> timedelta:  # noqa: ANN401
    """Read a duration written as a number and a unit.

    >>> parse_duration("30m"), parse_duration("30d")
    (datetime.timedelta(seconds=1800), datetime.timedelta(days=30))
    """
    found = re.fullmatch(r"\s*(\d+)\s*([smhdw])\s*", str(text))
    if not found:
        raise ValueError(f"'{text}' is not a duration; write for example '30m', '24h' or '30d'.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _parse_optional_duration(text: Any) -> timedelta | None:  # noqa: ANN401
    return None if text == "off" else parse_duration(text)


def check_time_zone(name: str) -> str:
    """Accept an IANA zone name, refuse anything else."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{name}' is not a time zone; write for example 'Europe/Prague' or 'UTC'.") from None
    return name


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
OptionalDuration = Annotated[timedelta | None, BeforeValidator(_parse_optional_duration)]
TimeZone = Annotated[str, AfterValidator(check_time_zone)]


class Section(BaseModel):
    """Base of every settings section: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProjectSection(Section):
    """What the project is called and which clock its business runs on."""

    name: str = "Customer journeys"
    time_zone: TimeZone = "UTC"


class PathSection(Section):
    """Folders and files, relative to journey.toml."""

    state: str = "state"
    warehouse: str = "warehouse"
    reports: str = "reports"
    customer_key: str = "customer.key"


class EventSection(Section):
    """What counts as an interaction beyond the definitions."""

    email_opens_are_interactions: bool = False


class IdentitySection(Section):
    """Which identifiers are not to be trusted."""

    blocked_values: tuple[str, ...] = ()
    max_values: int = Field(default=5, ge=1)


class SessionSection(Section):
    """When a session ends."""

    timeout: Duration = timedelta(minutes=30)
    max_duration: OptionalDuration = timedelta(hours=24)


class JourneySection(Section):
    """When silence becomes a drop-off (θ)."""

    lapse_after: Duration = timedelta(days=30)


class StageSection(Section):
    """Which stage models run: names of shipped ones, or TOML files of the project. The first is the main one."""

    models: tuple[str, ...] = Field(default=("lifecycle",), min_length=1)


class CheckSection(Section):
    """Limits of the checks that warn."""

    max_unmapped_rate: float = Field(default=0.05, ge=0, le=1)
    max_rejected_rate: float = Field(default=0.05, ge=0, le=1)


class ScheduleSection(Section):
    """When the nightly run starts, in the project's time zone."""

    cron: str = "10 2 * * *"


class SourceBlock(BaseModel):
    """One ``[[sources]]`` block; what it says beyond these keys is read by the source's own options."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: str
    files: tuple[str, ...] = Field(min_length=1)
    required: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """The keys that belong to the source's type."""
        return dict(self.model_extra or {})


class Settings(Section):
    """Everything journey.toml says, with defaults for what it does not say."""

    project: ProjectSection = ProjectSection()
    paths: PathSection = PathSection()
    events: EventSection = EventSection()
    identity: IdentitySection = IdentitySection()
    sessions: SessionSection = SessionSection()
    journeys: JourneySection = JourneySection()
    stages: StageSection = StageSection()
    checks: CheckSection = CheckSection()
    schedule: ScheduleSection = ScheduleSection()
    sources: tuple[SourceBlock, ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> "Settings":
        if self.journeys.lapse_after < self.sessions.timeout:
            raise ValueError("journeys.lapse_after must not be shorter than sessions.timeout.")
        names = [source.name for source in self.sources]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"two [[sources]] have the name '{min(twice)}'; names must differ.")
        return self


class Project:
    """A project folder: its settings and where its files stand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @cached_property
    def file(self) -> TomlFile:
        """journey.toml as read, for errors that point into it."""
        return read_toml(self.folder / SETTINGS_FILE)

    @cached_property
    def settings(self) -> Settings:
        """The validated settings.

        Raises:
            ConfigurationError: journey.toml is missing or says something that cannot be.
        """
        return validated(Settings, self.file.values, self.file)

    @property
    def state_database(self) -> Path:
        """The pipeline's own database: events and raw identifiers. Nobody else opens it."""
        return self.folder / self.settings.paths.state / "pipeline.duckdb"

    @property
    def published_database(self) -> Path:
        """The file that analysts open."""
        return self.folder / self.settings.paths.warehouse / "journey.duckdb"

    @property
    def candidate_database(self) -> Path:
        """Tonight's file, built beside the published one and moved over it once the checks pass."""
        return self.published_database.with_suffix(".candidate.duckdb")

    @property
    def reports(self) -> Path:
        """Folder of the report site."""
        return self.folder / self.settings.paths.reports

    @property
    def customer_key(self) -> Path:
        """The secret of customer ids; kept outside the databases on purpose."""
        return self.folder / self.settings.paths.customer_key
