"""Attribution: how many of the conversions, and how much of their value, each channel is given, by several models.

None of these models shows a causal effect: they share out what was seen, and cannot know who would have converted
without a channel. Only an experiment can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from journey_analytics.analysis.attribution.credit_rules import RULES, RuleOptions, first_of_channel
from journey_analytics.analysis.attribution.removal_effects import path_chain, removal_effects
from journey_analytics.analysis.attribution.touch_paths import ConversionPaths
from journey_analytics.analysis.bootstrap import REPLICATES, CustomerCounts, Floats, percentile_interval
from journey_analytics.analysis.intervals import wilson_bounds
from journey_analytics.arrays.segments import Rows
from journey_analytics.errors import UsageError, did_you_mean

CAVEAT = "A share of what was seen, not a causal effect."
"""Stands in every row of the results, and goes wherever they go."""

MARKOV = {"markov_1": 1, "markov_2": 2, "markov_3": 3}
"""How many channels a state holds, by the name of the model."""

MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley", "markov_1")
"""Models that are computed unless others are named."""


def attribution(
    paths: ConversionPaths,
    models: Sequence[str] = MODELS,
    *,
    options: RuleOptions | None = None,
    costs: Mapping[str, float] | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> pl.DataFrame:
    """Share conversions among channels.

    Args:
        paths: Converting and non-converting paths; ``conversion_paths`` finds them.
        models: ``first``, ``last``, ``last_non_direct``, ``linear``, ``position``, ``time_decay``, ``shapley``,
            ``markov_1``, ``markov_2``, ``markov_3``.
        options: Half-life, parts of the ends, direct channels.
        costs: What each channel cost.
        replicates: How often customers are drawn again; 0 for no intervals.
        seed: Of these draws.

    Returns:
        One row per model and channel, models as asked for, channels by name: ``model``, ``channel``, ``paths_count``
        (converting paths with the channel), ``conversions_count`` (all), ``credited_conversions`` with ``credited_low``
        and ``credited_high``, ``credited_rate`` (of all conversions), ``credited_value`` with ``value_low`` and
        ``value_high``, ``removal_effect`` (part of the conversions that the chain loses without the channel; Markov
        models alone), ``cost`` and ``cost_per_conversion`` (null where it is not known or nothing is credited),
        ``caveat``. Credits of a model add up to the conversions and to their value. A channel that is given none or all
        has Wilson's interval, of all conversions, and none of the value. A Markov model of more than 400 states has no
        intervals.

    Raises:
        UsageError: A model is none of these.
    """
    known = [*RULES, *MARKOV]
    for model in models:
        if model not in known:
            raise UsageError(f"There is no model '{model}'.", hint=did_you_mean(model, known))
    channels = pl.Series("channel", paths.names, dtype=pl.String)
    conversions = float(paths.conversions.sum())
    seen = np.bincount(
        paths.code, first_of_channel(paths) * paths.paths.spread(paths.conversions), minlength=len(channels)
    )
    of_rules = _rules(paths, [model for model in models if model in RULES], options or RuleOptions(), replicates, seed)
    frames = [
        pl.DataFrame(
            {
                "model": [model] * len(channels),
                "channel": channels,
                "paths_count": seen.astype(np.int64),
                "conversions_count": np.full(len(channels), int(conversions)),
                **_columns(of_rules.get(model) or _markov(paths, MARKOV[model], replicates, seed), conversions),
            }
        )
        for model in models
    ]
    cost = pl.col("channel").replace_strict(dict(costs or {}), default=None, return_dtype=pl.Float64)
    return (
        pl.concat(frames)
        .with_columns(pl.col(pl.Float64).fill_nan(None), cost=cost, caveat=pl.lit(CAVEAT))
        .with_columns(
            cost_per_conversion=pl.when(pl.col("credited_conversions") > 0).then(
                pl.col("cost") / pl.col("credited_conversions")
            )
        )
        .select(pl.all().exclude("caveat"), "caveat")
    )


@dataclass(frozen=True)
class _Credits:
    """Credits of each channel, for what was seen and for each replicate."""

    conversions: Floats
    values: Floats
    drawn_conversions: Floats
    drawn_values: Floats
    removal: Floats


def _rules(
    paths: ConversionPaths, models: Sequence[str], options: RuleOptions, replicates: int, seed: int
) -> dict[str, _Credits]:
    """Credits by rules, all for the same draws of customers."""
    if not models:
        return {}
    size = len(paths.names)
    entries = [_entries(paths, RULES[model](paths, options), 2 * size * place) for place, model in enumerate(models)]
    customer, column, amount = (np.concatenate([entry[part] for entry in entries]) for part in range(3))
    counts = CustomerCounts(customer, column, amount, paths.customers_count, 2 * size * len(models))
    totals, drawn = counts.totals().reshape(len(models), 2, size), counts.resampled(replicates, seed)
    drawn = drawn.reshape(len(drawn), len(models), 2, size)
    return {
        model: _Credits(
            totals[place, 0], totals[place, 1], drawn[:, place, 0], drawn[:, place, 1], np.full(size, np.nan)
        )
        for place, model in enumerate(models)
    }


def _entries(paths: ConversionPaths, part: Floats, first_column: int) -> tuple[Rows, Rows, Floats]:
    """Customer, column and amount of what touches are given: of conversions, then of their value."""
    is_given, size = part > 0, len(paths.names)
    number = paths.paths.spread(np.arange(len(paths.paths)))[is_given]
    converted, value = (part[is_given] * of_path[number] for of_path in (paths.conversions, paths.values))
    code = first_column + paths.code[is_given].astype(np.int64)
    return np.tile(paths.customer[number], 2), np.concatenate([code, size + code]), np.concatenate([converted, value])


def _markov(paths: ConversionPaths, order: int, replicates: int, seed: int) -> _Credits:
    chain = path_chain(paths, order)
    totals = chain.counts.totals()[None, :]
    effects = removal_effects(chain, totals)
    drawn = chain.counts.resampled(replicates if chain.is_small else 0, seed)
    drawn_effects = removal_effects(chain, drawn)
    return _Credits(
        _shared(effects.conversion, _sums(totals, len(chain.source), 1))[0],
        _shared(effects.value, _sums(totals, len(chain.source), 2))[0],
        _shared(drawn_effects.conversion, _sums(drawn, len(chain.source), 1)),
        _shared(drawn_effects.value, _sums(drawn, len(chain.source), 2)),
        effects.conversion[0],
    )


def _sums(totals: Floats, edges_count: int, part: int) -> Floats:
    """Of each row the sum over states of one of the four parts behind the edges."""
    return np.split(totals[:, edges_count:], 4, axis=1)[part].sum(axis=1)


def _shared(effects: Floats, total: Floats) -> Floats:
    """Totals, in proportion to what is lost without each channel; nothing where there is nothing to share."""
    whole = np.nan_to_num(effects).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((whole > 0)[:, None], np.nan_to_num(effects) / whole[:, None] * total[:, None], 0.0)


def _columns(credits_: _Credits, conversions: float) -> dict[str, Floats]:
    low, high = percentile_interval(credits_.drawn_conversions)
    value_low, value_high = percentile_interval(credits_.drawn_values)
    # Where a channel is given none or all, every draw says the same, as if there were no doubt.
    is_certain = np.isin(credits_.conversions, (0.0, conversions)) & ~np.isnan(low)
    plain = wilson_bounds(credits_.conversions, np.full(len(low), conversions))
    low, high = (np.where(is_certain, end * conversions, own) for end, own in zip(plain, (low, high), strict=True))
    value_low, value_high = (np.where(is_certain, np.nan, own) for own in (value_low, value_high))
    with np.errstate(invalid="ignore"):
        rate = credits_.conversions / conversions if conversions else np.full(len(low), np.nan)
    return {
        "credited_conversions": credits_.conversions,
        "credited_low": low,
        "credited_high": high,
        "credited_rate": rate,
        "credited_value": credits_.values,
        "value_low": value_low,
        "value_high": value_high,
        "removal_effect": credits_.removal,
    }
