"""Seconds, processor time and peak memory of functions, each in a process of its own, and a table of them."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def measured(work: Callable[[Path], dict[str, int]], folder: Path) -> None:
    """Do the work once and print what it took and gave, as the last line of the output."""
    start, before = time.perf_counter(), time.process_time()
    result = work(folder)
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    found = {"seconds": seconds, "cpu_seconds": cpu, "megabytes": _peak_megabytes(), "result": result}
    sys.stdout.write(f"\n{json.dumps(found)}\n")


def compare(commands: dict[str, list[str]], repeats: int) -> None:
    """Measure contenders and print a line for each; stop if one has another result than the first.

    Args:
        commands: What to run for each contender, something that ends with ``measured``.
        repeats: How often; the fastest counts.
    """
    sys.stdout.write(f"{'contender':<20} {'seconds':>8} {'ratio':>6} {'CPU s':>7} {'peak MB':>8}\n")
    first: dict[str, Any] | None = None
    for contender, command in commands.items():
        found = min((measurement(command) for _ in range(repeats)), key=lambda one: one["seconds"])
        first = first or found
        seconds, cpu, peak = (found[name] for name in ("seconds", "cpu_seconds", "megabytes"))
        ratio = seconds / first["seconds"]
        sys.stdout.write(f"{contender:<20} {seconds:>8.2f} {ratio:>6.1f} {cpu:>7.2f} {peak:>8,.0f}\n")
        sys.stdout.flush()
        if found["result"] != first["result"]:
            raise SystemExit(f"{contender} has another result:\n{found['result']}\n{first['result']}")


def measurement(command: list[str]) -> dict[str, Any]:
    """Run something that ends with ``measured``: ``seconds``, ``cpu_seconds``, ``megabytes`` and ``result``."""
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def _peak_megabytes() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says on Linux is not less than what the process that started this one had in use.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
