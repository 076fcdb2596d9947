from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from journey_analytics.analysis.paths.conformance import conformance
from journey_analytics.analysis.paths.directly_follows import directly_follows
from journey_analytics.analysis.paths.distinct_sequences import distinct_sequences
from journey_analytics.analysis.paths.sequences import Sequences, sequences_of
from journey_analytics.analysis.paths.stage_moves import stage_moves
from journey_analytics.analysis.paths.variants import variants
from journey_analytics.errors import UsageError

START = datetime(2026, 1, 1, tzinfo=UTC)


def log(*paths: str, **columns: Any) -> pl.DataFrame:
    """An event a minute for each letter of each path, a customer each."""
    rows = [
        {"customer_id": number, "occurred_at": START + timedelta(minutes=place), "event_type": name}
        for number, path in enumerate(paths)
        for place, name in enumerate(path)
    ]
    return pl.DataFrame(rows).with_columns(**columns)


def sequences(events: pl.DataFrame) -> Sequences:
    return sequences_of(events, entity="customer_id", time="occurred_at", event="event_type")


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["z", "b", "a"])])
def test_names_may_be_categories_in_any_order(kind: pl.DataType) -> None:
    found = sequences(log("ba", "z").cast({"event_type": kind}))
    assert found.names == ["a", "b", "z"]
    assert variants(log("ba", "z").cast({"event_type": kind}))["path"].to_list() == [["b", "a"], ["z"]]


def test_distinct_sequences_stand_for_their_entities() -> None:
    distinct = distinct_sequences(sequences(log("ab", "ba", "ab", "a", "ab")))
    counted = dict(zip(("".join(path) for path in distinct.paths(np.arange(3))), distinct.entities_count, strict=True))
    assert counted == {"ab": 3, "ba": 1, "a": 1}


def test_sequences_whose_hashes_agree_are_put_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that tells nothing apart until it is salted for the third time."""
    from journey_analytics.analysis.paths import distinct_sequences as module  # noqa: PLC0415

    good, calls = module.mixed, []

    def bad(values: Any) -> Any:
        calls.append(values)
        return good(values) if len(calls) > 4 else np.zeros_like(values)

    monkeypatch.setattr(module, "mixed", bad)
    distinct = module.distinct_sequences(sequences(log("ab", "ba", "ab")))
    assert sorted(distinct.entities_count) == [1, 2]
    assert len(calls) == 6


def test_many_names_are_told_apart() -> None:
    """More than fit into two bytes as pairs."""
    events = pl.DataFrame(
        {
            "customer_id": np.repeat(np.arange(200), 4),
            "occurred_at": [START + timedelta(minutes=minute) for minute in range(800)],
            "event_type": [f"name {number * 7 % 400:03}" for number in range(800)],
        }
    )
    assert directly_follows(events, replicates=0).edges["transitions_count"].sum() == 600
    assert directly_follows(events, replicates=0).edges["transitions_count"].max() == 2


@pytest.mark.parametrize("is_shuffled", [False, True])
def test_sequences_do_not_depend_on_the_parts_that_they_are_made_in(
    is_shuffled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many equal times, of which names and a column decide."""
    from journey_analytics.analysis.paths import ordering  # noqa: PLC0415
    from journey_analytics.analysis.paths import sequences as module  # noqa: PLC0415

    random = np.random.default_rng(5)
    events = pl.DataFrame(
        {
            "customer_id": random.integers(0, 90, 4000),
            "occurred_at": [
                START + timedelta(seconds=int(second)) for second in np.sort(random.integers(0, 300, 4000))
            ],
            "event_type": random.choice(list("abc"), 4000),
            "rank": random.integers(0, 3, 4000),
        }
    )
    events = events.sample(fraction=1, shuffle=True, seed=1) if is_shuffled else events
    for order in ([], ["rank"]):
        by = ["customer_id", "occurred_at", *order, "event_type"]
        paths = events.sort(by).group_by("customer_id").agg(pl.col("event_type").str.join(""))["event_type"]
        for rows, batch in ((10**6, 10**6), (100, 700)):
            monkeypatch.setattr(ordering, "_ROWS_PER_PART", rows)
            monkeypatch.setattr(ordering, "_ROWS_PER_BATCH", batch)
            monkeypatch.setattr(module, "_EVENTS_PER_PART", rows)
            found = sequences_of(events, entity="customer_id", time="occurred_at", event="event_type", order=order)
            names = np.array(found.names)[found.code]
            told = ["".join(names[found.entities.first[own] : found.entities.end[own]]) for own in range(90)]
            assert sorted(told) == sorted(paths)
            assert sum(part.cut.rows_count for part in found.parts()) == 4000
            assert variants(events, order=order, top=None, replicates=0)["entities_count"].sum() == 90


def test_an_outcome_is_counted_among_those_that_are_decided() -> None:
    outcome = pl.col("customer_id").replace_strict({0: "completed", 1: "dropped_off", 2: "open", 3: None, 4: "open"})
    found = variants(log("ab", "ab", "ab", "ab", "b", outcome=outcome), outcome="outcome")
    columns = ("completed_count", "dropped_off_count", "open_count", "completed_rate", "drop_off_rate")
    assert found.select(columns).rows() == [(1, 1, 2, 0.5, 0.5), (0, 0, 1, None, None)]
    assert 0 <= found["completed_low"][0] < 0.5 < found["completed_high"][0] <= 1


def test_customers_are_drawn_again_not_their_sessions() -> None:
    """Ten customers of a hundred sessions each are ten to judge by."""
    events = log(*(["ab"] * 500 + ["b"] * 500))
    alone = variants(events)
    together = variants(events.with_columns(who=pl.col("customer_id") // 100), customer="who")
    width = pl.col("entity_high") - pl.col("entity_low")
    assert alone.select(width)["entity_high"][0] < 0.07
    assert together.select(width)["entity_high"][0] > 0.5
    assert together["customers_count"].to_list() == [5, 5]


def test_an_expected_path_may_have_as_many_steps_as_there_are_bits() -> None:
    names = [f"{number:02}" for number in range(63)]
    events = pl.DataFrame({"customer_id": 1, "event_type": names, "occurred_at": START}).with_row_index("place")
    found = conformance(events, names, order=["place"])
    assert found.entities["is_fitting"].to_list() == [True]
    assert conformance(events, names[::-1], order=["place"]).entities["common_count"].to_list() == [1]


def test_the_graph_holds_what_follows_what() -> None:
    graph = directly_follows(log("aba", "ab")).graph()
    assert graph.edges["a", "b"]["transitions_count"] == 2
    assert graph.edges["b", "a"]["transition_rate"] == 0.5
    assert "std_seconds" not in graph.edges["b", "a"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: directly_follows(log("a"), entity="customer"), "no column 'customer'"),
        (lambda: directly_follows(log("a"), time="event_type"), "type String"),
        (lambda: directly_follows(log("a"), order=["place"]), "no column 'place'"),
        (lambda: variants(log("a", outcome=pl.lit("left")), outcome="outcome"), "'left' is no outcome"),
        (lambda: conformance(log("a"), []), "path of 0 steps"),
        (lambda: conformance(log("a"), ["a"] * 64), "path of 64 steps"),
        (lambda: stage_moves(log("a"), ["a", "a"]), "without an order"),
        (lambda: stage_moves(log("a"), ["a"], event="event"), "no column 'event'"),
    ],
)
def test_what_cannot_be_is_told(call: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        call()
    assert caught.value.hint
