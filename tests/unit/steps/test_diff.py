import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.config import Project
from journey_analytics.errors import SourceFailure, UsageError
from journey_analytics.steps.diff import Diff, diff
from journey_analytics.steps.night import run_night
from journey_analytics.steps.runs import Run, only_run
from journey_analytics.warehouse import month_changes
from tests.projects import ORDERS, SEGMENT, make_project, message, put, rows_of

AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = """
[[sources]]
name = "shop"
type = "table"
files = ["shop/*"]
channel = "store"
key = ["order"]
snapshot = "day"
version = { constant = "1" }
time = { column = "at", zone = "UTC" }
[sources.fields]
user_id = "customer"
event_type = { constant = "purchase" }
"""
STEPS = """
name = "steps"
[[stages]]
name = "see"
[[stages]]
name = "buy"
is_goal = true
[[rules]]
stage = "see"
event_type = "page_view"
[[rules]]
stage = "buy"
event_type = "purchase"
"""
HEAD = '[stages]\nmodels = ["steps.toml"]\n'


def run(project: Project, name: str, as_of: datetime = AS_OF) -> None:
    """A night; what the changes add up to must be what it published, by the check of its own."""
    run_night(Project(project.folder), Run(name, as_of), lambda _: None, with_report=False)
    check = "from ops.check_results where failing_count > 0 or check_name = 'checks.month_changes_add_up'"
    found = rows_of(project.published_database, f"select * from ({check}) where run_id = '{name}'")
    assert found["failing_count"].to_list() == [0]


def told(found: Diff) -> dict[tuple[str, str, str], dict[str, int]]:
    """What changed each number: by month, measure, and name."""
    result: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in found.numbers.drop_nulls("cause").iter_rows(named=True):
        key = (f"{row['month']:%Y-%m}", row["measure"], row["name"])
        result.setdefault(key, {})[row["cause"]] = row["change_count"]
    return result


