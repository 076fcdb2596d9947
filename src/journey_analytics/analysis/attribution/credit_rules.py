"""Rules that share a conversion among the touches before it: each gives the touches of a path parts that add up to 1.

Sources: position and time decay as Google Analytics 360 had them; Shapley after Zhao, Mahboobi and Bagheri, "Shapley
value methods for attribution modeling in online advertising" (2018): with the value of a set of channels being the
conversions of paths within it, each conversion is shared equally by the channels of its path.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from journey_analytics.analysis.attribution.touch_paths import ConversionPaths
from journey_analytics.arrays.segments import Flags
from journey_analytics.arrays.sorting import counted

Credit = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RuleOptions:
    """What rules may be told.

    Attributes:
        half_life: Time in which a touch loses half its weight, for ``time_decay``.
        ends: Parts of the first and of the last touch, for ``position``; those between share the rest.
        direct: Channels that ``last_non_direct`` passes over where there are others.
    """

    half_life: timedelta = timedelta(days=7)
    ends: tuple[float, float] = (0.4, 0.4)
    direct: Collection[str] = ("direct", "(direct)")


def _first(paths: ConversionPaths, _: RuleOptions) -> Credit:
    credit = np.zeros(len(paths.code))
    credit[paths.paths.first] = 1
    return credit


def _last(paths: ConversionPaths, _: RuleOptions) -> Credit:
    credit = np.zeros(len(paths.code))
    credit[paths.paths.last] = 1
    return credit


def _last_non_direct(paths: ConversionPaths, options: RuleOptions) -> Credit:
    is_other = ~np.isin(paths.code, [number for number, name in enumerate(paths.names) if name in options.direct])
    place = np.where(is_other, np.arange(len(paths.code)), -1)
    latest = np.maximum.accumulate(place)[paths.paths.last] if len(place) else place
    credit = np.zeros(len(paths.code))
    credit[np.where(latest >= paths.paths.first, latest, paths.paths.last)] = 1
    return credit


def _linear(paths: ConversionPaths, _: RuleOptions) -> Credit:
    return paths.paths.spread(1 / paths.paths.lengths)


def _position(paths: ConversionPaths, options: RuleOptions) -> Credit:
    first, last = options.ends
    length = paths.paths.lengths
    inner = np.maximum(length - 2, 0)
    between = np.where(inner > 0, (1 - first - last) / np.maximum(inner, 1), 0)
    credit = paths.paths.spread(between)
    # Of two touches, each also has half of what would be between them.
    half = np.where((length > 1) & (inner == 0), (1 - first - last) / 2, 0)
    credit[paths.paths.first] = np.where(length == 1, 1, first + half)
    credit[paths.paths.last] = np.where(length == 1, 1, last + half)
    return credit


def _time_decay(paths: ConversionPaths, options: RuleOptions) -> Credit:
    if not len(paths.code):
        return np.zeros(0)
    # Counted from the latest touch of the path, so that not all weights of an old one vanish.
    since = paths.before - paths.paths.spread(np.minimum.reduceat(paths.before, paths.paths.first))
    weight = 0.5 ** (since / (options.half_life / timedelta(microseconds=1)))
    return weight / paths.paths.spread(np.add.reduceat(weight, paths.paths.first))


def _shapley(paths: ConversionPaths, _: RuleOptions) -> Credit:
    is_new = first_of_channel(paths)
    return is_new / paths.paths.spread(np.maximum(paths.paths.counts(is_new), 1))


def first_of_channel(paths: ConversionPaths) -> Flags:
    """Whether each touch is the first of its channel in its path."""
    number = paths.paths.spread(np.arange(len(paths.paths))) * max(1, len(paths.names)) + paths.code
    place = np.argsort(number, kind="stable")
    _, count = counted(number)
    found = np.zeros(len(number), dtype=np.bool_)
    found[place[np.cumsum(count) - count]] = True
    return found


RULES: dict[str, Callable[[ConversionPaths, RuleOptions], Credit]] = {
    "first": _first,
    "last": _last,
    "last_non_direct": _last_non_direct,
    "linear": _linear,
    "position": _position,
    "time_decay": _time_decay,
    "shapley": _shapley,
}
"""The part of each touch, by the name of the model."""
