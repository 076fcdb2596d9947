"""Journeys and transitions

Journeys are cut after a silence of 30 days, as by default, unless an example says otherwise. The examples have this
stage model, unless they show another:

{STEPS}

An event type that no rule names, such as `noise`, gets no stage.
"""

from pathlib import Path

from journey_analytics.contracts import JOURNEYS, TRANSITIONS
from tests.tables import assert_rows
from tests.worlds import STEPS, customer_names, model, named, publish, travel, written_settings

STEPS_OWN_LIMIT = STEPS.replace('name = "try"\n', 'name = "try"\nlapse_after = "5d"\n', 1)


def test_a_silence_longer_than_the_limit_ends_a_journey(tmp_path: Path) -> None:
    """A silence longer than the limit (30 days) ends a journey; the return begins the next; exactly 30 days does not."""
    given = """
    customer | at
    ana      | 2026-01-01 10:00
    ana      | 2026-01-31 10:00
    ana      | 2026-03-02 10:00:00.000001
    """
    expected = """
    customer | journey_index | started_at                 | last_interaction_at        | touchpoints_count
    ana      | 1             | 2026-01-01 10:00           | 2026-01-31 10:00           | 2
    ana      | 2             | 2026-03-02 10:00:00.000001 | 2026-03-02 10:00:00.000001 | 1
    """
    assert_rows(named(travel(given, model(tmp_path, STEPS)).of(JOURNEYS)), expected)


def test_lapses_at_is_the_last_interaction_plus_the_limit(tmp_path: Path) -> None:
    """A journey lapses at its last interaction plus the limit; events that are no interactions do not count."""
    settings = """
    [journeys]
    lapse_after = "10d"
    """
    given = """
    customer | at               | type       | actor
    ana      | 2026-01-01 10:00 | page_view  | customer
    ana      | 2026-01-20 10:00 | email_sent | company
    """
    expected = """
    started_at       | lapses_at
    2026-01-01 10:00 | 2026-01-11 10:00
    """
    assert_rows(travel(given, model(tmp_path, STEPS), written_settings(settings)).of(JOURNEYS), expected)


def test_a_stage_may_have_its_own_limit(tmp_path: Path) -> None:
    """The limit is that of the stage the customer was in, also from an earlier journey; else the project's."""
    settings = """
    [journeys]
    lapse_after = "30d"
    """
    stages = STEPS_OWN_LIMIT
    given = """
    customer | at         | type
    ana      | 2026-01-01 | page_view
    ana      | 2026-01-20 | feature_used
    ana      | 2026-01-26 | noise
    ana      | 2026-02-01 | noise
    """
    expected = """
    journey_index | started_at | lapses_at  | stages
    1             | 2026-01-01 | 2026-01-25 | see, try
    2             | 2026-01-26 | 2026-01-31 |
    3             | 2026-02-01 | 2026-02-06 |
    """
    assert_rows(travel(given, model(tmp_path, stages), written_settings(settings)).of(JOURNEYS), expected)


def test_a_silence_lasts_from_an_interaction_to_the_next(tmp_path: Path) -> None:
    """A silence lasts from an interaction to the next, under the stage of the customer; the last one goes on.

    One that is no longer than the gap that ends a session (30 minutes) is none.
    """
    given = """
    customer | at               | type
    ana      | 2026-01-01 10:00 | page_view
    ana      | 2026-01-01 10:30 | page_view
    ana      | 2026-01-05 10:00 | feature_used
    ana      | 2026-01-20 10:00 | noise
    ben      | 2026-01-02 10:00 | noise
    """
    expected = """
    customer | stage | started_at       | ended_at
    ana      | see   | 2026-01-01 10:30 | 2026-01-05 10:00
    ana      | try   | 2026-01-05 10:00 | 2026-01-20 10:00
    ana      | try   | 2026-01-20 10:00 |
    """
    with publish(given, "2026-02-01", [model(tmp_path, STEPS)]) as published:
        assert_rows(customer_names(published.sql("from journeys.silences").pl()), expected)


def test_the_goal_must_be_reached_in_the_journey_itself(tmp_path: Path) -> None:
    """A journey reaches the goal by a visit to a goal stage in this journey; an earlier journey's goal does not count."""
    given = """
    customer | at         | type
    ana      | 2026-01-01 | page_view
    ana      | 2026-01-02 | purchase
    ana      | 2026-01-03 | page_view
    ana      | 2026-06-01 | page_view
    """
    expected = """
    journey_index | stages         | goal_reached_at
    1             | see, buy, see  | 2026-01-02
    2             | see            |
    """
    assert_rows(travel(given, model(tmp_path, STEPS)).of(JOURNEYS), expected)


def test_events_known_by_their_day_take_part_in_journeys(tmp_path: Path) -> None:
    """An event known only by its day is in no session but counts in its journey."""
    given = """
    customer | at         | type     | channel | precision
    ana      | 2026-01-01 | ad_click | ad      | day
    """
    expected = """
    first_channel | started_at | touchpoints_count | sessions_count
    ad            | 2026-01-01 | 1                 | 0
    """
    assert_rows(travel(given, model(tmp_path, STEPS)).of(JOURNEYS), expected)


def test_transitions_are_the_steps_into_stages(tmp_path: Path) -> None:
    """A transition is a step into a stage, from (start) or from the stage before; skips and backward moves are kept."""
    given = """
    customer | at    | type
    ana      | 10:00 | page_view
    ana      | 10:10 | purchase
    ana      | 10:40 | feature_used
    bob      | 11:00 | noise
    """
    expected = """
    customer | from_stage | to_stage | occurred_at | transition_index | elapsed_microseconds
    ana      | (start)    | see      | 10:00       | 1                |
    ana      | see        | buy      | 10:10       | 2                | 600000000
    ana      | buy        | try      | 10:40       | 3                | 1800000000
    """
    assert_rows(named(travel(given, model(tmp_path, STEPS)).of(TRANSITIONS)), expected)
