"""``journey lapse``: after how long a silence is a drop-off, learned from all silences."""

from collections.abc import Sequence
from typing import Any

import typer
from typer import Context

from journey_analytics.cli.options import Shared

lapse = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help='Limits of silence, for lapse_after = "auto" in journey.toml.'
)  # fmt: skip


@lapse.callback()
def _group() -> None:
    """A group, also while it has one verb."""


@lapse.command()
def learn(context: Context) -> None:
    """Take the limits that the last run would learn into use, as a new version; no run ever does so by itself."""
    from journey_analytics.steps.learned_limits import learn_limits

    shared: Shared = context.obj
    found = learn_limits(shared.project)
    show_limits(shared, found.rows, "learned_seconds", "Learned")
    version, name = found.version, found.path.name
    until = f"data until {version.learned_until:%Y-%m-%d %H:%M} UTC"
    if found.is_new:
        shared.say(f"version {version.version}, learned from {until}, stands in {name}: keep it with journey.toml")
    else:
        shared.say(f"version {version.version} stays, learned from {until}: these limits are the same")
    if not found.is_in_use:
        shared.say('not in use: write lapse_after = "auto" under [journeys] in journey.toml')
    elif found.is_new:
        shared.say("apply with: journey run  (it recomputes everybody)")
    shared.document(
        {
            "version": version.version,
            "is_new": found.is_new,
            "is_in_use": found.is_in_use,
            "learned_until": version.learned_until,
            "file": str(found.path),
            "thresholds": found.rows,
        }
    )


def show_limits(
    shared: Shared, rows: Sequence[dict[str, Any]], now: str = "present_seconds", called: str = "Now"
) -> None:
    """A line per stage: the limit in use, what the data say now, and how the limit would have done."""
    from journey_analytics.reports.limits import HEADERS, limit_cells

    headers = [called if header == "Now" else header for header in HEADERS]
    shared.table(headers, [limit_cells(row, now) for row in rows], numeric=range(4, len(headers)))
