"""Broken rows of every source: no exception, every row accounted for, and the same verdicts in any company.

``JOURNEY_FUZZ_ROWS`` says how many rows per source; ``make soak`` asks for many more than the tests do.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from zlib import crc32

import pytest

from journey_analytics.config import Project
from journey_analytics.contracts import AD_COSTS, EVENTS, SOURCE_ROWS
from tests.mutations import mutated_json, mutated_text
from tests.projects import load, state
from tests.vendor_rows import CASES, Case, Row, check_accounts, rows_of_case, staged, write_rows

ROWS = int(os.environ.get("JOURNEY_FUZZ_ROWS", "1000"))
ROWS_PER_ROUND = 10_000
SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t", ".form": "&"}
"""Kinds of files that are not JSON, and what stands between the cells of a line."""


@pytest.mark.parametrize("type_", CASES)
def test_broken_rows_are_accounted_for_and_break_nothing(tmp_path: Path, type_: str) -> None:
    case = CASES[type_]
    for number in range(0, ROWS, ROWS_PER_ROUND):
        random = Random(crc32(f"{type_} {number}".encode()))
        rows = list(_broken_rows(random, case, min(ROWS_PER_ROUND, ROWS - number)))
        in_order = _loaded(tmp_path / f"{number} in order", case, [rows])
        _check_contract(in_order)
        if any(row.kind == ".csv" for row in rows):
            continue  # a stray quote reads on to the next one: what is lost with it depends on the neighbours
        random.shuffle(rows)
        half = len(rows) // 2
        split = _loaded(tmp_path / f"{number} split", case, [rows[:half], rows[half:]])
        assert staged(split) == staged(in_order)
        assert check_accounts(split) == check_accounts(in_order)
        assert _rejected(split) == _rejected(in_order)


def _broken_rows(random: Random, case: Case, count: int) -> Iterator[Row]:
    """Rows of the sample with faults; those of a Parquet file cannot be broken row by row."""
    originals = [row for row in _rows(case) if row.kind != ".parquet"]
    others = [row.text for other in CASES.values() for row in _rows(other) if _is_json(row)]
    for _ in range(count):
        row = random.choice(originals)
        text = (
            mutated_json(random, row.text, others)
            if _is_json(row)
            else mutated_text(random, row.text, SEPARATORS[row.kind])
        )
        yield Row(row.file, row.kind, row.head, text)


def _rows(case: Case) -> list[Row]:
    """Rows of a source, those of .json files as lines.

    In a file of any layout, what is lost with a broken value depends on what stands around it.
    """
    return [
        Row(row.file.removesuffix(".json") + ".ndjson", ".ndjson", row.head, row.text) if row.kind == ".json" else row
        for row in rows_of_case(case)
    ]


def _is_json(row: Row) -> bool:
    return row.kind in (".json", ".ndjson", ".jsonl")


def _loaded(folder: Path, case: Case, nights: list[list[Row]]) -> Project:
    """A project after nights of these rows; every file also holds the good rows, or it would fail as a whole."""
    project = case.project(folder)
    for night, broken in enumerate(nights):
        files: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in broken:
            files[row.file if case.names_matter else row.kind, row.head].append(row)
        for place, ((_, head), rows) in enumerate(files.items()):
            kind = rows[0].kind
            good = [row for row in _rows(case) if (row.kind, row.head) == (kind, head)]
            for part, start in enumerate(range(0, len(rows), 2_500)):
                some = rows[start : start + 2_500]
                write_rows(project, f"{night}/{place}/{part}/{rows[0].file}", [*good, *some])
        found = load(project, case.type)
        assert found.failures == []
        check_accounts(project)
    return project


def _rejected(project: Project) -> set[tuple[str, str]]:
    """What was rejected, and by which rule."""
    return set(state(project, "select distinct raw, rule from ops.rejected_rows").iter_rows())


def _check_contract(project: Project) -> None:
    for table in (EVENTS, AD_COSTS, SOURCE_ROWS):
        frame = state(project, f"from {table.name}")
        required = [column.name for column in table.columns if column.required]
        assert sum(frame.select(required).null_count().row(0)) == 0, table.name
        assert frame.select(table.key).is_duplicated().sum() == 0
    wrong = state(
        project,
        """
        select * from staging.events
        where event_type = '' or email <> lower(trim(email)) or user_id = '' or not occurred_at between
            '2000-01-01' and '2100-01-01' or (properties is not null and not json_valid(properties))
            or channel not in ('web', 'email', 'ad', 'support', 'survey', 'social', 'store', 'other')
            or actor not in ('customer', 'company', 'system')
        """,
    )
    assert wrong.rows(named=True)[:3] == []
