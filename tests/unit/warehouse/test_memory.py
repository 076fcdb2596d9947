"""What does not fit into memory waits on disk, and a full disk is told."""

from pathlib import Path

import pytest

from journey_analytics.errors import StorageFailure
from journey_analytics.warehouse.memory import (
    LOADING,
    READING,
    events_at_a_time,
    for_building,
    memory_bytes,
    reading,
    spilling,
)


def test_what_a_killed_load_left_on_disk_goes_with_the_next(tmp_path: Path) -> None:
    database = tmp_path / "pipeline.duckdb"
    left = tmp_path / "pipeline.duckdb.tmp" / "duckdb_temp_1_0_storage_DEFAULT-0.tmp"
    left.parent.mkdir()
    left.write_text("ann@example.com")
    with spilling(database, LOADING):
        assert not left.exists()


def fill(database: Path) -> None:
    """Make more rows than memory and disk are said to hold."""
    with spilling(database, LOADING) as connection:
        connection.execute("set memory_limit = '20MB'; set max_temp_directory_size = '5MB'")
        connection.execute("create temp table much as select md5(range::varchar) as text from range(2_000_000)")


def test_rows_that_fit_neither_memory_nor_disk_are_told_as_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(StorageFailure, match="No space left"):
        fill(tmp_path / "pipeline.duckdb")


def test_rows_that_do_not_fit_into_memory_wait_on_disk(tmp_path: Path) -> None:
    with spilling(tmp_path / "pipeline.duckdb", 64 * 1024**2) as connection:
        connection.execute("create temp table much as select md5(range::varchar) as text from range(4_000_000)")
        assert connection.execute("select count(distinct text) from much").fetchall() == [(4_000_000,)]
        assert list((tmp_path / "pipeline.duckdb.tmp").iterdir())


def test_a_load_that_fills_its_memory_leaves_that_of_taking_rows_apart_alone(tmp_path: Path) -> None:
    with reading() as reader, spilling(tmp_path / "pipeline.duckdb", 64 * 1024**2) as connection:
        connection.execute("create temp table much as select md5(range::varchar) as text from range(4_000_000)")
        held = "select sum(memory_usage_bytes) from duckdb_memory()"
        assert connection.execute(held).fetchall()[0][0] > 32 * 1024**2
        assert reader.execute(held).fetchall()[0][0] < 1024**2
        taken_apart = reader.execute("select len(list(md5(range::varchar))) from range(1_000_000)").fetchall()
        assert taken_apart == [(1_000_000,)]


def test_what_takes_rows_apart_has_bounds_too_and_writes_nothing_to_disk() -> None:
    with pytest.raises(StorageFailure, match="a database in memory: Cannot allocate"), reading() as reader:
        reader.execute(f"select len(list(repeat('x', 1024))) from range({READING // 512})").fetchall()


def test_a_build_leaves_most_of_the_memory_to_others() -> None:
    assert LOADING <= for_building() <= max(memory_bytes() // 3, LOADING)


def test_events_are_transformed_in_few_parts_if_memory_allows_and_in_small_ones_if_not() -> None:
    fitting = memory_bytes() // 3 // 512
    assert events_at_a_time(1_000) == min(fitting, 2_000_000)
    for events in (10_000_000, 100_000_000, 100_000_000_000):
        assert events_at_a_time(events) <= fitting
        assert events / events_at_a_time(events) <= max(50, events / fitting)
