"""Files: rows become lines, lines become compressed files, and what is in them is counted."""

import gzip
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from journey_analytics.simulate.dirt import CUT_SHORT, Damage, damage
from journey_analytics.simulate.world import World

_COMPRESSION = 7
_KEPT_OF_CUT_LINE = 3


@dataclass(frozen=True)
class Feed:
    """How the rows of one kind stand in files.

    Attributes:
        source: Which source it belongs to.
        path: Where the file of a month stands, with ``{month}`` in it.
        encode: Rows to texts.
        opening: What stands before the rows of a line; rows are separated by commas.
        closing: What stands after them.
        header: First line of each file; empty for none.
        damages: How its rows can be bad.
    """

    source: str
    path: str
    encode: Callable[[pl.DataFrame], pl.Series]
    opening: str = ""
    closing: str = ""
    header: str = ""
    damages: Sequence[Damage] = ()


@dataclass(frozen=True)
class Written:
    """What stands in the files of a feed.

    Attributes:
        files: ``source``, ``file``, ``rows_count``, and of these ``good_count``, ``duplicates_count``,
            ``skipped_count`` and ``bad_count``.
        dirt: ``source``, ``kind`` and ``rows_count``.
    """

    files: pl.DataFrame
    dirt: pl.DataFrame


def write_feed(feed: Feed, rows: pl.DataFrame, folder: Path, world: World, rng: np.random.Generator) -> Written:
    """Damage some rows and write the files of all months.

    Args:
        feed: How rows become lines.
        rows: Delivered rows, with ``batch``.
        folder: Where the folders of the sources stand.
        world: The world.
        rng: Of chance.
    """
    ordered = damage(rows, feed.damages, world, rng).sort("file", "order", "batch", maintain_order=True)
    for month in ordered["file"].unique().sort():
        path = folder / feed.path.format(month=month)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(compressed(_content(feed, ordered.filter(pl.col("file") == month))))
    return _counted(feed, ordered)


def compressed(content: bytes) -> bytes:
    """Gzip without a time stamp: the same rows always make the same bytes."""
    return gzip.compress(content, _COMPRESSION, mtime=0)


def _content(feed: Feed, rows: pl.DataFrame) -> bytes:
    lines = (
        rows.select("batch", "damage", feed.encode(rows).alias("text"))
        .group_by("batch", maintain_order=True)
        .agg(pl.col("text").str.join(","), pl.col("damage").first())
        .select("damage", line=pl.concat_str(pl.lit(feed.opening), "text", pl.lit(feed.closing)))
    )
    texts, names = lines["line"].to_list(), lines["damage"]
    damages = {damage.name: damage for damage in feed.damages}
    for place in names.is_not_null().arg_true():
        line, name = texts[place], names[place]
        texts[place] = line[: len(line) // _KEPT_OF_CUT_LINE] if name == CUT_SHORT else _damaged(line, damages[name])
    start = [feed.header] if feed.header else []
    end = [] if names[-1] == CUT_SHORT else [""]
    return "\n".join([*start, *texts, *end]).encode(errors="surrogateescape")


def _damaged(line: str, damage: Damage) -> str:
    changed, count = re.subn(damage.pattern, damage.replacement, line, count=1)
    if not count:
        raise AssertionError(f"damage '{damage.name}' does not fit the line {line[:200]}")
    return changed


def _counted(feed: Feed, rows: pl.DataFrame) -> Written:
    """Count what a reader must find who takes the files in the order of their names."""
    is_bad = pl.col("damage").is_not_null()
    told = rows.select("file", "key", "events", "skipped", "cause", "damage")
    intact = told.filter(~is_bad).with_columns(is_new=pl.col("key").is_first_distinct())
    files = (
        pl.concat([intact, told.filter(is_bad)], how="diagonal")
        .group_by("file")
        .agg(
            good_count=pl.col("events").filter("is_new").sum(),
            duplicates_count=pl.col("events").filter(~pl.col("is_new")).sum(),
            skipped_count=pl.col("skipped").filter(~is_bad).sum(),
            bad_count=is_bad.sum().cast(pl.Int64),
        )
        .sort("file")
        .select(
            pl.lit(feed.source).alias("source"),
            pl.format(feed.path.replace("{month}", "{}"), "file").alias("file"),
            pl.sum_horizontal("^.*_count$").alias("rows_count"),
            pl.col("^.*_count$"),
        )
    )
    kinds = pl.concat(
        [
            intact.drop_nulls("cause").select(kind="cause", rows_count=pl.col("events") + pl.col("skipped")),
            told.filter(is_bad).select(kind="damage", rows_count=pl.lit(1, pl.Int64)),
        ]
    )
    dirt = kinds.group_by("kind").agg(pl.col("rows_count").sum()).sort("kind")
    return Written(files, dirt.select(pl.lit(feed.source).alias("source"), "kind", "rows_count"))
