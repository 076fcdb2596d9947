"""Telling programs from people by the user agent they announce."""

import polars as pl

_BOT = r"(?i)bot\b|bot/|crawl|spider|slurp|headless|lighthouse|preview|monitor|python-|curl/|wget/|scrapy|phantomjs"


def is_bot(user_agent: pl.Expr) -> pl.Expr:
    """Whether a user agent announces a program: crawlers, link previews, monitors, scripts."""
    return user_agent.str.contains(_BOT).fill_null(value=False)
