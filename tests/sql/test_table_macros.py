"""Table macros: what they declare, and the same figures as the analyses in Python, on the sample and on random logs."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from journey_analytics.analysis.funnels import Funnel, funnel_steps
from journey_analytics.analysis.paths.path_flows import top_paths
from journey_analytics.analysis.paths.paths import Paths
from journey_analytics.analysis.usage.periods import Period
from journey_analytics.analysis.usage.retention import retention
from journey_analytics.errors import UsageError
from journey_analytics.warehouse.queries import query_published
from journey_analytics.warehouse.sql_files import SqlFile, sql_files
from tests.sql.conftest import ZONE, Log

TABLE_MACROS = [file for file in sql_files("macros") if file.one("returns", "scalar") == "table"]


@pytest.mark.parametrize("call", ["example", "all_arguments"])
@pytest.mark.parametrize("macro", TABLE_MACROS, ids=lambda file: file.path.stem)
def test_each_has_the_columns_that_it_declares_with_defaults_and_with_all_arguments(
    published: Path, macro: SqlFile, call: str
) -> None:
    found = query_published(published, f"from {macro.one(call, macro.one('example'))}")
    assert found.columns == list(macro.columns)
    assert found.height > 0
    assert all(f"{name} :=" in macro.one("all_arguments") for name in _defaults(macro))


def _defaults(macro: SqlFile) -> list[str]:
    arguments = macro.one("macro").partition("(")[2].rstrip(")").split(", ")
    return [argument.partition(" :=")[0] for argument in arguments if ":=" in argument]


def test_the_published_file_says_what_they_are_for(published: Path) -> None:
    comments = dict(
        query_published(
            published, "select function_name, comment from duckdb_functions() where function_type = 'table_macro'"
        ).iter_rows()
    )
    for macro in TABLE_MACROS:
        assert comments[macro.path.stem] == macro.description


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("marts.funnel(['page_view', 'purchse'])", "No interaction is of event type 'purchse'"),
        ("marts.paths(item := 'page')", "not 'page'"),
        ("marts.retention(every := 'hour')", "not 'hour'"),
        (
            "marts.customers_lost_after('aquisition')",
            "There is no stage 'aquisition'.*awareness, acquisition, onboarding",
        ),
        ("marts.transitions(from_ts := '2026-10-01', to_ts := '2026-09-01')", "from_ts must be before to_ts"),
        ("marts.customer_changes(from_ts := '2026-10-01', to_ts := '2026-09-01')", "from_ts must be before to_ts"),
    ],
)
def test_a_word_that_is_none_is_told(published: Path, call: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        query_published(published, f"from {call}")


def same_funnel(log: Log, steps: list[str], days: float) -> pl.DataFrame:
    found = log.ask(f"marts.funnel({steps}, within_days := {days})")
    funnel = Funnel(steps, timedelta(days=days), complete_until=log.watermark_at)
    expected = funnel_steps(log.events, funnel).select(found.columns)
    assert_frame_equal(found, expected, check_dtypes=False, check_exact=False, rel_tol=1e-12)
    return found


@pytest.mark.parametrize("days", [30, 0.5])
@pytest.mark.parametrize(
    "steps",
    [
        ["purchase"],
        ["page_view", "add_to_cart", "purchase"],
        ["purchase", "purchase", "purchase"],
        ["page_view", "search", "page_view", "sign_up", "feature_used"],
    ],
)
def test_a_funnel_is_that_of_the_library_on_the_sample(of_sample: Log, steps: list[str], days: float) -> None:
    assert same_funnel(of_sample, steps, days)["reached_count"][0] > 0


@pytest.mark.parametrize(
    "steps", [["a"], ["a", "b", "c"], ["a", "a"], ["a", "b", "a"], ["b", "a", "a", "b"], ["c", "c", "b", "c", "a"]]
)
def test_a_funnel_is_that_of_the_library_with_repeated_steps_and_equal_times(at_random: Log, steps: list[str]) -> None:
    for days in (0, 0.003, 0.02, 1, 7):
        same_funnel(at_random, steps, days)


def same_paths(log: Log, item: str, steps: int, least: int) -> None:
    found = log.ask(f"marts.paths(max_steps := {steps}, min_customers := {least}, item := '{item}')")
    of_sessions = log.events.filter(pl.col("session_id").is_not_null())
    asked = Paths(item=item, session="session_id", steps=steps, order=["touchpoint_index"])
    every = top_paths(of_sessions, asked, top=10**6).filter(pl.col("path").list.first() != "(other)")
    told = every.filter(pl.col("customers_count") >= least).select(found.columns).sort("path")
    is_other = pl.col("path").list.first() == "(other)"
    assert_frame_equal(found.filter(~is_other).sort("path"), told, check_dtypes=False, rel_tol=1e-12)
    assert found["paths_count"].sum() == every["paths_count"].sum()


@pytest.mark.parametrize(("item", "steps", "least"), [("event_type", 5, 50), ("stage", 3, 1), ("channel", 1, 400)])
def test_paths_are_those_of_the_library_on_the_sample(of_sample: Log, item: str, steps: int, least: int) -> None:
    same_paths(of_sample, item, steps, least)


def test_paths_are_those_of_the_library_at_random(at_random: Log) -> None:
    for item in ("event_type", "stage", "channel"):
        same_paths(at_random, item, 4, 3)


def same_retention(log: Log, start: str | None, back: str | None, every: Period, periods: int, zone: str) -> None:
    types = ", ".join(
        f"{name} := '{value}'" for name, value in (("start_type", start), ("return_type", back)) if value is not None
    )
    asked = f"{types}, " if types else ""
    found = log.ask(f"marts.retention({asked}every := '{every}', periods := {periods})")
    expected = retention(
        log.events, start=start, back=back, every=every, periods=periods, complete_until=log.watermark_at, time_zone=zone
    )  # fmt: skip
    assert_frame_equal(found, expected.select(found.columns), check_dtypes=False, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("start", "back", "every", "periods"),
    [(None, None, "week", 8), ("sign_up", "purchase", "month", 3), (None, "purchase", "quarter", 2)],
)
def test_retention_is_that_of_the_library_on_the_sample(
    of_sample: Log, start: str | None, back: str | None, every: Period, periods: int
) -> None:
    zone = of_sample.connection.sql("select time_zone from ops.settings").fetchall()[0][0]
    same_retention(of_sample, start, back, every, periods, zone)


def test_retention_is_that_of_the_library_at_random(at_random: Log) -> None:
    for every in ("day", "week", "month", "year"):
        same_retention(at_random, "b", "a", every, 5, ZONE)


def test_transitions_of_all_journeys_are_those_of_the_mart(of_sample: Log) -> None:
    assert_frame_equal(of_sample.ask("marts.transitions()"), of_sample.ask("marts.stage_transitions"))


def test_transitions_of_some_journeys_leave_each_stage_as_often_as_they_come_to_it(of_sample: Log) -> None:
    before = of_sample.ask("marts.transitions(to_ts := '2026-09-01')")
    after = of_sample.ask("marts.transitions(from_ts := '2026-09-01')")
    every = of_sample.ask("marts.stage_transitions")
    for part in (before, after):
        left = dict(part.group_by("from_stage").agg(pl.col("transitions_count").sum()).iter_rows())
        come = dict(part.group_by("to_stage").agg(pl.col("transitions_count").sum()).iter_rows())
        assert 0 < part["transitions_count"].sum() < every["transitions_count"].sum()
        assert {stage: count for stage, count in come.items() if not stage.startswith("(")} == {
            stage: count for stage, count in left.items() if stage != "(start)"
        }
    total = pl.concat([before, after])["transitions_count"].sum()
    assert total == every["transitions_count"].sum()


def test_customers_lost_after_a_stage_are_those_whose_last_journey_dropped_off_there(of_sample: Log) -> None:
    outcomes = of_sample.ask("marts.journey_outcomes").filter(
        pl.col("is_last_journey"), pl.col("outcome") == "dropped_off", pl.col("last_stage") == "acquisition",
        pl.col("stage_model") == "lifecycle",
    )  # fmt: skip
    lost = of_sample.ask("marts.customers_lost_after('acquisition', days := 0)")
    assert sorted(lost["journey_id"]) == sorted(outcomes["journey_id"])
    longer = of_sample.ask("marts.customers_lost_after('acquisition', days := 60)")
    silent = (of_sample.watermark_at - lost["last_interaction_at"]) >= timedelta(days=60)
    assert 0 < longer.height < lost.height
    assert sorted(longer["customer_id"]) == sorted(lost.filter(silent)["customer_id"])


def test_changes_between_two_times_are_what_outcomes_at_both_times_differ_by(of_sample: Log) -> None:
    after, until = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
    changes = of_sample.ask("marts.customer_changes(from_ts := '2026-09-01', to_ts := '2026-10-01')")
    assert changes["happened_at"].is_between(after, until, closed="right").all()
    journeys = of_sample.ask("journeys.journeys").filter(stage_model="lifecycle")

    def between(name: str) -> pl.Expr:
        return pl.col(name).is_between(after, until, closed="right")

    expected = {
        "completed": journeys.filter(between("goal_reached_at")),
        "dropped_off": journeys.filter(pl.col("goal_reached_at").is_null() & between("lapses_at")),
        "came_back": journeys.filter((pl.col("journey_index") > 1) & between("started_at")),
    }
    for change, rows in expected.items():
        assert rows.height > 0
        assert sorted(changes.filter(change=change)["journey_id"]) == sorted(rows["journey_id"])
    entered = of_sample.ask("marts.first_passages").filter(between("entered_at"), stage_model="lifecycle")
    assert Counter(changes.filter(change="entered")["stage"]) == Counter(entered["stage"])
