"""From the sample's files to published tables and pages, against the truth behind the sample."""

import csv
import gzip
import json
import re
import shutil
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.analysis.findings import ranked_findings, watched_rates
from journey_analytics.config import Project
from journey_analytics.marts.finding_queries import numbers_query
from journey_analytics.reports import discover
from journey_analytics.reports.site import needed_tables
from journey_analytics.simulate import simulate
from journey_analytics.steps.ask import ask, cookbook
from journey_analytics.steps.build import build
from journey_analytics.steps.runs import Run
from journey_analytics.warehouse.connection import opened
from tests.conftest import KEY, ROOT
from tests.oracle import slow
from tests.projects import AS_OF, JOURNEYS, STAGING, contents, everything, night, rows_of, state

SAMPLE = ROOT / "data" / "sample"


def truth(name: str) -> pl.DataFrame:
    """A table of the truth behind the sample."""
    return pl.read_csv(SAMPLE / "truth" / f"{name}.csv.gz")


def test_the_sample_is_what_the_simulator_writes(tmp_path: Path) -> None:
    simulate(tmp_path, 5000, 7)
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    committed = {path.relative_to(SAMPLE): path.read_bytes() for path in SAMPLE.rglob("*.gz")}
    assert {path: gzip.decompress(content) for path, content in written.items() if path.suffix == ".gz"} == {
        path: gzip.decompress(content) for path, content in committed.items()
    }
    assert sum(len(content) for content in committed.values()) < 10_000_000


def test_no_check_fails_and_none_warns(sample: Project) -> None:
    failing = rows_of(sample.published_database, "from ops.check_results where failing_count > 0")
    assert failing.rows() == []


def test_every_row_is_accounted_for(sample: Project) -> None:
    counted = state(
        sample,
        """
        select source, sum(rows_count)::int as rows_count,
            sum(loaded_count + duplicates_count + rejected_count + skipped_count)::int as accounted,
            sum(loaded_count)::int as loaded_count, sum(rejected_count)::int as rejected_count
        from ops.loaded_files group by source
        """,
    ).rows_by_key("source", named=True, unique=True)
    events = dict(state(sample, "select source, count(*) from staging.events group by source").iter_rows())
    for source, row in counted.items():
        assert row["rows_count"] == row["accounted"]
        assert row["loaded_count"] == events[source]
        assert row["rejected_count"] > 0
    assert state(sample, "select count(*) from ops.rejected_rows").item() == sum(
        row["rejected_count"] for row in counted.values()
    )


def test_bad_rows_of_every_kind_are_caught(sample: Project) -> None:
    rules = set(state(sample, "select distinct source || ' ' || rule from ops.rejected_rows").to_series())
    assert {"web json", "web encoding", "web occurred_at", "web key", "web type", "web value"} <= rules
    assert {"email type", "email occurred_at", "email event", "surveys score_range", "surveys csv"} <= rules


def test_every_file_is_accounted_for_as_the_truth_says(sample: Project) -> None:
    found = state(
        sample,
        """
        select replace(path, 'data/sample/', '') as file, rows_count, loaded_count as good_count, duplicates_count,
            skipped_count, rejected_count as bad_count
        from ops.loaded_files
        """,
    )
    columns = ["file", "rows_count", "good_count", "duplicates_count", "skipped_count", "bad_count"]
    expected = truth("files").select(columns)
    assert found.select(columns).sort("file").rows() == expected.sort("file").rows()


