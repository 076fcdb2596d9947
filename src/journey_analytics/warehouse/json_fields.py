"""Which fields JSON rows have, at most two levels deep, and where a text stands in the place of an object.

Rows of one source have few different sets of keys, so a batch is looked at by its sets, not row by row.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress

import duckdb
import polars as pl

from journey_analytics.warehouse.connection import registered
from journey_analytics.warehouse.json_paths import Path, json_pointer

_MOST_OPENED = 100
"""Keys that are looked into, at most: where keys are made of ids, their number has no end."""

_SCHEMA = pl.Schema({"path": pl.List(pl.String), "rows_count": pl.Int64})


def fields_of_columns(columns: Iterable[str], rows_count: int) -> pl.DataFrame:
    """The columns of a table as its fields: every row has all of them."""
    paths = [[name] for name in dict.fromkeys(columns)]
    return pl.DataFrame({"path": paths, "rows_count": [rows_count] * len(paths)}, schema=_SCHEMA)


class FieldFinder:
    """Finds the fields of rows of one shape, batch by batch.

    Which other keys hold objects is learned from the batch in which a key is first seen, and remembered.

    Attributes:
        doubtful: Those of ``containers`` that may hold something else than an object in some row of the last batch.
    """

    def __init__(
        self, containers: Iterable[Path] = (), closed: Iterable[str] = (), known_inside: Iterable[str] = ()
    ) -> None:
        """Begin.

        Args:
            containers: Paths that should hold objects, since something inside is read.
            closed: Keys that are not looked into, as what is inside is of no interest.
            known_inside: Keys that are looked into whatever stands there at first: rows are judged by what is inside.
        """
        self.doubtful: list[Path] = []
        self._containers = sorted({path[:depth] for path in containers for depth in range(1, len(path) + 1)})
        self._opened = [(), *self._containers, *sorted({(key,) for key in known_inside} - {*self._containers})]
        self._seen = {path[0] for path in self._opened if path} | set(closed)

    def find(self, connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> pl.DataFrame:
        """Fields of a batch of rows.

        Args:
            connection: Any connection.
            rows: A frame with a column ``row`` of JSON objects.

        Returns:
            One row per field: ``path`` (one key, or two), and ``rows_count``: the rows that have it.
        """
        with registered(connection, json_rows=rows.select("row")):
            sets = _key_sets(connection, self._opened)
            found = _fields_below(sets, self._opened)
            self.doubtful = self._doubtful(sets)
            top = found.filter(pl.col("path").list.len() == 1).sort("rows_count", "path", descending=[True, False])
            tops = {path[0] for path in top["path"].head(_MOST_OPENED)}
            new = sorted(tops - self._seen)[: _MOST_OPENED - len(self._opened)]
            if not new:
                return found
            self._seen |= tops
            below = _fields_below(_key_sets(connection, [(key,) for key in new]), [(key,) for key in new])
        holding = {path[0] for path in below["path"].to_list()}
        self._opened += [(key,) for key in new if key in holding]
        return pl.concat([found, below])

    def _doubtful(self, sets: pl.DataFrame) -> list[Path]:
        keys = pl.col("keys").list
        doubts: list[pl.Expr] = []
        for path in self._containers:
            outer, own = (keys.get(self._opened.index(one)).list for one in (path[:-1], path))
            doubt = outer.contains(path[-1]) & (own.len() == 0)
            # Where a list may stand there are no keys to see: one row must not be judged by what others bring to light.
            doubts.append(doubt | (outer.len() == 0) if path[-1].isdecimal() else doubt)
        found = sets.select(doubt.any().alias(str(place)) for place, doubt in enumerate(doubts))
        return list(compress(self._containers, found.row(0))) if doubts else []


def fields_inside(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Fields of the objects of a column ``row`` that stands in place of a key of others, as paths below that key."""
    with registered(connection, json_rows=rows.drop_nulls()):
        return _fields_below(_key_sets(connection, [()]), [(key,)])


def rows_with_other_fields(
    connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, known: Mapping[Path, Sequence[str]]
) -> pl.Series:
    """The first field of each row that is not known, with dots between its keys; null where all are.

    Args:
        connection: Any connection.
        rows: A frame with a column ``row`` of JSON objects.
        known: Paths of objects in which to look, ``()`` for the row itself, and the keys that each may have.
    """
    params: dict[str, object] = {}
    named: list[str] = []
    for place, (path, keys) in enumerate(known.items()):
        params |= {
            f"path_{place}": _pointer(path),
            f"keys_{place}": list(keys),
            f"outer_{place}": ".".join([*path, ""]),
        }
        other = (
            f"list_filter(json_keys(row, $path_{place}), lambda key: not list_contains($keys_{place}::varchar[], key))"
        )
        named.append(f"$outer_{place} || {other}[1]")
    with registered(connection, json_rows=rows.select("row")):
        return connection.sql(f"select coalesce({', '.join(named)}, null) as field from json_rows", params=params).pl()[
            "field"
        ]


def rows_with_other_than_objects(
    connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, paths: Sequence[Path], lists: Sequence[bool]
) -> pl.Series:
    """The first of these paths under which a row has neither an object nor nothing; null where all is well.

    An empty text is nothing, and so is an empty list, as which some languages write an empty object.

    Args:
        connection: Any connection.
        rows: A frame with a column ``row`` of JSON objects.
        paths: Where objects should be.
        lists: Of each path, whether a list will do.
    """
    params = {"paths": [json_pointer(path) for path in paths]}
    with registered(connection, json_rows=rows.select("row")):
        found = connection.sql(
            "select json_type(row, $paths) as types, json_extract_string(row, $paths) as texts from json_rows",
            params=params,
        ).pl()
    named: list[pl.Expr] = []
    for place, path in enumerate(paths):
        kind, text = (pl.col(name).list.get(place) for name in ("types", "texts"))
        fits = kind.is_in(["OBJECT", "NULL", *compress(["ARRAY"], [lists[place]])]) | text.is_in(["", "[]"])
        named.append(pl.when(~fits).then(pl.lit(".".join(path))))
    return found.select(pl.coalesce(named)).to_series()


def _key_sets(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> pl.DataFrame:
    """Sets of keys that the rows of ``json_rows`` have under paths: ``keys``, a list per path, and ``rows_count``."""
    return connection.sql(
        """
        select first(keys) as keys, count(*) as rows_count
        from (select json_keys(row, $paths) as keys from json_rows)
        group by keys::varchar
        """,
        params={"paths": [_pointer(path) for path in paths]},
    ).pl()


def _pointer(path: Path) -> str:
    return json_pointer(path) if path else "$"


def _fields_below(sets: pl.DataFrame, paths: Sequence[Path]) -> pl.DataFrame:
    """Fields below paths, of which ``sets`` has a list of keys each; two levels deep at most."""
    outer = pl.Series("outer", [list(path) for path in paths], dtype=pl.List(pl.String))
    shallow = [place for place, path in enumerate(paths) if len(path) <= 1]
    return (
        sets.lazy()
        .select("keys", "rows_count", place=pl.lit(pl.Series([list(range(len(paths)))])).first())
        .explode("keys", "place")
        .filter(pl.col("place").is_in(shallow))
        .explode("keys")
        .drop_nulls("keys")
        .group_by("place", "keys")
        .agg(pl.col("rows_count").sum().cast(pl.Int64))
        .sort("place", "keys")
        .select(pl.concat_list(pl.lit(outer).gather("place"), "keys").alias("path"), "rows_count")
        .collect(engine="in-memory")
    )
