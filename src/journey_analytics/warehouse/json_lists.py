"""Lists of objects inside JSON rows, as BigQuery writes them, made plain before fields are read."""

import json
from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from journey_analytics.warehouse.connection import registered
from journey_analytics.warehouse.json_rows import json_pointer

_PAIR = {
    "key": "VARCHAR",
    "value": dict.fromkeys(("string_value", "int_value", "float_value", "double_value"), "VARCHAR"),
}
_SHAPES = {"plain": json.dumps([_PAIR]), "wrapped": json.dumps({"list": [{"element": _PAIR}]})}

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


def open_lists(
    connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, pairs: Sequence[str], plucked: Mapping[str, str]
) -> pl.DataFrame:
    """Make lists of key and value plain objects, and lists of objects lists of one of their texts.

    ``[{"key": "page", "value": {"string_value": "/"}}]`` becomes ``{"page": "/"}``, in the order of the keys; of a key
    that stands there twice the least value is kept. Parquet's ``{"list": [{"element": ...}]}`` is read the same. An
    empty list goes; what is no such list stays as it is, for the source to judge.

    Args:
        connection: Any connection.
        rows: A frame with a column ``row`` of JSON objects.
        pairs: Top-level keys of lists of ``{key, value: {string_value, int_value, float_value, double_value}}``.
        plucked: Top-level keys of lists of objects, and the one key of these objects that is kept.

    Returns:
        The frame with ``row`` rewritten.
    """
    places = {f"place_{index}": json_pointer((name,)) for index, name in enumerate([*pairs, *plucked])}
    members = {f"member_{index}": f"{json.dumps(name)}:" for index, name in enumerate([*pairs, *plucked])}
    paths = _paths(plucked, len(pairs))
    lists = [_pairs(index) for index in range(len(pairs))]
    lists += [_texts(index) for index in range(len(pairs), len(places))]
    if not lists:
        return rows
    found = ", ".join(f"{found} as found_{index}" for index, (found, _) in enumerate(lists))
    texts = ", ".join(f"{text} as text_{index}" for index, (_, text) in enumerate(lists))
    patch = ", ".join(f"$member_{index} || text_{index}" for index in range(len(lists)))
    without = ", ".join(
        f"case when text_{index} is not null then $member_{index} || 'null' end" for index in range(len(lists))
    )
    with registered(connection, json_rows=rows.select("row")):
        rewritten = connection.sql(
            f"""
            select case when patch = '' then row
                else json_merge_patch(row, '{{' || without || '}}', '{{' || patch || '}}')::varchar end as row
            from (
                select row, concat_ws(',', {patch}) as patch, concat_ws(',', {without}) as without
                from (select row, {texts} from (select row, {found} from json_rows))
            )
            """,
            params={**places, **members, **paths, **(_SHAPES if pairs else {})},
        ).pl()
    return rows.with_columns(rewritten["row"])


def _pairs(index: int) -> tuple[str, str]:
    """SQL of the sorted pairs of a list, and of the object that they make: null where it is no such list."""
    element = f"json_extract(row, $place_{index})"
    found = f"""list_sort(case json_type(row, $place_{index})
        when 'ARRAY' then from_json({element}, $plain)
        when 'OBJECT' then list_transform(from_json({element}, $wrapped).list, lambda item: item.element)
    end)"""
    pairs = f"found_{index}"
    first = f"list_filter({pairs}, lambda pair, place: place = 1 or pair.key <> {pairs}[place - 1].key)"
    text = f"""case
        when len({pairs}) = 0 then 'null'
        when not list_bool_or([pair.key is null for pair in {pairs}])
            then '{{' || array_to_string([{_MEMBER} for pair in {first}], ',') || '}}'
    end"""
    return found, text


def _texts(index: int) -> tuple[str, str]:
    """SQL of the texts that stand under one key of the objects of a list, and of the list that they make."""
    found = f"""case json_type(row, $place_{index})
        when 'ARRAY' then json_extract_string(row, $plain_path_{index})
        when 'OBJECT' then json_extract_string(row, $wrapped_path_{index})
    end"""
    kept = f"list_filter(found_{index}, lambda text: text is not null)"
    return found, f"case when len({kept}) = 0 then 'null' else to_json({kept})::varchar end"


def _paths(plucked: Mapping[str, str], start: int) -> dict[str, str]:
    """Where the texts stand, in either way of writing a list."""
    paths: dict[str, str] = {}
    for index, (name, key) in enumerate(plucked.items(), start=start):
        paths[f"plain_path_{index}"] = f'$."{name}"[*]."{key}"'
        paths[f"wrapped_path_{index}"] = f'$."{name}"."list"[*]."element"."{key}"'
    return paths
