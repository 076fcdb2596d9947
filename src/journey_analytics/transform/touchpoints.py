"""Touchpoints: the events of known customers in their total order, each an interaction or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Flags, Rows, Segments
from journey_analytics.transform.asked_texts import AskedTexts
from journey_analytics.transform.coded_texts import CodedTexts, coded, equals
from journey_analytics.transform.patterns import has_any
from journey_analytics.transform.times import per_zone
from journey_analytics.transform.total_order import Keys, Times, total_order
from journey_analytics.vocabulary import NEVER_INTERACTIONS, Actor, TimePrecision

NOTHING = AskedTexts()

Marks = npt.NDArray[np.uint8]
_INTERACTION, _IN_SESSION = 0, 1
_LITERALS = 2
"""Bits of ``Events.marks``: of the first column of addresses, and from there on of the others."""


@dataclass(frozen=True)
class Events:
    """Events of known customers as they came, with what the transforms ask of each in arrays.

    Attributes:
        frame: ``customer_key`` and the columns of ``staging.events``. Texts may be enumerations or categories.
        customer_key: Customer.
        at: Time in microseconds since 1970.
        is_touchpoint: None of the clicks by day whose landing is there too.
        marks: What is so or not, a bit each, because it is fetched from all over the memory once events are in order:
            whether it is an interaction, whether one in a session, and for each of the columns of ``literals`` whether
            its address has any of them.
        coded: Columns of texts that rules look at, ``event_type`` among them.
        literals: For columns of addresses texts that rules look for; see ``AskedTexts``.
    """

    frame: pl.DataFrame
    customer_key: Keys
    at: Times
    is_touchpoint: Flags
    marks: Marks
    coded: dict[str, CodedTexts]
    literals: Mapping[str, frozenset[str]]

    @cached_property
    def has_twins(self) -> bool:
        """Whether any event is no touchpoint."""
        return not self.is_touchpoint.all()


def read_events(frame: pl.DataFrame, asked: AskedTexts = NOTHING, *, email_opens_count: bool = False) -> Events:
    """Prepare events for being put in order.

    Args:
        frame: Events of known customers up to the watermark.
        asked: What rules ask about texts.
        email_opens_count: Count e-mail opens as interactions, which are too often a mail client's doing to count by
            default.
    """
    texts = {name: coded(frame[name]) for name in sorted({"event_type", *asked.coded})}
    never = NEVER_INTERACTIONS if email_opens_count else [*NEVER_INTERACTIONS, "email_open"]
    is_interaction = equals(frame["actor"], Actor.CUSTOMER) & ~texts["event_type"].among(never)
    is_interaction &= ~frame["is_machine"].to_numpy()
    in_session = is_interaction & equals(frame["time_precision"], TimePrecision.INSTANT)
    # As they came: once they are in order, their texts are read from all over the memory, five times as slowly.
    has_literal = [has_any(frame[name], literals) for name, literals in asked.literals.items()]
    return Events(
        frame,
        frame["customer_key"].to_numpy(),
        frame["occurred_at"].to_physical().to_numpy(),
        ~is_day_twin(frame),
        _marks([is_interaction, in_session, *has_literal]),
        texts,
        asked.literals,
    )


def _marks(flags: Sequence[Flags]) -> Marks:
    found = np.zeros(len(flags[0]), dtype=np.uint8)
    for bit, flag in enumerate(flags):
        found |= flag.view(np.uint8) << np.uint8(bit)
    return found


@dataclass(frozen=True)
class Touchpoints:
    """Touchpoints of some customers in total order, as arrays; what else they say is looked up by ``row``.

    Attributes:
        events: The events.
        row: Where each touchpoint stands among them.
        customer_key: Its customer, ascending.
        at: Its time in microseconds since 1970.
        customers: The touchpoints of each customer.
    """

    events: Events
    row: Rows
    customer_key: Keys
    at: Times
    customers: Segments

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def event_key(self) -> Keys:
        """Key of its event."""
        return self.events.frame["event_key"].to_numpy()[self.row]

    @cached_property
    def is_interaction(self) -> Flags:
        """Whether it is a deliberate act of the customer."""
        return self._marked(_INTERACTION)

    @cached_property
    def in_session(self) -> Flags:
        """Whether it belongs to a session."""
        return self._marked(_IN_SESSION)

    @cached_property
    def device_key(self) -> Keys:
        """Number of the device that it happened on, of which a customer may have several; 0 for none."""
        return self.events.frame["device_key"].to_numpy()[self.row]

    @property
    def event_type(self) -> CodedTexts:
        """Event types."""
        return self.coded("event_type")

    def coded(self, column: str) -> CodedTexts:
        """A column of texts that rules look at."""
        if column not in self._coded:
            self._coded[column] = self.events.coded[column].of_rows(self.row)
        return self._coded[column]

    @cached_property
    def _coded(self) -> dict[str, CodedTexts]:
        return {}

    def having_literal(self, column: str, literals: frozenset[str], which: Rows) -> Rows:
        """Those of some touchpoints that can be of interest to who looks for literals in a column of addresses."""
        if not literals or not literals <= self.events.literals.get(column, frozenset()):
            return which
        bit = _LITERALS + list(self.events.literals).index(column)
        return which[self._marks[which] & np.uint8(1 << bit) != 0]

    def _marked(self, bit: int) -> Flags:
        return self._marks & np.uint8(1 << bit) != 0

    @cached_property
    def _marks(self) -> Marks:
        return self.events.marks[self.row]

    def is_unknown(self, column: str) -> bool:
        """Whether no event at all says anything in a column."""
        return self.events.frame[column].null_count() == self.events.frame.height

    def values(self, column: str, which: Rows) -> pl.Series:
        """A column of the events, for some touchpoints."""
        return self.events.frame[column].gather(self.row[which])


def touchpoints_of(events: Events, rows: Rows) -> Touchpoints:
    """Put all touchpoints of some customers in order.

    Args:
        events: The events.
        rows: Those of the customers, in any order.
    """
    if events.has_twins:
        rows = rows[events.is_touchpoint[rows]]
    order = total_order(events.frame, rows, events.customer_key[rows], events.at[rows])
    return Touchpoints(events, order.row, order.customer_key, order.at, order.customers)


def is_day_twin(events: pl.DataFrame) -> Flags:
    """Whether an event is a day-precision click whose landing is there too.

    An ad platform reports a click with its date only; the landing page carries the same click id with the exact time.
    Both are one contact, counted once: where the customer has an instant event of that day with the click id, the day
    row is left out.
    """
    found = np.zeros(events.height, dtype=np.bool_)
    of_day = equals(events["time_precision"], TimePrecision.DAY)
    if not of_day.any():
        return found
    same = ("customer_key", "click_id", "click_id_type")
    clicks = (
        events.select(*same, "time_zone", "occurred_at", of_day=of_day)
        .with_row_index("row")
        .filter(pl.col("click_id").is_not_null())
    )
    days = clicks.filter("of_day").select("row", *same, "time_zone", day_at="occurred_at")
    zones = days["time_zone"].unique().to_list()
    twins = days.join(clicks.filter(~pl.col("of_day")).select(*same, "occurred_at"), on=same).filter(
        _local_date("day_at", zones) == _local_date("occurred_at", zones)
    )
    found[twins["row"].to_numpy()] = True
    return found


def _local_date(column: str, zones: Sequence[str]) -> pl.Expr:
    return per_zone(pl.col("time_zone"), zones, lambda zone: pl.col(column).dt.convert_time_zone(zone).dt.date())
