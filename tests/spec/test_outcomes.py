"""Outcomes, funnel and drop-offs

All examples have this stage model, and journeys lapse after a silence of 30 days:

{STEPS}

An event type that no rule names, such as `noise`, gets no stage.
"""

from pathlib import Path

import polars as pl

from tests.tables import assert_rows
from tests.worlds import STEPS, customer_names, model, publish, written_settings

FOUR_CUSTOMERS = """
customer | at         | type         | channel
ana      | 2026-01-01 | page_view    | ad
ana      | 2026-01-02 | feature_used | web
ana      | 2026-01-03 | purchase     | web
bob      | 2026-01-01 | page_view    | web
bob      | 2026-01-05 | feature_used | web
cid      | 2026-02-20 | page_view    | web
dan      | 2026-01-09 | purchase     | web
eve      | 2026-01-10 | noise        | web
"""


def test_open_is_not_dropped_off(tmp_path: Path) -> None:
    """At the watermark a journey is completed (goal reached), else dropped off (lapsed), else still open."""
    given = FOUR_CUSTOMERS
    watermark = "2026-03-02"
    published = publish(given, watermark, [model(tmp_path, STEPS)])
    outcomes = customer_names(published.sql("from marts.journey_outcomes").pl()).sort("customer")
    expected = """
    customer | last_stage | outcome     | is_lapsed
    ana      | buy        | completed   | yes
    bob      | try        | dropped_off | yes
    cid      | see        | open        | no
    dan      | buy        | completed   | yes
    eve      |            | dropped_off | yes
    """
    assert_rows(outcomes, expected)


def test_a_journey_that_lapses_at_the_watermark_is_open(tmp_path: Path) -> None:
    """A journey has dropped off when it lapsed before the watermark; at the very watermark it is still open."""
    given = """
    customer | at         | type
    ana      | 2026-01-01 | page_view
    """
    expected = """
    watermark                  | is_lapsed | outcome
    2026-01-31 00:00           | no        | open
    2026-01-31 00:00:00.000001 | yes       | dropped_off
    """
    found = [
        publish(given, until, [model(tmp_path, STEPS)])
        .sql("select watermark_at as watermark, is_lapsed, outcome from marts.journey_outcomes, ops.settings")
        .pl()
        for until in ("2026-01-31", "2026-01-31 00:00:00.000001")
    ]
    assert_rows(pl.concat(found), expected)


def test_the_funnel_counts_who_reached_a_stage_or_a_later_one(tmp_path: Path) -> None:
    """A customer has reached a stage by visiting it or a later one; those who passed it over are shown as skipped."""
    given = FOUR_CUSTOMERS
    watermark = "2026-03-02"
    published = publish(given, watermark, [model(tmp_path, STEPS)])
    funnel = published.sql(
        """
        select stage, sum(customers_count)::int as customers_count, sum(skipped_count)::int as skipped_count,
            sum(advanced_count)::int as advanced_count, sum(completed_count)::int as completed_count,
            sum(dropped_off_count)::int as dropped_off_count, sum(open_count)::int as open_count
        from marts.stage_funnel group by stage, stage_index order by stage_index
        """
    ).pl()  # fmt: skip
    expected = """
    stage | customers_count | skipped_count | advanced_count | completed_count | dropped_off_count | open_count
    see   | 4               | 1             | 3              | 0               | 0                 | 1
    try   | 3               | 1             | 2              | 0               | 1                 | 0
    buy   | 2               | 0             | 0              | 2               | 0                 | 0
    """
    assert_rows(funnel, expected)


def test_the_flow_takes_each_customer_once_through_first_passages(tmp_path: Path) -> None:
    """In the flow a customer counts once per stage, at first arrival, and ends with the outcome of the last journey."""
    given = """
    customer | at         | type
    ana      | 2026-01-01 | page_view
    ana      | 2026-01-02 | purchase
    ana      | 2026-01-03 | feature_used
    ana      | 2026-01-04 | page_view
    eve      | 2026-01-10 | noise
    """
    watermark = "2026-01-20"
    published = publish(given, watermark, [model(tmp_path, STEPS)])
    flow = published.sql("from marts.stage_flows").pl()
    expected = """
    from_stage | to_stage    | customers_count
    (start)    | (open)      | 1
    (start)    | see         | 1
    buy        | (completed) | 1
    see        | buy         | 1
    """
    assert_rows(flow, expected)


