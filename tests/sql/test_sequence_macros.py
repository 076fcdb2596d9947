"""Macros of sequences and of progress: the figures of the analyses in Python, on the sample and at random, with ties."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from journey_analytics.analysis.funnels import Funnel, funnel_steps
from journey_analytics.analysis.paths import eventually_follows, rework, variants
from journey_analytics.analysis.survival.stage_progress import mature_progress, stage_progress
from journey_analytics.errors import UsageError
from journey_analytics.warehouse.connection import connect, registered
from journey_analytics.warehouse.queries import query_published
from tests.sql.conftest import START, Log, create_macros

OF_STAGES = ("visit_ends", "journey_variants", "mature_progress", "stage_progress")
MODEL = "lifecycle"


def same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    assert found.height > 0
    assert_frame_equal(found, expected.select(found.columns), check_dtypes=False, check_exact=False, rel_tol=1e-12)


def same_any_order(log: Log, steps: list[str], days: float) -> None:
    found = log.ask(f"marts.funnel_any_order({steps}, within_days := {days})")
    same(found, funnel_steps(log.events, Funnel(steps, timedelta(days=days), "any", complete_until=log.watermark_at)))


def test_a_funnel_in_any_order_is_that_of_the_library(of_sample: Log) -> None:
    for days in (0.01, 1, 30):
        same_any_order(of_sample, ["search", "add_to_cart", "sign_up", "email_click"], days)


def test_a_funnel_in_any_order_is_that_of_the_library_with_equal_times(at_random: Log) -> None:
    for steps in (["a"], ["a", "b"], ["c", "a", "b"]):
        for days in (0, 0.003, 0.02, 1, 7):
            same_any_order(at_random, steps, days)


def same_sequences(log: Log, item: str, within: str) -> None:
    entity = f"{within}_id"
    log_of = {"entity": entity, "event": item, "order": ["touchpoint_index"], "customer": "customer_id"}
    call = f"(item := '{item}', within := '{within}')"
    follows = log.ask(f"marts.eventually_follows{call}").rename({"from_item": "from_event", "to_item": "to_event"})
    same(follows, eventually_follows(log.events, **log_of, replicates=0))
    again = log.ask(f"marts.rework{call}").rename({"item": "event"})
    same(again, rework(log.events, **log_of, replicates=0))


@pytest.mark.parametrize("within", ["session", "customer"])
def test_what_follows_and_what_is_done_again_are_those_of_the_library(of_sample: Log, within: str) -> None:
    for item in ("event_type", "channel", "stage"):
        same_sequences(of_sample, item, within)


@pytest.mark.parametrize("within", ["session", "customer"])
def test_what_follows_and_what_is_done_again_are_those_of_the_library_at_random(at_random: Log, within: str) -> None:
    for item in ("event_type", "channel", "stage"):
        same_sequences(at_random, item, within)


@pytest.fixture(params=range(4))
def stages_at_random(request: pytest.FixtureRequest) -> Iterator[Log]:
    """Journeys of a few stages in few instants; ``events`` are their visits, with outcome and end."""
    random = np.random.default_rng(request.param)
    watermark_at = START + timedelta(minutes=60)
    rows: list[dict[str, object]] = []
    for number in range(150):
        minute = int(random.integers(0, 60))
        size = int(random.integers(0, 4))
        visits = [
            (str(random.choice(["x", "y", "z"])), minute := minute + int(random.integers(0, 9))) for _ in range(size)
        ]
        visits = [
            visit
            for place, visit in enumerate(visits)
            if visit[1] <= 60 and (place == 0 or visit[0] != visits[place - 1][0])
        ]
        lapses = START + timedelta(minutes=minute + int(random.integers(0, 20)))
        is_goal = any(stage == "z" for stage, _ in visits)
        outcome = "completed" if is_goal else "dropped_off" if lapses < watermark_at else "open"
        rows.append(
            {
                "stage_model": MODEL, "journey_id": f"j{number}", "customer_id": f"c{number % 40}",
                "stages": [stage for stage, _ in visits], "entered": [START + timedelta(minutes=at) for _, at in visits],
                "lapses_at": lapses, "is_lapsed": lapses < watermark_at, "outcome": outcome,
            }
        )  # fmt: skip
    time = pl.Datetime("us", "UTC")
    journeys = pl.DataFrame(
        rows, schema_overrides={"stages": pl.List(pl.String), "entered": pl.List(time), "lapses_at": time}
    )
    visits_of = (
        journeys.filter(pl.col("stages").list.len() > 0).explode("stages", "entered")
        .rename({"stages": "stage", "entered": "entered_at"})
        .with_columns(
            visit_index=pl.int_range(pl.len()).over("journey_id"),
            left_at=pl.col("entered_at").shift(-1).over("journey_id"),
        )
    )  # fmt: skip
    tables = {
        "journeys.journeys": journeys.drop("entered"),
        "journeys.stage_visits": visits_of.drop("lapses_at", "is_lapsed", "outcome"),
        "marts.journey_outcomes": journeys.select("stage_model", "journey_id", "is_lapsed", "outcome"),
        "journeys.stages": pl.DataFrame(
            {"stage_model": [MODEL] * 3, "stage": ["x", "y", "z"], "stage_index": [1, 2, 3]}
        ),
        "ops.settings": pl.DataFrame({"main_stage_model": [MODEL], "watermark_at": [watermark_at]}),
    }
    with connect() as connection:
        for name, table in tables.items():
            connection.execute(f"create schema if not exists {name.partition('.')[0]}")
            with registered(connection, given=table):
                connection.execute(f"create table {name} as from given")
        create_macros(connection, OF_STAGES)
        yield Log(connection, visits_of, watermark_at)


@pytest.fixture
def stages_of_sample(of_sample: Log) -> Log:
    visits = of_sample.connection.sql(
        f"""
        select visits.*, journeys.lapses_at, outcomes.is_lapsed, outcomes.outcome
        from journeys.stage_visits as visits
        inner join journeys.journeys as journeys using (stage_model, journey_id)
        inner join marts.journey_outcomes as outcomes using (stage_model, journey_id)
        where stage_model = '{MODEL}'
        """
    ).pl()
    return Log(of_sample.connection, visits, of_sample.watermark_at)


def same_stages(log: Log) -> None:
    found = log.ask("marts.journey_variants(max_variants := 30)")
    every = variants(
        log.events, entity="journey_id", time="entered_at", event="stage", order=["visit_index"], customer="customer_id",
        outcome="outcome", top=30, replicates=0,
    )  # fmt: skip
    same(found.rename({"journeys_count": "entities_count", "journey_rate": "entity_rate"}), every)
    moved = pl.col("left_at").is_not_null()
    ended = log.events.with_columns(
        outcome=pl.when(moved).then(pl.lit("moved_on")).when("is_lapsed").then("outcome").otherwise(pl.lit("open")),
        ended_at=pl.coalesce("left_at", "lapses_at"),
    )
    for minutes in (5, 8, 60, 7 * 1440, 60 * 1440):
        days = f"{minutes}::double / 1440"
        progress = log.ask(f"marts.mature_progress(within_days := {days})")
        counted = mature_progress(ended, log.watermark_at, timedelta(minutes=minutes), replicates=0)
        same(progress.sort("stage"), counted)
        curve = log.ask(f"marts.stage_progress(days := [{days}])").sort("stage", "outcome")
        whole = stage_progress(ended, log.watermark_at).filter(pl.col("seconds") <= minutes * 60)
        last = whole.group_by("stage", "outcome").agg(
            pl.col("incidence_rate", "undecided_rate").sort_by("seconds").last()
        )
        joined = curve.select("stage", "outcome").join(last, on=["stage", "outcome"], how="left", maintain_order="left")
        joined = joined.with_columns(pl.col("incidence_rate").fill_null(0), pl.col("undecided_rate").fill_null(1))
        same(curve.select("stage", "outcome", "incidence_rate", "undecided_rate"), joined)


def test_variants_and_progress_of_stages_are_those_of_the_library(stages_of_sample: Log) -> None:
    same_stages(stages_of_sample)


def test_variants_and_progress_of_stages_are_those_of_the_library_at_random(stages_at_random: Log) -> None:
    same_stages(stages_at_random)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("marts.funnel_any_order(['page_view', 'purchse'])", "No interaction is of event type 'purchse'"),
        ("marts.funnel_any_order(['search', 'search'])", "named once"),
        ("marts.eventually_follows(item := 'page')", "not 'page'"),
        ("marts.eventually_follows(within := 'journey')", "not within 'journey'"),
        ("marts.rework(item := 'page')", "not 'page'"),
        ("marts.rework(within := 'day')", "not within 'day'"),
    ],
)
def test_a_word_that_is_none_is_told(published: Path, call: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        query_published(published, f"from {call}")
