"""From a log and a funnel to attempts and units: what all answers about a funnel begin with."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns
from journey_analytics.analysis.funnels.any_order import any_order_attempts
from journey_analytics.analysis.funnels.attempts import Attempts, without_excluded
from journey_analytics.analysis.funnels.bundles import Bundles, bundles_of
from journey_analytics.analysis.funnels.moments import Moments, Places, moments_of
from journey_analytics.analysis.funnels.ordered import ordered_attempts
from journey_analytics.analysis.funnels.question import Funnel
from journey_analytics.analysis.funnels.selection import Breakdown, FunnelRows, select_rows
from journey_analytics.analysis.funnels.successive import Succession, successive_attempts
from journey_analytics.analysis.funnels.units import Rows, Units, units_of

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Answer:
    """The events of a funnel, and who is who among them.

    Attributes:
        funnel: What was asked.
        rows: The events.
        moments: Their moments.
        bundles: What events of a moment serve together.
        unit: For each track the number of its unit.
        row: For each unit the place of one of its rows.
    """

    funnel: Funnel
    rows: FunnelRows
    moments: Moments
    bundles: Bundles
    unit: Places
    row: Rows

    @property
    def units_count(self) -> int:
        """How many units have an event of the funnel."""
        return len(self.row)

    def column(self, name: str) -> pl.Series:
        """A column of the rows that is constant in each unit: one value per unit."""
        return self.rows.frame[name].gather(self.row)

    def attempts(self, entry: int = 0, *, of_all_starts: bool = False) -> Attempts:
        """Attempts that begin with a required step, from 0; those of a unit together, in the order of their start.

        Unless those of all starts are asked for, some are left out that are told of nobody.
        """
        found = self._attempts(entry, latest_only=not of_all_starts and not self.funnel.exclusions)
        if self.funnel.hold is None:
            return found
        order = np.lexsort((self.moments.at[found.start], self.unit[self.moments.track[found.start]]))
        return found.of(order)

    def unit_of(self, attempts: Attempts) -> Places:
        """The unit of each attempt."""
        return self.unit[self.moments.track[attempts.start]]

    def told(self, attempts: Attempts, first: Rows) -> Units:
        """What is told of attempts that begin anew at some rows."""
        return units_of(self.moments, attempts, first, self.funnel.window_microseconds, self.rows.complete_until)

    def _attempts(self, entry: int, *, latest_only: bool) -> Attempts:
        funnel, window = self.funnel, self.funnel.window_microseconds
        steps = funnel.required
        exclusions = [len(funnel.all_steps) + place for place in range(len(funnel.exclusions))]
        if funnel.order == "any":
            return any_order_attempts(self.moments, len(steps), sum(1 << place for place in exclusions), window)
        reach = self.bundles.reach([1 << place for place in steps])
        within = tuple(
            step.within // _MICROSECOND if step.within is not None else None
            for step in (funnel.all_steps[place] for place in steps)
        )
        if funnel.order == "strict" or any(longest is not None for longest in within):
            succession = Succession(funnel.order == "strict", within)
            found = successive_attempts(self.moments, self.bundles, reach, window, succession, entry)
        else:
            found = ordered_attempts(self.moments, self.bundles, reach, window, entry, latest_only=latest_only)
        bounds = [
            (1 << place, steps.index(exclusion.after - 1), steps.index((exclusion.before or len(funnel.all_steps)) - 1))
            for place, exclusion in zip(exclusions, funnel.exclusions, strict=True)
        ]
        return without_excluded(self.moments, found, bounds, window)


def answer(
    events: pl.DataFrame | pl.LazyFrame,
    funnel: Funnel,
    columns: LogColumns,
    breakdown: Breakdown | None = None,
    *,
    with_entity: bool = False,
) -> Answer:
    """Find the events of a funnel.

    Raises:
        UsageError: A column is missing or of another kind, or an expression does not fit.
    """
    rows = select_rows(events, funnel, columns, breakdown, with_entity=with_entity)
    moments = moments_of(rows.frame)
    bundles = bundles_of(moments, (1 << len(funnel.all_steps)) - 1)
    if funnel.hold is None:
        return Answer(funnel, rows, moments, bundles, np.arange(moments.tracks_count, dtype=np.int32), moments.row)
    key = rows.frame["unit"].to_numpy()[moments.row]
    _, first, unit = np.unique(key, return_index=True, return_inverse=True)
    return Answer(funnel, rows, moments, bundles, unit.astype(np.int32), moments.row[first])