def test_all_moves_include_the_last_one_to_an_outcome(tmp_path: Path) -> None:
    """Every step of every journey counts, loops too; the share has exits in its denominator."""
    given = """
    customer | at               | type
    ana      | 2026-01-01 10:00 | page_view
    ana      | 2026-01-01 10:10 | feature_used
    ana      | 2026-01-01 10:20 | page_view
    ana      | 2026-01-01 10:50 | feature_used
    bob      | 2026-01-01       | page_view
    """
    watermark = "2026-03-02"
    published = publish(given, watermark, [model(tmp_path, STEPS)])
    moves = published.sql("from marts.stage_transitions").pl()
    expected = """
    from_stage | to_stage      | transitions_count | journeys_count | customers_count | transition_rate | median_seconds
    (start)    | see           | 2                 | 2              | 2               | 1               |
    see        | (dropped_off) | 1                 | 1              | 1               | 0.333333        |
    see        | try           | 2                 | 1              | 1               | 0.666667        | 1200
    try        | (dropped_off) | 1                 | 1              | 1               | 0.5             |
    try        | see           | 1                 | 1              | 1               | 0.5             | 600
    """
    assert_rows(moves, expected)


def test_drop_offs_leave_open_journeys_out_of_rates(tmp_path: Path) -> None:
    """A drop-off is booked on the stage where the journey ended and on the month in which it first entered that stage."""
    given = FOUR_CUSTOMERS
    watermark = "2026-03-02"
    published = publish(given, watermark, [model(tmp_path, STEPS)])
    cells = published.sql("from marts.drop_offs").pl()
    expected = """
    stage   | first_channel | month      | journeys_count | moved_on_count | completed_count | dropped_off_count | open_count | drop_off_rate
    (start) | web           | 2026-01-01 | 1              | 0              | 0               | 1                 | 0          | 1
    see     | ad            | 2026-01-01 | 1              | 1              | 0               | 0                 | 0          | 0
    see     | web           | 2026-01-01 | 1              | 1              | 0               | 0                 | 0          | 0
    see     | web           | 2026-02-01 | 1              | 0              | 0               | 0                 | 1          |
    try     | ad            | 2026-01-01 | 1              | 1              | 0               | 0                 | 0          | 0
    try     | web           | 2026-01-01 | 1              | 0              | 0               | 1                 | 0          | 1
    buy     | ad            | 2026-01-01 | 1              | 0              | 1               | 0                 | 0          | 0
    buy     | web           | 2026-01-01 | 1              | 0              | 1               | 0                 | 0          | 0
    """
    assert_rows(cells, expected)


def test_an_entry_moved_on_when_a_later_stage_follows_in_its_journey(tmp_path: Path) -> None:
    """An entry into a stage moved on if a later stage follows in its journey, dropped off if that lapses without a goal."""
    given = """
    customer | at         | type
    ana      | 2026-01-01 | feature_used
    ana      | 2026-01-02 | page_view
    ana      | 2026-01-05 | purchase
    ana      | 2026-01-06 | page_view
    bob      | 2026-01-01 | page_view
    bob      | 2026-03-01 | purchase
    """
    expected = """
    customer | stage | entered_at       | moved_on_at      | dropped_off_at
    ana      | try   | 2026-01-01 00:00 | 2026-01-05 00:00 |
    ana      | see   | 2026-01-02 00:00 | 2026-01-05 00:00 |
    ana      | buy   | 2026-01-05 00:00 |                  |
    ana      | see   | 2026-01-06 00:00 |                  |
    bob      | see   | 2026-01-01 00:00 |                  | 2026-01-31 00:00
    bob      | buy   | 2026-03-01 00:00 |                  |
    """
    published = publish(given, "2026-03-02", [model(tmp_path, STEPS)])
    entries = customer_names(published.sql("from marts.stage_entries").pl()).sort("customer", "entered_at")
    assert_rows(entries, expected)


def test_dates_are_dates_in_the_business_time_zone(tmp_path: Path) -> None:
    """A date or month is one in the business time zone: half past eleven at night in UTC is the next day in Prague."""
    settings = """
    [project]
    time_zone = "Europe/Prague"
    """
    given = """
    customer | at               | type
    ana      | 2026-01-31 23:30 | page_view
    """
    expected = """
    occurred_at      | occurred_on | started_month
    2026-01-31 23:30 | 2026-02-01  | 2026-02-01
    """
    zone = written_settings(settings).project.time_zone
    published = publish(given, "2026-03-02", [model(tmp_path, STEPS)], time_zone=zone)
    dates = "select occurred_at, occurred_on, started_month from journeys.touchpoints join journeys.customers using (customer_id)"
    assert_rows(published.sql(dates).pl(), expected)
