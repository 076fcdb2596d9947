"""How the machine runs: ``journey.toml`` as one frozen object.

Stages and rules are not here; they are data of their own (``stage_model``). ``docs/settings.md`` is made from what
stands here: the ``Attributes:`` of a section say what its keys mean, the ``description`` of a type how it is written.
"""

from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from journey_analytics.config.annotations import AnnotationBlock, annotation_spans
from journey_analytics.config.journeys import JourneySection
from journey_analytics.config.places import PostgresSection, S3Section
from journey_analytics.config.setting_values import (
    Cron,
    Duration,
    Name,
    OptionalDuration,
    PathText,
    Section,
    TimeZone,
    check_unique,
)
from journey_analytics.config.toml_files import MistakeAt

SharedDevice = Literal["own_profile", "last_user"]
SessionScope = Literal["customer", "device"]


class ProjectSection(Section):
    """What the project is called and which clock its business runs on.

    Attributes:
        name: Name in the pages of the report.
        time_zone: Zone of the business. Every date and every month in tables and pages is one there.
    """

    name: str = "Customer journeys"
    time_zone: TimeZone = "UTC"


class PathSection(Section):
    """Folders and files, relative to journey.toml.

    Attributes:
        state: Folder of the state database, which holds raw identifiers.
        warehouse: Folder of the published file, ``journey.duckdb``.
        reports: Folder of the pages.
        customer_key: File with the key of the pseudonyms. It is made when it is missing. Without it every customer id
            changes: back it up.
        stage_fits: Folder of what ``journey fit`` stores, a file per stage model. Keep it with journey.toml.
        lapse_thresholds: File with the limits of silence that ``journey lapse learn`` learned. It is an input like
            journey.toml: keep the two together.
    """

    state: PathText = "state"
    warehouse: PathText = "warehouse"
    reports: PathText = "reports"
    customer_key: PathText = "customer.key"
    stage_fits: PathText = "stage_fits"
    lapse_thresholds: PathText = "lapse_thresholds.toml"


class EventSection(Section):
    """What counts as an interaction beyond the definitions.

    Attributes:
        email_opens_are_interactions: Whether an opened e-mail is an interaction. Mail programs open many by themselves,
            so by default it is none.
    """

    email_opens_are_interactions: bool = False


class IdentitySection(Section):
    """Which identifiers are not to be trusted, and whose a shared device is.

    Attributes:
        blocked_values: Values that count as no identifier at all, such as ``"guest"`` or the e-mail address of a till.
            Upper and lower case are the same. ``0``, ``null``, ``unknown`` and their like are blocked already.
        max_values: With more values of one stronger kind than this, an identifier links nobody: an e-mail address seen
            with six user ids, a cookie seen with six e-mail addresses.
        shared_device: Whose the events are on a browser or device (an anonymous or device id) that several profiles
            used. ``own_profile``: each belongs to its own user id, and those without one to none of them.
            ``last_user``, as Segment's: all of them, whatever their user id, belong to the user id seen there last; a
            later one takes them all over. A device with more users than ``max_values`` stays ``own_profile``.
    """

    blocked_values: tuple[str, ...] = ()
    max_values: int = Field(default=5, ge=1)
    shared_device: SharedDevice = "own_profile"


class SessionSection(Section):
    """When a session ends.

    Attributes:
        timeout: A longer gap between two interactions starts a new session.
        max_duration: The interaction that would make a session longer than this starts the next one.
        session_scope: ``customer``: a customer has one session at a time, wherever. ``device``, as Segment's: sessions
            never span browsers or devices (the anonymous id, else the device id), so those of a customer may overlap;
            interactions without either make sessions of their own.
    """

    timeout: Duration = timedelta(minutes=30)
    max_duration: OptionalDuration = timedelta(hours=24)
    session_scope: SessionScope = "customer"


