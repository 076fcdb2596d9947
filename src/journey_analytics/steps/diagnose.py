"""Diagnose: whether everything is in place for a run; what ``journey doctor`` prints."""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path, PurePath

import polars as pl

from journey_analytics.config import Project
from journey_analytics.errors import JourneyError, SourceFailure, Unavailable, storage_failures
from journey_analytics.places.local import shown_name
from journey_analytics.places.place import FileStamp
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.configured_sources import ConfiguredSource, configured_sources
from journey_analytics.steps.diagnose_rules import diagnose_rules
from journey_analytics.steps.diagnosis import Finding
from journey_analytics.steps.event_type_words import misspelt_types
from journey_analytics.steps.field_watch import FieldWatch
from journey_analytics.steps.reading import ReadRows, read_rows
from journey_analytics.steps.rule_findings import model_warnings
from journey_analytics.steps.runs import only_run
from journey_analytics.steps.stage_fits import fit_warnings, judged_fits
from journey_analytics.warehouse.connection import opened, read_everything
from journey_analytics.warehouse.queries import query_published

_LITTLE_DISK = 2 * 1024**3
_FIRST_ROWS = 1_000
_PACKAGES = ("duckdb", "polars", "plotly", "networkx", "prefect")


def diagnose(project: Project) -> list[Finding]:
    """Look at everything; an error in one place does not hide the others."""
    findings = [_versions()]
    for name, look in (
        ("config", _settings),
        ("sources", _sources),
        ("state", _state),
        ("disk", _disk),
        ("folders", _folders),
        ("published", _published),
    ):
        findings += _looked(name, look, project)
        if findings[-1].status == "bad" and name == "config":
            break
    return findings


def _looked(name: str, look: Callable[[Project], Iterator[Finding]], project: Project) -> list[Finding]:
    try:
        with storage_failures():
            return list(look(project))
    except JourneyError as error:
        return [Finding(name, "bad", error.message, error.hint, error.exit_code)]


def _versions() -> Finding:
    packages = " · ".join(f"{package} {version(package)}" for package in _PACKAGES)
    return Finding(
        "versions",
        "good",
        f"journey {version('journey-analytics')} · Python {platform.python_version()} · {packages}",
    )


def _settings(project: Project) -> Iterator[Finding]:
    settings, models = project.settings, stage_models(project)
    shown = ", ".join(f"{model.name} ({len(model.stages)} stages, {len(model.rules)} rules)" for model in models)
    yield Finding("config", "good", f"{project.file.path.name} ({settings.project.time_zone}); stage models {shown}")
    for told in model_warnings(models):
        yield Finding("rules", "warning", told)
    for told in fit_warnings(judged_fits(project, models)):
        yield Finding("fits", "warning", told)


def _sources(project: Project) -> Iterator[Finding]:
    sources = configured_sources(project)
    if not sources:
        yield Finding("sources", "bad", "journey.toml declares none", "Name them in [[sources]] blocks.", exit_code=2)
    for source in sources:
        try:
            yield from _source(source)
        except JourneyError as error:
            yield _bad(error)
    for told in misspelt_types(sources, stage_models(project)):
        yield Finding("sources", "warning", told)


def _source(source: ConfiguredSource) -> Iterator[Finding]:
    """Look at what stands at its places; at a database only a fetch can tell."""
    listing = source.listed()
    for failure in listing.failures:
        yield _bad(failure)
    told = f"{source.name} ({source.source.name}): "
    if not listing.stamps and not listing.failures:
        yield Finding("sources", "warning", f"{told}0 files", f"No file matches {', '.join(source.patterns)}.")
    elif listing.stamps:
        newest = max(listing.stamps, key=lambda stamp: stamp.modified_nanoseconds)
        name = shown_name(PurePath(newest.path))
        told += name if source.postgres else f"{len(listing.stamps)} files, newest {name}"
        yield _first_rows(source, newest, told)


def _bad(error: JourneyError, told: str = "") -> Finding:
    return Finding("sources", "bad", told + error.message, error.hint, error.exit_code)


