"""Rates with their intervals, and texts from data made safe for figures."""

from html import escape

from journey_analytics.analysis.intervals import Interval, wilson
from journey_analytics.readable import interval, percent


def rate_with_interval(successes: int, trials: int) -> str:
    """A rate with its 95 % interval, or a dash where nothing was tried."""
    found = wilson(successes, trials)
    return "–" if found is None else f"{percent(found.estimate, exact=True)} ({interval(found.low, found.high)})"


def rate_interval(successes: int, trials: int) -> Interval:
    """The same as numbers; nothing known is everything possible."""
    return wilson(successes, trials) or Interval(0.0, 0.0, 1.0)


def plain(text: str) -> str:
    """A text from data, safe where Plotly would read it as HTML."""
    return escape(text, quote=False)
