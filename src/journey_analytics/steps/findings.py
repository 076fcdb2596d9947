"""Findings: the sentences at the end of a run, from the published file."""

from pathlib import Path
from typing import Any

from journey_analytics.analysis.unusual import unusual_drop_offs
from journey_analytics.reports.words import (
    channel_name,
    count,
    month,
    percent,
    plural,
    points,
    rate_with_interval,
)
from journey_analytics.vocabulary import START
from journey_analytics.warehouse.queries import query_published

_SHOWN = 3


def largest_drop_offs(database: Path) -> list[str]:
    """Sentences about the stages that lose most journeys and the months that stand out; none if nobody dropped off."""
    drop_offs = query_published(
        database,
        """
        select drop_offs.*
        from marts.drop_offs as drop_offs
        inner join ops.settings as settings on drop_offs.stage_model = settings.main_stage_model
        """,
    )
    by_stage = query_published(
        database,
        """
        select stage_drop_offs.*
        from marts.stage_drop_offs as stage_drop_offs
        inner join ops.settings as settings on stage_drop_offs.stage_model = settings.main_stage_model
        where dropped_off_count > 0
        order by dropped_off_count desc, stage_index
        """,
        limit=_SHOWN,
    )
    if by_stage.is_empty():
        return []
    lines = ["Largest drop-offs: journeys that ended in silence at a stage, without the goal"]
    lines += [_by_stage(row) for row in by_stage.iter_rows(named=True)]
    unusual = unusual_drop_offs(drop_offs)
    if unusual.is_empty():
        lines.append("No month stands out from the other months of its stage and first channel by more than chance.")
        return lines
    lines.append("Months that stand out from the other months of the same stage and first channel")
    lines += [_unusual(row) for row in unusual.head(_SHOWN).iter_rows(named=True)]
    return lines


def _by_stage(row: dict[str, Any]) -> str:
    stage = "before any stage" if row["stage"] == START else row["stage"]
    rate = "too early for a rate"
    if row["judged_count"]:
        judged = rate_with_interval(row["judged_dropped_off_count"], row["judged_count"])
        rate = f"{judged} of {count(row['judged_count'])} old enough to judge"
    return f"  {stage:<18}{count(row['dropped_off_count']):>8}: {rate}; {count(row['open_count'])} still active"


def _unusual(row: dict[str, Any]) -> str:
    return (
        f"  {month(row['month'])} {channel_name(row['first_channel'])}, {row['stage']}: "
        f"{percent(row['drop_off_rate'], exact=True)} dropped off, else {percent(row['baseline_rate'], exact=True)} "
        f"({points(row['excess_rate'])}, 95% interval {points(row['excess_low'])} to {points(row['excess_high'])}; "
        f"about {plural(round(row['excess_count']), 'journey')}; q = {row['q_value']:.2g} over "
        f"{plural(row['comparisons_count'], 'comparison')})"
    )
