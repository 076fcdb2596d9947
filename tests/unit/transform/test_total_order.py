from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.contracts import UTC_TIME
from journey_analytics.transform.total_order import customer_parts, total_order

START = datetime(2026, 1, 1, tzinfo=UTC)
TINY = timedelta(microseconds=1)
LATE = timedelta(days=36_000)
# Keys whose upper bits are the same, so that only the lowest tell customers apart; the least and the greatest there are.
KEYS = (0, 1, 2, 2**63, 2**63 + 1, 2**63 + 2, 2**64 - 1)
SHIFTS = (timedelta(0), TINY, 2 * TINY, 3 * TINY, timedelta(seconds=1), LATE, LATE + TINY)


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    rows = [
        {
            "customer_key": draw(st.sampled_from(KEYS)),
            "occurred_at": START + draw(st.sampled_from(SHIFTS)),
            "source": draw(st.sampled_from(("a", "b"))),
            "source_order": draw(st.sampled_from((None, -1, 2))),
            "event_id": f"e{number}",
        }
        for number in draw(st.permutations(range(draw(st.integers(0, 40)))))
    ]
    schema = {"customer_key": pl.UInt64, "occurred_at": UTC_TIME, "source": pl.String, "source_order": pl.Int64}
    return pl.DataFrame(rows, schema={**schema, "event_id": pl.String})


def ordered_ids(frame: pl.DataFrame) -> list[str]:
    key, at = frame["customer_key"].to_numpy(), frame["occurred_at"].to_physical().to_numpy()
    order = total_order(frame, np.arange(frame.height), key, at)
    assert order.customer_key.tolist() == key[order.row].tolist()
    assert order.at.tolist() == at[order.row].tolist()
    assert (
        order.customers.lengths.tolist() == frame.group_by("customer_key").len().sort("customer_key")["len"].to_list()
    )
    return frame["event_id"].gather(order.row).to_list()


def sorted_ids(frame: pl.DataFrame) -> list[str]:
    columns = ("customer_key", "occurred_at", "source", "source_order", "event_id")
    return frame.sort(columns, nulls_last=True)["event_id"].to_list()


@settings(max_examples=200, deadline=None)
@given(frames())
def test_the_order_is_that_of_a_sort_by_all_columns(frame: pl.DataFrame) -> None:
    assert ordered_ids(frame) == sorted_ids(frame)


@settings(max_examples=50, deadline=None)
@given(frames())
def test_events_that_stand_in_the_order_of_time_are_put_in_the_same_order(frame: pl.DataFrame) -> None:
    by_time = frame.sort("occurred_at", maintain_order=True)
    assert ordered_ids(by_time) == sorted_ids(frame)


def test_bits_that_do_not_fit_beside_the_row_are_not_forgotten() -> None:
    """Hundreds of thousands of rows leave less room for time and key than these need."""
    random = np.random.default_rng(5)
    size = 200_000
    frame = pl.DataFrame(
        {
            "customer_key": random.choice(np.array([*KEYS, 2**62, 2**62 + 1], dtype=np.uint64), size),
            "occurred_at": pl.Series(random.integers(0, 3_000_000_000_000_000, size) // 7 * 7).cast(UTC_TIME),
            "source": "web",
            "source_order": pl.Series([None] * size, dtype=pl.Int64),
            "event_id": pl.Series(random.permutation(size)).cast(pl.String),
        }
    )  # fmt: skip
    near = frame.with_columns(
        pl.col("occurred_at").dt.truncate("365d") + pl.duration(microseconds=pl.int_range(pl.len()) % 9)
    )
    for one in (frame, near):
        assert ordered_ids(one) == sorted_ids(one)


@given(st.lists(st.sampled_from((*KEYS, *range(100, 140)))), st.integers(1, 20))
def test_parts_hold_each_row_once_and_whole_customers_in_the_order_of_keys(keys: list[int], size: int) -> None:
    key = np.array(keys, dtype=np.uint64)
    parts = customer_parts(key, size)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(keys)))
    greatest = -1
    for part in parts:
        assert all(int(one) > greatest for one in key[part])
        greatest = max([greatest, *(int(one) for one in key[part])])