class StageSection(Section):
    """Which stage models run.

    Attributes:
        models: Names of shipped models, or TOML files of the project. The first is the main one: sessions, touchpoints,
            customers and the summary are about it. ``journeys.touchpoint_stages`` has those of touchpoints by all.
        inferred: Names of stage models (what their ``name =`` says) whose stored fit every run applies, which gives
            ``marts.session_stages``. ``journey fit`` stores it. A run never fits, and shows nothing of a fit that
            foretells no better than the rules, or is of another stage model than now; it says so instead.
    """

    models: tuple[PathText, ...] = Field(default=("lifecycle",), min_length=1)
    inferred: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _differ(self) -> "StageSection":
        check_unique(self.models, ("models",), "two stage models have")
        check_unique(self.inferred, ("inferred",), "two entries have")
        return self


class CheckSection(Section):
    """Limits of the checks that warn. They stop nothing.

    Attributes:
        max_unmapped_rate: Share of interactions that no rule matches, above which a run warns.
        max_rejected_rate: Share of a file's rows that are rejected, above which a run warns.
    """

    max_unmapped_rate: float = Field(default=0.05, ge=0, le=1)
    max_rejected_rate: float = Field(default=0.05, ge=0, le=1)


class ScheduleSection(Section):
    """When ``pipelines/deployments.py`` starts the nightly run. ``journey run`` does not look at it.

    Attributes:
        cron: Minute, hour, day of month, month and day of week, in the project's time zone.
    """

    cron: Cron = "10 2 * * *"


class SourceBlock(BaseModel):
    """Where events come from: one block per source. Its type may have keys of its own, below.

    Attributes:
        name: A name of yours: small letters, digits and ``_``, beginning with a letter. Event ids begin with it, so a
            new name means new events.
        type: Which format the files have: one of those below.
        files: Patterns of file names, relative to journey.toml or absolute, or in S3-compatible storage:
            ``"s3://bucket/web/*.ndjson.gz"``. ``*`` stands for any name within a folder, ``**`` for folders. Each file
            is ``.ndjson``, ``.json``, ``.csv``, ``.tsv`` or ``.parquet``, plain or as ``.gz`` or ``.zst``.
        postgres: In the place of ``files``, for ``type = "table"``: a table or query of a PostgreSQL database.
        required: Whether the watermark waits for this source. With required sources, outcomes are judged at the latest
            time up to which all of them have events; without any, at the latest event of all sources. While a
            required source has no event at all, there are no journeys. Say ``true`` for sources that arrive every night
            and without which customers would seem silent.
        separator: Character between the columns of its CSV files, such as ``";"`` from a spreadsheet.
        contract: What happens to rows with a field that the source does not read: ``evolve`` takes them, keeps the
            field where the source keeps anything, and tells of it when it is new; ``freeze`` rejects them, unless
            ``known_fields`` lists the field.
        known_fields: Under ``freeze``, fields that rows may have besides those that the source reads: columns, or
            dotted paths with all that is below. ``journey fields NAME`` prints the line for what has arrived so far.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    name: Name
    type: str
    files: tuple[PathText, ...] = ()
    postgres: PostgresSection | None = None
    required: bool = False
    separator: str = Field(default=",", min_length=1, max_length=1)
    contract: Literal["evolve", "freeze"] = "evolve"
    known_fields: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _uses_known_fields(self) -> "SourceBlock":
        if self.known_fields and self.contract == "evolve":
            raise MistakeAt(
                ("known_fields",), 'means something only with contract = "freeze"; add it or leave both out.'
            )
        return self

    @model_validator(mode="after")
    def _one_place(self) -> "SourceBlock":
        if bool(self.files) == (self.postgres is not None):
            raise ValueError(
                "a source has either 'files', a list of patterns, or 'postgres'; name exactly one of them."
            )
        return self

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
    s3: S3Section = S3Section()
    sources: tuple[SourceBlock, ...] = ()
    annotations: tuple[AnnotationBlock, ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> "Settings":
        if self.journeys.default_limit < self.sessions.timeout:
            is_set = "lapse_after" in self.journeys.model_fields_set and not self.journeys.is_learned
            written = ("journeys", "lapse_after") if is_set else ("sessions", "timeout")
            raise MistakeAt(written, "journeys.lapse_after must not be shorter than sessions.timeout.")
        check_unique([source.name for source in self.sources], ("sources",), "two [[sources]] have")
        annotation_spans(self.annotations, self.project.time_zone)
        return self
