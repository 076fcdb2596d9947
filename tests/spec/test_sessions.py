"""Sessions"""

from journey_analytics.contracts import SESSIONS, TOUCHPOINTS
from tests.tables import assert_rows, events
from tests.worlds import named, settings, travel


def check(given: str, expected: str, **project: str) -> None:
    frame = events(given)
    tables = travel(frame, project=settings(**project))
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
    2026-03-02                 | 1
    10:00                      | 1
    20:00                      | 1
    2026-03-03                 | 1
    2026-03-03 00:00:00.000001 | 2
    2026-03-03 10:00           | 2
    """
    check(given, expected.replace("2026-03-02                 ", "00:00                      "), timeout="12h")


def test_midnight_and_campaign_cut_nothing() -> None:
    """Neither midnight nor another campaign starts a new session."""
    given = """
    customer | at               | campaign_name
    ana      | 2026-03-02 23:50 | spring
    ana      | 2026-03-03 00:10 | summer
    """
    expected = """
    at               | session_index
    23:50            | 1
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


def test_a_late_event_bridges_two_sessions() -> None:
    """A late event between two sessions leaves one; it keeps the id of its first event."""
    first = events("customer | at\nana | 10:00\nana | 10:50")
    both = events("customer | at\nana | 10:00\nana | 10:50\nana | 10:25")
    before = travel(first).of(SESSIONS)
    after = travel(both).of(SESSIONS)
    assert before.height == 2
    assert after["session_key"].to_list() == [before["session_key"][0]]
    assert after["touchpoints_count"].to_list() == [3]


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
