"""JSON rows to fields, with DuckDB's JSON functions: strict, exact with large integers, fast.

Polars decodes a column of JSON only as a whole: one bad text fails them all, and an object cannot be kept as text.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from journey_analytics.warehouse.connection import quoted, registered

Path = tuple[str, ...]
"""Keys that lead to a value, outermost first."""


def path_of(name: str, columns: Sequence[str] | None = None) -> Path:
    """A dotted name as a path; the name of a table's column stays whole, dots and all.

    >>> path_of("context.page.url"), path_of("Impr.", ["Impr."])
    (('context', 'page', 'url'), ('Impr.',))
    """
    return (name,) if columns is not None and name in columns else tuple(name.split("."))


def json_pointer(path: Path) -> str:
    """A path as DuckDB reads it, whatever characters the keys have.

    >>> json_pointer(("smtp-id", "a/b"))
    '/smtp-id/a~1b'
    """
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def read_fields(
    connection: duckdb.DuckDBPyConnection,
    rows: pl.DataFrame,
    fields: Mapping[str, Path],
    drop: Sequence[Path] | None,
    flatten: Sequence[Path] = (),
    *,
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
        find_nested: Whether to look for fields that hold an object or an array.

    Returns:
        The frame without ``row``, with one text column per field and, if wanted, ``properties`` (a JSON object) and
        ``nested`` (names of the fields that hold an object or an array; null where none does).
    """
    columns = "".join(f", nullif(texts[{index}], '') as {quoted(name)}" for index, name in enumerate(fields, start=1))
    rest, patches = "", {}
    if drop is not None:
        merged, patches = _rest([*fields.values(), *drop], flatten)
        rest = f", {merged}::varchar as properties"
    with registered(connection, json_rows=rows.select("row")):
        read = connection.sql(
            f"""
            select * exclude (texts, row), list_bool_or([left(text, 1) in ('{{', '[') for text in texts]) as is_suspect
                {columns}
            from (select *, json_extract_string(row, $paths) as texts {rest} from json_rows)
            """,
            params={"paths": [json_pointer(path) for path in fields.values()], **patches},
        ).pl()
    frame = rows.hstack(read)  # rows come back in the order in which they went; the long texts stay where they are
    if not find_nested:
        return frame.drop("row", "is_suspect")
    suspect = frame["is_suspect"].fill_null(value=False)
    nested = pl.Series("nested", [None], dtype=pl.String).new_from_index(0, frame.height)
    if suspect.any():
        nested = nested.scatter(suspect.arg_true(), _nested_fields(connection, frame.filter(suspect), fields))
    return frame.with_columns(nested).drop("row", "is_suspect")


def _nested_fields(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, fields: Mapping[str, Path]) -> pl.Series:
    """For the rows with a text that looks nested: the names of the fields that really are."""
    looks = rows.select(pl.col(list(fields)).str.contains(r"^[{\[]").any()).row(0, named=True)
    fields = {name: path for name, path in fields.items() if looks[name]}
    with registered(connection, json_rows=rows.select("row")):
        types = connection.sql(
            "select json_type(row, $paths) as types from json_rows",
            params={"paths": [json_pointer(path) for path in fields.values()]},
        ).pl()
    named = [
        pl.when(pl.col("types").list.get(place).is_in(["OBJECT", "ARRAY"])).then(pl.lit(name))
        for place, name in enumerate(fields)
    ]
    return types.select(pl.concat_str(named, separator=", ", ignore_nulls=True).replace("", None)).to_series()


def keys_of(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> list[str]:
    """Names of the keys that occur in the JSON objects of column ``row``, in alphabetical order."""
    with registered(connection, json_rows=rows.select("row")):
        keys = connection.sql("select distinct unnest(json_keys(row)) as key from json_rows order by key").pl()
    return keys.to_series().to_list()


def _rest(removed: Sequence[Path], flatten: Sequence[Path]) -> tuple[str, dict[str, str]]:
    """SQL of what a row says beside the removed paths, and the merge patches that it wants as parameters.

    What is no object is not touched below its top.
    """
    paths = [*removed, *flatten]
    whole = dict.fromkeys(path[0] for path in paths if len(path) == 1)
    below: dict[str, list[Path]] = {}
    for path in paths:
        if path[0] not in whole:
            below.setdefault(path[0], []).append(path)
    parameters = {"without": patch_without([(key,) for key in whole])}
    patches = ["$without"]
    for number, (key, nested) in enumerate(below.items()):
        parameters |= {f"at_{number}": json_pointer((key,)), f"without_{number}": patch_without(nested)}
        patches.append(f"case json_type(row, $at_{number}) when 'OBJECT' then $without_{number} else '{{}}' end")
    merged = f"json_merge_patch(row, {', '.join(patches)})"
    for number, path in enumerate(flatten):
        inside = [found[len(path) :] for found in removed if found[: len(path)] == path and len(found) > len(path)]
        parameters |= {f"in_{number}": json_pointer(path), f"inside_{number}": patch_without(inside)}
        entry = f"$in_{number}"
        entries = f"case json_type(row, {entry}) when 'OBJECT' then json_extract(row, {entry}) else '{{}}' end"
        merged = f"json_merge_patch({merged}, json_merge_patch({entries}, $inside_{number}))"
    return merged, parameters


def patch_without(paths: Sequence[Path]) -> str:
    """A JSON merge patch that removes paths; what lies below a removed path goes with it."""
    patch: dict[str, Any] = {}
    for *outer, last in sorted(paths, key=len, reverse=True):
        level = patch
        for key in outer:
            level = level.setdefault(key, {})
        level[last] = None
    return json.dumps(patch)
