"""Dirt: rows that come late, deliveries that are repeated, and rows that stand there once more, damaged.

Rows are tables of ``at`` (when it happened), ``key`` (what it is about: rows with one key are one thing), ``events``
and ``skipped`` (how many rows of a file it makes: such as are read, and such as a rule leaves out). Delivery adds
``file`` (a month), ``order`` (in the file), ``batch`` (rows that share a line), ``cause`` (of what is odd about an
intact row) and ``damage``. A damaged row is always a copy, as if the sender had tried again: nothing that the truth
knows is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
import polars as pl

from journey_analytics.simulate.rhythm import DAY, HOUR, MINUTE, SECOND, clipped, month
from journey_analytics.simulate.world import World

CUT_SHORT = "cut_short"
"""The damage of a last line that ends too early."""

NOT_UTF8 = "\udcff"
"""A byte that is no character in UTF-8, as Python's ``surrogateescape`` writes it."""

_LAST = 2**62


@dataclass(frozen=True)
class Damage:
    """One way in which a row can be bad.

    Attributes:
        name: What is wrong.
        pattern: Regular expression that finds what is changed in the line; it must be there.
        replacement: What stands there instead.
        applies: Rows that can be damaged this way.
        alone: Whether a file with such a row has no other bad row, and only one of these: after a quote that is not
            closed nobody can say where the next row begins.
    """

    name: str
    pattern: str
    replacement: str
    applies: pl.Expr = field(default_factory=lambda: pl.lit(value=True))
    alone: bool = False


def counted(rows: pl.DataFrame, key: str | None = None, *, is_event: bool = True) -> pl.DataFrame:
    """Rows that make one row of a file each: an event, or something that others refer to."""
    return rows.with_columns(
        key=pl.int_range(pl.len()) if key is None else pl.col(key),
        events=pl.lit(int(is_event), pl.Int64),
        skipped=pl.lit(int(not is_event), pl.Int64),
    )


def deliver(rows: pl.DataFrame, world: World, rng: np.random.Generator) -> pl.DataFrame:
    """Say when each row arrives, and in which file: most within seconds, some hours or days after the fact."""
    dirt, count = world.dirt, rows.height
    late = (rng.uniform(2, dirt.longest_delay_hours, count) * HOUR).astype(np.int64)
    delay = np.where(rng.random(count) < dirt.late, late, rng.integers(0, 4, count) * SECOND)
    delivered = rows.with_columns(delivered_at=clipped(pl.col("at") + pl.Series(delay), world))
    is_later = month("delivered_at") != month("at")
    return delivered.with_columns(
        order="delivered_at",
        file=month("delivered_at"),
        cause=pl.when(is_later).then(pl.lit("in_later_file")),
    )


def each_alone(rows: pl.DataFrame) -> pl.DataFrame:
    """One line per row."""
    return rows.with_columns(batch=pl.int_range(pl.len()))


def all_of_a_file(rows: pl.DataFrame) -> pl.DataFrame:
    """One line per file."""
    return rows.with_columns(batch=pl.col("file").rank("dense").cast(pl.Int64))


def repeat(rows: pl.DataFrame, world: World, rng: np.random.Generator) -> pl.DataFrame:
    """Deliver some batches once more, soon after or days later, perhaps in the next file."""
    batches = rows.select(pl.col("batch").unique().sort())
    count = batches.height
    is_soon = rng.random(count) < world.dirt.repeated_soon
    delay = np.where(is_soon, rng.integers(SECOND, 30 * MINUTE, count), rng.integers(HOUR, 3 * DAY, count))
    chosen = batches.with_columns(pl.Series("delay", delay), repeated=pl.int_range(pl.len()) + _after(batches)).filter(
        pl.Series(rng.random(count) < world.dirt.repeated)
    )
    copies = (
        rows.join(chosen, on="batch", how="inner", maintain_order="left")
        .with_columns(
            order=clipped(pl.col("order") + pl.col("delay"), world), batch="repeated", cause=pl.lit("repeated")
        )
        .with_columns(file=month("order"))
        .drop("delay", "repeated")
    )
    return pl.concat([rows, copies])


def damage(rows: pl.DataFrame, damages: Sequence[Damage], world: World, rng: np.random.Generator) -> pl.DataFrame:
    """Add damaged copies of some rows to files that are large enough to bear them."""
    dirt, rows_of_file = world.dirt, pl.col("events") + pl.col("skipped")
    pool = (
        rows.select(
            "file",
            "order",
            *(damage.applies.alias(damage.name) for damage in damages),
            size=rows_of_file.sum().over("file"),
            is_simple=(rows_of_file == 1) & pl.col("cause").is_null(),
        )
        .with_row_index("row")
        .filter(pl.col("is_simple") & (pl.col("size") >= dirt.rows_beside_bad))
    )
    lonely: list[pl.DataFrame] = []
    for kind in (kind for kind in damages if kind.alone and dirt.bad):
        lonely.append(_pick(pool, kind.name, 1, rng))
        pool = pool.filter(~pl.col("file").is_in(lonely[-1]["file"].implode()))
    wanted = ceil(rows.height * dirt.bad / max(1, len(damages)))
    picked = [_pick(pool, kind.name, wanted, rng) for kind in damages if not kind.alone]
    last = pool.sort("file", "order", maintain_order=True).unique("file", keep="last", maintain_order=True)
    last = last.with_columns(pl.lit(value=True).alias(CUT_SHORT), order=pl.lit(_LAST))
    picked.append(_pick(last, CUT_SHORT, ceil(last.height * dirt.cut_short), rng))
    nth = pl.int_range(pl.len()).over("file")
    bearable = pl.concat(picked).filter(nth < (pl.col("size") * dirt.most_bad).floor())
    chosen = pl.concat([*lonely, bearable]).head(int(rows.select(rows_of_file.sum()).item() * dirt.most_bad_of_feed))
    copies = rows[chosen["row"]].with_columns(
        chosen["damage"], chosen["order"], batch=pl.int_range(pl.len()) + _after(rows)
    )
    return pl.concat([rows, copies], how="diagonal")


def _pick(pool: pl.DataFrame, name: str, wanted: int, rng: np.random.Generator) -> pl.DataFrame:
    candidates = pool.filter(name).select("row", "file", "order", "size", damage=pl.lit(name))
    return candidates[np.sort(rng.permutation(candidates.height)[:wanted])]


def _after(rows: pl.DataFrame) -> pl.Expr:
    """The first number that is no batch yet."""
    return pl.lit(rows["batch"].max(), pl.Int64).fill_null(0) + 1
