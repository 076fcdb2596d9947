"""Laws that hold for any events: order, splits and buckets change nothing; flows and outcomes add up."""

from datetime import timedelta

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics import marts
from journey_analytics.contracts import EVENTS, JOURNEYS, STAGE_VISITS, TRANSITIONS
from journey_analytics.transform.bucket import TABLES, BucketTables, transform_bucket
from journey_analytics.transform.identities import resolve_identities
from journey_analytics.warehouse import incoming, staging
from journey_analytics.warehouse.checks import run_checks
from journey_analytics.warehouse.connection import connect
from journey_analytics.warehouse.state_tables import create_state_tables
from tests.strategies import START, TINY, event_frames, identifier_set_frames
from tests.worlds import LIFECYCLE, publish_frame
from tests.worlds import settings as project_settings

PROJECT = project_settings()


def rows(tables: BucketTables) -> list[list[tuple[object, ...]]]:
    return [sorted(tables.of(table).rows(), key=repr) for table in TABLES]


@settings(max_examples=100, deadline=None)
@given(event_frames(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(events: pl.DataFrame, random: object) -> None:
    shuffled = events.sample(fraction=1, shuffle=True, seed=random.randrange(2**32))
    assert rows(transform_bucket(events, [LIFECYCLE], PROJECT)) == rows(
        transform_bucket(shuffled, [LIFECYCLE], PROJECT)
    )


@settings(max_examples=60, deadline=None)
@given(event_frames(), st.integers(1, 4))
def test_how_customers_fall_into_buckets_changes_nothing(events: pl.DataFrame, buckets: int) -> None:
    whole = transform_bucket(events, [LIFECYCLE], PROJECT)
    parts = [
        transform_bucket(events.filter(pl.col("customer_key") % buckets == bucket), [LIFECYCLE], PROJECT)
        for bucket in range(buckets)
    ]
    together = BucketTables({table.name: pl.concat([part.of(table) for part in parts]) for table in TABLES})
    assert rows(together) == rows(whole)


@settings(max_examples=60, deadline=None)
@given(event_frames(), st.integers(1, 10))
def test_how_many_events_are_worked_on_at_a_time_changes_nothing(events: pl.DataFrame, size: int) -> None:
    assert rows(transform_bucket(events, [LIFECYCLE], PROJECT, rows_per_part=size)) == rows(
        transform_bucket(events, [LIFECYCLE], PROJECT)
    )


@settings(max_examples=60, deadline=None)
@given(event_frames(), st.sampled_from((pl.Categorical, None)))
def test_texts_may_be_enumerations_or_categories(events: pl.DataFrame, dtype: pl.DataType | None) -> None:
    names = (
        "source",
        "event_id",
        "time_precision",
        "time_zone",
        "channel",
        "entry_channel",
        "actor",
        "event_type",
        "page_url",
    )
    typed = events.with_columns(
        events[name].cast(dtype or pl.Enum(events[name].drop_nulls().unique().sort(descending=True))) for name in names
    )
    assert rows(transform_bucket(typed, [LIFECYCLE], PROJECT)) == rows(transform_bucket(events, [LIFECYCLE], PROJECT))


@settings(max_examples=100, deadline=None)
@given(identifier_set_frames(), st.randoms(use_true_random=False))
def test_the_order_of_links_changes_no_identity(sets: pl.DataFrame, random: object) -> None:
    shuffled = sets.sample(fraction=1, shuffle=True, seed=random.randrange(2**32))
    one, other = (resolve_identities(frame, max_values=2) for frame in (sets, shuffled))
    assert one.identifiers.equals(other.identifiers)
    assert one.sets.equals(other.sets)
    assert sorted(one.findings.rows()) == sorted(other.findings.rows())


@settings(max_examples=100, deadline=None)
@given(event_frames())
def test_every_stage_is_left_as_often_as_it_is_entered(events: pl.DataFrame) -> None:
    tables = transform_bucket(events, [LIFECYCLE], PROJECT)
    entered = tables.of(TRANSITIONS).group_by("to_stage").len().rows()
    ended = tables.of(JOURNEYS).select(pl.col("stages").list.last().alias("stage")).drop_nulls()["stage"].to_list()
    left = tables.of(TRANSITIONS).filter(pl.col("from_stage") != "(start)")["from_stage"].to_list()
    assert dict(entered) == {stage: left.count(stage) + ended.count(stage) for stage in {*left, *ended}}
    assert tables.of(STAGE_VISITS).height == tables.of(TRANSITIONS).height


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(event_frames(), st.integers(0, 200))
def test_all_checks_hold_at_any_watermark(events: pl.DataFrame, days: int) -> None:
    with publish_frame(events, START + timedelta(days=days)) as published:
        failing = [result for result in run_checks(published, marts.discover()) if result.failing_count]
    assert [result for result in failing if result.severity == "error"] == []


@st.composite
def deliveries(draw: st.DrawFn) -> list[dict[str, object]]:
    """Rows of few keys, so that repeats, variants and changed versions are common."""
    is_mutable = draw(st.booleans())
    return [
        {
            "event_id": draw(st.sampled_from(("a", "b", "c"))),
            "version": draw(st.sampled_from(("1", "2"))) if is_mutable else None,
            "received_at": draw(st.sampled_from((None, START, START + TINY))),
            "event_name": draw(st.sampled_from(("x", "y"))),
            "occurred_at": START,
            "time_precision": "instant",
            "channel": "web",
            "entry_channel": "web",
            "actor": "customer",
            "event_type": "page_view",
            "is_machine": False,
        }
        for _ in range(draw(st.integers(1, 8)))
    ]


@settings(max_examples=60, deadline=None)
@given(deliveries(), st.data())
def test_any_split_into_nights_in_any_order_gives_the_same_staging(
    rows: list[dict[str, object]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rows))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    nights = [shuffled[low:high] for low, high in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    at_once, _ = staged([rows])
    by_night, counts = staged(nights)
    assert by_night == at_once
    assert counts["loaded_count"] == len(at_once)
    assert counts["loaded_count"] + counts["duplicates_count"] == len(rows)


def staged(nights: list[list[dict[str, object]]]) -> tuple[list[tuple[object, ...]], dict[str, int]]:
    """Rows of staging after loading some nights, and the sums of what the nights counted."""
    connection = connect()
    create_state_tables(connection)
    totals = dict.fromkeys(("loaded_count", "duplicates_count", "variants_count"), 0)
    schema = {name: dtype for name, dtype in EVENTS.schema.items() if name not in ("source", "event_key", "set_key")}
    for night in nights:
        incoming.begin_load(connection)
        frame = pl.DataFrame(night, schema=schema).with_columns(
            file_index=pl.lit(0, pl.Int64), line=pl.int_range(pl.len(), dtype=pl.Int64), item=pl.lit(1, pl.Int64)
        )
        incoming.add_rows(connection, incoming.INCOMING_EVENTS, "web", frame)
        for name, count in staging.merge_events(connection, "web").select(*totals).sum().row(0, named=True).items():
            totals[name] += count
    return sorted(connection.sql("from staging.events").fetchall(), key=repr), totals
