"""How long analyses of sequences take on events in Parquet, beside the core of a build on the same events.

    python benchmarks/sequences.py --events 1000000

Each runs in a process of its own, intervals by a thousand replicates included; the best of two counts. Variants are
those of sessions; attribution gives credit to sessions, by their channel, for purchases.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import polars as pl
from core import core
from customers import write_parquet
from measuring import compare, measured
from task import SESSION_TIMEOUT_MINUTES, Result

from journey_analytics.analysis.attribution.attribution import attribution
from journey_analytics.analysis.attribution.conversion_paths import conversion_paths
from journey_analytics.analysis.paths.directly_follows import directly_follows
from journey_analytics.analysis.paths.variants import variants

TIMEOUT = pl.duration(minutes=SESSION_TIMEOUT_MINUTES)
SESSIONS = "sessions"


def _core(folder: Path) -> Result:
    core(folder)
    return {}


def _follows(folder: Path) -> Result:
    directly_follows(pl.scan_parquet(folder / "*.parquet"), entity="customer")
    return {}


def _variants_of_customers(folder: Path) -> Result:
    variants(pl.scan_parquet(folder / "*.parquet"), entity="customer")
    return {}


def _variants_of_sessions(folder: Path) -> Result:
    events = pl.scan_parquet(folder / SESSIONS / "events.parquet")
    variants(events, entity="session", customer="customer")
    return {}


def _attribution(folder: Path) -> Result:
    touches = pl.scan_parquet(folder / SESSIONS / "sessions.parquet")
    conversions = pl.scan_parquet(folder / "*.parquet").filter(pl.col("event_type") == "purchase")
    paths = conversion_paths(touches, conversions, customer="customer", until="ended_at", value="value")
    attribution(paths, ["markov_1"])
    return {}


WORK = {
    "journey core": _core,
    "what follows what": _follows,
    "variants, customers": _variants_of_customers,
    "variants, sessions": _variants_of_sessions,
    "attribution, order 1": _attribution,
}


def write_sessions(folder: Path) -> None:
    """Beside the events of all files: these with the number of their session, and sessions."""
    events = pl.read_parquet(folder / "*.parquet").sort("customer", "occurred_at")
    is_new = (pl.col("customer") != pl.col("customer").shift()) | (pl.col("occurred_at").diff() > TIMEOUT)
    numbered = events.with_columns(session=is_new.fill_null(value=True).cum_sum())
    (folder / SESSIONS).mkdir()
    numbered.sample(fraction=1, shuffle=True, seed=1).sort("occurred_at").write_parquet(
        folder / SESSIONS / "events.parquet"
    )
    numbered.group_by("session").agg(
        pl.col("customer").first(),
        pl.col("occurred_at").first(),
        ended_at=pl.col("occurred_at").last(),
        channel=pl.col("channel").first(),
    ).write_parquet(folder / SESSIONS / "sessions.parquet")


def main() -> None:
    """Make the events, let every analysis work on them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--measure", nargs=2, metavar=("WORK", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        work, folder = arguments.measure
        measured(WORK[work], Path(folder))
        return
    with tempfile.TemporaryDirectory() as folder:
        write_parquet(Path(folder), arguments.events)
        write_sessions(Path(folder))
        compare(
            {name: [sys.executable, __file__, "--measure", name, folder] for name in WORK}, repeats=arguments.repeats
        )


if __name__ == "__main__":
    main()
