"""How long the analyses of any event log take, over events in Parquet.

    python benchmarks/analyses.py --events 1000000

Each reads the same files in a process of its own; the best of two counts.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
from customers import write_parquet
from measuring import compare, measured

from journey_analytics.analysis.funnels import Exclusion, Funnel, Step, funnel_correlation, funnel_steps, funnel_trend
from journey_analytics.analysis.paths.path_flows import path_flows, top_paths
from journey_analytics.analysis.usage.lifecycle import lifecycle
from journey_analytics.analysis.usage.retention import retention

STEPS = ("page_view", "product_view", "add_to_cart", "checkout_started", "purchase")
DAY = timedelta(days=1)
WEEK = 7 * DAY
ENTITY = "customer"

ANALYSES: dict[str, Callable[[pl.LazyFrame], pl.DataFrame]] = {
    "funnel": lambda events: funnel_steps(events, Funnel(STEPS, WEEK), entity=ENTITY),
    "funnel, strict": lambda events: funnel_steps(events, Funnel(STEPS[:3], WEEK, order="strict"), entity=ENTITY),
    "funnel, any order": lambda events: funnel_steps(events, Funnel(STEPS, WEEK, order="any"), entity=ENTITY),
    "funnel, exclusion": lambda events: funnel_steps(
        events, Funnel(STEPS, WEEK, exclusions=[Exclusion("search", before=2)]), entity=ENTITY
    ),
    "funnel, windows": lambda events: funnel_steps(
        events, Funnel([STEPS[0], *(Step(name, within=DAY) for name in STEPS[1:])], WEEK), entity=ENTITY
    ),
    "funnel by channel": lambda events: funnel_steps(events, Funnel(STEPS, WEEK), by="channel", entity=ENTITY),
    "funnel trend": lambda events: funnel_trend(events, Funnel(STEPS, WEEK), entity=ENTITY),
    "correlation": lambda events: funnel_correlation(events, Funnel(STEPS, WEEK), entity=ENTITY),
    "retention": lambda events: retention(events, entity=ENTITY),
    "lifecycle": lambda events: lifecycle(events, entity=ENTITY),
    "path flows": lambda events: path_flows(events, entity=ENTITY),
    "top paths": lambda events: top_paths(events, entity=ENTITY),
}


def _measure(analysis: str, folder: Path) -> dict[str, int]:
    ANALYSES[analysis](pl.scan_parquet(folder / "*.parquet"))
    return {}


def main() -> None:
    """Make the events, let every analysis work on them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=ANALYSES, default=list(ANALYSES))
    parser.add_argument("--measure", nargs=2, metavar=("ANALYSIS", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        analysis, folder = arguments.measure
        measured(lambda place: _measure(analysis, place), Path(folder))
        return
    with tempfile.TemporaryDirectory() as folder:
        write_parquet(Path(folder), arguments.events)
        compare(
            {name: [sys.executable, __file__, "--measure", name, folder] for name in arguments.only}, arguments.repeats
        )


if __name__ == "__main__":
    main()
