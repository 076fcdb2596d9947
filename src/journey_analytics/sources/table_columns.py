"""Columns of a table as expressions: texts as they are meant, what fields say, and whether conditions hold."""

from collections.abc import Callable, Mapping
from functools import reduce

import polars as pl

from journey_analytics.sources.table_mappings import ANY, NONE, Condition, ConditionValue, FieldMapping
from journey_analytics.sources.table_options import TableOptions, is_number
from journey_analytics.transform.canonical import Verdict, truth, vendor_ids

_COMPARISONS: dict[str, Callable[[pl.Expr, float], pl.Expr]] = {
    "<=": lambda number, limit: number <= limit,
    ">=": lambda number, limit: number >= limit,
    "<": lambda number, limit: number < limit,
    ">": lambda number, limit: number > limit,
}


def field_of(column: str) -> str:
    """Name of the field that a column is read into; no canonical field and no bookkeeping is called so."""
    return f"column {column}"


def column_of(name: str) -> pl.Expr:
    """Text of a column."""
    return pl.col(field_of(name))


def meant_texts(rows: pl.LazyFrame, options: TableOptions) -> pl.LazyFrame:
    """Texts of all columns without what means that a value is missing, and numbers with a decimal point."""
    present = [field_of(column) for column in options.columns()]
    missing = list(dict.fromkeys(["", *options.missing]))
    rows = rows.with_columns(pl.col(present).str.strip_chars().replace(missing, None))
    if options.decimal == ".":
        return rows
    return rows.with_columns(
        _with_point(column_of(column)).alias(field_of(column)) for column in options.number_columns()
    )


def _with_point(text: pl.Expr) -> pl.Expr:
    """``1.234,50`` as ``1234.50``; what is not written so is marked, so that it is rejected and not misread."""
    plain = text.str.replace_all(r"[.\s']", "").str.replace(",", ".", literal=True)
    return (
        pl.when(text.str.contains(r"^[+-]?\d{1,3}(?:[.\s']?\d{3})*(?:,\d+)?$"))
        .then(plain)
        .otherwise(pl.format("{} (with a decimal comma)", text))
    )


def mapped(mapping: FieldMapping) -> pl.Expr:
    """Text of a canonical field, by what a mapping says."""
    if mapping.constant is not None:
        return pl.lit(mapping.constant)
    if mapping.product:
        factors = [column_of(column).cast(pl.Decimal(18, 6), strict=False) for column in mapping.product]
        product = reduce(lambda left, right: left * right, factors)
        # A factor that is no number must not vanish: the text is kept, and the row is rejected with it.
        broken = [
            pl.when(factor.is_null()).then(column_of(c)) for c, factor in zip(mapping.product, factors, strict=True)
        ]
        return pl.coalesce(product.cast(pl.String), *broken)
    text = column_of(str(mapping.column))
    if not mapping.map:
        return text if mapping.otherwise is None else text.fill_null(mapping.otherwise)
    result = pl.lit(mapping.otherwise) if mapping.otherwise is not None else text
    for found, meaning in reversed(mapping.map.items()):
        result = pl.when(_matches(text, found)).then(pl.lit(meaning)).otherwise(result)
    return result


def _matches(text: pl.Expr, found: str) -> pl.Expr:
    """A map's key is a value, or a comparison such as ``< 0``."""
    operator, _, limit = found.partition(" ")
    if operator in _COMPARISONS:
        return _COMPARISONS[operator](text.cast(pl.Float64, strict=False), float(limit)).fill_null(value=False)
    return (text == found).fill_null(value=False)


def holds(condition: Condition) -> pl.Expr:
    """Whether every column of a condition has one of its values; never null."""
    columns = [
        reduce(lambda left, right: left | right, (_is(column_of(column), value) for value in values))
        for column, values in condition.items()
    ]
    return reduce(lambda left, right: left & right, columns)


def _is(text: pl.Expr, value: ConditionValue) -> pl.Expr:
    match value:
        case bool():
            found = truth(text) == value
        case int() | float():
            found = text.cast(pl.Float64, strict=False) == value
        case _ if value == ANY:
            found = text.is_not_null()
        case _ if value == NONE:
            found = text.is_null()
        case _:
            found = _matches(text, value)
    return found.fill_null(value=False)


def changed_types(options: TableOptions) -> list[Verdict]:
    """The rules for columns that are compared with numbers or truths, and hold something else."""
    asked = [(column, values) for condition in options.conditions() for column, values in condition.items()]
    asked += [
        (str(mapping.column), tuple(mapping.map))
        for fields in options.all_fields()
        for mapping in fields.values()
        if mapping.map
    ]
    rules: list[Verdict] = []
    for column, values in asked:
        text = column_of(column)
        other = text.is_not_null() & ~text.is_in([value for value in values if isinstance(value, str)])
        shown = text.str.slice(0, 60)
        if any(is_number(value) for value in values):
            told = pl.format(f"{_braced(column)} '{{}}' is not a number, and is compared with one", shown)
            rules.append(("type", other & text.cast(pl.Float64, strict=False).is_null(), told))
        elif any(isinstance(value, bool) for value in values):
            told = pl.format(f"{_braced(column)} '{{}}' is neither true nor false", shown)
            rules.append(("type", other & truth(text).is_null(), told))
    return rules


def _braced(name: str) -> str:
    return name.replace("{", "{{").replace("}", "}}")


def all_vendor_ids(ids: Mapping[str, str]) -> pl.Expr:
    """Identifiers of a vendor by kind and column; null where there is none."""
    lists = [vendor_ids(kind, column_of(column)).fill_null([]) for kind, column in sorted(ids.items())]
    if not lists:
        return pl.lit(None)
    together = pl.concat_list(lists)
    return pl.when(together.list.len() > 0).then(together)
