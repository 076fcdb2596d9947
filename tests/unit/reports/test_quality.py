from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from journey_analytics.reports.quality import REPORT, draw
from journey_analytics.reports.report import Section
from journey_analytics.reports.run_history import run_history
from tests.projects import SEGMENT, SENDGRID, make_project, message, night, put, rows_of

NINE = "2026-03-02T09:00:00Z"


def sections(project_folder: Path, *blocks: str, **files: str) -> dict[str, Section]:
    """The page of a small project, by the titles of its sections."""
    project = make_project(project_folder, *blocks)
    for name, content in files.items():
        put(project, f"web/{name}.ndjson", content)
    night(project)
    tables = {name: rows_of(project.published_database, f"from {name}") for name in REPORT.needs}
    return {section.title: section for section in draw(tables)}


def days(counts: dict[date, int]) -> str:
    """Page views: so many on each day."""
    return "\n".join(
        message(f"{day}-{number}", f"{day}T{10 + number % 8:02}:00:00Z")
        for day, count in counts.items()
        for number in range(count)
    )


def test_a_project_without_events_says_so_everywhere(tmp_path: Path) -> None:
    page = sections(tmp_path, SEGMENT)
    assert page["How fresh are the data?"].sentences == ["No source has brought an event yet."]
    assert page["How many events came, day by day?"].figure is None
    assert page["Why were rows rejected?"].sentences == ["No row is rejected."]
    assert page["Who could not be told apart?"].sentences == ["Every identifier belongs to one profile."]
    assert page["How did the last runs go?"].tables[0].rows[0][1] == "published"


def test_a_source_without_events_is_named_beside_one_that_has_them(tmp_path: Path) -> None:
    page = sections(tmp_path, SEGMENT, SENDGRID, a=message(1, NINE))
    assert page["How fresh are the data?"].sentences[0].endswith("No event yet of email.")
    assert page["How fresh are the data?"].tables[0].rows[0] == ["email", *["–"] * 8]


def test_a_missing_day_is_told_in_words_and_drawn(tmp_path: Path) -> None:
    first = date(2026, 7, 6)
    counts = {first + timedelta(days=day): 30 for day in range(100)}
    missing = first + timedelta(days=98)
    counts[missing] = 0
    page = sections(tmp_path, SEGMENT, a=days(counts))
    volumes = page["How many events came, day by day?"]
    assert f"1 source-day of 29 unusual: web on {missing} (0, usual " in volumes.sentences[0]
    assert volumes.figure
    looks = volumes.figure.looks
    assert set(looks) == {"light-wide", "light-narrow", "dark-wide", "dark-narrow"}
    odd = next(trace for trace in looks["light-wide"]["data"] if trace.get("name") == "Unusual")
    assert odd["x"] == [str(missing)]
    assert page["How fresh are the data?"].sentences == ["Of 1 source, 1 with an unusual volume: web."]
    assert page["Did the checks pass?"].sentences == ["checks.volumes_are_usual: 1 row."]


def test_reasons_show_neither_what_was_found_nor_an_address(tmp_path: Path) -> None:
    bad = message(2, "ana@example.com at nine") + "\n" + message(3, NINE, type="Ana O'Neil")
    page = sections(tmp_path, SEGMENT, a=message(1, NINE) + "\n" + bad)
    cells = {row[1]: row[2] for row in page["Why were rows rejected?"].tables[0].rows}
    assert cells["occurred_at"] == "the time '…' is not ISO 8601 with an offset (web/a.ndjson, line 2)"
    assert cells["type"].startswith("unknown type '…'; allowed:")


def test_runs_are_summed_up_by_how_they_ended() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    steps = [
        ("1", "ingest:web", "succeeded", 5, None),
        ("1", "publish", "succeeded", None, None),
        ("2", "ingest:web", "failed", 3, "all rows are bad"),
        ("2", "ingest:shop", "failed", 2, "gone"),
        ("3", "replay:web", "succeeded", 1, None),
        ("4", "ingest:web", "succeeded", 9, None),
        ("5", "ingest:web", "succeeded", 4, None),
        ("5", "build", "succeeded", 99, None),
    ]
    frame = pl.DataFrame(
        [
            {"run_id": run, "step": step, "as_of": at, "started_at": at + timedelta(seconds=index), "seconds": 1.0}
            | {"status": status, "rows_count": rows, "detail": detail}
            for index, (run, step, status, rows, detail) in enumerate(steps)
        ]
    )
    found = run_history(frame, "5").select("run_id", "status", "rows_count", "failed_step", "why", "last_step")
    assert found.rows() == [
        ("5", "published", 4, None, None, "build"),
        ("4", "stopped", 9, None, None, "ingest:web"),
        ("3", "replayed", 1, None, None, "replay:web"),
        ("2", "failed", 5, "ingest:web", "all rows are bad", "ingest:shop"),
        ("1", "published", 5, None, None, "publish"),
    ]
    assert run_history(frame.clear(), None).is_empty()
