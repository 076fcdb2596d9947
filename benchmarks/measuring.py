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
    found = {"seconds": seconds, "cpu_seconds": cpu, "megabytes": _peak_megabytes(), "result": result}
    sys.stdout.write(f"\n{json.dumps(found)}\n")


def _peak_megabytes() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says on Linux is not less than what the process that started this one had in use.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
