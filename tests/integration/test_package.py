"""What leaves the repository: the wheel, and notebooks on the published sample."""

import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from journey_analytics import open_warehouse
from journey_analytics.analysis.precursors import preceding_patterns
from journey_analytics.config import Project
from tests.conftest import ROOT


def test_the_wheel_brings_sql_flows_and_templates(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "journey_analytics/sql/marts/stage_funnel.sql",
        "journey_analytics/sql/checks/funnel_equals_flow.sql",
        "journey_analytics/pipelines/nightly.py",
        "journey_analytics/stage_model/shipped/lifecycle.toml",
        "journey_analytics/reports/templates/page.html.j2",
        "journey_analytics/cli/templates/demo.toml",
    } <= names


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.py")), ids=lambda path: path.stem)
def test_notebooks_run_on_the_sample(notebook: Path, sample: Project) -> None:
    environment = os.environ | {"JOURNEY_WAREHOUSE": str(sample.published_database)}
    done = subprocess.run([sys.executable, str(notebook)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_notebook_opens_tables_questions_and_graph(sample: Project) -> None:
    warehouse = open_warehouse(sample.published_database)
    assert "marts.stage_funnel" in warehouse.tables()["table"].to_list()
    assert warehouse.sql("where_customers_drop_off").height > 0
    graph = warehouse.graph()
    assert graph.nodes["acquisition"]["inflow_count"] == graph.nodes["acquisition"]["outflow_count"]
    assert graph.edges["(start)", "awareness"]["customers_count"] > 1000


def test_stays_are_those_that_journeys_dropped_off_from_or_left(sample: Project) -> None:
    warehouse = open_warehouse(sample.published_database)
    stays = warehouse.stays()
    dropped = warehouse.sql("from marts.journey_outcomes where outcome = 'dropped_off' and last_stage is not null")
    assert stays.filter("is_dropped").height == dropped.height > 1000
    assert stays.filter("is_dropped")["stage"].value_counts(sort=True).rows() == dropped["last_stage"].value_counts(sort=True).rows()  # fmt: skip
    assert stays.filter(pl.col("ended_at") < pl.col("started_at")).is_empty()
    until = warehouse.table("ops.settings")["watermark_at"][0]
    touchpoints = warehouse.table("journeys.touchpoints")
    found = preceding_patterns(
        stays, touchpoints, until=until, window=timedelta(days=30), stage="stage", acts=pl.col("is_interaction"),
        order=["touchpoint_index"],
    )  # fmt: skip
    assert found["matched_count"][0] + found["unmatched_count"][0] == dropped.height
