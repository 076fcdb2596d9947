"""The ranked list: which of the rates matter, those first that certainly concern most customers.

Changes come first, since they are news; then months of the past that stand out; then segments that lag behind, which
did so yesterday, too; then the largest leaks as they stand, which no test was asked about. Within a kind the rank is by
the customers concerned at least: their number by the end of the difference's interval that is nearer to none.
"""

from hashlib import sha256

import polars as pl

from journey_analytics.analysis.comparison.compared_edges import Finding
from journey_analytics.analysis.findings.options import ALL, Kind
from journey_analytics.analysis.findings.sentences import with_sentences
from journey_analytics.vocabulary import Outcome

_ID_DIGITS = 6
_CHANGED = ["stage", "is_worse"]


def ranked_findings(rates: pl.DataFrame, segments: str = "segments") -> pl.DataFrame:
    """Choose the findings from watched rates, and rank them.

    A stage and segment is told once per kind and direction, by the period and outcome that is surest. A change of all
    customers stands for those of its segments if it surely concerns more of them than each, else the segments stand for
    it. A month within a period whose change is told is no other finding. Of segments those are told that lag.

    Args:
        rates: What ``watched_rates`` returns.
        segments: What segments are, for the sentences.

    Returns:
        These rates, one row per finding, with ``rank`` (from 1), ``finding_id`` (of kind, stage, segment, direction
        and, for a month, which; the same tomorrow), ``is_worse`` (null for levels), ``customers_affected`` (how many by
        the difference; of a level, how many dropped off), ``customers_affected_low`` (how many at least),
        ``comparisons_count`` (how many of the kind were judged), ``listed_count`` (who did not move on, or did drop
        off), and ``sentence``.
    """
    moves_on = pl.col("outcome") == Outcome.MOVED_ON.value
    nearer = pl.min_horizontal(pl.col("difference_low").abs(), pl.col("difference_high").abs())
    is_none = (pl.col("difference_low") <= 0) & (pl.col("difference_high") >= 0)
    n = pl.col("customers_count")
    found = (
        rates.with_columns(comparisons_count=pl.col("p_value").count().over("kind"))
        .filter((pl.col("finding") == Finding.DIFFERS.value) | (pl.col("kind") == Kind.LEVEL.value))
        .filter(pl.col("difference").is_not_null() | (pl.col("happened_count") > 0))
        .with_columns(
            is_worse=(pl.col("difference") < 0) == moves_on,
            customers_affected=pl.coalesce(n * pl.col("difference").abs(), "happened_count").cast(pl.Float64),
            customers_affected_low=pl.coalesce(
                pl.when(is_none).then(0.0).otherwise(n * nearer), n * pl.col("rate_low")
            ),
        )
        .sort("customers_affected_low", "stage", "segment", "outcome", "first_on", descending=[True, *[False] * 4])
    )
    changes = _changes(found.filter(kind=Kind.CHANGE.value))
    parts = [
        changes,
        _months(found.filter(kind=Kind.MONTH.value), changes),
        found.filter(pl.col("kind") == Kind.GAP.value, "is_worse").unique(
            ["stage", "segment"], keep="first", maintain_order=True
        ),
        found.filter(kind=Kind.LEVEL.value),
    ]
    ranked = pl.concat(parts)
    named = ranked.with_columns(
        rank=pl.int_range(1, ranked.height + 1, dtype=pl.Int32),
        finding_id=pl.Series([_id(*row) for row in ranked.select(_NAMED).iter_rows()], dtype=pl.String),
        listed_count=pl.when(moves_on).then(n - pl.col("happened_count")).otherwise("happened_count"),
    )
    return with_sentences(named, segments)


_NAMED = [
    "kind",
    "stage",
    "segment",
    pl.col("is_worse").cast(pl.String).fill_null(""),
    pl.when(kind=Kind.MONTH.value).then(pl.col("first_on").cast(pl.String)).otherwise(pl.lit("")),
]


def _id(*named: str) -> str:
    """What a finding is about, as a short name; none of its numbers is in it, so that it is the same tomorrow."""
    return f"F-{sha256('|'.join(named).encode()).hexdigest()[:_ID_DIGITS]}"


def _changes(found: pl.DataFrame) -> pl.DataFrame:
    """One change per stage, segment and direction, and either that of all customers or those of segments."""
    once = found.unique(["stage", "segment", "is_worse"], keep="first", maintain_order=True)
    is_all, low = pl.col("segment") == ALL, pl.col("customers_affected_low")
    of_all, of_segments = low.filter(is_all).max().over(_CHANGED), low.filter(~is_all).max().over(_CHANGED)
    all_stands = (of_all >= of_segments).fill_null(of_segments.is_null())
    return once.filter(is_all == all_stands)


def _months(found: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """One finding per month, stage, segment and direction, unless a change that is told is about these days."""
    once = found.unique(["stage", "segment", "is_worse", "first_on"], keep="first", maintain_order=True)
    told = changes.select("stage", "is_worse", of="segment", since="first_on")
    again = once.join(told, on=["stage", "is_worse"]).filter(
        pl.col("last_on") >= pl.col("since"), (pl.col("of") == ALL) | (pl.col("of") == pl.col("segment"))
    )
    return once.join(again, on=["stage", "segment", "is_worse", "first_on"], how="anti", maintain_order="left")
