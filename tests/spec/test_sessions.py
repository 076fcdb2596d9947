"""Sessions

The timeout is 30 minutes, as it is by default, unless an example says otherwise.
"""

import polars as pl

from journey_analytics.config import Settings
from journey_analytics.contracts import SESSIONS, TOUCHPOINTS
from tests.tables import assert_rows, events, moment
from tests.worlds import named, travel, written_settings


def check(given: str, expected: str, project: Settings | None = None) -> None:
    frame = events(given)
    tables = travel(frame, project=project)
    sessions = named(tables.of(SESSIONS)).select("session_key", "session_index")
    touchpoints = named(tables.of(TOUCHPOINTS), frame).join(sessions, on="session_key", how="left").sort("event_key")
    assert_rows(touchpoints, expected)


def test_gap_equal_to_timeout_stays_in_session() -> None:
    """A session ends when the gap is longer than the timeout of 30 minutes; a gap of exactly 30 minutes stays."""
    given = """
    customer | at
    ana      | 10:00
    ana      | 10:30
    ana      | 11:00:00.000001
    """
    expected = """
    at              | session_index
    10:00           | 1
    10:30           | 1
    11:00:00.000001 | 2
    """
    check(given, expected)


def test_a_session_lasts_at_most_24_hours() -> None:
    """The event that would make a session longer than 24 hours starts the next one; exactly 24 hours stays."""
    settings = """
    [sessions]
    timeout = "12h"
    max_duration = "24h"
    """
    given = """
    customer | at
    ana      | 2026-03-02 00:00
    ana      | 2026-03-02 10:00
    ana      | 2026-03-02 20:00
    ana      | 2026-03-03 00:00
    ana      | 2026-03-03 00:00:00.000001
    ana      | 2026-03-03 10:00
    """
    expected = """
    at                         | session_index
    2026-03-02 00:00           | 1
    2026-03-02 10:00           | 1
    2026-03-02 20:00           | 1
    2026-03-03 00:00           | 1
    2026-03-03 00:00:00.000001 | 2
    2026-03-03 10:00           | 2
    """
    check(given, expected, written_settings(settings))


def test_midnight_campaign_and_device_cut_nothing() -> None:
    """Neither midnight nor another campaign nor another device starts a new session."""
    given = """
    customer | at               | campaign_name | anonymous_id
    ana      | 2026-03-02 23:50 | spring        | laptop
    ana      | 2026-03-03 00:10 | summer        | phone
    """
    expected = """
    at               | session_index
    2026-03-02 23:50 | 1
    2026-03-03 00:10 | 1
    """
    check(given, expected)


def test_only_interactions_make_sessions() -> None:
    """Events that are no interactions, and events known only by their day, are in no session and extend none."""
    given = """
    customer | at    | type       | actor    | precision
    ana      | 10:00 | page_view  | customer | instant
    ana      | 10:25 | email_sent | company  | instant
    ana      | 10:20 | ad_click   | customer | day
    ana      | 10:50 | page_view  | customer | instant
    """
    expected = """
    at    | session_index
    10:00 | 1
    10:25 |
    10:20 |
    10:50 | 2
    """
    check(given, expected)


def test_sessions_are_per_customer() -> None:
    """Customers have sessions of their own; the index counts from 1 for each."""
    given = """
    customer | at
    ana      | 10:00
    bob      | 10:01
    ana      | 12:00
    """
    expected = """
    customer | at    | session_index
    ana      | 10:00 | 1
    bob      | 10:01 | 1
    ana      | 12:00 | 2
    """
    check(given, expected)


def test_sessions_of_devices_never_span_them() -> None:
    """With `session_scope = "device"` sessions are those of one anonymous id, else device id, or of neither; they may overlap."""
    settings = """
    [sessions]
    session_scope = "device"
    """
    given = """
    customer | at    | anonymous_id | device_id
    ana      | 10:00 | laptop       |
    ana      | 10:05 |              | phone
    ana      | 10:10 | laptop       | phone
    ana      | 10:15 |              |
    ana      | 10:30 |              | phone
    ana      | 10:45 |              |
    ana      | 11:30 | laptop       |
    """
    expected = """
    at    | session_index
    10:00 | 1
    10:05 | 2
    10:10 | 1
    10:15 | 3
    10:30 | 2
    10:45 | 3
    11:30 | 4
    """
    check(given, expected, written_settings(settings))


def test_a_late_event_bridges_two_sessions() -> None:
    """A late event between two sessions leaves one; it keeps the id of its first event."""
    given = """
    customer | event | at    | received_at
    ana      | e1    | 10:00 | 10:00
    ana      | e2    | 10:50 | 10:50
    ana      | e3    | 10:25 | 23:00
    """
    expected = """
    looked_at | session_id | touchpoints_count
    12:00     | id of e1   | 1
    12:00     | id of e2   | 1
    23:30     | id of e1   | 3
    """
    frame = events(given)
    names = {row["event_key"]: f"id of {row['event_id']}" for row in frame.rows(named=True)}
    found = [
        travel(frame.filter(pl.col("received_at") <= moment(time)))
        .of(SESSIONS)
        .select(
            "touchpoints_count",
            looked_at=pl.lit(time),
            session_id=pl.col("session_key").replace_strict(names, return_dtype=pl.String),
        )
        for time in ("12:00", "23:30")
    ]
    assert_rows(pl.concat(found), expected)


def test_entry_is_that_of_the_first_interaction() -> None:
    """A session was brought by the channel and campaign of its first interaction, and none if that has none."""
    given = """
    customer | at    | entry_channel | campaign_name
    ana      | 10:00 | ad            |
    ana      | 10:01 | email         | spring
    """
    expected = """
    customer | entry_channel | entry_campaign | touchpoints_count
    ana      | ad            |                | 2
    """
    assert_rows(named(travel(given).of(SESSIONS)), expected)
