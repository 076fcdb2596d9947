import numpy as np
import pytest

from journey_analytics.analysis.bootstrap import MOST_UNITS, CustomerCounts, percentile_interval, rate_interval
from journey_analytics.errors import UsageError


def counts(customers: int, seed: int = 1) -> CustomerCounts:
    """Two columns: visits of each customer, and how many of them ended well."""
    random = np.random.default_rng(seed)
    visits = random.geometric(0.2, customers)
    good = random.binomial(visits, random.beta(1, 3, customers))
    return CustomerCounts(
        np.tile(np.arange(customers), 2), np.repeat([0, 1], customers), np.concatenate([visits, good]), customers, 2
    )


def shuffled(own: CustomerCounts, seed: int = 2) -> CustomerCounts:
    """The same customers under other numbers, their entries in another order."""
    random = np.random.default_rng(seed)
    number, place = random.permutation(own.customers_count), random.permutation(len(own.column))
    return CustomerCounts(
        number[own.customer][place], own.column[place], own.amount[place], own.customers_count, own.columns_count
    )


@pytest.mark.parametrize("customers", [400, 3 * MOST_UNITS + 7])
def test_a_rate_moves_as_its_standard_error_says(customers: int) -> None:
    """That of a ratio of sums, by the delta method; also where groups of customers are drawn."""
    own = counts(customers)
    visits, good = own.amount.reshape(2, -1)
    drawn = own.resampled(4000)
    rate = good.sum() / visits.sum()
    error = np.sqrt(((good - rate * visits) ** 2).sum()) / visits.sum()
    drawn_rate = drawn[:, 1] / drawn[:, 0]
    assert drawn_rate.mean() == pytest.approx(rate, abs=error / 5)
    assert drawn_rate.std() == pytest.approx(error, rel=0.06)


@pytest.mark.parametrize("customers", [50, 2 * MOST_UNITS])
def test_the_same_customers_are_drawn_however_they_are_numbered(customers: int) -> None:
    own = counts(customers)
    assert np.array_equal(own.resampled(10), shuffled(own).resampled(10))
    assert not np.array_equal(own.resampled(10), own.resampled(10, seed=1))


def test_entries_of_one_customer_add_up_however_they_are_split() -> None:
    customer, column = np.random.default_rng(3).integers(0, 40, (2, 500))
    cell, amount = np.unique(customer * 40 + column, return_counts=True)
    whole = CustomerCounts(cell // 40, cell % 40, amount, 40, 40)
    one_by_one = CustomerCounts(customer, column, np.ones(500, dtype=int), 40, 40)
    assert np.array_equal(whole.totals(), one_by_one.totals())
    assert np.array_equal(whole.resampled(20), one_by_one.resampled(20))


@pytest.mark.parametrize("greatest", [3, 10**6])
def test_totals_of_whole_numbers_are_whole(greatest: int) -> None:
    """Whether they fit into four bytes or not."""
    random = np.random.default_rng(4)
    column, amount = random.integers(0, 3, 90), random.integers(0, greatest, 90)
    own = CustomerCounts(np.arange(90), column, amount, 90, 3)
    units = own.of_units(own.places(), 90)
    drawn = np.random.default_rng(7)
    weights = np.stack([np.bincount(drawn.integers(0, 90, 90), minlength=90) for _ in range(5)])
    assert np.array_equal(own.resampled(5, seed=7), weights @ units)


def test_as_many_customers_are_drawn_as_there_are() -> None:
    ones = CustomerCounts(np.arange(30), np.zeros(30, dtype=int), np.ones(30), 30, 1)
    assert (ones.resampled(20) == 30).all()


def test_customers_who_did_nothing_are_drawn_too() -> None:
    one_of_thirty = CustomerCounts(np.array([7]), np.array([0]), np.array([1]), 30, 1)
    assert one_of_thirty.resampled(500).min() == 0


def test_where_all_did_wilson_tells_the_doubt() -> None:
    drawn = np.full((100, 1), 5.0)
    low, high = rate_interval(drawn, drawn, [5], [5], [4])
    assert (low[0], high[0]) == pytest.approx((0.5101, 1.0), abs=1e-4)


def test_replicates_without_a_value_do_not_count() -> None:
    values = np.array([[1.0, np.nan, 2.0], [np.nan, np.nan, 2.0], [3.0, np.nan, 4.0]])
    low, high = percentile_interval(values)
    assert low.tolist() == pytest.approx([1.05, np.nan, 2.0], nan_ok=True)
    assert high.tolist() == pytest.approx([2.95, np.nan, 3.9], nan_ok=True)


def test_a_negative_number_of_replicates_is_told() -> None:
    with pytest.raises(UsageError, match="-1 replicates"):
        counts(3).resampled(-1)
