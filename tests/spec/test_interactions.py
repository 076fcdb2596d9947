"""Interactions and touchpoints

`machine` says whether a bot or a mail program did it, `precision` whether an event is known by its instant or only by
its day. The settings are the default ones.
"""

from journey_analytics.contracts import TOUCHPOINTS
from tests.tables import assert_rows, events
from tests.worlds import named, travel


def check(given: str, expected: str) -> None:
    frame = events(given)
    assert_rows(named(travel(frame).of(TOUCHPOINTS), frame).sort("event_key"), expected)


def test_only_deliberate_acts_of_the_customer_are_interactions() -> None:
    """An interaction is a deliberate act of the customer; what the company, a system or a machine does is none."""
    given = """
    customer | event   | at    | type           | actor    | machine
    ana      | visits  | 10:00 | page_view      | customer | no
    ana      | mailed  | 10:01 | email_sent     | company  | no
    ana      | crawled | 10:02 | page_view      | customer | yes
    ana      | solved  | 10:03 | ticket_solved  | system   | no
    ana      | clicks  | 10:04 | email_click    | customer | no
    """
    expected = """
    event   | is_interaction
    visits  | yes
    mailed  | no
    crawled | no
    solved  | no
    clicks  | yes
    """
    check(given, expected)


def test_some_types_are_never_interactions() -> None:
    """An ad impression, an identify call, a refund or an opened e-mail is no interaction, whoever the actor is."""
    given = """
    customer | event   | at    | type
    ana      | shown   | 10:00 | ad_impression
    ana      | known   | 10:01 | identify
    ana      | opened  | 10:02 | email_open
    ana      | refund  | 10:03 | refund
    ana      | asked   | 10:04 | csat_offered
    ana      | answers | 10:05 | csat_response
    """
    expected = """
    event   | is_interaction
    shown   | no
    known   | no
    opened  | no
    refund  | no
    asked   | no
    answers | yes
    """
    check(given, expected)


def test_touchpoints_stand_in_a_total_order() -> None:
    """Touchpoints of a customer stand in the order of time, source, the vendor's own order (none comes last), id."""
    given = """
    customer | event | at    | source | source_order
    ana      | e5    | 10:00 | web    |
    ana      | e4    | 10:00 | web    | 2
    ana      | e3    | 10:00 | web    | 1
    ana      | e2    | 10:00 | email  |
    ana      | e1    | 09:00 | web    | 7
    ana      | e6    | 10:00 | web    |
    """
    expected = """
    event | touchpoint_index
    e5    | 5
    e4    | 4
    e3    | 3
    e2    | 2
    e1    | 1
    e6    | 6
    """
    check(given, expected)


def test_a_click_reported_by_day_and_its_landing_are_one_contact() -> None:
    """A click known only by its day is left out when an event of that local day has its click id with the exact time."""
    given = """
    customer | event   | at               | type      | channel | precision | time_zone        | click_id | click_id_type
    ana      | report  | 2026-03-02 05:00 | ad_click  | ad      | day       | America/New_York | G1       | gclid
    ana      | landing | 2026-03-03 04:30 | page_view | web     | instant   |                  | G1       | gclid
    ana      | other   | 2026-03-03 05:00 | ad_click  | ad      | day       | America/New_York | G2       | gclid
    """
    expected = """
    event   | touchpoint_index
    landing | 1
    other   | 2
    """
    check(given, expected)
