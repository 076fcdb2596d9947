"""What a mart is that Python computes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from journey_analytics.contracts import Table


@dataclass(frozen=True)
class Mart:
    """A table of the published file that Python computes from others.

    Attributes:
        table: Its columns, with their meanings.
        description: What it says, in a sentence.
        queries: What it is computed from: SQL of published tables, by name.
        compute: These frames by name, to the rows of the mart.
    """

    table: Table
    description: str
    queries: Mapping[str, str]
    compute: Callable[[Mapping[str, pl.DataFrame]], pl.DataFrame]
