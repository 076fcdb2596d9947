"""Contacts

What is said of each touchpoint beside its stage: where it stands to the customer's purchases, and where it came from.
"""

from journey_analytics.contracts import TOUCHPOINTS
from tests.tables import assert_rows, events
from tests.worlds import named, travel


def check(given: str, expected: str) -> None:
    frame = events(given)
    assert_rows(named(travel(frame).of(TOUCHPOINTS), frame).sort("event_key"), expected)


def test_before_during_and_after_the_purchase() -> None:
    """During is in a session with a purchase, up to its last one; before is before the first of them; after is the rest."""
    given = """
    customer | event     | at    | type      | actor
    ana      | looks     | 09:00 | page_view | customer
    ana      | returns   | 12:00 | page_view | customer
    ana      | buys      | 12:05 | purchase  | customer
    ana      | mail      | 12:06 | email_sent | company
    ana      | adds      | 12:10 | purchase  | customer
    ana      | tracks    | 12:20 | page_view | customer
    ana      | next day  | 20:00 | page_view | customer
    ana      | again     | 20:10 | purchase  | customer
    bob      | looks too | 10:00 | page_view | customer
    """
    expected = """
    event     | purchase_phase
    looks     | before
    returns   | during
    buys      | during
    mail      | after
    adds      | during
    tracks    | after
    next day  | during
    again     | during
    looks too | before
    """
    check(given, expected)


def test_a_purchase_outside_sessions_counts_as_a_session_of_its_own() -> None:
    """A purchase known by its day only is in no session: it alone is during, what follows is after."""
    given = """
    customer | event | at               | type      | precision
    ana      | looks | 2026-03-01 10:00 | page_view | instant
    ana      | buys  | 2026-03-02       | purchase  | day
    ana      | reads | 2026-03-02 10:00 | page_view | instant
    """
    expected = """
    event | purchase_phase
    looks | before
    buys  | during
    reads | after
    """
    check(given, expected)


def test_an_indirect_contact_is_reached_through_others() -> None:
    """Social networks, links of other sites and word of mouth are indirect; the business's own mails and ads are not."""
    given = """
    customer | event  | at               | type      | channel | entry_channel | channel_group | referrer                | page_url
    ana      | post   | 2026-03-01 10:00 | page_view | web     | social        |               |                         |
    ana      | within | 2026-03-01 10:05 | page_view | web     | web           |               | https://s.example/      | https://s.example/a
    ana      | link   | 2026-03-02 10:00 | page_view | web     | web           |               | https://blog.example/b  | https://s.example/a
    ana      | partner | 2026-03-03 10:00 | page_view | web    | web           | Referral      |                         |
    ana      | search | 2026-03-04 10:00 | page_view | web     | web           |               | https://www.google.com/ | https://s.example/a
    ana      | ad     | 2026-03-05 10:00 | ad_click  | ad      | ad            |               |                         |
    ana      | mail   | 2026-03-06 10:00 | page_view | web     | email         | Email         |                         |
    ana      | praise | 2026-03-07 10:00 | review    | web     | web           |               |                         |
    """
    expected = """
    event   | is_indirect_contact | is_direct_traffic
    post    | yes                 | no
    within  | yes                 | no
    link    | yes                 | no
    partner | yes                 | no
    search  | no                  | no
    ad      | no                  | no
    mail    | no                  | no
    praise  | yes                 | yes
    """
    check(given, expected)


def test_direct_traffic_has_no_known_source() -> None:
    """An interaction on the web is direct where neither it nor the first one of its session says where it came from.

    A link within the site says nothing, and neither does a referrer later in the session.
    """
    given = """
    customer | event   | at               | type       | channel | actor    | channel_group | click_id | referrer             | page_url
    ana      | types   | 2026-03-01 10:00 | page_view  | web     | customer |               |          |                      | https://s.example/
    ana      | goes on | 2026-03-01 10:05 | page_view  | web     | customer |               |          | https://s.example/   | https://s.example/pay
    ana      | paid    | 2026-03-01 10:09 | page_view  | web     | customer |               |          | https://bank.example/| https://s.example/ok
    ana      | by ad   | 2026-03-01 10:10 | page_view  | web     | customer |               | G1       |                      | https://s.example/
    ana      | in shop | 2026-03-02 10:00 | purchase   | store   | customer |               |          |                      |
    ana      | direct  | 2026-03-03 10:00 | page_view  | web     | customer | Direct        |          | https://www.s.example/x | https://shop.s.example/
    ana      | crawled | 2026-03-04 10:00 | page_view  | web     | system   |               |          |                      |
    """
    expected = """
    event   | is_direct_traffic
    types   | yes
    goes on | yes
    paid    | yes
    by ad   | no
    in shop | no
    direct  | yes
    crawled | no
    """
    check(given, expected)
