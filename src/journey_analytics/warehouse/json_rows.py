"""JSON rows to fields, with DuckDB's JSON functions: strict, exact with large integers, fast.

Polars decodes a column of JSON only as a whole: one bad text fails them all, and an object cannot be kept as text.
"""

from collections.abc import Collection, Mapping, Sequence

import duckdb
import polars as pl

from journey_analytics.warehouse.connection import registered
from journey_analytics.warehouse.field_query import FieldQuery
from journey_analytics.warehouse.json_paths import Path, json_pointer


def read_fields(
    connection: duckdb.DuckDBPyConnection,
    rows: pl.DataFrame,
    fields: Mapping[str, Path],
    drop: Sequence[Path] | None,
    flatten: Sequence[Path] = (),
    *,
    nested: Collection[str] = (),
    opened: pl.DataFrame | None = None,
    keys: Collection[str] | None = None,
    find_nested: bool = True,
) -> pl.DataFrame:
    """Fields of JSON rows as texts, and everything else as ``properties``.

    Args:
        connection: Any connection.
        rows: A frame with a column ``row`` of JSON objects.
        fields: Name of each field and its path; absent, null and the empty text become null, an object becomes its
            JSON text.
        drop: Paths left out of ``properties``; None when the fields are all that is wanted.
        flatten: Paths of objects whose entries stand in ``properties`` beside the rest, not below their own key.
        nested: Fields that are read as JSON: a text keeps its quotes there.
        opened: Columns named after top-level keys: JSON that stands in place of what the row says under that key, null
            where the row's own stands.
        keys: Top-level keys that occur in the rows, where that is known.
        find_nested: Whether to look for objects and arrays in the other fields.

    Returns:
        The frame without ``row``, with one text column per field and, if wanted, ``properties`` (a JSON object) and
        ``nested`` (names of fields that hold an object or an array although they are not read as JSON; null where none
        does).
    """
    instead = pl.DataFrame() if opened is None else opened
    query = FieldQuery(fields, drop, flatten, nested, instead.columns, keys)
    placed = instead.rename({name: f"instead_{place}" for place, name in enumerate(instead.columns)})
    with registered(connection, json_rows=rows.select("row").hstack(placed)):
        read = connection.sql(query.sql, params=query.parameters).pl()
    frame = rows.hstack(read)  # rows come back in the order in which they went; the long texts stay where they are
    if find_nested:
        texts = {name: path for name, path in fields.items() if name not in nested}
        frame = frame.with_columns(_nested_fields(connection, frame, texts))
    return frame.drop("row")


def _nested_fields(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, fields: Mapping[str, Path]) -> pl.Series:
    """For each row the names of the fields that hold an object or an array; few texts look as if they did."""
    looks = rows.select(
        (pl.col(name).str.starts_with("{") | pl.col(name).str.starts_with("[")).fill_null(value=False)
        for name in fields
    )
    nested = pl.Series("nested", [None], dtype=pl.String).new_from_index(0, rows.height)
    suspect = looks.select(pl.any_horizontal(pl.all())).to_series() if fields else pl.Series(dtype=pl.Boolean)
    if not suspect.any():
        return nested
    fields = {name: path for name, path in fields.items() if looks[name].any()}
    with registered(connection, json_rows=rows.filter(suspect).select("row")):
        types = connection.sql(
            "select json_type(row, $paths) as types from json_rows",
            params={"paths": [json_pointer(path) for path in fields.values()]},
        ).pl()
    named = [
        pl.when(pl.col("types").list.get(place).is_in(["OBJECT", "ARRAY"])).then(pl.lit(name))
        for place, name in enumerate(fields)
    ]
    found = types.select(pl.concat_str(named, separator=", ", ignore_nulls=True).replace("", None)).to_series()
    return nested.scatter(suspect.arg_true(), found)


def keys_of(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> list[str]:
    """Names of the keys that occur in the JSON objects of column ``row``, in alphabetical order."""
    with registered(connection, json_rows=rows.select("row")):
        keys = connection.sql("select distinct unnest(json_keys(row)) as key from json_rows order by key").pl()
    return keys.to_series().to_list()
