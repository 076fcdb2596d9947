"""JSON documents to rows and fields, with DuckDB's JSON functions: strict, exact with large integers, fast.

Polars decodes a column of JSON only as a whole: one bad text fails them all, and an object cannot be kept as text.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from journey_analytics.warehouse.connection import quoted, registered

_UNFOLD = """
with read as (
    select line, raw, rule, reason, case when rule is null and json_valid(document) then document end as document
    from documents
),

elements as (
    select line, 0 as i, raw, document as row, rule, reason
    from read
    where document is null or json_type(document) <> 'ARRAY'
    union all
    select line, generate_subscripts(found, 1), unnest(found), unnest(found), null, null
    from (select line, json_extract(document, '$[*]')::varchar[] as found from read where json_type(document) = 'ARRAY')
),

objects as (
    select * replace (case when json_type(row) = 'OBJECT' then row end as row), json_type(row) as type from elements
),

labelled as (
    select *, list_filter($envelopes, lambda key: json_type(row, key) in ('ARRAY', 'OBJECT'))[1] as envelope
    from objects
),

opened as (
    select line, i, 0 as j, raw, row, type, rule, reason, envelope from labelled where envelope is null
    union all
    select line, i, generate_subscripts(found, 1), unnest(found), unnest(found), null, null, null, envelope
    from (
        select line, i, envelope,
            case json_type(row, envelope) when 'OBJECT' then [json_extract_string(row, envelope)]
                else json_extract(json_extract(row, envelope), '$[*]')::varchar[] end as found
        from labelled where envelope is not null
    )
),

typed as (
    select * replace (
        case when json_type(row) = 'OBJECT' then row end as row, coalesce(type, json_type(row)) as type
    )
    from opened
),

fitted as (
    select *, case when row is not null then list_filter($shapes, lambda shape:
        case when envelope is null then shape.envelope is null or shape."when" is not null
            else shape.envelope = envelope end
        and (shape."when" is null or json_type(row, shape."when") <> 'NULL')
        and (shape.child is null or json_type(row, shape.child) = 'ARRAY')
    ) end as fitting
    from typed
),

shaped as (
    select * exclude (fitting), generate_subscripts(kept, 1) as s, unnest(kept) as shape
    from (
        select *, case when len(fitting) > 0
            then list_filter(fitting, lambda shape, place: place = 1 or shape.beside) else [null] end as kept
        from fitted
    )
),

children as (
    select line, i, j, s, 0 as k, raw, row, type, rule, reason, shape.name as shape
    from shaped where shape.child is null
    union all
    select line, i, j, s, generate_subscripts(found, 1), unnest(found),
        json_object('parent', parent, 'child', unnest(found)::json)::varchar, 'OBJECT', null, null, shape
    from (
        select line, i, j, s, shape.name as shape, json_merge_patch(row, shape.childless) as parent,
            json_extract(json_extract(row, shape.child), '$[*]')::varchar[] as found
        from shaped where shape.child is not null
    )
)

select
    line::bigint as line,
    row_number() over (partition by line order by i, j, s, k) as item,
    shape, raw, row,
    case
        when rule is not null then rule
        when row is null then 'json'
        when shape is null then 'shape'
    end as rule,
    case
        when rule is not null then reason
        when row is null and type is null then 'not valid JSON'
        when row is null then 'a row must be a JSON object, found ' || lower(type)
        when shape is null then 'unknown kind of row; it has the keys ' || left(json_keys(row)::varchar, 200)
    end as reason
from children
order by line, item
"""


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


@dataclass(frozen=True)
class RowPattern:
    """How to know the rows of one shape: what they stand in, a path that only they have, and nested rows.

    A pattern ``beside`` others makes a row of its own of an object that an earlier pattern has taken.
    """

    name: str
    when: Path = ()
    envelope: str = ""
    child: Path = ()
    beside: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether every JSON object is such a row."""
        return not (self.when or self.envelope or self.child)

    def as_parameter(self) -> dict[str, str | bool | None]:
        """The pattern as the unfolding query wants it."""
        return {
            "name": self.name,
            "when": json_pointer(self.when) or None,
            "envelope": json_pointer((self.envelope,)) if self.envelope else None,
            "child": json_pointer(self.child) or None,
            "childless": _patch_without([self.child]) if self.child else None,
            "beside": self.beside,
        }


