from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import polars as pl
import pytest

from journey_analytics.contracts import Table, declare_table
from journey_analytics.errors import ContractBroken
from journey_analytics.warehouse import sql_models
from journey_analytics.warehouse.connection import opened
from journey_analytics.warehouse.sql_files import SqlFile, read_sql_file
from journey_analytics.warehouse.sql_models import make_tables, tables_named

HEADER = "-- description: {name}.\n-- grain: row\n-- key: a\n-- column: a | A number\n--   and more.\n"


@dataclass(frozen=True)
class ByPython:
    """A table that Python computes."""

    table: Table
    description: str
    queries: Mapping[str, str]
    compute: Callable[[Mapping[str, pl.DataFrame]], pl.DataFrame]


DOUBLED = ByPython(
    declare_table("marts.b_doubled", "row", "a", "a BIGINT! | Twice."),
    "Doubled.",
    {"first": "from marts.c_first"},
    lambda frames: frames["first"].select(pl.col("a").cast(pl.Int64) * 2),
)


def model(folder: Path, name: str, query: str) -> SqlFile:
    path = folder / "marts" / f"{name}.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEADER.format(name=name) + query)
    return read_sql_file(path)


def test_a_header_line_goes_on_with_three_blanks(tmp_path: Path) -> None:
    file = model(tmp_path, "x", "-- why this way\nselect 1 as a;\n")
    assert file.columns == {"a": "A number and more."}
    assert file.query == "-- why this way\nselect 1 as a"
    with pytest.raises(ContractBroken, match=r"x.sql: the header must say 'severity' once, found 0"):
        file.one("severity")


def test_tables_are_made_in_order_of_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        model(tmp_path, "a_last", "with own as (from marts.b_doubled) select a + 1 as a from own"),
        model(tmp_path, "c_first", "select 20 as a"),
    ]
    monkeypatch.setattr(sql_models, "model_files", lambda: files)
    with opened() as connection:
        assert make_tables(connection, [DOUBLED]) == ["marts.c_first", "marts.b_doubled", "marts.a_last"]
        assert connection.sql("from marts.a_last").fetchall() == [(41,)]
        comment = connection.sql("select comment from duckdb_columns() where table_name = 'a_last'").fetchall()
        assert comment == [("A number and more.",)]


def test_other_tables_are_made_while_python_computes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [model(tmp_path, "c_first", "select 20 as a"), model(tmp_path, "d_other", "select told() as a")]
    monkeypatch.setattr(sql_models, "model_files", lambda: files)
    is_other_made = Event()

    def told() -> int:
        is_other_made.set()
        return 1

    def compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        assert is_other_made.wait(60)
        return DOUBLED.compute(frames)

    waiting = ByPython(DOUBLED.table, DOUBLED.description, DOUBLED.queries, compute)
    with opened() as connection:
        connection.create_function("told", told, [], "INTEGER", side_effects=True)
        assert make_tables(connection, [waiting]) == ["marts.c_first", "marts.d_other", "marts.b_doubled"]
        assert connection.sql("from marts.b_doubled").fetchall() == [(40,)]


def test_what_python_cannot_compute_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_models, "model_files", lambda: [model(tmp_path, "c_first", "select 20 as a")])
    other = ByPython(DOUBLED.table, "", DOUBLED.queries, lambda frames: frames["first"].rename({"a": "b"}))
    with opened() as connection, pytest.raises(ContractBroken, match=r"unknown columns \['b'\]"):
        make_tables(connection, [other])


def test_what_several_marts_ask_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_models, "model_files", list[SqlFile])
    marts = [
        ByPython(
            declare_table(f"marts.{name}", "row", "a", "a DOUBLE! | Drawn."),
            "",
            {"drawn": query},
            lambda frames: frames["drawn"],
        )
        for name, query in {"b": "select random() as a", "c": "select random() as a", "d": "select 0.5 as a"}.items()
    ]
    with opened() as connection:
        make_tables(connection, marts)
        assert connection.sql("select a from marts.b").fetchall() == connection.sql("select a from marts.c").fetchall()
        assert connection.sql("select a from marts.d").fetchall() == [(0.5,)]


def test_a_query_must_give_the_declared_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [model(tmp_path, "x", "select 1 as b")]
    monkeypatch.setattr(sql_models, "model_files", lambda: files)
    with opened() as connection, pytest.raises(ContractBroken, match=r"marts.x: declared columns \['a'\]"):
        make_tables(connection, [])


def test_names_in_comments_and_texts_are_no_tables() -> None:
    query = "-- from marts.no\nwith cte as (select 'from marts.no' from marts.yes) from cte join (from ops.too) on true"
    with opened() as connection:
        assert tables_named(connection, query) == {"marts.yes", "ops.too"}
