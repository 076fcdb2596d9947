"""A bar on a terminal while files are read; nowhere else."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from journey_analytics.cli.options import Shared

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from journey_analytics.steps.progress import Progress
    from journey_analytics.steps.runs import StepReport


class IngestBar:
    """The bar of the source that is being read. ``show`` draws it, ``clear`` takes it off the screen."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.bars: Bars | None = None
        self.source = ""

    def show(self, progress: "Progress") -> None:
        """Draw the state of things; another source begins another bar."""
        if self.bars is None or progress.source != self.source:
            self.clear()
            self.source, self.bars = progress.source, _new_bars(self.shared)
            self.bars.add_task(f"ingest:{progress.source}", total=progress.bytes_total or None, rows="")
            self.bars.start()
        task = self.bars.tasks[0]
        speed = progress.rows_count / task.elapsed if task.elapsed else 0
        told = f"{progress.rows_count:,} rows, {speed:,.0f} per second"
        self.bars.update(task.id, completed=progress.bytes_count, rows=told)

    def clear(self) -> None:
        """Leave the screen as it was before the bar."""
        if self.bars is not None:
            self.bars.stop()
            self.bars = None


@contextmanager
def shown_progress(
    shared: Shared, on_step: "Callable[[StepReport], None]"
) -> "Generator[tuple[Callable[[StepReport], None], Callable[[Progress], None]]]":
    """What to call after each step and while one goes on: with a bar where a person is watching.

    Args:
        shared: The shared options of the call.
        on_step: What tells of a step that has ended.

    Yields:
        ``on_step``, which first takes the bar away, and ``on_progress``.
    """
    from journey_analytics.steps.progress import unheard

    if not _is_watched(shared):
        yield on_step, unheard
        return
    bar = IngestBar(shared)

    def end_step(step: "StepReport") -> None:
        bar.clear()
        on_step(step)

    try:
        yield end_step, bar.show
    finally:
        bar.clear()


def _is_watched(shared: Shared) -> bool:
    return shared.err.is_terminal and not (shared.quiet or shared.as_json or os.environ.get("CI"))


def _new_bars(shared: Shared) -> "Bars":
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:<22}"), BarColumn(), TextColumn("{task.fields[rows]}"))
    return Progress(*columns, console=shared.err, transient=True)
