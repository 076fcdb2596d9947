import os
from pathlib import Path

import duckdb
import polars as pl
import pytest

from journey_analytics.errors import DatabaseBroken, UsageError
from journey_analytics.warehouse.connection import connect, opened, qualified, registered, transaction


def test_times_are_utc_and_variables_are_not_looked_at() -> None:
    nearby = pl.DataFrame({"a": [1]})
    with opened() as connection:
        assert connection.sql("select current_setting('TimeZone')").fetchall() == [("UTC",)]
        with pytest.raises(duckdb.CatalogException):
            connection.sql("from nearby")
    assert nearby.height == 1


def test_a_frame_is_there_for_the_block_only_and_keeps_its_rows() -> None:
    frame = pl.DataFrame({"a": range(100_000)})
    with opened() as connection:
        with registered(connection, given=frame):
            assert connection.sql("select count(*), sum(a) from given").fetchall() == [(100_000, 4_999_950_000)]
        with pytest.raises(duckdb.CatalogException):
            connection.sql("from given")


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "x.duckdb") as connection:
        connection.execute("create table t (a int)")

        def half_way() -> None:
            with transaction(connection):
                connection.execute("insert into t values (1)")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            half_way()
        assert connection.sql("from t").fetchall() == []


def test_names_are_quoted_whatever_they_are() -> None:
    with opened() as connection:
        connection.execute('create schema "odd ""one"""')
        name = qualified('odd "one".select')
        connection.execute(f"create table {name} (a int)")
        assert connection.sql("select count(*) from duckdb_tables() where table_name = 'select'").fetchall() == [(1,)]


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist yet"):
        connect(tmp_path / "none.duckdb", read_only=True)
    (tmp_path / "text.duckdb").write_text("no database" * 1000)
    with pytest.raises(DatabaseBroken, match="not a DuckDB file"):
        connect(tmp_path / "text.duckdb")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="says how much memory is in use on Linux only")
def test_frames_of_an_open_transaction_do_not_stay_in_memory() -> None:
    """An open transaction remembers the views that were there; what they showed must not stay with them."""
    rows, frames = 1_000_000, 12
    with opened() as connection, transaction(connection):
        connection.execute("create table sums (total hugeint)")
        before = pages_in_use()
        for number in range(frames):
            with registered(connection, shown=pl.select(number=pl.int_range(number, number + rows, dtype=pl.Int64))):
                connection.execute("insert into sums select sum(number) from shown")
        grown = (pages_in_use() - before) * os.sysconf("SC_PAGE_SIZE")
        assert connection.sql("select count(*) from sums").fetchall() == [(frames,)]
    assert grown < frames * rows * 8 // 2


def pages_in_use() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])
