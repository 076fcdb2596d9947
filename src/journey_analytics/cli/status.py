"""``journey status``: how the data are, and how the last runs went."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from typer import Context, Exit, Option

from journey_analytics.cli.lapse import show_limits
from journey_analytics.cli.options import Shared

if TYPE_CHECKING:
    from datetime import datetime

    from journey_analytics.steps.status import RunState, Status

_WHY_SHOWN = 36
_ROWS = ("files_count", "rows_count", "loaded_count", "duplicates_count", "rejected_count", "skipped_count")
_VERDICTS = {"usual": "usual", "low": "TOO FEW", "high": "TOO MANY", "too_little_history": "too early to tell"}
_RUNS = {
    "published": "published",
    "replayed": "replayed",
    "failed": "FAILED",
    "running": "going on",
    "stopped": "stopped",
}


def status(
    context: Context,
    last: Annotated[int, Option(help="How many runs to list.", min=1)] = 7,
) -> None:
    """Say how fresh and complete the data of each source are, and how the last runs went."""
    from journey_analytics.steps.status import status as look

    shared: Shared = context.obj
    found = look(shared.project, last)
    _show_head(shared, found)
    if found.sources:
        _show_sources(shared, found)
    if any(row["version"] for row in found.limits):
        show_limits(shared, found.limits)
    if found.runs:
        _show_runs(shared, found)
    shared.document(_document(found))
    raise Exit(found.exit_code)


def _show_head(shared: Shared, found: "Status") -> None:
    from journey_analytics.readable import age, plural

    if found.is_running:
        shared.say("A run is going on; this is what is published meanwhile.")
    if found.settings is None:
        files = sum(found.waiting.values())
        shared.say("Nothing is published yet." if found.runs else "Nothing has been run yet.")
        on_disk = f"{plural(files, 'file')} of {plural(len(found.waiting), 'source')}"
        shared.say(f"On disk: {on_disk}. Make the tables with: journey run")
        _show_failure(shared, found)
        return
    started = f"{_time(found.published_at)} UTC" if found.published_at else found.settings["run_id"]
    made = f", {age((found.now - found.published_at).total_seconds())} ago" if found.published_at else ""
    shared.say(f"{found.settings['project']}: tables of the run of {started}{made}")
    shared.say(_watermark(found))
    _show_failure(shared, found)
    failing = [check for check in found.checks if check["failing_count"]]
    shared.say(f"Checks: {len(found.checks) - len(failing)} passed, {plural(len(failing), 'warning')}")
    for check in failing:
        _warn(shared, f"{check['check_name']}: {plural(check['failing_count'], 'row')}")
    _show_fits(shared, found)


def _show_fits(shared: Shared, found: "Status") -> None:
    from journey_analytics.steps.stage_fits import not_inferred

    for row in found.stage_fits:
        name = row["stage_model"]
        if row["status"] == "applied":
            shared.say(
                f"Inferred stages of {name}: by fit {row['fit_version']} of data until {_time(row['fitted_until'])} UTC"
            )
        else:
            _warn(shared, not_inferred(name, row["reason"], row["advice"]))


def _watermark(found: "Status") -> str:
    from journey_analytics.readable import age

    settings: dict[str, Any] = found.settings or {}
    until, names = settings["watermark_at"], ", ".join(found.deciding)
    required = [source["source"] for source in found.sources if source["is_required"]]
    if until is None:
        return f"No journeys: no event yet of {names or 'any source'}{', which is required' if required else ''}"
    why = "the oldest newest event of the required sources" if required else "the newest event of all sources"
    return f"Data complete until {_time(until)} UTC ({age((found.now - until).total_seconds())} old): {why}, {names}"


def _show_failure(shared: Shared, found: "Status") -> None:
    failure = found.failure
    if failure is None:
        return
    what = "failed at" if failure.status == "failed" else "stopped after"
    older = "" if found.settings is None else "these tables are older: "
    _warn(shared, f"{older}the run of {_time(failure.started_at)} UTC {what} {failure.step}")
    if failure.why:
        _warn(shared, failure.why)


def _show_sources(shared: Shared, found: "Status") -> None:
    from journey_analytics.readable import age, count, expected, within

    sources = found.sources
    shared.table(
        ["Source", "Newest event", "Age", "Last full day", "Events", "Usual", "Verdict"],
        [
            (
                row["source"],
                _time(row["watermark_at"]),
                age((found.now - row["watermark_at"]).total_seconds()) if row["watermark_at"] else None,
                row["last_day_on"],
                None if row["last_day_events_count"] is None else count(row["last_day_events_count"]),
                expected(row["last_day_low"], row["last_day_high"]),
                _verdict(row),
            )
            for row in sources
        ],
        numeric=[4, 5],
    )
    shared.table(
        ["Source", "Last load", "Rows", "Files", "Read", "Loaded", "Duplicates", "Rejected", "Skipped"],
        [
            (
                row["source"],
                _time(row["last_loaded_at"]),
                None if row["last_load_rows_count"] is None else count(row["last_load_rows_count"]),
                *(count(row[name]) for name in _ROWS),
            )
            for row in sources
        ],
        numeric=range(2, 9),
    )
    shared.table(
        ["Source", "Events", "Of nobody", "Held back", "Half within", "95% within", "> 1 day", "> 7 days", "Arrival"],
        [
            (
                row["source"],
                *(count(row[name]) for name in ("events_count", "unidentified_count", "held_back_count")),
                within(row["arrival_p50_seconds"]),
                within(row["arrival_p95_seconds"]),
                *(count(row[name]) if row["timed_count"] else None for name in ("late_count", "very_late_count")),
                row["arrival_basis"],
            )
            for row in sources
        ],
        numeric=range(1, 8),
    )
    unusable = [f"{row['source']} ({row['unusable_files_count']})" for row in sources if row["unusable_files_count"]]
    if unusable:
        _warn(shared, f"files of which every row is bad: {', '.join(unusable)}; see: journey rejected")


def _verdict(row: dict[str, Any]) -> str:
    """What is to be said of the volume: of the day, or of the week where only that is unusual."""
    day, week = row["last_day_verdict"], row["last_week_verdict"]
    if row["watermark_at"] is None:
        return "no event yet"
    if day in ("low", "high") or week not in ("low", "high"):
        return _VERDICTS[day]
    return f"{_VERDICTS[week]} in 7 days"


def _show_runs(shared: Shared, found: "Status") -> None:
    from journey_analytics.readable import count

    headers = ["Run", "Status", "Seconds", "Rows", "Step", "Why"]
    rows = [
        [_time(run.started_at), _RUNS[run.status], f"{run.seconds:.1f}", count(run.rows_count), *_where(run)]
        for run in found.runs
    ]
    shown = len(headers) if any(row[-2] for row in rows) else len(headers) - 2
    shared.table(headers[:shown], [row[:shown] for row in rows], numeric=[2, 3])
    shared.say("Times are UTC.")


def _where(run: "RunState") -> tuple[str, str]:
    if run.status in ("published", "replayed"):
        return "", ""
    why = run.why or ""
    return run.step, why[:_WHY_SHOWN] + ("…" if len(why) > _WHY_SHOWN else "")


def _warn(shared: Shared, text: str) -> None:
    """What is wrong belongs to the answer: it goes where the answer goes, also under ``--quiet``."""
    shared.out.print(f"! {text}", style="yellow", markup=False)


def _time(moment: "datetime | None") -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _document(found: "Status") -> dict[str, object]:
    settings: dict[str, Any] = found.settings or {}
    return {
        "status": found.status,
        "exit_code": found.exit_code,
        "is_running": found.is_running,
        "run_id": settings.get("run_id"),
        "published_at": found.published_at,
        "as_of": settings.get("as_of"),
        "watermark_at": settings.get("watermark_at"),
        "watermark_sources": found.deciding,
        "files_on_disk": found.waiting or None,
        "sources": found.sources,
        "checks": found.checks,
        "stage_fits": found.stage_fits,
        "lapse_thresholds": found.limits,
        "runs": [asdict(run) for run in found.runs],
    }
