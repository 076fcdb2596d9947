"""Peak memory of a load beside the number of its files: what there is to load may grow without end.

    python benchmarks/memory.py --files 5 10 20 40

Each file has 60,000 events of GA4, about 140 MB decompressed; 40 of them are a load of 5.6 GB.
"""

import argparse
import gzip
import sys
import tempfile
from pathlib import Path

from loading import best_of
from rows import CASES, write_file

ROWS = 60_000
MARK = '"user_pseudo_id":"'
"""Behind it begins a part of the events' key: a number there makes a file of other events."""


def write_files(folder: Path, count: int) -> None:
    """So many files, all of their events different."""
    first = folder / "first.ndjson.gz"
    write_file(first, CASES["ga4"], range(ROWS))
    text = gzip.decompress(first.read_bytes()).decode()
    first.unlink()
    for number in range(count):
        (folder / f"{number:06}.ndjson").write_text(text.replace(MARK, f"{MARK}{number}."))


def main() -> None:
    """Make the files, load more and more of them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="+", default=[5, 10, 20, 40], help="loads of so many files")
    arguments = parser.parse_args()
    sys.stdout.write(f"{'files':>5} {'rows':>10} {'seconds':>8} {'peak MB':>8}\n")
    with tempfile.TemporaryDirectory() as folder:
        every = Path(folder) / "every"
        every.mkdir()
        write_files(every, max(arguments.files))
        for count in arguments.files:
            some = Path(folder) / f"{count}"
            some.mkdir()
            for path in sorted(every.iterdir())[:count]:
                (some / path.name).hardlink_to(path)
            one = best_of(1, "journey ingest", "ga4", some)
            sys.stdout.write(f"{count:>5} {one['rows']:>10,} {one['seconds']:>8.1f} {one['megabytes']:>8,.0f}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
