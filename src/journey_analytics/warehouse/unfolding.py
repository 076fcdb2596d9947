"""JSON documents to rows: arrays and envelopes opened, nested rows with what they stand in, each with its shape."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import polars as pl

from journey_analytics.warehouse.connection import registered
from journey_analytics.warehouse.json_paths import Path, json_pointer, patch_without

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
        when shape is null and misfit is not null
            then 'expected an array in ' || replace(misfit[2:], '/', '.') || ', found ' || lower(json_type(row, misfit))
        when shape is null then $unknown || left(json_keys(row)::varchar, 200)
    end as reason
from (
    select *,
        list_filter($shapes, lambda known: json_type(row, known.child) not in ('ARRAY', 'NULL'))[1].child as misfit
    from children
)
order by line, item
"""

_BLANKS = " \t\r\n"

_BYTES_AT_A_TIME = 4 * 1024 * 1024
"""Text that is opened at a time."""


@dataclass(frozen=True)
class RowPattern:
    """How to know the rows of one shape: what they stand in, a path that only they have, and nested rows.

    A pattern ``beside`` others makes a row of its own of an object that an earlier pattern has taken.
    """

    name: str
    when: Path = ()
    envelope: Path = ()
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
            "envelope": json_pointer(self.envelope) or None,
            "child": json_pointer(self.child) or None,
            "childless": patch_without([self.child]) if self.child else None,
            "beside": self.beside,
        }


class MalformedJson(Exception):
    """A document that was taken for JSON is none."""


@contextmanager
def malformed_told() -> Generator[None]:
    """Raise ``MalformedJson`` where a query comes upon a document that is no JSON."""
    try:
        yield
    except duckdb.InvalidInputException as error:
        if "Malformed JSON" not in str(error):
            raise
        raise MalformedJson from None


def unfold(
    connection: duckdb.DuckDBPyConnection,
    documents: pl.DataFrame,
    patterns: Sequence[RowPattern],
    *,
    trusting: bool = False,
) -> pl.DataFrame:
    """Rows of documents: arrays and envelopes opened, each row with the name of its shape.

    Args:
        connection: Any connection.
        documents: ``line``, ``raw``, ``document`` and, for lines that could not be read, ``rule`` and ``reason``.
        patterns: The shapes of the source; the first that fits a row names it, and those beside it make further rows.
        trusting: Whether what begins like an object may pass for one unread, where every object is a row: whoever reads
            it then finds out, and comes back without trust.

    Returns:
        One row per row of the file: ``line``, ``item`` (from 1 within the line), ``shape``, ``raw``, ``row`` (JSON),
        and ``rule`` and ``reason`` where it is not a row of this source.
    """
    lines = documents["line"]
    if lines.is_unique().all():
        return _unfold(connection, documents, patterns, trusting=trusting)
    # Several documents of one line: their places tell their rows apart, and say which is the first of the line.
    rows = _unfold(connection, documents.with_columns(line=pl.int_range(pl.len(), dtype=pl.Int64)), patterns)
    rows = rows.with_columns(line=lines.gather(rows["line"]))
    return rows.with_columns(item=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("line"))


def _unfold(
    connection: duckdb.DuckDBPyConnection,
    documents: pl.DataFrame,
    patterns: Sequence[RowPattern],
    *,
    trusting: bool = False,
) -> pl.DataFrame:
    parameters = [pattern.as_parameter() for pattern in patterns]
    envelopes = sorted({str(pattern["envelope"]) for pattern in parameters if pattern["envelope"]})
    if len(patterns) == 1 and patterns[0].is_plain:
        return _unfold_plain(connection, documents, patterns[0], trusting=trusting)
    params = {"envelopes": envelopes or ["/"], "shapes": parameters, "unknown": _unknown(patterns)}
    return _unfold_generally(connection, documents, params)


def _unfold_generally(
    connection: duckdb.DuckDBPyConnection, documents: pl.DataFrame, params: Mapping[str, object]
) -> pl.DataFrame:
    """By the query that can open anything, some documents at a time: it keeps the text of each many times over."""
    bytes_before = pl.col("document").str.len_bytes().fill_null(0).cum_sum()
    numbered = documents.with_columns(part=bytes_before // _BYTES_AT_A_TIME)
    unfolded: list[pl.DataFrame] = []
    for part in numbered.partition_by("part", maintain_order=True, include_key=False) or [documents]:
        with registered(connection, documents=part):
            unfolded.append(connection.sql(_UNFOLD, params=params).pl())
    return pl.concat(unfolded)


def _unfold_plain(
    connection: duckdb.DuckDBPyConnection, documents: pl.DataFrame, pattern: RowPattern, *, trusting: bool
) -> pl.DataFrame:
    """The common case of one object per line, without the general machinery; anything else takes the general way."""
    begins_object = pl.col("document").str.strip_chars_start(_BLANKS).str.starts_with("{").fill_null(value=False)
    is_object = documents.select(begins_object & pl.col("rule").is_null()).to_series()
    if not trusting:
        with registered(connection, documents=documents.select("document")):
            valid = connection.sql("select coalesce(json_valid(document), false) from documents").pl()
        is_object &= valid.to_series()
    objects = (documents if is_object.all() else documents.filter(is_object)).select(
        "line", "raw", "rule", "reason", row="document", item=pl.lit(1, pl.Int64), shape=pl.lit(pattern.name)
    )
    if objects.height == documents.height:
        return objects
    params = {"envelopes": ["/"], "shapes": [pattern.as_parameter()], "unknown": _unknown([pattern])}
    unfolded = _unfold_generally(connection, documents.filter(~is_object), params)
    return pl.concat([objects, unfolded], how="diagonal").sort("line", "item")


def _unknown(patterns: Sequence[RowPattern]) -> str:
    """What to say of an object that is no row, up to the keys that it has."""
    if len(patterns) > 1 or patterns[0].when:
        return "unknown kind of row; it has the keys "
    places = [("rows", patterns[0].envelope), ("a list", patterns[0].child)]
    wanted = " and ".join(f"{what} in {'.'.join(path)}" for what, path in places if path)
    return f"expected {wanted}; found an object with the keys "
