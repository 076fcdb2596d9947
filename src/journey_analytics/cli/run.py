"""``journey run``: a whole night."""

from typing import TYPE_CHECKING, Annotated

from typer import Context, Exit, Option

from journey_analytics.cli.options import Shared
from journey_analytics.cli.progress import shown_progress

if TYPE_CHECKING:
    from journey_analytics.steps.findings import Findings
    from journey_analytics.steps.night import Night
    from journey_analytics.steps.runs import StepReport


def run(
    context: Context,
    as_of: Annotated[
        str | None,
        Option(help="Look only at what happened up to then: 2026-11-01, yesterday, -30d or a full time."),
    ] = None,
    full: Annotated[
        bool, Option("--full", help="Recompute every customer, not only those whom something touched.")
    ] = False,
    with_report: Annotated[bool, Option("--report/--no-report", help="Draw the report.")] = True,
    strict: Annotated[bool, Option("--strict", help="Warnings of checks make the exit code 1.")] = False,
) -> None:
    """Ingest what is new, build, check, report, publish."""
    from journey_analytics.cli.dates import parse_as_of
    from journey_analytics.steps.findings import published_findings
    from journey_analytics.steps.night import run_night
    from journey_analytics.steps.runs import new_run

    shared: Shared = context.obj
    at = parse_as_of(as_of, shared.project.settings.project.time_zone) if as_of is not None else None
    steps: list[StepReport] = []

    def on_step(step: "StepReport") -> None:
        steps.append(step)
        show_step(shared, step)

    with shown_progress(shared, on_step) as (after_step, on_progress):
        night = run_night(
            shared.project, new_run(at), after_step, full=full, with_report=with_report, on_progress=on_progress
        )
    found = published_findings(night.published)
    show_night(shared, night, found, is_past=at is not None)
    warned = [result for result in night.checks if result.failing_count]
    code = 1 if strict and warned else 0
    shared.document(_document(night, steps, found, code))
    raise Exit(code)


def show_step(shared: Shared, step: "StepReport") -> None:
    """One line per step."""
    rows = f"{step.rows_count:>11,}" if step.rows_count is not None else " " * 11
    speed = ""
    if step.step.startswith("ingest:") and step.rows_count and step.seconds:
        speed = f"; {step.rows_count / step.seconds:,.0f} rows/s"
    shared.say(f"{step.step:<22}{rows}  {step.seconds:6.1f} s   {step.detail}{speed}")
    for warning in step.warnings:
        shared.warn(warning)


def show_night(shared: Shared, night: "Night", found: "Findings", *, is_past: bool = False) -> None:
    """What was found, and where to look."""
    from journey_analytics.steps.findings import told_findings

    shared.say("")
    for line in told_findings(found):
        shared.say(line)
    shared.say("")
    shared.say(f"tables   {_shown(shared, str(night.published))}")
    if night.site:
        shared.say(f"report   {_shown(shared, str(shared.project.reports / 'latest' / 'index.html'))}")
    shared.say("ask      journey findings")
    rejected = sum(result.rejected_count for result in night.ingested)
    if rejected:
        shared.say(f"why      journey rejected  ({rejected:,} rows of this run)")
    if is_past:
        shared.say("These tables and pages look at the past; journey run makes those of today again.")


def _shown(shared: Shared, path: str) -> str:
    return path.removeprefix(f"{shared.project.folder}/")


def _document(night: "Night", steps: list["StepReport"], found: "Findings", code: int) -> dict[str, object]:
    from journey_analytics.steps.findings import as_document

    return {
        "run_id": night.run.run_id,
        "status": "published",
        "exit_code": code,
        "watermark_at": night.built.watermark_at,
        "steps": [
            {
                "name": step.step,
                "rows": step.rows_count,
                "seconds": round(step.seconds, 3),
                "detail": step.detail,
            }
            for step in steps
        ],
        "checks": [
            {"name": result.name, "severity": result.severity, "failing": result.failing_count}
            for result in night.checks
        ],
        "findings": [as_document(row) for row in found.rows.iter_rows(named=True)],
        "notes": found.notes,
        "outputs": {"published": str(night.published), "report": str(night.site) if night.site else None},
    }
