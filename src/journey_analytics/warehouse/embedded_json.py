"""JSON inside texts of JSON: a column of a table that holds an object as text becomes that object."""

from collections.abc import Sequence

import duckdb
import polars as pl

from journey_analytics.warehouse.connection import registered
from journey_analytics.warehouse.json_paths import Path, json_pointer


def open_texts(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, paths: Sequence[Path]) -> pl.DataFrame:
    """Replace texts that hold a JSON object or array by what they hold.

    Args:
        connection: Any connection.
        rows: A frame with a column ``row`` of JSON objects.
        paths: Where such texts may stand; what is there already, or nothing at all, is fine as well.

    Returns:
        The frame with the rows opened, and ``unopened``: the paths whose text is neither empty nor such JSON.
    """
    params: dict[str, str] = {}
    for index, path in enumerate(paths):
        params |= {f"at{index}": json_pointer(path), f"name{index}": ".".join(path)}
        params |= {f"key{index}_{place}": key for place, key in enumerate(path)}
    places = range(len(paths))
    text = "case when json_type(row, $at{0}) = 'VARCHAR' then json_extract_string(row, $at{0}) end as t{0}"
    value = "case when json_valid(t{0}) and json_type(t{0}) in ('OBJECT', 'ARRAY') then json(t{0}) end as o{0}"
    texts, opened = ([template.format(i) for i in places] for template in (text, value))
    patches = [f"case when o{i} is null then '{{}}' else {_below(i, path)} end" for i, path in enumerate(paths)]
    broken = [f"case when trim(t{i}) <> '' and o{i} is null then $name{i} end" for i in places]
    with registered(connection, json_rows=rows.select("row")):
        found = connection.sql(
            f"""
            with texts as (select row, {", ".join(texts)} from json_rows),
            opened as (select *, {", ".join(opened)} from texts)
            select
                case when coalesce({", ".join(f"o{i}" for i in places)}) is null then row
                else json_merge_patch(row, {", ".join(patches)})::varchar end as row,
                nullif(concat_ws(', ', {", ".join(broken)}), '') as unopened
            from opened
            """,
            params=params,
        ).pl()
    return rows.drop("row").hstack(found)


def _below(index: int, path: Path) -> str:
    """SQL of an object that holds the opened text where it stood."""
    value = f"o{index}"
    for place in reversed(range(len(path))):
        value = f"json_object($key{index}_{place}, {value})"
    return value
