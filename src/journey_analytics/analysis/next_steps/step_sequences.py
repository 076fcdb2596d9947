"""Steps of customers one behind the other, with the drop-off as the step that a long silence becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.event_log import check_columns, micros_of
from journey_analytics.arrays.segments import Flags, Segments, changes
from journey_analytics.errors import UsageError
from journey_analytics.vocabulary import OTHER, OUTCOME_NODES, Outcome

DROP_OFF = OUTCOME_NODES[Outcome.DROPPED_OFF]
"""The step that ends a sequence."""

_MOST_NAMES = 250

Codes = npt.NDArray[np.uint64]
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class StepSequences:
    """Steps in the order of customers, cases and time.

    A drop-off is a step like others, and happens when the silence has become too long: so whatever is asked about the
    time before some moment knows of no drop-off that could not be known then.

    Attributes:
        customers: The customers, as the log names them.
        customer: For each step the place of its customer in ``customers``.
        cases: How the steps are cut into cases: journeys, or whatever a customer goes through.
        at: When, in microseconds since 1970.
        names: Names of steps; the drop-off is the last.
        code: For each step the place of its name, from 1; 0 for one that is none of them.
        until: When the steps end that are known, in microseconds since 1970.
    """

    customers: pl.Series
    customer: npt.NDArray[np.int32]
    cases: Segments
    at: npt.NDArray[np.int64]
    names: tuple[str, ...]
    code: Codes
    until: int

    def only(self, rows: Flags) -> "StepSequences":
        """Some of the steps: whole beginnings of cases."""
        starts = np.zeros(len(self.at), dtype=np.bool_)
        starts[self.cases.first] = True
        return StepSequences(
            self.customers, self.customer[rows], Segments.starting(starts[rows]), self.at[rows], self.names,
            self.code[rows], self.until,
        )  # fmt: skip

    @property
    def started_at(self) -> npt.NDArray[np.int64]:
        """When each case began."""
        return self.at[self.cases.first]


def step_sequences(
    events: pl.DataFrame | pl.LazyFrame,
    *,
    lapse_after: timedelta | None = None,
    lapses_at: str | None = None,
    until: datetime | None = None,
    entity: str = "customer_id",
    case: str | None = None,
    time: str = "occurred_at",
    event: str = "event_type",
    ties: Sequence[str] = (),
    names: Sequence[str] | None = None,
) -> StepSequences:
    """Put the events of a log in sequence.

    Args:
        events: Any event log, its rows in any order; those without a customer, a time or a name are left out.
        lapse_after: How long a silence must be to be a drop-off. Without ``case`` it also begins the next case.
        lapses_at: In its place a column: when silence after an event would be a drop-off; null for never.
        until: What happened later is not known yet; by default the time of the last event.
        entity: Column of the customer.
        case: Column that tells a customer's cases apart.
        time: Column of the time, a date or a date with a time.
        event: Column of the name of the step.
        ties: Columns that put events of one customer and time in order; after them the name does.
        names: Names as another log has them, to be told by what it teaches: a step that it does not know is no step to
            go by. By default the 250 most common ones; the others are ``(other)``.

    Raises:
        UsageError: A column is missing or of another kind, or it is not said what a drop-off is.
    """
    log = events.lazy()
    if (lapse_after is None) == (lapses_at is None):
        raise UsageError(
            "It is not said when silence is a drop-off.", hint="Give either lapse_after or lapses_at, not both."
        )
    times, others = [time, lapses_at], [entity, case, *ties]
    check_columns(log.collect_schema(), times=filter(None, times), texts=[event], others=filter(None, others))
    asked = {"customer": pl.col(entity), "at": pl.col(time).dt.epoch("us"), "name": pl.col(event).cast(pl.String)}
    asked["case"] = pl.lit(0) if case is None else pl.col(case)
    if lapses_at is not None:
        asked["lapses_at"] = pl.col(lapses_at).dt.epoch("us")
    elif lapse_after is not None:
        asked["lapses_at"] = asked["at"] + lapse_after // _MICROSECOND
    tied = {f"tie {place}": pl.col(column) for place, column in enumerate(ties)}
    rows = (
        log.select(**asked, **tied)
        .drop_nulls(["customer", "at", "name", "case"])
        .with_columns(began_at=pl.col("at").min().over("customer", "case"))
        .sort("customer", "began_at", "case", "at", *tied, "name")
        .collect()
    )
    return _in_sequence(rows, None if until is None else micros_of(until), names, is_cut=case is None)


def _in_sequence(rows: pl.DataFrame, until: int | None, names: Sequence[str] | None, *, is_cut: bool) -> StepSequences:
    """Cut sorted rows into cases, and let a drop-off follow those that ended."""
    if until is not None:
        rows = rows.filter(pl.col("at") <= until)
    at = rows["at"].to_numpy()
    end = until if until is not None else int(at.max(initial=0))
    lapses_at = rows["lapses_at"].fill_null(np.iinfo(np.int64).max).to_numpy()
    customer = rows["customer"].rle_id().to_numpy()
    starts = changes(customer, rows["case"].rle_id().to_numpy())
    if is_cut:
        starts[1:] |= at[1:] > lapses_at[:-1]
    cases = Segments.starting(starts)
    names = tuple(names) if names is not None else _names_of(rows["name"])
    places = {name: place for place, name in enumerate(names, 1)}
    code = rows["name"].replace_strict(places, default=places.get(OTHER, 0), return_dtype=pl.UInt64).to_numpy()
    last = cases.last
    ended = last[lapses_at[last] < end]
    after = ended + 1
    all_starts = np.insert(starts, after, values=False)
    return StepSequences(
        rows["customer"].gather(np.flatnonzero(changes(customer))),
        np.insert(customer, after, customer[ended]).astype(np.int32),
        Segments.starting(all_starts),
        np.insert(at, after, lapses_at[ended]),
        names,
        np.insert(code, after, np.uint64(len(names))),
        end,
    )


def _names_of(name: pl.Series) -> tuple[str, ...]:
    """The most common names in the order of the alphabet, and the drop-off."""
    counts = name.value_counts(name="count").sort("count", name.name, descending=[True, False])
    kept = set(counts[name.name].head(_MOST_NAMES))
    rarer = {OTHER} if counts.height > _MOST_NAMES else set[str]()
    return (*sorted((kept | rarer) - {DROP_OFF}), DROP_OFF)
