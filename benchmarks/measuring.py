"""One measurement: seconds, processor time and peak memory of a function in a process of its own."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def measured(work: Callable[[Path], dict[str, int]], folder: Path) -> None:
    """Do the work once and print what it took and gave, as the last line of the output."""
    start, before = time.perf_counter(), time.process_time()
    result = work(folder)
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    found = {"seconds": seconds, "cpu_seconds": cpu, "megabytes": peak, "result": result}
    sys.stdout.write(f"\n{json.dumps(found)}\n")
