from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.hidden_stages.observations import observations_of
from journey_analytics.errors import UsageError
from journey_analytics.vocabulary import OTHER

START = datetime(2026, 1, 1, tzinfo=UTC)


def touchpoints(rows: list[tuple[int, float, str]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(customer, START + timedelta(days=day), symbol) for customer, day, symbol in rows],
        schema={"customer_key": pl.UInt64, "occurred_at": pl.Datetime("us", "UTC"), "symbol": pl.String},
        orient="row",
    )


WATERMARK = pl.Series([START + timedelta(days=10)])
ROWS = [(1, 0.0, "a"), (1, 2.0, "b"), (2, 1.0, "a"), (3, 0.5, "a"), (3, 4.0, "c"), (3, 5.0, "a")]


def test_customers_stand_by_falling_length_and_step_by_step() -> None:
    (part,) = observations_of(touchpoints(ROWS), WATERMARK).sequences()
    assert part.customer.tolist() == [2, 0, 1]
    assert part.row.tolist() == [3, 0, 2, 4, 1, 5]
    assert part.starts.tolist() == [0, 3, 5, 6]
    assert part.last.tolist() == [5, 4, 2]
    assert part.previous.tolist() == [0, 1, 3]
    assert part.gap.tolist() == pytest.approx([0.0, 0.0, 0.0, 3.5, 2.0, 1.0])
    assert part.silence.tolist() == pytest.approx([5.0, 8.0, 9.0])


def test_every_second_customer_is_laid_out_as_it_was() -> None:
    (part,) = observations_of(touchpoints(ROWS), WATERMARK).sequences()
    some = part.every(2)
    assert some.customer.tolist() == [2, 1]
    assert some.row.tolist() == [3, 2, 4, 5]
    assert some.starts.tolist() == [0, 2, 3, 4]


def test_rare_symbols_are_one_symbol() -> None:
    seen = observations_of(touchpoints(ROWS), WATERMARK, symbols=("a", OTHER))
    assert seen.symbol.tolist() == [0, 1, 0, 0, 1, 0]
    assert observations_of(touchpoints(ROWS), WATERMARK).symbols == ("a", "b", "c", OTHER)


def test_what_was_seen_by_a_day_leaves_out_what_came_later() -> None:
    seen = observations_of(touchpoints(ROWS), WATERMARK)
    earlier = seen.until(seen.day[0] + 0.75)
    assert earlier.customer.tolist() == [0, 2]
    (part,) = earlier.sequences()
    assert part.silence.tolist() == pytest.approx([0.75, 0.25])
    assert earlier.customers_count == 3


def test_touchpoints_out_of_order_are_refused() -> None:
    with pytest.raises(UsageError, match="not in order"):
        observations_of(touchpoints([ROWS[1], ROWS[0]]), WATERMARK)


def test_nobody_gives_no_sequences() -> None:
    assert observations_of(touchpoints([]), WATERMARK).sequences() == []
    assert np.array(observations_of(touchpoints([]), WATERMARK).first).tolist() == []
