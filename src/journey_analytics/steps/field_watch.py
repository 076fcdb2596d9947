"""What is looked at in the fields of rows while they are read: which there are, and where something else stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from journey_analytics.sources.source import Shape
from journey_analytics.steps.contract import Contract, FieldUses
from journey_analytics.transform.addresses import without_addresses
from journey_analytics.transform.canonical import Verdict
from journey_analytics.warehouse.connection import Connection
from journey_analytics.warehouse.json_fields import (
    FieldFinder,
    fields_inside,
    fields_of_columns,
    rows_with_other_fields,
    rows_with_other_than_objects,
)

UNKNOWN, MISPLACED = "unknown_field", "misplaced"
"""Columns that a look adds: the first field that the contract refuses, the first path that holds no object."""


@dataclass
class FieldWatch:
    """Looks at the rows of a load, batch by batch.

    Attributes:
        contract: What the source promises of its fields.
        finders: What is remembered of each shape.
    """

    contract: Contract = field(default_factory=Contract)
    finders: dict[str, FieldFinder] = field(default_factory=dict)

    def look(
        self,
        connection: Connection,
        rows: pl.DataFrame,
        opened: pl.DataFrame,
        shape: Shape,
        columns: Sequence[str] | None,
    ) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
        """Look at a batch.

        Args:
            connection: Any connection.
            rows: A frame with a column ``row`` of JSON objects.
            opened: Columns of JSON objects that stand in place of lists of pairs, named after their keys.
            shape: Their shape.
            columns: Columns of the table that they come from; None for JSON.

        Returns:
            The fields (``path``, ``rows_count``, ``use``), and what is wrong with rows: ``UNKNOWN`` and ``MISPLACED``,
            where there is any.
        """
        uses = FieldUses(shape, tuple(columns or ()))
        if columns is None or shape.flatten:
            finder = self.finders.setdefault(
                shape.name, FieldFinder(uses.containers, uses.closed, self.contract.known_inside)
            )
            found, doubtful = finder.find(connection, rows), finder.doubtful
        else:
            found, doubtful = fields_of_columns(columns, rows.height), uses.containers
        pairs = {key: opened.select(row=key) for key in shape.pairs}
        inside = [fields_inside(connection, objects, key) for key, objects in pairs.items()]
        found = uses.of(pl.concat([found, *inside]))
        wrong: dict[str, pl.Series] = {}
        if known := self.contract.known_where_others_are(found):
            plain = {path: keys for path, keys in known.items() if ".".join(path) not in pairs}
            others = [rows_with_other_fields(connection, rows, plain)] if plain else []
            others += [
                key + "." + rows_with_other_fields(connection, objects, {(): known[key,]})
                for key, objects in pairs.items()
                if (key,) in known
            ]
            wrong[UNKNOWN] = pl.select(pl.coalesce(others)).to_series()
        if doubtful:
            lists = [uses.holds_list(path) for path in doubtful]
            wrong[MISPLACED] = rows_with_other_than_objects(connection, rows, doubtful, lists)
        return found, wrong


def field_rules(rows: pl.LazyFrame) -> list[Verdict]:
    """The rules for what is wrong with rows."""
    names = rows.collect_schema().names()
    told = {
        UNKNOWN: ("contract", "field {} is neither read nor listed in known_fields, and the contract is freeze"),
        MISPLACED: ("type", "expected an object in {}, found something else"),
    }
    return [
        (rule, pl.col(name).is_not_null(), pl.format(message, without_addresses(pl.col(name))))
        for name, (rule, message) in told.items()
        if name in names
    ]