def unfold(
    connection: duckdb.DuckDBPyConnection, documents: pl.DataFrame, patterns: Sequence[RowPattern]
) -> pl.DataFrame:
    """Rows of documents: arrays and envelopes opened, each row with the name of its shape.

    Args:
        connection: Any connection.
        documents: ``line``, ``raw``, ``document`` and, for lines that could not be read, ``rule`` and ``reason``.
        patterns: The shapes of the source; the first that fits a row names it, and those beside it make further rows.

    Returns:
        One row per row of the file: ``line``, ``item`` (from 1 within the line), ``shape``, ``raw``, ``row`` (JSON),
        and ``rule`` and ``reason`` where it is not a row of this source.
    """
    parameters = [pattern.as_parameter() for pattern in patterns]
    envelopes = sorted({str(pattern["envelope"]) for pattern in parameters if pattern["envelope"]})
    if len(patterns) == 1 and patterns[0].is_plain:
        return _unfold_plain(connection, documents, patterns[0])
    with registered(connection, documents=documents):
        return connection.sql(_UNFOLD, params={"envelopes": envelopes or ["/"], "shapes": parameters}).pl()


def _unfold_plain(connection: duckdb.DuckDBPyConnection, documents: pl.DataFrame, pattern: RowPattern) -> pl.DataFrame:
    """The common case of one object per line, without the general machinery; anything else takes the general way."""
    with registered(connection, documents=documents):
        is_object = connection.sql(
            """
            select rule is null and case when json_valid(document) then json_type(document) = 'OBJECT' else false end
            from documents
            """
        ).pl().to_series()  # fmt: skip
    objects = documents.filter(is_object).select(
        "line", "raw", "rule", "reason", row="document", item=pl.lit(1, pl.Int64), shape=pl.lit(pattern.name)
    )
    others = documents.filter(~is_object)
    if others.is_empty():
        return objects
    with registered(connection, documents=others):
        unfolded = connection.sql(_UNFOLD, params={"envelopes": ["/"], "shapes": [pattern.as_parameter()]}).pl()
    return pl.concat([objects, unfolded], how="diagonal").sort("line", "item")


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
        fields: Name of each field and its path; absent and null become null, an object becomes its JSON text.
        drop: Paths left out of ``properties``; None when the fields are all that is wanted.
        flatten: Paths of objects whose entries stand in ``properties`` beside the rest, not below their own key.
        find_nested: Whether to look for fields that hold an object or an array.

    Returns:
        The frame without ``row``, with one text column per field and, if wanted, ``properties`` (a JSON object) and
        ``nested`` (names of the fields that hold an object or an array; null where none does).
    """
    columns = "".join(f", texts[{index}] as {quoted(name)}" for index, name in enumerate(fields, start=1))
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
    parameters = {"without": _patch_without([(key,) for key in whole])}
    patches = ["$without"]
    for number, (key, nested) in enumerate(below.items()):
        parameters |= {f"at_{number}": json_pointer((key,)), f"without_{number}": _patch_without(nested)}
        patches.append(f"case json_type(row, $at_{number}) when 'OBJECT' then $without_{number} else '{{}}' end")
    merged = f"json_merge_patch(row, {', '.join(patches)})"
    for number, path in enumerate(flatten):
        inside = [found[len(path) :] for found in removed if found[: len(path)] == path and len(found) > len(path)]
        parameters |= {f"in_{number}": json_pointer(path), f"inside_{number}": _patch_without(inside)}
        entry = f"$in_{number}"
        entries = f"case json_type(row, {entry}) when 'OBJECT' then json_extract(row, {entry}) else '{{}}' end"
        merged = f"json_merge_patch({merged}, json_merge_patch({entries}, $inside_{number}))"
    return merged, parameters


def _patch_without(paths: Sequence[Path]) -> str:
    """A JSON merge patch that removes paths; what lies below a removed path goes with it."""
    patch: dict[str, Any] = {}
    for *outer, last in sorted(paths, key=len, reverse=True):
        level = patch
        for key in outer:
            level = level.setdefault(key, {})
        level[last] = None
    return json.dumps(patch)