def touched(found: Diff) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Events, restaged events and customers by month and cause."""
    return {
        (f"{row['month']:%Y-%m}", row["cause"]): (row["events_count"], row["restaged_count"], row["customers_count"])
        for row in found.causes.iter_rows(named=True)
    }


def counts(found: Diff, measure: str, name: str = "") -> list[tuple[str, int, int]]:
    """A number at both runs, month by month."""
    rows = found.numbers.filter(measure=measure, name=name).unique("month", maintain_order=True)
    return [(f"{row['month']:%Y-%m}", row["first_count"], row["second_count"]) for row in rows.iter_rows(named=True)]


def web(project: Project, name: str, *lines: str) -> None:
    put(project, f"web/{name}.ndjson", "\n".join(lines))


def seen(number: int, at: str, **who: Any) -> str:
    return message(number, f"2026-{at}T09:00:00Z", **who)


def project_of_steps(folder: Path, *blocks: str, head: str = HEAD) -> Project:
    project = make_project(folder, *blocks, head=head)
    put(project, "steps.toml", STEPS)
    return project


def test_late_events_and_newer_data_are_told_apart(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    web(project, "a", seen(1, "01-05", anonymousId="c1"), seen(2, "02-05", anonymousId="c2"))
    run(project, "one")
    web(
        project, "b",
        seen(3, "01-06", anonymousId="c1"), seen(4, "01-07", anonymousId="c3"), seen(5, "02-25", anonymousId="c2"),
    )  # fmt: skip
    run(project, "two")
    found = diff(project, "previous", "latest")
    assert (found.first.run_id, found.second.run_id, found.other_inputs) == ("one", "two", [])
    assert told(found) == {
        ("2026-01", "touchpoints", ""): {"late": 2},
        ("2026-01", "interactions", ""): {"late": 2},
        ("2026-01", "customers_active", ""): {"late": 1},
        ("2026-01", "customers_started", ""): {"late": 1},
        ("2026-01", "sessions", ""): {"late": 2},
        ("2026-01", "journeys", "dropped_off"): {"late": -1, "outcomes": 2},
        ("2026-01", "journeys", "open"): {"late": 2, "outcomes": -2},
        ("2026-01", "customers_reached", "see"): {"late": 1},
        ("2026-02", "touchpoints", ""): {"period": 1},
        ("2026-02", "interactions", ""): {"period": 1},
        ("2026-02", "sessions", ""): {"period": 1},
    }
    assert touched(found) == {("2026-01", "late"): (2, 0, 2), ("2026-02", "period"): (1, 0, 1)}


def test_customers_who_merged_are_told_by_the_events_that_moved(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    web(project, "a", *(seen(n, f"01-0{n}", anonymousId=f"c{1 + n % 2}") for n in (1, 2, 3)))
    run(project, "one")
    web(project, "b", *(seen(n + 3, f"02-0{n}", anonymousId=f"c{n}", userId="u1") for n in (1, 2)))
    run(project, "two")
    found = diff(project, "one", "two")
    identity = {key: causes["identity"] for key, causes in told(found).items() if "identity" in causes}
    assert identity == {
        ("2026-01", "customers_active", ""): -1,
        ("2026-01", "customers_started", ""): -1,
        ("2026-01", "customers_reached", "see"): -1,
        ("2026-01", "journeys", "open"): -1,
    }
    assert {cause for causes in told(found).values() for cause in causes} == {"identity", "period"}
    moved = touched(found)["2026-01", "identity"]
    assert moved == (3, 0, 1)
    assert counts(found, "touchpoints") == [("2026-01", 3, 3), ("2026-02", 0, 2)]


def test_a_customer_who_only_got_another_name_changes_nothing(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    web(project, "a", seen(1, "01-01", anonymousId="c1"))
    run(project, "one")
    web(project, "b", seen(2, "01-02", anonymousId="c1", userId="u1"))
    run(project, "two")
    ids = [rows_of(project.published_database, "select customer_id from journeys.customers").item()]
    found = diff(project, "one", "two")
    assert len(ids) == 1
    assert {cause for causes in told(found).values() for cause in causes} == {"period"}
    assert touched(found) == {("2026-01", "period"): (1, 0, 1)}


def test_what_has_two_causes_in_one_night_is_told_as_both_together(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    web(project, "a", *(seen(n, f"01-0{n}", anonymousId=f"c{1 + n % 2}") for n in (1, 2, 3)))
    run(project, "one")
    web(project, "b", *(message(n, f"2026-01-01T0{n}:00:00Z", anonymousId=f"c{n - 4}", userId="u1") for n in (5, 6)))
    run(project, "two")
    found = diff(project, "one", "two")
    assert told(found)["2026-01", "touchpoints", ""] == {"late": 2}
    assert told(found)["2026-01", "customers_started", ""] == {"late+identity": -1}


def test_settings_that_changed_are_named_and_their_effect_is_counted(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    web(project, "a", seen(1, "01-01", anonymousId="c1"), seen(2, "02-15", anonymousId="c1"))
    run(project, "one")
    project_of_steps(tmp_path, SEGMENT, head=f'{HEAD}[journeys]\nlapse_after = "60d"\n')
    run(project, "two")
    found = diff(project, "one", "two")
    assert found.other_inputs == ["journeys"]
    assert told(found) == {
        ("2026-01", "journeys", "dropped_off"): {"rules": -1},
        ("2026-01", "journeys", "open"): {"rules": 1},
        ("2026-02", "journeys", "open"): {"rules": -1},
    }


def test_events_that_a_changed_model_puts_into_another_stage_are_counted(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    web(project, "a", *(seen(n, f"01-0{n}", anonymousId="c1") for n in (1, 2)), seen(3, "01-03", anonymousId="c2"))
    run(project, "one")
    put(project, "steps.toml", STEPS.replace('"buy"\nevent_type = "purchase"', '"buy"\nevent_type = "click"').replace(
        '"see"\nevent_type = "page_view"', '"buy"\nevent_type = "page_view"'))  # fmt: skip
    web(project, "b", seen(4, "01-01", anonymousId="c3"))
    run(project, "two")
    found = diff(project, "one", "two")
    assert found.other_inputs == ["stage models"]
    assert told(found)["2026-01", "customers_reached", "buy"] == {"rules": 2, "late+rules": 1}
    assert told(found)["2026-01", "customers_reached", "see"] == {"late+rules": 1}
    assert told(found)["2026-01", "journeys", "completed"] == {"rules": 2, "late+rules": 1}
    assert touched(found) == {("2026-01", "rules"): (0, 3, 2), ("2026-01", "late"): (1, 0, 1)}


def test_events_that_left_with_a_rewritten_file_are_gone(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, DAYS)
    head = "order,day,customer,at\n"
    rows = [f"{n},2026-01-0{n},u{n},2026-01-0{n}T09:00:00\n" for n in (1, 2, 3)]
    put(project, "shop/a.csv", head + "".join(rows))
    run(project, "one")
    put(project, "shop/a.csv", head + rows[0] + rows[2])
    run(project, "two")
    found = diff(project, "one", "two")
    assert touched(found) == {("2026-01", "gone"): (1, 0, 1)}
    assert {key[1]: causes for key, causes in told(found).items()} == {
        name: {"gone": -1}
        for name in (
            "touchpoints", "interactions", "customers_active", "customers_started", "sessions", "journeys",
            "customers_reached",
        )
    }  # fmt: skip


def test_events_that_other_settings_of_their_source_changed_are_told(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, ORDERS)
    put(project, "shop/a.csv", "order,at,customer,amount\n1,2026-01-01T09:00:00,u1,5\n2,2026-01-02T09:00:00,u2,6\n")
    run(project, "one")
    project_of_steps(tmp_path, ORDERS.replace('"purchase"', '"refund"'))
    run(project, "two")
    found = diff(project, "one", "two")
    assert told(found)["2026-01", "interactions", ""] == {"changed": -2}
    assert ("2026-01", "touchpoints", "") not in told(found)
    assert touched(found) == {("2026-01", "changed"): (2, 0, 2)}


def test_events_that_are_read_again_as_they_were_change_nothing(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, ORDERS)
    put(project, "shop/a.csv", "order,at,customer,amount\n1,2026-01-01T09:00:00,u1,5\n")
    run(project, "one")
    project_of_steps(tmp_path, ORDERS.replace('value = "amount"', ""))
    run(project, "two")
    found = diff(project, "one", "two")
    assert (told(found), touched(found), counts(found, "touchpoints")) == ({}, {}, [("2026-01", 1, 1)])


def test_a_source_that_is_taken_out_is_a_change_of_rules(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT, ORDERS)
    web(project, "a", seen(1, "01-05", anonymousId="c1"))
    put(project, "shop/a.csv", "order,at,customer,amount\n1,2026-01-01T09:00:00,u1,5\n")
    run(project, "one")
    project_of_steps(tmp_path, SEGMENT)
    run(project, "two")
    found = diff(project, "one", "two")
    assert found.other_inputs == ["sources shop, web → web"]
    assert told(found)["2026-01", "touchpoints", ""] == {"rules": -1}
    assert touched(found) == {("2026-01", "rules"): (1, 0, 1)}


def test_another_time_zone_moves_events_to_other_months(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    web(project, "a", message(1, "2026-01-31T20:00:00Z"), message(2, "2026-02-10T20:00:00Z"))
    run(project, "one")
    project_of_steps(tmp_path, SEGMENT, head=f'{HEAD}[project]\ntime_zone = "Asia/Tokyo"\n')
    run(project, "two")
    found = diff(project, "one", "two")
    assert found.other_inputs == ["time zone UTC → Asia/Tokyo"]
    assert counts(found, "touchpoints") == [("2026-01", 1, 0), ("2026-02", 1, 2)]
    assert told(found)["2026-02", "sessions", ""] == {"rules": 1}


def test_a_watermark_that_moves_makes_outcomes_known_and_back(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    web(project, "a", seen(1, "01-05", anonymousId="c1"), seen(2, "03-05", anonymousId="c2"))
    run(project, "one", datetime(2026, 1, 20, tzinfo=UTC))
    run(project, "two")
    run(project, "past", datetime(2026, 1, 20, tzinfo=UTC))
    on = diff(project, "one", "two")
    assert {key: causes for key, causes in told(on).items() if key[1] in ("journeys", "touchpoints")} == {
        ("2026-01", "journeys", "dropped_off"): {"outcomes": 1},
        ("2026-01", "journeys", "open"): {"outcomes": -1},
        ("2026-03", "touchpoints", ""): {"period": 1},
        ("2026-03", "journeys", "open"): {"period": 1},
    }
    back = diff(project, "two", "past")
    assert told(back) == {key: {cause: -n for cause, n in causes.items()} for key, causes in told(on).items()}
    assert told(diff(project, "two", "one")) == told(back)
    assert told(diff(project, "one", "past")) == {}


def test_many_nights_add_up(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    for number, day in enumerate(("01-05", "02-05", "01-20", "03-05", "01-06"), start=1):
        web(project, str(number), seen(number, day, anonymousId=f"c{number % 2}"))
        run(project, f"r{number}")
    found = diff(project, "r1", "r5")
    assert counts(found, "touchpoints") == [("2026-01", 1, 3), ("2026-02", 0, 1), ("2026-03", 0, 1)]
    assert told(found)["2026-01", "touchpoints", ""] == {"late": 2}
    totals = found.numbers.group_by("month", "measure", "stage_model", "name").agg(
        difference=pl.col("second_count").first() - pl.col("first_count").first(), change=pl.col("change_count").sum()
    )
    assert totals["difference"].to_list() == totals["change"].to_list()


def test_of_old_builds_only_the_sum_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(month_changes, "KEPT_BUILDS", 2)
    monkeypatch.setattr("journey_analytics.warehouse.build_history.KEPT_BUILDS", 2)
    project = project_of_steps(tmp_path, SEGMENT)
    for number in (1, 2, 3, 4):
        web(project, str(number), seen(number, f"01-0{number}", anonymousId="c1"))
        run(project, f"r{number}")
    found = diff(project, "r3", "r4")
    assert counts(found, "touchpoints") == [("2026-01", 3, 4)]
    assert told(found)["2026-01", "touchpoints", ""] == {"period": 1}
    with pytest.raises(UsageError, match="the numbers of the run r2 are not kept") as error:
        diff(project, "r2", "r4")
    assert error.value.hint == "Runs: latest, previous, r4, r3."
    kept = rows_of(project.state_database, "select distinct build_number from ops.month_changes order by 1")
    assert kept["build_number"].to_list() == [3, 4]


def test_a_run_is_named_by_its_beginning_and_a_wrong_name_is_told(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    with pytest.raises(UsageError, match="nothing has been run yet"):
        diff(project, "previous", "latest")
    web(project, "a", seen(1, "01-05"))
    run(project, "20260101T01Z")
    with pytest.raises(UsageError, match="there is nothing to compare with: 20260101T01Z is the only run"):
        diff(project, "previous", "latest")
    run(project, "20260102T01Z")
    assert diff(project, "20260101", "latest").first.run_id == "20260101T01Z"
    with pytest.raises(UsageError, match="2 runs begin with '2026': 20260102T01Z, 20260101T01Z") as error:
        diff(project, "2026", "latest")
    assert error.value.hint == "Write more of it."
    with pytest.raises(UsageError, match="there is no run 'lastest'") as error:
        diff(project, "lastest", "latest")
    assert error.value.hint == "Did you mean 'latest'? Runs: latest, previous, 20260102T01Z, 20260101T01Z."


def test_a_run_that_failed_before_it_built_has_no_numbers(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    web(project, "a", seen(1, "01-05"))
    run(project, "one")
    web(project, "b", "no JSON at all")
    with pytest.raises(SourceFailure):
        run(project, "two")
    with pytest.raises(UsageError, match=re.escape("the run two made no tables: its last step, ingest:web, failed.")):
        diff(project, "one", "two")


def test_while_a_run_goes_on_the_published_file_answers(tmp_path: Path) -> None:
    project = project_of_steps(tmp_path, SEGMENT)
    for number in (1, 2):
        web(project, str(number), seen(number, f"01-0{number}", anonymousId="c1"))
        run(project, f"r{number}")
    at_rest = diff(project, "r1", "latest")
    with only_run(project):
        meanwhile = diff(project, "r1", "latest")
    assert meanwhile.numbers.equals(at_rest.numbers)
    assert meanwhile.causes.equals(at_rest.causes)
    assert meanwhile.second == at_rest.second
    project.state_database.unlink()
    assert diff(project, "r1", "latest").numbers.equals(at_rest.numbers)


def test_what_a_run_showed_comes_back_by_its_watermark(tmp_path: Path) -> None:
    """Unless something arrived later that had happened before, a look at the past gives the same tables."""
    project = project_of_steps(tmp_path, SEGMENT)
    tables = ("journeys.customers", "journeys.touchpoints", "marts.journey_outcomes", "marts.stage_funnel")

    def shown() -> list[Any]:
        return [rows_of(project.published_database, f"from {name} order by all").rows() for name in tables]

    web(project, "a", seen(1, "01-05", anonymousId="c1"), seen(2, "02-25", anonymousId="c2"))
    run(project, "one", datetime(2026, 3, 1, tzinfo=UTC))
    then = shown()
    web(project, "b", seen(3, "02-26", anonymousId="c1", userId="u1"), seen(4, "03-26", anonymousId="c2", userId="u1"))
    run(project, "two", AS_OF)
    assert shown() != then
    until = diff(project, "one", "two").first.watermark_at
    assert until
    run(project, "by_as_of", datetime(2026, 3, 1, tzinfo=UTC))
    assert shown() != then
    run(project, "by_watermark", until)
    assert shown() == then
    web(project, "c", seen(5, "01-06", anonymousId="c1"))
    run(project, "late", until)
    assert told(diff(project, "one", "late"))["2026-01", "touchpoints", ""] == {"late": 1}
    run(project, "before", until - timedelta(days=40))
    assert shown() != then