def test_identities_find_the_people_behind_the_identifiers(sample: Project) -> None:
    """Pairwise precision and recall over identifiers that the rows link."""
    known = truth("identities").filter(pl.col("is_linkable"))
    found = state(sample, "select kind, value, customer_key::varchar as customer from journeys.identities")
    joined = known.with_columns(pl.col("value").cast(pl.String)).join(found, on=["kind", "value"], how="left")
    assert joined["customer"].null_count() == 0

    def pairs(columns: list[str]) -> int:
        return sum(size * (size - 1) // 2 for size in joined.group_by(columns).len()["len"])

    together, true_pairs, found_pairs = pairs(["person", "customer"]), pairs(["person"]), pairs(["customer"])
    assert true_pairs > 10_000
    assert together / found_pairs >= 0.999
    assert together / true_pairs >= 0.99


def test_sessions_equal_the_slow_ones_given_the_identities(sample: Project) -> None:
    events = state(
        sample,
        """
        select customer_key, event_id, occurred_at, source, source_order, time_precision, actor, event_type, is_machine,
            session_key, click_id
        from journeys.touchpoints inner join staging.events using (event_key)
        """,
    )
    found: dict[int, set[frozenset[str]]] = defaultdict(set)
    grouped = events.filter(pl.col("session_key").is_not_null()).group_by("customer_key", "session_key").agg("event_id")
    for customer, _, ids in grouped.iter_rows():
        found[customer].add(frozenset(ids))
    for customer, own in slow.by_customer(events.to_dicts()).items():
        cut = slow.sessions(slow.in_order(own), timedelta(minutes=30), timedelta(hours=24))
        assert {frozenset(session) for session in cut} == found[customer]


def test_the_planted_drop_off_is_the_first_finding_and_nothing_else_is_found(sample: Project) -> None:
    planted = truth("planted").row(0, named=True)
    found = rows_of(sample.published_database, "from marts.findings order by rank")
    first = found.row(0, named=True)
    assert (first["segment"], first["stage"], str(first["first_on"])) == tuple(
        planted[name] for name in ("channel", "stage", "month")
    )
    assert (first["kind"], first["is_worse"]) == ("month", True)
    assert first["q_value"] < 1e-4
    assert set(found["kind"][1:]) == {"level"}


def test_the_planted_drop_off_is_the_first_finding_once_its_customers_were_watched(sample: Project) -> None:
    """On 20 April those of March have had their fifteen days; on the 10th some had not, and ads only lagged behind."""
    entries = rows_of(sample.published_database, "from marts.stage_entries")
    first = {}
    for day in (10, 20):
        until = datetime(2026, 4, day, tzinfo=UTC)
        rates = watched_rates(entries, until, time_zone="Europe/Prague")
        first[day] = ranked_findings(rates).row(0, named=True)
    assert first[10]["kind"] == "gap"
    assert (first[20]["kind"], first[20]["segment"], str(first[20]["first_on"])) == ("month", "ad", "2026-03-01")


def test_the_sql_of_a_finding_gives_its_numbers_and_its_customers(sample: Project) -> None:
    rates = rows_of(sample.published_database, "from marts.watched_rates")
    kinds = [rates.filter(kind=kind).sample(8, seed=1) for kind in ("change", "month", "gap")]
    asked = pl.concat([*kinds, rates.filter(kind="change", segment="(all)"), rates.filter(kind="level")])
    found = rows_of(sample.published_database, "from marts.findings")
    with opened(sample.published_database, read_only=True) as connection:
        for row in asked.iter_rows(named=True):
            numbers = connection.sql(numbers_query(row)).pl().row(0, named=True)
            if row["difference"] is None:
                numbers.pop("difference", None)
            assert numbers == pytest.approx({name: row[name] for name in numbers})
        for row in found.iter_rows(named=True):
            assert connection.sql(row["sql"]).pl()["rate"].item() == pytest.approx(row["rate"])
            assert len(connection.sql(row["customers_sql"]).fetchall()) == row["listed_count"]


def test_the_next_step_is_told_better_than_by_how_common_steps_are(sample: Project) -> None:
    scores = rows_of(
        sample.published_database,
        """
        select unit, max(top1_rate_low) filter (is_chosen) as low, max(top1_rate_high) filter (memory_order = 0) as common,
            min(drop_off_brier) as brier, min(base_rate_brier) as base
        from marts.next_step_scores group by unit order by unit
        """,
    )
    assert scores["unit"].to_list() == ["event_type", "stage"]
    assert (scores["low"] > scores["common"]).all()
    assert (scores["brier"] < scores["base"]).all()


def test_everybody_whose_journey_goes_on_has_a_next_step(sample: Project) -> None:
    found = rows_of(sample.published_database, "from marts.next_steps where unit = 'event_type'")
    going_on = rows_of(
        sample.published_database,
        "select customer_id from journeys.journeys, ops.settings where lapses_at >= watermark_at",
    )
    assert found["customer_id"].sort().to_list() == going_on["customer_id"].sort().to_list()
    three = found.select(pl.sum_horizontal("likely_probability", "second_probability", "third_probability")).to_series()
    assert three.is_between(0, 1 + 1e-9).all()
    assert found["drop_off_probability"].is_between(0, 1).all()


def test_a_second_run_loads_nothing_and_changes_no_row(sample: Project, tmp_path: Path) -> None:
    for name in ("journey.toml", "customer.key"):
        shutil.copy(sample.folder / name, tmp_path)
    for name in ("state", "warehouse"):
        shutil.copytree(sample.folder / name, tmp_path / name)
    (tmp_path / "data").symlink_to(ROOT / "data")
    again = night(Project(tmp_path), "again")
    assert sum(result.rows_count for result in again.ingested) == 0
    assert everything(Project(tmp_path)) == everything(sample)


def test_files_one_by_one_in_reverse_order_give_equal_tables(tmp_path: Path) -> None:
    small = tmp_path / "data"
    simulate(small, 300, 3)
    forwards, backwards = _project(tmp_path / "forwards"), _project(tmp_path / "backwards")
    shutil.copytree(small, forwards.folder / "data")
    night(forwards, "once")
    files = sorted(path.relative_to(small) for path in small.rglob("*.gz") if path.parent.name != "truth")
    for run, batch in enumerate(_batches(files[::-1], 24)):
        for name in batch:
            target = backwards.folder / "data" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(small / name, target)
        night(backwards, f"night {run}")
    of_nights = "select count(*) from ops.builds where not is_whole and customers_count between 1 and 299"
    assert state(backwards, of_nights).item() > 1  # they recomputed a part of the customers, and gave the same
    assert everything(backwards) == everything(forwards)


def _batches(files: list[Path], size: int) -> list[list[Path]]:
    return [files[start : start + size] for start in range(0, len(files), size)]


def _project(folder: Path) -> Project:
    folder.mkdir()
    text = (ROOT / "journey.toml").read_text().replace("data/sample/", "data/")
    (folder / "journey.toml").write_text(text)
    (folder / "customer.key").write_text(KEY)
    return Project(folder)


def test_how_many_events_fit_into_memory_changes_nothing(sample: Project, tmp_path: Path) -> None:
    for name in ("journey.toml", "customer.key"):
        shutil.copy(sample.folder / name, tmp_path)
    shutil.copytree(sample.folder / "state", tmp_path / "state")
    project = Project(tmp_path)
    build(project, Run("small buckets", AS_OF), events_per_bucket=20_000, whole=True)
    assert contents(project.state_database, JOURNEYS) == contents(sample.state_database, JOURNEYS)


def test_the_same_number_in_sql_csv_and_page(sample: Project) -> None:
    latest = sample.reports / "latest"
    by_sql = rows_of(
        sample.published_database,
        "select stage, sum(customers_count)::int as customers from marts.stage_funnel group by stage, stage_index order by stage_index",
    ).rows()
    with (latest / "data" / "funnel_lifecycle.csv").open(encoding="utf-8-sig") as file:
        by_csv = [(row["stage"], int(row["customers_count"])) for row in csv.DictReader(file)]
    html = (latest / "funnel.html").read_text()
    assert by_csv == by_sql
    assert all(f"<td>{customers:,}</td>" in html for _, customers in by_sql)
    graph = json.loads((latest / "data" / "graph_lifecycle.json").read_text())
    moves = rows_of(
        sample.published_database, "select from_stage, to_stage, transitions_count from marts.stage_transitions"
    )
    edges = {(edge["source"], edge["target"]): edge["transitions_count"] for edge in graph["edges"]}
    assert edges == {(source, target): count for source, target, count in moves.iter_rows()}


def test_every_sql_shown_in_the_report_gives_its_table(sample: Project) -> None:
    tables = {name: rows_of(sample.published_database, f"from {name}") for name in needed_tables()}
    twins = [table for report in discover() for section in report.draw(tables) for table in section.tables]
    assert len(twins) >= 8
    for twin in twins:
        found = rows_of(sample.published_database, twin.sql)
        columns = [name for name in found.columns if name in twin.data.columns]
        assert len(columns) >= len(twin.data.columns) - 1
        assert Counter(map(repr, found.select(columns).rows())) == Counter(map(repr, twin.data.select(columns).rows()))


def test_cookbook_questions_answer(sample: Project) -> None:
    assert len(cookbook()) >= 5
    for name in cookbook():
        answer = ask(sample.published_database, name).frame
        assert answer.width >= 2
        if name not in ("unmapped_events", "fields_that_come_and_go"):  # the sample has none of either
            assert answer.height > 0


def test_nothing_published_carries_a_raw_identifier(sample: Project) -> None:
    """Not one e-mail address or id of the sample stands in the published file or in the report."""
    known: list[Any] = truth("identities")["value"].cast(pl.String).to_list()
    secrets = {value for value in known if "@" in value or len(value) >= 8}
    assert len(secrets) > 1000
    tables = rows_of(sample.published_database, "select schema_name || '.' || table_name from duckdb_tables()")
    published = "\n".join(
        rows_of(sample.published_database, f"select columns(*)::varchar from {name}")
        .select(pl.concat_str(pl.all(), separator="\t", ignore_nulls=True).str.join("\n"))
        .item()
        for name in tables.to_series()
    )
    pages = "\n".join(
        path.read_text(errors="replace")
        for path in (sample.reports / "latest").rglob("*")
        if path.suffix != ".js" and path.is_file()
    )
    for text in (published, pages):
        assert "@example" not in text
        assert secrets.isdisjoint(re.split(r'[\s"<>,;|/=?&]+', text))


def test_comments_are_in_the_file(sample: Project) -> None:
    bare = rows_of(
        sample.published_database,
        "select table_name from duckdb_tables() where comment is null union all select column_name from duckdb_columns() "
        "where comment is null and not internal and table_name <> 'check_results'",
    )
    assert bare.filter(pl.col("table_name") != "check_results").rows() == []


@pytest.mark.parametrize("table", STAGING[:1])
def test_events_carry_what_the_definitions_ask(sample: Project, table: str) -> None:
    found = state(sample, f"select distinct channel, event_type from {table}").rows()
    assert {channel for channel, _ in found} >= {"web", "email", "ad", "support", "survey"}
    assert {"page_view", "email_click", "ad_click", "ticket_created", "nps_response"} <= {kind for _, kind in found}
