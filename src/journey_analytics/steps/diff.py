"""Diff: the numbers of two runs side by side, and why they differ, from what each build noted (docs/adr/0021)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from journey_analytics.config import Project
from journey_analytics.errors import JourneyError, UsageError, did_you_mean
from journey_analytics.steps.runs import is_running
from journey_analytics.warehouse.build_history import KeptBuild, causes_of, inputs_between, kept_builds, numbers_of
from journey_analytics.warehouse.connection import Connection, opened
from journey_analytics.warehouse.month_changes import KEPT_BUILDS

LATEST, PREVIOUS = "latest", "previous"
_LISTED = 7
_READABLE = ("sources", "time zone", "software")
"""Inputs that are kept by their names, not as fingerprints."""


@dataclass(frozen=True)
class Diff:
    """Two runs side by side.

    Attributes:
        first: The last build of the first run.
        second: That of the second.
        other_inputs: What else than data changed between them, in words.
        numbers: As ``warehouse.build_history.numbers_of`` gives them.
        causes: As ``warehouse.build_history.causes_of`` gives them.
    """

    first: KeptBuild
    second: KeptBuild
    other_inputs: list[str]
    numbers: pl.DataFrame
    causes: pl.DataFrame


def diff(project: Project, first: str, second: str) -> Diff:
    """Compare the numbers of two runs; nothing is written, nor computed anew.

    Args:
        project: The project.
        first: Run id, the beginning of one, ``latest`` (the newest that published) or ``previous`` (the one before).
        second: The same.

    Raises:
        UsageError: There is no such run, it made no tables, or its numbers are not kept.
        DatabaseBroken: A file is damaged, or of a version before this one.
    """
    published = project.published_database if project.published_database.exists() else None
    published_run: str | None = None
    if published is not None:
        with opened(published, read_only=True) as connection:
            published_run = connection.sql("select run_id from ops.settings").fetchall()[0][0]
    state = project.state_database if project.state_database.exists() and not is_running(project) else None
    if state is None and published is None:
        raise UsageError("nothing has been run yet.", hint="Make the tables with: journey run")
    if state is not None:
        try:
            with opened(state, read_only=True) as connection:
                return _compared(connection, published_run, first, second)
        except UsageError:
            raise
        except JourneyError:  # another process writes it: the published file knows all up to its own run
            if published is None:
                raise
    with opened(published, read_only=True) as connection:
        return _compared(connection, published_run, first, second)


def _compared(connection: Connection, published_run: str | None, first: str, second: str) -> Diff:
    builds = kept_builds(connection, published_run)
    one, other = (_chosen(connection, name, builds) for name in (first, second))
    numbers = (one.build_number, other.build_number)
    return Diff(
        one,
        other,
        _other_inputs(inputs_between(connection, *numbers), one.inputs, other.inputs),
        numbers_of(connection, *numbers),
        causes_of(connection, *numbers),
    )


def _chosen(connection: Connection, name: str, builds: Sequence[KeptBuild]) -> KeptBuild:
    """The build that a name means."""
    if name in (LATEST, PREVIOUS):
        return _by_place(0 if name == LATEST else 1, builds)
    found = [build for build in builds if build.run_id == name] or [
        build for build in builds if name and build.run_id.startswith(name)
    ]
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} runs begin with '{name}': {', '.join(build.run_id for build in found[:_LISTED])}.",
            hint="Write more of it.",
        )
    if found and found[0].is_kept:
        return found[0]
    if found:
        raise UsageError(
            f"the numbers of the run {found[0].run_id} are not kept; those of the last {KEPT_BUILDS} builds are.",
            hint=_runs(builds),
        )
    steps = "select step, status, detail from ops.runs where run_id = $1 order by started_at desc limit 1"
    last = connection.execute(steps, [name]).fetchall()
    if last:
        step, status, _ = last[0]
        raise UsageError(f"the run {name} made no tables: its last step, {step}, {status}.", hint=_runs(builds))
    near = did_you_mean(name, [LATEST, PREVIOUS, *(build.run_id for build in builds if build.is_kept)])
    hint = f"{near} {_runs(builds)}" if near.startswith("Did") else _runs(builds)
    raise UsageError(f"there is no run '{name}'.", hint=hint)


def _by_place(place: int, builds: Sequence[KeptBuild]) -> KeptBuild:
    """The newest run, or the one before it: among those that published, if any did."""
    kept = [build for build in builds if build.is_kept]
    candidates = [build for build in kept if build.is_published] or kept
    if not candidates:
        raise UsageError("no run has kept its numbers yet.", hint="Make the tables with: journey run")
    if place >= len(candidates):
        raise UsageError(
            f"there is nothing to compare with: {candidates[0].run_id} is the only run that published and whose "
            "numbers are kept.",
            hint="After the next journey run there are two.",
        )
    return candidates[place]


def _runs(builds: Sequence[KeptBuild]) -> str:
    kept = [build for build in builds if build.is_kept]
    more = f", and {len(kept) - _LISTED} older ones" if len(kept) > _LISTED else ""
    listed = ", ".join(build.run_id for build in kept[:_LISTED])
    return f"Runs: {LATEST}, {PREVIOUS}, {listed}{more}." if kept else "No run has kept its numbers yet."


def _other_inputs(chain: Sequence[Mapping[str, str]], first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """Names of what changed from build to build; with its values where people can read them."""
    changed = {
        name: None for one, other in pairwise(chain) for name in {**one, **other} if one.get(name) != other.get(name)
    }
    return [
        f"{name} {first.get(name)} → {second.get(name)}"
        if name in _READABLE and first.get(name) != second.get(name)
        else name
        for name in changed
    ]
