"""Few large batches instead of many small ones.

What the database is given in as many rows as it keeps together goes into a table as it is; fewer are written once more
behind those before.
"""

from collections.abc import Generator, Iterable

import polars as pl

from journey_analytics.steps.reading import ReadRows

_ROWS = 122_880
"""Rows that DuckDB keeps together."""

_BATCHES = 6
"""Batches that wait at most: each comes from one block of a file, and memory has an end."""


def in_larger_batches(batches: Iterable[ReadRows], rows: int = _ROWS) -> Generator[ReadRows]:
    """The same rows: those of one shape together, in batches of about so many rows, and at the end what is left."""
    waiting: dict[str | None, list[ReadRows]] = {}
    for batch in batches:
        alike = waiting.setdefault(batch.shape and batch.shape.name, [])
        alike.append(batch)
        if len(alike) == _BATCHES or sum(one.accepted.height + one.refused.height for one in alike) >= rows:
            yield _joined(alike)
            alike.clear()
    yield from (_joined(alike) for alike in waiting.values() if alike)


def _joined(batches: list[ReadRows]) -> ReadRows:
    return ReadRows(
        batches[0].shape,
        pl.concat([batch.accepted for batch in batches]),
        pl.concat([batch.refused for batch in batches]),
        pl.concat([batch.fields for batch in batches]),
    )
