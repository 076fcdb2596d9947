"""E-mail addresses inside texts that people are shown."""

import polars as pl

ADDRESS = r'[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>"]+'


def without_addresses(text: pl.Expr) -> pl.Expr:
    """A text with e-mail addresses blanked out, as the macro ``marts.without_addresses`` does."""
    return text.str.replace_all(ADDRESS, "(address)")
