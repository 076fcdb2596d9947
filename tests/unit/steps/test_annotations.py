from datetime import UTC, date, datetime
from pathlib import Path

from tests.projects import SEGMENT, make_project, message, night, put, rows_of

TWO = """
[project]
time_zone = "Europe/Prague"

[[annotations]]
at = 2026-05-04
until = 2026-05-17
label = "Sale of tom@shop.example"
kind = "campaign"

[[annotations]]
at = 2026-03-01T00:30:00
label = "New checkout"
kind = "release"
"""


def test_the_published_file_has_them_in_the_order_of_time_with_dates_of_the_business(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT, head=TWO)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z"))
    night(project)
    found = rows_of(project.published_database, "from ops.annotations")
    assert found.rows() == [
        (1, datetime(2026, 2, 28, 23, 30, tzinfo=UTC), None, date(2026, 3, 1), date(2026, 3, 1), "release", "New checkout"),
        (
            2, datetime(2026, 5, 3, 22, tzinfo=UTC), datetime(2026, 5, 17, 22, tzinfo=UTC),
            date(2026, 5, 4), date(2026, 5, 17), "campaign", found["label"][1],
        ),
    ]  # fmt: skip
    assert "tom@" not in found["label"][1]


def test_a_change_of_annotations_changes_no_other_table_and_recomputes_nobody(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z"))
    night(project)
    before = rows_of(project.published_database, "from journeys.touchpoints")
    (tmp_path / "journey.toml").write_text(
        (tmp_path / "journey.toml").read_text() + '\n[[annotations]]\nat = 2026-03-01\nlabel = "Sale"\n'
    )
    changed = type(project)(tmp_path)
    night(changed, "second")
    assert rows_of(project.published_database, "from ops.annotations")["label"].to_list() == ["Sale"]
    assert rows_of(project.published_database, "from journeys.touchpoints").equals(before)
    assert rows_of(project.published_database, "from ops.builds")["customers_count"].to_list()[-1] == 0
