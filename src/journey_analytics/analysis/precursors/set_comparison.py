"""Drop-offs beside their controls: how many of both had something, and the odds."""

import numpy as np
import polars as pl

from journey_analytics.analysis.intervals import wilson_bounds
from journey_analytics.analysis.precursors.matched_odds import matched_odds
from journey_analytics.analysis.precursors.matched_sets import MatchedSets
from journey_analytics.analysis.precursors.precursors import FEW
from journey_analytics.arrays.segments import Rows, Segments, changes


def set_comparison(sets: MatchedSets, member: Rows, thing: Rows, matched: Rows) -> pl.DataFrame:
    """Compare what drop-offs and their controls had.

    Args:
        sets: Drop-offs with their controls.
        member: Number of a member that has something, each member and thing once.
        thing: Number of what it has.
        matched: Of each thing, how many drop-offs might have it: the whole of its rates.

    Returns:
        One row per thing, by number: ``dropped_count``, ``dropped_rate``, ``dropped_low``, ``dropped_high``,
        ``control_count``, ``control_rate``, ``odds_ratio``, ``odds_low``, ``odds_high``, ``excess_count``, ``p_value``,
        ``is_few``.
    """
    count, least_one = len(matched), max(len(matched), 1)
    of_set = sets.sets.spread(np.arange(len(sets.sets)))[member]
    # One sort of plain numbers brings together what those of one set have, controls before drop-offs.
    cell = np.sort((of_set * count + thing) * 2 + sets.is_dropped[member])
    cells = Segments.starting(changes(cell // 2))
    cases_having = cells.counts(cell % 2 == 1).astype(np.int64)
    having = cells.lengths - cases_having
    things, own = cell[cells.first] // 2 % least_one, cell[cells.first] // 2 // least_one
    cases = sets.dropped_counts[own]
    controls = sets.sets.lengths[own] - cases
    odds = matched_odds(things, cases_having, cases, having, controls, count)
    dropped, others = (np.bincount(things, weights=values, minlength=count) for values in (cases_having, having))
    shares = np.bincount(things, weights=cases * having / controls, minlength=count)
    low, high = wilson_bounds(dropped, matched)
    return pl.DataFrame(
        {
            "dropped_count": dropped.astype(np.int64),
            "dropped_rate": dropped / matched,
            "dropped_low": low,
            "dropped_high": high,
            "control_count": others.astype(np.int64),
            "control_rate": shares / matched,
            "odds_ratio": odds.odds_ratio,
            "odds_low": odds.low,
            "odds_high": odds.high,
            "excess_count": odds.excess,
            "p_value": odds.p_value,
            "is_few": np.minimum(dropped, others) < FEW,
        }
    ).with_columns(pl.col("odds_ratio", "odds_low", "odds_high").fill_nan(None))
