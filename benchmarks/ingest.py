"""How long loading takes, beside what DuckDB's own reader needs to put the same files into a table, untyped.

    python benchmarks/ingest.py --rows 1000000 --files 1 4

Files are made in a temporary folder. Every measurement is a process of its own; the best of two counts. Beside the
seconds on the clock stand those of the processor, which a busy machine changes least. Peak memory is that of the whole
process.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from loading import LOADERS, best_of
from rows import CASES, write_files

HEAD = "source     files loader                   rows  seconds  ratio    cpu  ratio  peak MB\n"
LINE = (
    "{type:<10} {files:>5} {loader:<18} {rows:>10,} {seconds:>8.1f} {ratio:>6.1f} {cpu_seconds:>6.1f} {work:>6.1f} "
    "{megabytes:>8,.0f}\n"
)


def main() -> None:
    """Make the files of every case, load them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of every source")
    parser.add_argument("--files", type=int, nargs="+", default=[1, 4], help="into how many files they are split")
    parser.add_argument("--sources", nargs="+", default=list(CASES), choices=list(CASES), help="which sources")
    arguments = parser.parse_args()
    sys.stdout.write(HEAD)
    for type_ in arguments.sources:
        for count in arguments.files:
            with tempfile.TemporaryDirectory() as folder:
                files = Path(folder) / "files"
                write_files(files, CASES[type_], arguments.rows, count)
                found = {loader: best_of(2, loader, type_, files) for loader in LOADERS}
            base = next(iter(found.values()))
            for loader, one in found.items():
                ratios = {"ratio": one["seconds"] / base["seconds"], "work": one["cpu_seconds"] / base["cpu_seconds"]}
                sys.stdout.write(LINE.format(type=type_, files=count, loader=loader, **ratios, **one))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
