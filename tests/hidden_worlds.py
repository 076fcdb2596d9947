"""Projects and fits of a simulated world whose stages are hidden behind noisy event types."""

import json
from functools import cache
from pathlib import Path

import polars as pl

from journey_analytics.analysis.hidden_stages.session_stages import fit_touchpoints
from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.config import Project
from journey_analytics.simulate.stage_walks import StageTruth, walk_stages
from journey_analytics.simulate.stage_worlds import RULES, STAGES, WELL_SPECIFIED
from tests.projects import make_project, put

LOG = """
[[sources]]
name = "log"
type = "table"
files = ["log/*.csv"]
channel = "web"
key = ["number"]
time = { column = "at" }
[sources.fields]
user_id = "who"
event_type = "what"
"""
MODEL = 'name = "five"\n' + "".join(
    [
        *(f'[[stages]]\nname = "{stage}"\n' for stage in STAGES),
        *(
            f'[[rules]]\nstage = "{stage}"\nevent_type = {json.dumps([one for one in RULES if RULES[one] == stage])}\n'
            for stage in STAGES
        ),
    ]
)
"""A stage model of the world's own rules."""

INFERRED = '[stages]\nmodels = ["five.toml"]\ninferred = ["five"]\n'


@cache
def world(customers: int = 300) -> StageTruth:
    """A world in which the fit foretells better than the rules."""
    return walk_stages(WELL_SPECIFIED, customers, 5)


def touchpoints_of_world() -> pl.DataFrame:
    """As published, each touchpoint a session of its own."""
    return world().touchpoints.select(
        pl.format("c{}", "customer_key").alias("customer_id"),
        pl.int_range(1, pl.len() + 1).over("customer_key").alias("touchpoint_index"),
        "occurred_at",
        "event_type",
        pl.format("{}-{}", "customer_key", pl.int_range(pl.len()).over("customer_key")).alias("session_id"),
        pl.col("event_type").replace_strict(RULES, default="(unmapped)").alias("stage"),
    )


def fitted(touchpoints: pl.DataFrame | None = None) -> StageFit:
    """A fit to these touchpoints, or to those of the world."""
    return fit_touchpoints(
        touchpoints_of_world() if touchpoints is None else touchpoints, STAGES, world().watermark, stage_model="five"
    )


def make_hidden_world(folder: Path, head: str = INFERRED) -> Project:
    """A project whose log is the world, in one file per third of it by time."""
    project = make_project(folder, head, LOG)
    put(project, "five.toml", MODEL)
    put(project, "customer.key", "5a" * 32)
    log = world().touchpoints.with_row_index("number").sort("occurred_at")
    third = -(-log.height // 3)
    for number in range(3):
        rows = log.slice(number * third, third).select(
            "number", pl.col("occurred_at").dt.to_string("iso").alias("at"), who="customer_key", what="event_type"
        )
        put(project, f"log/{number}.csv", rows.write_csv())
    return project
