"""``journey compare``: what customers do next in one period and in another, or in two segments."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from journey_analytics.cli.options import Shared
from journey_analytics.errors import UsageError

if TYPE_CHECKING:
    from journey_analytics.steps.compare import Compared, Segments


class Steps(StrEnum):
    """What a step is."""

    STAGE = "stage"
    EVENT_TYPE = "event_type"
    CHANNEL = "channel"
    ENTRY_CHANNEL = "entry_channel"


def compare(
    context: Context,
    before: Annotated[
        str | None, Option(help="Period to compare with: 2026-09, 2026-09-07 or 2026-09-01..2026-09-14.")
    ] = None,
    after: Annotated[
        str | None, Option(help="Period to compare; by default the newest 28 days that can be judged.")
    ] = None,
    segment: Annotated[
        str | None, Option(help="Two segments of customers in place of two periods: first_channel=web,ad.")
    ] = None,
    steps: Annotated[Steps, Option(help="What a step is.")] = Steps.STAGE,
    within: Annotated[str, Option(help="Time in which the next step has to follow: 24h, 7d, 30d.")] = "30d",
) -> None:
    """Compare what customers do next in two periods or segments: differences that chance does not explain."""
    from journey_analytics.cli.compare_tables import show
    from journey_analytics.cli.dates import parse_period
    from journey_analytics.cli.durations import parse_option
    from journey_analytics.steps import compare as step

    shared: Shared = context.obj
    zone = shared.project.settings.project.time_zone
    found = step.compare(
        shared.project.published_database,
        steps=steps.value,
        within=parse_option("--within", within),
        before=parse_period(before, zone) if before else None,
        after=parse_period(after, zone) if after else None,
        segments=_segments(segment),
    )
    if shared.as_json:
        shared.document(_document(found, steps, segment))
        return
    show(shared, found, steps.value, _segments(segment), zone)


def _segments(text: str | None) -> "Segments | None":
    from journey_analytics.steps.compare import Segments

    if text is None:
        return None
    column, _, names = text.partition("=")
    baseline, _, compared = names.partition(",")
    if not (column and baseline and compared) or "," in compared:
        raise UsageError(f"'{text}' does not name two segments.", hint="Write for example first_channel=web,ad.")
    return Segments(column.strip(), baseline.strip(), compared.strip())


def _document(found: "Compared", steps: Steps, segment: str | None) -> dict[str, object]:
    return {
        "steps": steps.value,
        "within_seconds": (found.watermark_at - found.watched_until).total_seconds(),
        "segment": segment,
        "before": found.baseline,
        "after": found.compared,
        "watched_until": found.watched_until,
        "watermark_at": found.watermark_at,
        "is_paired": found.found.is_paired,
        "sources": found.found.sources.rows(named=True),
        "edges": found.found.edges.rows(named=True),
    }
