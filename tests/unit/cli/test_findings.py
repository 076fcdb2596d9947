"""``journey findings`` on the sample: the list, the query and the customers behind a finding."""

import json
from pathlib import Path

import pytest

from journey_analytics.cli.main import call
from journey_analytics.config import Project
from journey_analytics.warehouse.connection import opened
from journey_analytics.warehouse.queries import query_published
from tests.projects import SEGMENT, make_project, message, night, put


def said(capsys: pytest.CaptureFixture[str], project: Project, *arguments: str) -> str:
    capsys.readouterr()
    assert call([*arguments, "-C", str(project.folder)]) == 0
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def first(sample: Project) -> str:
    """Id of the first finding of the sample."""
    found: str = query_published(sample.published_database, "from marts.findings where rank = 1")["finding_id"].item()
    return found


def test_the_list_says_what_was_counted_and_what_was_not_found(
    sample: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    out = said(capsys, sample, "findings")
    assert out.startswith(" 1 ▼ Ads, 2026-03: fewer moved on from acquisition\n     Of 1")
    assert "acquisition: where customers drop off" in out
    assert "No change from the weeks before is larger than chance, in " in out
    assert "it does not say what causes it" in out


def test_the_document_has_every_finding(sample: Project, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(said(capsys, sample, "findings", "--json"))
    rows = query_published(sample.published_database, "from marts.findings order by rank")
    assert [row["finding_id"] for row in document["findings"]] == rows["finding_id"].to_list()
    assert len(document["notes"]) == 2


def test_the_query_and_the_customers_of_a_finding_can_be_had(
    sample: Project, capsys: pytest.CaptureFixture[str], first: str
) -> None:
    row = query_published(sample.published_database, "from marts.findings where rank = 1").row(0, named=True)
    assert said(capsys, sample, "findings", "--sql", first.lower()).strip() == row["sql"]
    listed = json.loads(said(capsys, sample, "findings", "--customers", first, "--limit", "0", "--json"))
    assert len(listed["customers"]) == row["listed_count"]
    shown = said(capsys, sample, "findings", "--customers", first, "--limit", "2")
    assert listed["customers"][1]["customer_id"] in shown
    assert listed["customers"][2]["customer_id"] not in shown


def test_a_finding_is_explained(sample: Project, capsys: pytest.CaptureFixture[str], first: str) -> None:
    out = said(capsys, sample, "explain", "finding", first)
    assert "Benjamini" in out
    assert "marts.stage_entries" in out
    assert json.loads(said(capsys, sample, "explain", "finding", first, "--json"))["finding_id"] == first


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--sql", "F-000000"], "there is no finding 'F-000000'"),
        (["--customers", "F-000000"], "List them: journey findings"),
        (["--sql", "F-1", "--customers", "F-1"], "two questions"),
    ],
)
def test_mistakes_are_told(
    sample: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert call(["findings", *arguments, "-C", str(sample.folder)]) == 2
    assert told in capsys.readouterr().err


def test_before_the_first_run_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "journey.toml").write_text('[[sources]]\nname = "web"\ntype = "segment"\nfiles = ["web/*"]\n')
    assert call(["findings", "-C", str(tmp_path)]) == 2
    assert "journey run" in capsys.readouterr().err


def test_tables_of_an_older_version_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT)
    project.published_database.parent.mkdir()
    with opened(project.published_database) as connection:
        connection.execute("create table of_old as select 1 as one")
    assert call(["findings", "-C", str(tmp_path)]) == 2
    assert "an older version wrote them" in capsys.readouterr().err


def test_a_small_project_hears_that_there_is_too_little(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z"))
    night(project)
    out = said(capsys, project, "findings")
    assert out.startswith("Too little history to compare anything")
    assert json.loads(said(capsys, project, "findings", "--json"))["findings"] == []
