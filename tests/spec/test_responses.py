"""Responses, satisfaction and repeat purchases

What is counted over a number of days is counted of those whose days are over at the watermark; the others are open.
Outcomes, funnels and these rates keep to it alike. Journeys are staged by this model:

{STEPS}
"""

from pathlib import Path

from tests.tables import assert_rows
from tests.worlds import STEPS, model, publish

_CONTENT = (
    STEPS
    + """
[[stages]]
name = "praise"
[[rules]]
stage = "praise"
event_type = "nps_response"
score = ">= 9"
"""
)


def test_the_response_to_an_act_is_the_next_interaction_within_seven_days() -> None:
    """An act is answered by the customer's next interaction, on any channel, within seven days, the last instant included.

    Opening a mail is no interaction. One interaction may answer several acts.
    """
    given = """
    customer | at               | type       | actor    | channel
    ana      | 2026-03-02 10:00 | email_sent | company  | email
    ana      | 2026-03-03 10:00 | email_sent | company  | email
    ana      | 2026-03-03 12:00 | email_open | customer | email
    ana      | 2026-03-04 10:00 | page_view  | customer | web
    bob      | 2026-03-02 10:00 | email_sent | company  | email
    bob      | 2026-03-09 10:00 | email_click | customer | email
    cid      | 2026-03-02 10:00 | email_sent | company  | email
    cid      | 2026-03-09 10:01 | page_view  | customer | web
    """
    watermark = "2026-04-01"
    expected = """
    event_type | decided_count | responded_count | same_channel_count | response_rate | median_seconds
    email_sent | 4             | 3               | 1                  | 0.75          | 172800
    """
    assert_rows(publish(given, watermark).sql("from marts.company_responses").pl(), expected)


def test_an_act_whose_days_are_not_over_is_open() -> None:
    """An act is in the rate once its seven days are over; before that it is open, even if it was answered."""
    given = """
    customer | at         | type       | actor    | channel
    ana      | 2026-03-02 | email_sent | company  | email
    bob      | 2026-03-25 | email_sent | company  | email
    bob      | 2026-03-26 | page_view  | customer | web
    """
    watermark = "2026-04-01"
    expected = """
    event_type | acts_count | open_count | decided_count | responded_count | response_rate
    email_sent | 2             | 1          | 1             | 0               | 0
    """
    assert_rows(publish(given, watermark).sql("from marts.company_responses").pl(), expected)


def test_an_answer_belongs_to_the_stage_before_it(tmp_path: Path) -> None:
    """An answer to a survey counts for the stage and the contact before it, not for those that it makes itself.

    With a stage *praise* for a score of 9 or more, promoters would else all be in that stage, and nobody else.
    """
    given = """
    customer | at               | type           | channel | score
    ana      | 2026-03-02 10:00 | page_view      | web     |
    ana      | 2026-03-02 11:00 | ticket_created | support |
    ana      | 2026-03-03 10:00 | nps_response   | survey  | 10
    ana      | 2026-03-04 10:00 | nps_response   | survey  | 9
    bob      | 2026-03-02 10:00 | page_view      | web     |
    bob      | 2026-03-03 10:00 | nps_response   | survey  | 3
    """
    watermark = "2026-04-01"
    published = publish(given, watermark, [model(tmp_path, _CONTENT)])
    expected = """
    metric | stage | contact_channel | answers_count | positive_count | negative_count | figure
    nps    | see   | support         | 2             | 2              | 0              | 1
    nps    | see   | web             | 1             | 0              | 1              | -1
    """
    assert_rows(published.sql("from marts.satisfaction").pl(), expected)


def test_a_repeat_is_counted_once_its_days_are_over() -> None:
    """Who bought again within 30, 60 and 90 days of the first purchase is counted of those whose days are over.

    Currencies stand apart; refunds reduce what was bought.
    """
    given = """
    customer | at         | type     | value | currency
    ana      | 2026-01-01 | purchase | 100   | EUR
    ana      | 2026-01-02 | purchase | 900   | CZK
    ana      | 2026-01-11 | refund   | 40    | EUR
    ana      | 2026-02-10 | purchase | 20    | EUR
    bob      | 2026-01-20 | purchase | 50    | EUR
    bob      | 2026-03-25 | purchase | 50    | EUR
    """
    watermark = "2026-04-05"
    published = publish(given, watermark)
    expected = """
    currency | within_days | customers_count | open_count | decided_count | repeated_count | net_value
    CZK      | 30          | 1               | 0          | 1             | 0              | 900.000000
    CZK      | 60          | 1               | 0          | 1             | 0              | 900.000000
    CZK      | 90          | 1               | 0          | 1             | 0              | 900.000000
    EUR      | 30          | 2               | 0          | 2             | 0              | 110.000000
    EUR      | 60          | 2               | 0          | 2             | 1              | 130.000000
    EUR      | 90          | 2               | 1          | 1             | 1              | 80.000000
    """
    assert_rows(published.sql("from marts.repeat_purchases").pl(), expected)
