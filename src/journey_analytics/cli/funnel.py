"""``journey funnel``: who does some steps within a time, who does not, who still may."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from journey_analytics.cli.options import Shared

if TYPE_CHECKING:
    from journey_analytics.steps.event_funnel import EventFunnel


class Order(StrEnum):
    """How the steps follow each other."""

    ORDERED = "ordered"
    STRICT = "strict"
    ANY = "any"


def funnel(
    context: Context,
    steps: Annotated[list[str], Argument(help="Event types, such as: page_view add_to_cart purchase.")],
    within: Annotated[str, Option(help="Longest time from the first step to the last: 30m, 24h, 30d.")] = "30d",
    by: Annotated[str | None, Option(help="Tell customers apart by channel, campaign_name, first_channel, ...")] = None,
    order: Annotated[Order, Option(help="Whether the order of the steps counts.")] = Order.ORDERED,
    without: Annotated[
        list[str] | None, Option(help="Event type that must not lie between; may stand several times.")
    ] = None,
) -> None:
    """Count customers who do some steps within a time, step by step, and say who dropped and who is open."""
    from journey_analytics.cli.durations import parse_option
    from journey_analytics.cli.funnel_tables import show
    from journey_analytics.steps.event_funnel import event_funnel

    shared: Shared = context.obj
    found = event_funnel(
        shared.project.published_database,
        steps,
        parse_option("--within", within),
        order=order.value,
        by=by,
        without=without or (),
    )
    if shared.as_json:
        shared.document(_document(found, order, by, without or []))
        return
    show(shared, found, by)


def _document(found: "EventFunnel", order: Order, by: str | None, without: list[str]) -> dict[str, object]:
    return {
        "steps": [step.label for step in found.funnel.all_steps],
        "within_seconds": found.funnel.window.total_seconds(),
        "order": order.value,
        "by": by,
        "without": without,
        "watermark_at": found.complete_until,
        "day_events_count": found.day_events_count,
        "rows": found.steps.rows(named=True),
    }
