from datetime import date, timedelta
from pathlib import Path

from journey_analytics.reports.quality import REPORT, draw
from journey_analytics.reports.report import Section
from tests.projects import SEGMENT, make_project, message, night, put, rows_of

FIRST = date(2026, 3, 1)
VOLUMES = "How many events came, day by day?"


def volumes(folder: Path, *blocks: str) -> Section:
    """The section on volumes of 100 days, and that each of its tables is what its query gives."""
    project = make_project(folder, SEGMENT, *blocks)
    days = [FIRST + timedelta(days=number) for number in range(100)]
    put(project, "web/a.ndjson", "\n".join(message(number, f"{day}T10:00:00Z") for number, day in enumerate(days)))
    night(project)
    tables = {name: rows_of(project.published_database, f"from {name}") for name in REPORT.needs}
    section = next(section for section in draw(tables) if section.title == VOLUMES)
    for twin in section.tables:
        assert rows_of(project.published_database, twin.sql).rows() == twin.data.rows()
    return section


def block(at: str, label: str, more: str = "") -> str:
    return f'[[annotations]]\nat = {at}\nlabel = "{label}"\n{more}\n'


def test_annotations_of_the_days_shown_are_marked_told_and_listed(tmp_path: Path) -> None:
    section = volumes(
        tmp_path, block("2025-01-01", "Long ago"), block("2026-05-01", "New checkout", 'kind = "release"'),
        block("2026-05-10", "Sale", "until = 2026-05-12"), block("2027-01-01", "Not yet"),
    )  # fmt: skip
    assert section.sentences[1] == (
        "2 annotations of journey.toml marked: 3 Sale (2026-05-10 to 2026-05-12); 2 New checkout (2026-05-01). What "
        "follows one is not thereby caused by it."
    )
    assert section.tables[1].rows == [
        ["New checkout", "release", "2026-05-01", "2"], ["Sale", "other", "2026-05-10 to 2026-05-12", "3"],
    ]  # fmt: skip
    assert section.figure
    for look in section.figure.looks.values():
        shapes = look["layout"]["shapes"]
        assert [(shape["x0"], shape["x1"], shape["label"]["text"]) for shape in shapes] == [
            ("2026-05-01", "2026-05-01", "2"), ("2026-05-10", "2026-05-12", "3"),
        ]  # fmt: skip


def test_without_annotations_nothing_is_said_of_them(tmp_path: Path) -> None:
    section = volumes(tmp_path)
    assert len(section.sentences) == len(section.tables) == 1
