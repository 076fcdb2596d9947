from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.attribution.attribution import CAVEAT, attribution
from journey_analytics.analysis.attribution.conversion_paths import conversion_paths
from journey_analytics.analysis.attribution.path_counts import counted_paths
from journey_analytics.analysis.attribution.path_table import path_table
from journey_analytics.analysis.attribution.removal_effects import path_chain
from journey_analytics.analysis.attribution.touch_paths import ConversionPaths
from journey_analytics.errors import UsageError

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def events(*rows: tuple[float, str], customer: str = "ann") -> pl.DataFrame:
    """Days since the start, and a channel."""
    return pl.DataFrame(
        {
            "customer_id": [customer] * len(rows),
            "occurred_at": [START + DAY * day for day, _ in rows],
            "channel": [name for _, name in rows],
        }
    )


def many(customers: int = 300, shuffle: int | None = None) -> ConversionPaths:
    """Customers of one to three touches, of whom some convert; rows in another order if asked."""
    random = np.random.default_rng(4)
    sizes = random.integers(1, 4, customers)
    touches = pl.concat(
        [
            events(*((day, str(random.choice(["ad", "mail", "web"]))) for day in range(size)), customer=f"c{number}")
            for number, size in enumerate(sizes)
        ]
    )
    goals = [number for number in range(customers) if random.random() < 0.4]
    conversions = pl.concat([events((5, "goal"), customer=f"c{number}") for number in goals])
    if shuffle is not None:
        touches, conversions = (one.sample(fraction=1, shuffle=True, seed=shuffle) for one in (touches, conversions))
    return conversion_paths(touches, conversions, look_back=None)


def test_every_row_says_that_it_shows_no_cause() -> None:
    assert attribution(many(), replicates=0)["caveat"].unique().to_list() == [CAVEAT]


def test_intervals_hold_the_credit_and_are_the_same_whatever_the_order_of_rows() -> None:
    found = attribution(many(), ["linear", "markov_1"])
    assert found.filter(pl.col("credited_conversions").is_between("credited_low", "credited_high")).height == 6
    assert found.select(pl.col("credited_high") - pl.col("credited_low")).min().item() > 5
    assert found.equals(attribution(many(shuffle=1), ["linear", "markov_1"]))


def test_a_touch_as_old_as_the_look_back_counts() -> None:
    for back, names in ((10 * DAY, ["ad"]), (10 * DAY - timedelta(microseconds=1), ["(none)", "ad"])):
        paths = conversion_paths(events((0, "ad")), events((10, "goal")), look_back=back)
        assert paths.names == names


def test_a_path_is_open_until_its_look_back_is_over() -> None:
    for watermark, counts in ((90, (0, 1)), (90.1, (1, 0))):
        paths = conversion_paths(events((0, "ad")), events((0, "goal")).clear(), watermark=START + watermark * DAY)
        assert (paths.nulls.sum(), paths.open_count) == counts


def test_the_session_of_a_conversion_counts_again_for_the_next_one() -> None:
    touches = events((0, "ad"), (1, "web")).with_columns(until=pl.col("occurred_at") + DAY / 2)
    goals = events((1.1, "goal"), (1.2, "goal"))
    found = attribution(conversion_paths(touches, goals, until="until"), ["linear"], replicates=0)
    assert dict(found.select("channel", "credited_conversions").iter_rows()) == {"ad": 0.5, "web": 1.5}


def test_costs_are_told_per_credited_conversion() -> None:
    found = attribution(many(), ["last"], costs={"ad": 1000.0}, replicates=0)
    ad, mail = found.row(0, named=True), found.row(1, named=True)
    assert ad["cost_per_conversion"] == 1000 / ad["credited_conversions"]
    assert (mail["cost"], mail["cost_per_conversion"]) == (None, None)


def test_a_large_chain_is_solved_without_intervals() -> None:
    names = [f"{number:03}" for number in range(450)]
    counts = pl.DataFrame({"path": [names, names[::-1], ["000"]], "conversions_count": [3, 2, 0], "nulls": [1, 1, 5]})
    paths = counted_paths(counts, nulls="nulls")
    assert not path_chain(paths, 1).is_small
    found = attribution(paths, ["markov_1"])
    assert found["credited_conversions"].sum() == pytest.approx(5)
    assert found["credited_low"].null_count() == 450


def test_what_cannot_be_is_told() -> None:
    with pytest.raises(UsageError, match="no model 'markov_4'"):
        attribution(many(3), ["markov_4"])
    with pytest.raises(UsageError, match="no column 'medium'"):
        conversion_paths(events((0, "ad")), events((1, "goal")), channel="medium")
    with pytest.raises(UsageError, match="negative"):
        conversion_paths(events((0, "ad")), events((1, "goal")), look_back=-DAY)
    with pytest.raises(UsageError, match="has no channel"):
        counted_paths(pl.DataFrame({"path": [["ad"], []], "conversions_count": [1, 1]}))


def test_credit_may_go_to_something_else_without_finding_the_paths_anew() -> None:
    touches, goals = events((0, "ad"), (1, "mail"), (2, "web")), events((3, "goal"))
    group = {"ad": "paid", "mail": "owned", "web": "owned"}
    paths = conversion_paths(touches, goals)
    renamed = paths.renamed([group[name] for name in paths.names])
    grouped = conversion_paths(touches.with_columns(pl.col("channel").replace_strict(group)), goals)
    assert attribution(renamed, replicates=9).equals(attribution(grouped, replicates=9))


def test_a_channel_that_is_given_nothing_has_an_interval_all_the_same() -> None:
    found = attribution(many(), ["first"]).with_columns(size=pl.col("credited_high") - pl.col("credited_low"))
    touches = pl.concat([events((0, "ad"), (1, "web"), customer=f"c{number}") for number in range(40)])
    goals = pl.concat([events((2, "goal"), customer=f"c{number}") for number in range(40)])
    certain = attribution(conversion_paths(touches, goals), ["first"])
    assert found["size"].min() > 0
    ad, web = (certain.row(place, named=True) for place in range(2))
    assert (ad["credited_conversions"], web["credited_conversions"]) == (40, 0)
    assert ad["credited_low"] == pytest.approx(40 - web["credited_high"])
    assert web["credited_high"] == pytest.approx(40 * 1.96**2 / (40 + 1.96**2), rel=1e-3)
    assert web["value_high"] is None


def test_the_paths_of_few_customers_are_told_together() -> None:
    touches = pl.concat(
        [events((0, "ad"), (1, "ad"), (2, "web"), customer=f"c{number}") for number in range(12)]
        + [events((0, "mail"), (1, "web"), customer=f"d{number}") for number in range(9)]
        + [events((0, "web"), (60, "web"), (60, "ad"), customer=f"e{number}") for number in range(3)]
    )
    goals = pl.concat([events((3, "goal"), customer=f"{name}") for name in ("c0", "c1", "d0")]).with_columns(value=5.0)
    found = path_table(conversion_paths(touches, goals, value="value", look_back=20 * DAY, watermark=START + 90 * DAY))
    columns = ["path", "customers_count", "paths_count", "conversions_count", "value", "null_paths_count"]
    assert found.select(columns).rows() == [
        (["ad", "web"], 12, 12, 2, 10.0, 10),
        (["(other)"], 12, 12, 1, 5.0, 11),
    ]
    assert found["conversion_rate"].to_list() == [2 / 12, 1 / 12]
    assert path_table(conversion_paths(touches.clear(), goals.clear())).is_empty()