def _first_rows(source: ConfiguredSource, newest: FileStamp, told: str) -> Finding:
    """Read the beginning of the newest file; nothing is kept."""
    place = source.place_of(newest.path)
    with opened() as connection, tempfile.TemporaryDirectory() as folder:
        try:
            with place.at_hand(newest, Path(folder), beginning=True) as found_file:
                shapes, watch = source.shapes(), FieldWatch(source.contract)
                with closing(read_rows(connection, found_file.path, shapes, source.layout, newest.path, watch)) as rows:
                    found = _beginning(rows)
        except SourceFailure as failure:
            return _bad(failure, f"{told}: ")
    if not found:
        return Finding("sources", "warning", f"{told}, which is empty")
    refused = pl.concat(part.refused for part in found).sort("line")
    rejected = refused.filter(pl.col("verdict") == "rejected")
    read = sum(part.accepted.height for part in found) + refused.height
    if rejected.is_empty():
        return Finding("sources", "good", f"{told}; its first {read:,} rows can be read")
    first = rejected.row(0, named=True)
    told = f"{told}: {rejected.height:,} of its first {read:,} rows are bad"
    status = "bad" if rejected.height == read else "warning"
    return Finding("sources", status, told, f"Line {first['line']}: {first['reason']}.", 1 if status == "bad" else 0)


def _beginning(rows: Iterator[ReadRows]) -> list[ReadRows]:
    """The first parts of a file: each is of one shape, and rows of no known shape come before all others."""
    found: list[ReadRows] = []
    for part in rows:
        found.append(part)
        if sum(one.accepted.height + one.refused.height for one in found) >= _FIRST_ROWS:
            break
    return found


def _state(project: Project) -> Iterator[Finding]:
    path = project.state_database
    if not path.exists():
        yield Finding("state", "good", "no run yet")
        return
    try:
        with only_run(project), opened(path, read_only=True) as connection:
            read_everything(connection)
            yield Finding("state", "good", f"{path.name} {path.stat().st_size / 1e6:.1f} MB, no run going on")
    except Unavailable as error:
        yield Finding("state", "bad", error.message, error.hint, error.exit_code)


def _disk(project: Project) -> Iterator[Finding]:
    free = shutil.disk_usage(project.folder).free
    told = f"{free / 1e9:.1f} GB free"
    if free < _LITTLE_DISK:
        yield Finding("disk", "warning", told, "A run needs about three times the size of the published file.")
    else:
        yield Finding("disk", "good", told)


def _folders(project: Project) -> Iterator[Finding]:
    """Whether everything can be written that a run writes; nothing is tried."""
    closed = [
        f"{name} ({path}): {problem}"
        for name, path, is_file in (
            ("state", project.state_database, True),
            ("warehouse", project.published_database, True),
            ("reports", project.reports / "latest", False),
            ("customer_key", project.customer_key, True),
        )
        if (problem := _why_not_writable(path, is_file=is_file))
    ]
    for told in closed:
        yield Finding("folders", "bad", told, "Change its rights, or name another place under [paths].", exit_code=2)
    if not closed:
        yield Finding("folders", "good", "state, warehouse and reports can be written")


def _why_not_writable(path: Path, *, is_file: bool) -> str:
    ground = next(folder for folder in path.parents if folder.exists())
    if not ground.is_dir():
        return f"{ground} is a file, and a folder is needed"
    if is_file and path.is_dir():
        return f"{path} is a folder, and a file is needed"
    closed = [place for place in (ground, path) if place.exists() and not os.access(place, os.W_OK)]
    return f"{closed[0]} cannot be written" if closed else ""


def _published(project: Project) -> Iterator[Finding]:
    path = project.published_database
    if not path.exists():
        yield Finding("published", "warning", "nothing yet", "Make it with: journey run")
        return
    row = query_published(path, "select run_id, watermark_at from ops.settings").row(0, named=True)
    until = f"{row['watermark_at']:%Y-%m-%d %H:%M} UTC" if row["watermark_at"] else "never"
    yield Finding(
        "published",
        "good",
        f"{path.name} {path.stat().st_size / 1e6:.1f} MB, run {row['run_id']}, data until {until}",
    )
    yield from diagnose_rules(project, path)
