"""Small project folders for tests that read files."""

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from journey_analytics.config import Project
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.ingest import Ingested, ingest
from journey_analytics.steps.night import Night, run_night
from journey_analytics.steps.runs import Run
from journey_analytics.warehouse.connection import opened

AS_OF = datetime(2026, 11, 1, tzinfo=UTC)

SEGMENT = '[[sources]]\nname = "web"\ntype = "segment"\nfiles = ["web/*"]\n'
SENDGRID = '[[sources]]\nname = "email"\ntype = "sendgrid"\nfiles = ["email/*"]\n'
ORDERS = """
[[sources]]
name = "shop"
type = "table"
files = ["shop/*"]
channel = "store"
key = ["order"]
time = { column = "at", zone = "UTC" }
[sources.fields]
user_id = "customer"
event_type = { constant = "purchase" }
value = "amount"
"""


def make_project(folder: Path, *blocks: str, head: str = "") -> Project:
    """A project with these blocks in its journey.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "journey.toml").write_text("\n".join([head, *blocks]))
    return Project(folder)


def put(project: Project, name: str, content: str | bytes) -> Path:
    """Write a file of the project."""
    path = project.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def copied(project: Project, folder: Path) -> Project:
    """A copy of a project with all that its nights made, to go on from: what several tests begin with is made once."""
    return Project(shutil.copytree(project.folder, folder, symlinks=True, dirs_exist_ok=True))


def load(project: Project, source: str, run_id: str = "run") -> Ingested:
    """Ingest one source."""
    return ingest(project, configured_source(Project(project.folder), source), run_id)


def night(project: Project, run_id: str = "run", *, with_report: bool = False) -> Night:
    """A whole night, at a fixed time."""
    return run_night(Project(project.folder), Run(run_id, AS_OF), lambda _: None, with_report=with_report)


def rows_of(database: Path, query: str) -> pl.DataFrame:
    """Result of a query of any database file."""
    with opened(database, read_only=True) as connection:
        return connection.sql(query).pl()


def state(project: Project, query: str) -> pl.DataFrame:
    """Result of a query of the pipeline's own database."""
    return rows_of(project.state_database, query)


def contents(database: Path, tables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of tables, in the order of all their columns: equal for equal tables."""
    with opened(database, read_only=True) as connection:
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in tables}


STAGING = ("staging.events", "staging.ad_costs", "staging.source_rows", "staging.reference_links", "staging.partitions")
JOURNEYS = (
    "journeys.identifier_sets", "journeys.identities", "journeys.touchpoints", "journeys.sessions", "journeys.stage_visits", "journeys.journeys",
    "journeys.transitions", "journeys.conversions", "journeys.stages",
)  # fmt: skip
MARTS = (
    "journeys.customers", "journeys.silences", "marts.silent_customers", "marts.journey_outcomes", "marts.first_passages",
    "marts.stage_funnel", "marts.stage_flows", "marts.stage_transitions", "marts.drop_offs", "marts.stage_outlook",
    "marts.attribution", "marts.conversion_paths", "marts.stage_entries", "marts.watched_rates", "marts.findings",
    "marts.friction_sessions", "marts.friction", "marts.company_responses", "marts.contact_times", "marts.satisfaction",
    "marts.repeat_purchases", "marts.next_steps", "marts.next_step_scores", "ops.lapse_thresholds",
)  # fmt: skip


def everything(project: Project) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of staging, journeys and marts."""
    return contents(project.state_database, [*STAGING, *JOURNEYS]) | contents(project.published_database, MARTS)


def message(number: int, at: str, **more: Any) -> str:
    """A Segment track or page message as a line."""
    base = {"type": "page", "messageId": f"m{number}", "anonymousId": "cookie", "timestamp": at, "receivedAt": at}
    return json.dumps(base | more)
