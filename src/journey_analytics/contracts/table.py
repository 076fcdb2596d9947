"""What a table of the pipeline's own database promises: columns, types, meaning, key."""

import re
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from journey_analytics.errors import ContractBroken

UTC_TIME = pl.Datetime("us", "UTC")
MONEY = pl.Decimal(18, 6)
SCORE = pl.Decimal(9, 3)
IDENTIFIER_LIST = pl.List(pl.Struct({"kind": pl.String, "value": pl.String}))

_POLARS_TYPES: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "BIGINT": pl.Int64(),
    "UBIGINT": pl.UInt64(),
    "INTEGER": pl.Int32(),
    "BOOLEAN": pl.Boolean(),
    "DOUBLE": pl.Float64(),
    "DATE": pl.Date(),
    "TIMESTAMPTZ": UTC_TIME,
    "DECIMAL(18,6)": MONEY,
    "DECIMAL(9,3)": SCORE,
    "STRUCT(kind VARCHAR, value VARCHAR)[]": IDENTIFIER_LIST,
    "VARCHAR[]": pl.List(pl.String),
}


@dataclass(frozen=True)
class Column:
    """A column: its name, SQL type and meaning. ``required`` columns are never null."""

    name: str
    sql_type: str
    meaning: str
    required: bool = False

    @property
    def polars_type(self) -> pl.DataType:
        """The Polars type that this column travels in."""
        return _POLARS_TYPES[self.sql_type]


@dataclass(frozen=True)
class Table:
    """A table of the pipeline's own database.

    Attributes:
        name: Schema and table, such as ``staging.events``.
        grain: What one row is.
        key: Columns that no two rows share.
        columns: In order.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...] = field(repr=False)

    @cached_property
    def column_names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]

    @cached_property
    def schema(self) -> pl.Schema:
        """Polars schema of a frame that fits this table."""
        return pl.Schema({column.name: column.polars_type for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """A frame of this table without rows."""
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Bring a frame to this table's columns: add missing optional ones as null, set order and types.

        Texts may stay an enumeration: a sixteenth of the memory, and DuckDB takes them as texts.

        Raises:
            ContractBroken: The frame has other columns, lacks a required one, or has a null in one.
        """
        unknown = [name for name in frame.columns if name not in self.schema]
        missing = [column.name for column in self.columns if column.required and column.name not in frame.columns]
        if unknown or missing:
            raise ContractBroken(f"{self.name}: unknown columns {unknown}, missing columns {missing}.")
        result = frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None))
            .cast(frame.schema[name] if dtype == pl.String and isinstance(frame.schema.get(name), pl.Enum) else dtype)
            .alias(name)
            for name, dtype in self.schema.items()
        )
        nulls = result.select(pl.col(column.name).null_count() for column in self.columns if column.required).row(
            0, named=True
        )
        holes = {name: count for name, count in nulls.items() if count}
        if holes:
            raise ContractBroken(f"{self.name}: nulls in required columns {holes}.")
        return result


def declare_table(name: str, grain: str, key: str, columns: str) -> Table:
    """Read a table from lines of ``name TYPE! | meaning``; ``!`` marks a column that is never null."""
    parsed: list[Column] = []
    for line in columns.strip().splitlines():
        declared, meaning = (part.strip() for part in line.split("|", 1))
        found = re.fullmatch(r"(\w+) (.+?)(!?)", declared)
        if found is None:
            raise ValueError(f"{name}: cannot read column line {line!r}")
        parsed.append(Column(found[1], found[2], meaning, required=bool(found[3])))
    return Table(name, grain, tuple(part.strip() for part in key.split(",")), tuple(parsed))
