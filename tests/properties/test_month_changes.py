"""Whatever comes night by night: the changes of a month add up to its numbers, and no cause is told that was not there."""

import os
from datetime import datetime, timedelta
from typing import Any

import duckdb
import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from journey_analytics.config import JourneySection, ProjectSection, Settings
from journey_analytics.stage_model import StageModel
from journey_analytics.steps.recompute import Inputs, recompute
from journey_analytics.steps.runs import Run
from journey_analytics.warehouse.connection import connect
from journey_analytics.warehouse.state_tables import create_state_tables
from tests.properties.test_nights import COOKIE, END, LATER, LINK, LOGIN, USUAL, arrive, came, met, nights
from tests.strategies import START

SHORTER = Settings(
    project=ProjectSection(time_zone="Asia/Tokyo"), identity=USUAL.settings.identity,
    journeys=JourneySection.model_validate({"lapse_after": "2d"}),
)  # fmt: skip
CLICK = {"click_id": "G1", "click_id_type": "gclid", "time_zone": "UTC"}
DAY_TWIN = met("e7", time_precision="day", **CLICK | {"occurred_at": START.replace(hour=0)})
ITEM = ["measure", "stage_model", "name", "month"]


@settings(
    max_examples=int(os.environ.get("JOURNEY_LAW_EXAMPLES", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@example([came(COOKIE), came(LOGIN)], [])
@example([came(COOKIE, LOGIN), came(met("e4", anonymous_id="c1", user_id="u2"))], [])
@example([came(COOKIE, LOGIN), came(forgets="web")], [])
@example([came(COOKIE, LOGIN, LATER), came(COOKIE, forgets="web"), came(LATER)], [])
@example([came(met("e1", user_id="u1"), met("e2", user_id="u2")), came(met("e3", user_id="u2", previous_id="u1"))], [])
@example([came(met("e1", email="a@x.example"), met("e2", user_id="u1"), links=[LINK]), came(links=[])], [])
@example([came(COOKIE, LATER, as_of=START + timedelta(days=20)), came(as_of=END)], [])
@example([came(COOKIE, LATER, as_of=END), came(as_of=START + timedelta(days=20))], [1])
@example([came(COOKIE, LATER), came(), came(met("e9", anonymous_id="c3"))], [1])
@example([came(DAY_TWIN), came(met("e8", **CLICK))], [])
@example([came(DAY_TWIN, LATER), came(met("e8", **CLICK))], [])
@given(nights, st.lists(st.integers(1, 4), max_size=2))
def test_changes_add_up_and_no_cause_is_told_that_was_not_there(
    found: list[dict[str, Any]], changes_of_rules: list[int]
) -> None:
    inputs, counted = USUAL, pl.DataFrame(schema={**dict.fromkeys(ITEM, pl.String), "counted": pl.Int64})
    with connect() as connection:
        create_state_tables(connection)
        seen: dict[str, set[object]] = {}
        for number, night in enumerate(found):
            arrive(connection, night["rows"], night["links"], night["forgets"])
            before, seen = seen, staged(connection)
            if number in changes_of_rules:
                settings_now = SHORTER if inputs.settings is USUAL.settings else USUAL.settings
                inputs = Inputs(settings_now, inputs.models, inputs.sources, inputs.required, inputs.key)
            build(connection, inputs, str(number), night["as_of"])
            previous, counted = counted, numbers(connection, inputs.settings.project.time_zone, inputs.models[0])
            assert told(connection, until=number + 1).equals(counted)
            difference = {
                tuple(row[:4]): row[5] - row[4]
                for row in previous.join(counted, on=ITEM, how="full", coalesce=True).fill_null(0).rows()
                if row[5] != row[4]
            }
            changes = connection.sql(f"from ops.month_changes where build_number = {number + 1}").pl()
            summed = changes.group_by(ITEM).agg(pl.col("change_count").sum()).filter(pl.col("change_count") != 0)
            assert {(*row[:3], str(row[3])): row[4] for row in summed.rows()} == difference
            if number:
                causes = {part for cause in changes["cause"] for part in cause.split("+")}
                assert causes <= possible(connection, before, seen, has_other_rules=number in changes_of_rules)


def build(connection: duckdb.DuckDBPyConnection, inputs: Inputs, run_id: str, as_of: datetime) -> None:
    connection.execute("begin")
    recompute(connection, inputs, Run(run_id, as_of))
    connection.execute("commit")


def staged(connection: duckdb.DuckDBPyConnection) -> dict[str, set[object]]:
    """Events and links as they stand in staging."""
    return {
        "keys": {row[0] for row in connection.sql("select event_key from staging.events").fetchall()},
        "events": {repr(row) for row in connection.sql("from staging.events").fetchall()},
        "links": {repr(row) for row in connection.sql("from staging.reference_links").fetchall()},
    }


def possible(
    connection: duckdb.DuckDBPyConnection,
    before: dict[str, set[object]],
    now: dict[str, set[object]],
    *,
    has_other_rules: bool,
) -> set[str]:
    """Causes that the last night can have had."""
    last, this = connection.sql(
        "select watermark_at, as_of from ops.builds order by build_number desc limit 2"
    ).fetchall()[::-1]
    is_other = before["events"] != now["events"]
    has_new_keys, lost_keys = bool(now["keys"] - before["keys"]), bool(before["keys"] - now["keys"])
    has_changed = any(
        repr(row) not in before["events"]
        for row in connection.sql("from staging.events").fetchall()
        if row[2] in before["keys"]
    )
    may_mix = is_other or before["links"] != now["links"] or last[1] != this[1] or has_other_rules
    judged = {
        "late": has_new_keys,
        "gone": lost_keys,
        "changed": has_changed,
        "rules": has_other_rules,
        "identity": may_mix,
        # A day without its twin, or a watermark that moved.
        "period": last[0] != this[0],
        "outcomes": last[0] != this[0],
    }
    return {name for name, was_there in judged.items() if was_there}


def told(connection: duckdb.DuckDBPyConnection, until: int) -> pl.DataFrame:
    """The numbers of a build by the changes up to it."""
    return (
        connection.sql(f"from ops.month_changes where build_number <= {until}")
        .pl()
        .group_by(ITEM)
        .agg(pl.col("change_count").sum().alias("counted"))
        .filter(pl.col("counted") != 0)
        .with_columns(pl.col("month").cast(pl.String))
        .sort(ITEM)
    )


def numbers(connection: duckdb.DuckDBPyConnection, zone: str, model: StageModel) -> pl.DataFrame:
    """The same, counted from the journey tables in the obvious way."""
    until = connection.sql("select watermark_at from ops.builds order by build_number desc limit 1").fetchall()[0][0]
    touched = connection.sql(
        "select customer_key, is_interaction, occurred_at from journeys.touchpoints join staging.events using (event_key)"
    ).fetchall()
    visits = connection.sql("select customer_key, stage from journeys.stage_visits").fetchall()
    journeys = connection.sql("select started_at, goal_reached_at, lapses_at from journeys.journeys").fetchall()
    stages = [stage.name for stage in model.stages]
    items: list[tuple[str, str, str, str]] = []
    acts = [(customer, at) for customer, is_interaction, at in touched if is_interaction]
    start = {customer: min(at for other, at in acts if other == customer) for customer, _ in acts}

    def month(at: datetime) -> str:
        return pl.Series([at]).dt.convert_time_zone(zone).dt.strftime("%Y-%m-01")[0]

    items += [("touchpoints", "", "", month(at)) for _, _, at in touched]
    items += [("interactions", "", "", month(at)) for _, at in acts]
    items += [("customers_active", "", "", one[1]) for one in {(customer, month(at)) for customer, at in acts}]
    items += [("customers_started", "", "", month(at)) for at in start.values()]
    items += [
        ("sessions", "", "", month(at))
        for (at,) in connection.sql("select started_at from journeys.sessions").fetchall()
    ]
    items += [
        ("conversions", model.name, name, month(at))
        for name, at in connection.sql("select conversion, occurred_at from journeys.conversions").fetchall()
    ]
    for started_at, goal_at, lapses_at in journeys:
        outcome = "completed" if goal_at else "dropped_off" if lapses_at < until else "open"
        items.append(("journeys", model.name, outcome, month(started_at)))
    for customer, at in start.items():
        furthest = max((stages.index(stage) for other, stage in visits if other == customer), default=-1)
        items += [("customers_reached", model.name, stage, month(at)) for stage in stages[: furthest + 1]]
    frame = pl.DataFrame(items, schema=dict.fromkeys(ITEM, pl.String), orient="row")
    return frame.group_by(ITEM).agg(pl.len().cast(pl.Int64).alias("counted")).sort(ITEM)
