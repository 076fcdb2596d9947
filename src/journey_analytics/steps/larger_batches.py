"""Few large batches instead of many small ones: each that is written into a table costs the same whatever its size."""

from collections.abc import Generator, Iterable

import polars as pl

from journey_analytics.steps.reading import ReadRows

_ROWS = 50_000


def in_larger_batches(batches: Iterable[ReadRows], rows: int = _ROWS) -> Generator[ReadRows]:
    """The same rows: those of one shape together, in batches of at least so many rows, and at the end what is left."""
    waiting: dict[str | None, list[ReadRows]] = {}
    for batch in batches:
        alike = waiting.setdefault(batch.shape and batch.shape.name, [])
        alike.append(batch)
        if sum(one.accepted.height + one.refused.height for one in alike) >= rows:
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
