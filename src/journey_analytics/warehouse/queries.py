"""Queries of published files: read only, without access to files or the network, in columns that any reader takes."""

from pathlib import Path

import duckdb
import polars as pl
from duckdb.sqltypes import DuckDBPyType

from journey_analytics.errors import UsageError
from journey_analytics.warehouse.connection import opened, quoted
from journey_analytics.warehouse.failures import file_failure
from journey_analytics.warehouse.query_hints import TABLES, query_hint

_NESTED = ("list", "array", "struct", "map")
_TEMPORAL = (
    "date", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone",
)  # fmt: skip
_PLAIN = (
    "boolean", "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint",
    "uhugeint", "float", "double", "decimal", "varchar", "enum", "uuid", "null",
)  # fmt: skip
_TICKS_PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_895
"""0001-01-01 and the day before 9999-12-31, so that a time zone has room, in days since 1970."""


def query_published(database: Path, sql: str, limit: int = 0, *, flat: bool = False) -> pl.DataFrame:
    """Result of a query.

    Args:
        database: A published file.
        sql: One query.
        limit: Rows at most; 0 for all.
        flat: Whether lists and structs become JSON texts, for formats that know neither.

    Returns:
        Numbers, texts, times and, unless ``flat``, lists and structs of numbers and texts. What is of another type,
        such as an interval or a blob, and dates outside of the years 1 to 9999, are texts as DuckDB writes them.

    Raises:
        UsageError: The file does not exist, the text is not one query, or DuckDB does not accept it.
    """
    with opened(database, read_only=True) as connection:
        connection.execute("set enable_external_access = false")
        try:
            relation = _answer(connection, sql)
            return _with_plain_integers(_frame(relation.limit(limit) if limit else relation, flat=flat))
        except duckdb.Error as error:
            raise file_failure(error, database) or UsageError(str(error).strip(), hint=query_hint(error, sql)) from None


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation:
    statements = connection.extract_statements(sql)
    if len(statements) > 1:
        raise UsageError(
            f"{len(statements)} statements were found, and one can be answered.", hint="Ask them one by one."
        )
    relation = connection.sql(sql) if statements else None
    if relation is None:
        raise UsageError("there is no question in that.", hint=f"The cookbook's: journey query. {TABLES}")
    return relation


def _frame(relation: duckdb.DuckDBPyRelation, *, flat: bool) -> pl.DataFrame:
    """The rows as a frame of which every reader can make something."""
    odd = [not _is_plain(kind) and kind.id not in _TEMPORAL for kind in relation.types]
    nested = [kind.id in _NESTED and (flat or is_odd) for kind, is_odd in zip(relation.types, odd, strict=True)]
    frame = _with_texts(relation, odd, nested).pl()
    far = [_is_far(column) for column in frame]
    return _with_texts(relation, [a or b for a, b in zip(odd, far, strict=True)], nested).pl() if any(far) else frame


def _is_plain(kind: DuckDBPyType) -> bool:
    if kind.id in _NESTED:
        parts = [part for _, part in kind.children if isinstance(part, DuckDBPyType)]
        return all(_is_plain(part) for part in parts)
    return kind.id in _PLAIN


def _is_far(column: pl.Series) -> bool:
    """Whether a column holds dates that Python does not know."""
    match column.dtype:
        case pl.Date():
            ticks = 1
        case pl.Datetime() as kind:
            ticks = _TICKS_PER_DAY[kind.time_unit]
        case _:
            return False
    inside = column.to_physical().is_between(_FIRST_DAY * ticks, (_LAST_DAY + 1) * ticks - 1)
    return not inside.all()


def _with_texts(relation: duckdb.DuckDBPyRelation, odd: list[bool], nested: list[bool]) -> duckdb.DuckDBPyRelation:
    """The same rows with some columns as texts, and some of these as JSON; names may stand twice."""
    if not any(odd) and not any(nested):
        return relation
    columns: list[str] = []
    for index, name in enumerate(relation.columns):
        column = f"column_{index}"
        text = f"to_json({column})::varchar" if nested[index] else f"{column}::varchar" if odd[index] else column
        columns.append(f"{text} as {quoted(name)}")
    names = ", ".join(f"column_{index}" for index in range(len(columns)))
    return relation.query("answer", f"select {', '.join(columns)} from answer as answer ({names})") or relation


def _with_plain_integers(frame: pl.DataFrame) -> pl.DataFrame:
    """Sums of whole numbers come as 128 bits, which JSON and drivers take for text; those that fit get 64."""
    wide = [name for name, dtype in frame.schema.items() if dtype in (pl.Int128, pl.UInt128, pl.Decimal(38, 0))]
    narrowed = frame.select(pl.col(wide).cast(pl.Int64, strict=False))
    fits = [name for name in wide if narrowed[name].null_count() == frame[name].null_count()]
    return frame.with_columns(narrowed.select(fits))
