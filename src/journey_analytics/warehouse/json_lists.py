"""Lists of objects inside JSON rows, as BigQuery writes them, made plain before fields are read.

What a list becomes stands beside the row: to write the whole row anew would cost more than all the rest.
"""

import json
from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from journey_analytics.warehouse.connection import literal, quoted, registered
from journey_analytics.warehouse.json_paths import json_pointer

_PAIR = {
    "key": "VARCHAR",
    "value": dict.fromkeys(("string_value", "int_value", "float_value", "double_value"), "VARCHAR"),
}
_PLAIN, _WRAPPED = json.dumps([_PAIR]), json.dumps({"list": [{"element": _PAIR}]})

# An integer stays as it is written, never a float; a number that JSON cannot write (NaN, infinity) stays a text.
_MEMBER = """to_json(pair.key)::varchar || ':' || coalesce(
    to_json(pair.value.string_value)::varchar,
    try_cast(pair.value.int_value as bigint)::varchar,
    case when isfinite(try_cast(pair.value.float_value as double))
        then try_cast(pair.value.float_value as double)::varchar end,
    case when isfinite(try_cast(pair.value.double_value as double))
        then try_cast(pair.value.double_value as double)::varchar end,
    to_json(coalesce(pair.value.int_value, pair.value.float_value, pair.value.double_value))::varchar,
    'null'
)"""

_OBJECT = f"""'{{{{' || array_to_string(list_sort(list_transform({{pairs}}, lambda pair: {_MEMBER})), ',') || '}}}}'"""
_IS_CLEAR = "list_unique(list_transform({pairs}, lambda pair: pair.key)) = len({pairs})"
_TEXTS = "list_filter(list_transform({items}, lambda item: item[{key}]), lambda text: text is not null)"
_LEAST = "list_filter(ordered, lambda pair, place: place = 1 or pair.key <> ordered[place - 1].key)"
_CLEARED = f"""
with read as (select list_sort({{pairs}}) as ordered from json_lists),

least as (
    select case when coalesce(list_bool_and(list_transform(ordered, lambda pair: pair.key is not null)), true)
        then {_LEAST} end as pairs
    from read
)

select {{text}} as text from least
"""


def open_lists(
    connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, pairs: Sequence[str], plucked: Mapping[str, str]
) -> pl.DataFrame:
    """Make lists of key and value plain objects, and lists of objects lists of one of their texts.

    ``[{"key": "page", "value": {"string_value": "/"}}]`` becomes ``{"page": "/"}``, in the order of its members' texts;
    of a key that stands there twice the least value is kept. Parquet's ``{"list": [{"element": ...}]}`` is read the
    same. An empty list becomes ``null``; what is no such list stays as it is, for the source to judge.

    Args:
        connection: Any connection.
        rows: A frame with a column ``row`` of JSON objects.
        pairs: Top-level keys of lists of ``{key, value: {string_value, int_value, float_value, double_value}}``.
        plucked: Top-level keys of lists of objects, and the one key of these objects that is kept.

    Returns:
        A column for each of these keys: JSON that stands in place of what the row says there; null where the row's own
        stands.
    """
    names = [*pairs, *plucked]
    if not names:
        return pl.DataFrame()
    found = _opened_lists(connection, rows, pairs, plucked)
    opened: dict[str, pl.Series] = {}
    for name in names:
        # What no list was found in is looked at again; and where a key stands twice, or is missing, neighbours are
        # compared, which copies a list once for each of its pairs.
        doubt = pl.col(name).is_null() | (~pl.col(f"{name} is clear") if name in pairs else pl.lit(value=False))
        places = found.select(doubt.fill_null(value=True)).to_series().arg_true()
        lists = _own_texts(connection, rows["row"].gather(places), name)
        again = _objects(connection, lists) if name in pairs else _plucked(connection, lists, plucked[name])
        opened[name] = found[name].scatter(places, again)
    return pl.DataFrame(opened)


def _opened_lists(
    connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, pairs: Sequence[str], plucked: Mapping[str, str]
) -> pl.DataFrame:
    """The lists of all rows in one go; null where there is none, or ``is clear`` says that they want a closer look."""
    structure = {name: [_PAIR] for name in pairs} | {name: [{key: "VARCHAR"}] for name, key in plucked.items()}
    columns: list[str] = []
    for name in pairs:
        value = {"pairs": f"found[{literal(name)}]"}
        columns.append(f"{_OBJECT.format(**value)} as {quoted(name)}")
        columns.append(f"{_IS_CLEAR.format(**value)} as {quoted(f'{name} is clear')}")
    for name, key in plucked.items():
        text = _TEXTS.format(items=f"found[{literal(name)}]", key=literal(key))
        columns.append(f"to_json({text})::varchar as {quoted(name)}")
    with registered(connection, json_rows=rows.select("row")):
        read = connection.sql(
            f"select {', '.join(columns)} from (select from_json(row, $structure) as found from json_rows)",
            params={"structure": json.dumps(structure)},
        ).pl()
    return read.with_columns(pl.col(list(pairs)).replace("{}", "null"), pl.col(list(plucked)).replace("[]", "null"))


def _own_texts(connection: duckdb.DuckDBPyConnection, rows: pl.Series, name: str) -> pl.Series:
    """What some rows say under a key."""
    with registered(connection, json_rows=pl.DataFrame({"row": rows})):
        return connection.sql(
            "select json_extract(row, $path)::varchar as text from json_rows", params={"path": json_pointer((name,))}
        ).pl()["text"]


def _objects(connection: duckdb.DuckDBPyConnection, lists: pl.Series) -> pl.Series:
    """Lists of pairs as objects."""
    ways = {
        "[": ("from_json(list, $shape)", _PLAIN),
        "{": ("list_transform(from_json(list, $shape).list, lambda item: item.element)", _WRAPPED),
    }
    objects = lists.clear().extend_constant(None, len(lists))
    for mark, (pairs, shape) in ways.items():
        places = lists.str.starts_with(mark).arg_true()
        if places.is_empty():
            continue
        found = _asked(
            connection, lists.gather(places), _CLEARED.format(pairs=pairs, text=_OBJECT.format(pairs="pairs")), shape
        )
        objects = objects.scatter(places, found["text"].replace("{}", "null"))
    return objects


def _plucked(connection: duckdb.DuckDBPyConnection, lists: pl.Series, key: str) -> pl.Series:
    """Lists of objects as lists of the texts that stand there under one key."""
    ways = {"[": f'$[*]."{key}"', "{": f'$."list"[*]."element"."{key}"'}
    plucked = lists.clear().extend_constant(None, len(lists))
    sql = """
    with read as (
        select list_filter(json_extract_string(list, $shape), lambda text: text is not null) as texts from json_lists
    )

    select to_json(texts)::varchar as text from read
    """
    for mark, path in ways.items():
        places = lists.str.starts_with(mark).arg_true()
        if not places.is_empty():
            texts = _asked(connection, lists.gather(places), sql, path)["text"].replace("[]", "null")
            plucked = plucked.scatter(places, texts)
    return plucked


def _asked(connection: duckdb.DuckDBPyConnection, lists: pl.Series, sql: str, shape: str) -> pl.DataFrame:
    with registered(connection, json_lists=pl.DataFrame({"list": lists})):
        return connection.sql(sql, params={"shape": shape}).pl()
