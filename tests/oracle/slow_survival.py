"""Survival, competing risks and thresholds of silence once more, slowly and obviously, in exact fractions."""

from collections.abc import Sequence
from fractions import Fraction

Wait = tuple[int, str | None]
"""How long, and what came then; None when that is not known yet."""


def survival(waits: Sequence[Wait], time: int) -> Fraction:
    """Share that is still waiting after a time: the product of what each earlier time has left."""
    found = Fraction(1)
    for at in sorted({wait for wait, _ in waits if wait <= time}):
        there = sum(wait >= at for wait, _ in waits)
        found *= 1 - Fraction(sum(wait == at and cause is not None for wait, cause in waits), there)
    return found


def incidence(waits: Sequence[Wait], time: int, cause: str) -> Fraction:
    """Share that a cause has taken by a time."""
    found = Fraction(0)
    for at in sorted({wait for wait, _ in waits if wait <= time}):
        there = sum(wait >= at for wait, _ in waits)
        before = survival([wait for wait in waits], at - 1)  # noqa: C416
        found += before * Fraction(sum(wait == at and came == cause for wait, came in waits), there)
    return found


def variance(waits: Sequence[Wait], time: int, cause: str) -> float:
    """Variance of that share, term by term."""
    last, found = incidence(waits, time, cause), Fraction(0)
    for at in sorted({wait for wait, _ in waits if wait <= time}):
        n = sum(wait >= at for wait, _ in waits)
        d = sum(wait == at and came is not None for wait, came in waits)
        k = sum(wait == at and came == cause for wait, came in waits)
        rest, before = last - incidence(waits, at, cause), survival(waits, at - 1)
        if n > d:
            found += rest**2 * Fraction(d, n * (n - d))
        found += before**2 * Fraction(n - k, n) * Fraction(k, n * n) - 2 * rest * before * Fraction(k, n * n)
    return float(found)


def greenwood(waits: Sequence[Wait], time: int) -> float:
    """Variance of the share that is still waiting."""
    found = Fraction(0)
    for at in sorted({wait for wait, _ in waits if wait <= time}):
        n = sum(wait >= at for wait, _ in waits)
        d = sum(wait == at and came is not None for wait, came in waits)
        if n == d:
            return 0.0
        found += Fraction(d, n * (n - d))
    return float(survival(waits, time) ** 2 * found)


def threshold(
    waits: Sequence[Wait], everyone: Sequence[Wait], horizon: int, share: Fraction, least: int, pooling: int
) -> int | None:
    """The least silence after which fewer than some share return: every one up to the longest is tried."""
    for time in range(1, max(wait for wait, _ in everyone) + 2):
        own = sum(wait >= time + horizon for wait, _ in waits)
        if max(own, sum(wait >= time + horizon for wait, _ in everyone)) < least:
            continue
        found = _returning(waits, time, horizon)
        if own < least:
            weight = Fraction(own, own + pooling)
            found = weight * found + (1 - weight) * _returning(everyone, time, horizon)
        if found < share:
            return time
    return None


def _returning(waits: Sequence[Wait], time: int, horizon: int) -> Fraction:
    now = survival(waits, time)
    return 1 - survival(waits, time + horizon) / now if now else Fraction(0)
