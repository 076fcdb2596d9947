"""Laws of every source: the order of its files, how its rows are split over files and nights, repeats: no difference.

Where a source reads something from the names of files (which export of costs, or of a day, a row comes from), a row
keeps the name of its file and the parts of a file stand in folders of their own.
"""

import itertools
from collections import defaultdict
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics.sources import discover
from tests.projects import load, put
from tests.vendor_rows import CASES, Case, Row, check_accounts, rows_of_case, staged, write_rows

MOST_ORDERS = 3
NIGHTS = 2
FILES = 2
Place = tuple[int, int]
"""A night, and a file of that night."""


def test_every_source_has_rows_to_test_with() -> None:
    assert {case.type for case in CASES.values()} == set(discover())


@pytest.mark.parametrize("type_", CASES)
def test_the_order_of_files_and_repeats_change_nothing(tmp_path: Path, type_: str) -> None:
    case = CASES[type_]
    orders = list(itertools.permutations(case.files))
    if len(orders) > MOST_ORDERS:
        orders = [orders[0], orders[-1], *Random(type_).sample(orders[1:-1], MOST_ORDERS - 2)]
    found = []
    for number, order in enumerate(orders):
        project = case.project(tmp_path / str(number))
        for name, content in order:
            put(project, f"data/{name}", content)
            night = load(project, case.type)
            assert night.failures == []
        assert load(project, case.type).rows_count == 0
        found.append((staged(project), check_accounts(project)))
    project = case.project(tmp_path / "at once")
    for name, content in case.files:
        put(project, f"data/{name}", content)
    load(project, case.type)
    found.append((staged(project), check_accounts(project)))
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize("type_", CASES)
def test_splitting_rows_over_files_and_nights_changes_nothing(type_: str) -> None:
    case, rows = CASES[type_], rows_of_case(CASES[type_])
    with TemporaryDirectory() as folder:
        project = case.project(Path(folder))
        for name, content in case.files:
            put(project, f"data/{name}", content)
        load(project, case.type)
        expected = staged(project), check_accounts(project)
    places = st.tuples(st.integers(0, NIGHTS - 1), st.integers(0, FILES - 1))
    numbers = st.integers(0, len(rows) - 1)

    @settings(
        max_examples=4, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )  # fmt: skip
    @given(
        order=st.permutations(range(len(rows))),
        where=st.lists(places, min_size=len(rows), max_size=len(rows)),
        repeats=st.lists(st.tuples(numbers, places), max_size=4),
    )
    def check(order: list[int], where: list[Place], repeats: list[tuple[int, Place]]) -> None:
        placed = [(rows[number], where[number]) for number in order]
        placed += [(rows[number], place) for number, place in repeats]
        assert _loaded_by_night(case, placed) == expected

    check()


def _loaded_by_night(case: Case, placed: list[tuple[Row, Place]]) -> tuple[object, int]:
    """Staging and the number of loaded rows after nights that each bring some files."""
    with TemporaryDirectory() as folder:
        project = case.project(Path(folder))
        for night in range(NIGHTS):
            files: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
            for row, (on, part) in placed:
                if on == night:
                    name = row.file if case.names_matter else f"rows{row.kind}"
                    files[f"{night}/{part}", name, row.head].append(row)
            for number, ((part, name, _), rows) in enumerate(files.items()):
                write_rows(project, f"{part}/{number}/{name}", rows)
            load(project, case.type)
        return staged(project), check_accounts(project)
