"""How long an ordered funnel over events in Parquet takes, beside ClickHouse's ``windowFunnel`` and plain SQL.

    python benchmarks/funnel.py --events 1000000

Every contender reads the same files in a process of its own; the best of two counts; all must agree. Others than the
package are left out until ``make peers`` has installed them.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl
from customers import write_parquet
from funnel_peers import CONTENDERS, DIFFERENT_STEPS_ONLY, WINDOW_DAYS, Result, as_result
from measuring import compare, measured

from journey_analytics.analysis.funnels import Funnel, funnel_steps

FOLDER = Path(__file__).parent
PEERS = FOLDER.parent / ".venv-bench/bin/python"
OWN = "funnel_steps"
STEPS = ("page_view", "product_view", "add_to_cart", "checkout_started", "purchase")


def own(folder: Path, steps: Sequence[str]) -> Result:
    """The package's funnel, which also tells times, who is open, and rates."""
    events = pl.scan_parquet(folder / "*.parquet")
    found = funnel_steps(events, Funnel(steps, timedelta(days=WINDOW_DAYS)), entity="customer")
    return as_result(steps, found["reached_count"].to_list())


def main() -> None:
    """Make the events, let every contender work on them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--steps", nargs="+", default=STEPS, help="names of events; may repeat")
    parser.add_argument("--measure", metavar="FOLDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    steps: list[str] = list(arguments.steps)
    if arguments.measure:
        measured(lambda folder: own(folder, steps), Path(arguments.measure))
        return
    repeat = len(set(steps)) < len(steps)
    others = [name for name in CONTENDERS if PEERS.exists() and not (repeat and name in DIFFERENT_STEPS_ONLY)]
    with tempfile.TemporaryDirectory() as folder:
        write_parquet(Path(folder), arguments.events)
        commands = {OWN: [sys.executable, __file__, "--measure", folder, "--steps", *steps]}
        commands |= {name: [str(PEERS), str(FOLDER / "funnel_peers.py"), name, folder, *steps] for name in others}
        compare(commands, arguments.repeats)


if __name__ == "__main__":
    main()
