"""Stages

Examples that show no stage model of their own have the shipped one, `lifecycle`:

{LIFECYCLE_TOML}

An event type that no rule names, such as `noise`, gets no stage.
"""

from pathlib import Path

from journey_analytics.contracts import CONVERSIONS, STAGE_VISITS, TOUCHPOINTS
from journey_analytics.stage_model import StageModel, shipped_model_path
from tests.tables import assert_rows, events
from tests.worlds import LIFECYCLE, STEPS, model, named, travel

LIFECYCLE_TOML = shipped_model_path("lifecycle").read_text(encoding="utf-8")


def check(given: str, expected: str, stage_model: StageModel = LIFECYCLE) -> None:
    frame = events(given)
    assert_rows(named(travel(frame, stage_model).of(TOUCHPOINTS), frame).sort("event_key"), expected)


def test_the_default_model_follows_a_customer_through_life() -> None:
    """The same event means different things over a customer's life: an ad click of a settled customer is engagement."""
    given = """
    customer | event      | at         | type         | channel
    ana      | ad         | 2026-01-01 | ad_click     | ad
    ana      | looks      | 2026-01-02 | product_view | web
    ana      | comes back | 2026-01-03 | ad_click     | ad
    ana      | signs up   | 2026-01-04 | sign_up      | web
    ana      | reads      | 2026-01-05 | page_view    | web
    ana      | buys       | 2026-01-06 | purchase     | web
    ana      | buys again | 2026-01-07 | purchase     | web
    ana      | reviews    | 2026-01-08 | review       | web
    ana      | same ad    | 2026-03-01 | ad_click     | ad
    """
    expected = """
    event      | stage       | rule_id
    ad         | awareness   | discovers
    looks      | acquisition | intent
    comes back | acquisition | keeps_intent
    signs up   | acquisition | converts
    reads      | onboarding  | first_steps
    buys       | onboarding  | first_steps
    buys again | engagement  | buys_again
    reviews    | advocacy    | recommends
    same ad    | engagement  | buys_again
    """
    check(given, expected)


def test_only_interactions_are_mapped_and_others_carry_the_last_stage() -> None:
    """An event that is no interaction carries the last mapped stage, none before it; no rule is asked about it."""
    given = """
    customer | event    | at    | type       | actor
    ana      | greeting | 09:00 | email_sent | company
    ana      | visits   | 10:00 | page_view  | customer
    ana      | mail     | 11:00 | email_sent | company
    """
    expected = """
    event    | stage     | rule_id
    greeting |           |
    visits   | awareness | discovers
    mail     | awareness |
    """
    check(given, expected)


def test_an_interaction_without_a_rule_is_unmapped() -> None:
    """An interaction that no rule matches is (unmapped); a rule may also leave it out on purpose and is recorded then."""
    given = """
    customer | event   | at    | type
    ana      | odd     | 10:00 | cookie_banner_ok
    ana      | leaves  | 10:01 | email_unsubscribe
    """
    expected = """
    event   | stage      | rule_id
    odd     | (unmapped) |
    leaves  | (unmapped) | leaves_list
    """
    check(given, expected)


def test_facts_look_at_strictly_earlier_events() -> None:
    """before_first looks at strictly earlier events, so that the first purchase itself still comes before the first."""
    given = """
    customer | event  | at    | type
    ana      | first  | 10:00 | purchase
    ana      | second | 10:01 | purchase
    """
    expected = """
    event  | rule_id
    first  | converts
    second | buys_again
    """
    check(given, expected)


def test_days_since_first_is_elapsed_and_exact() -> None:
    """days_since_first is elapsed time: exactly 30 days is not more than 30, a microsecond later is."""
    given = """
    customer | event | at                         | type
    ana      | joins | 2026-01-01 10:00           | sign_up
    ana      | edge  | 2026-01-31 10:00           | page_view
    ana      | after | 2026-01-31 10:00:00.000001 | page_view
    """
    expected = """
    event | rule_id
    joins | converts
    edge  | first_steps
    after | settled
    """
    check(given, expected)


def test_unmapped_interactions_neither_break_nor_start_a_visit(tmp_path: Path) -> None:
    """A stage visit is an unbroken stay in a stage; interactions without a stage neither break nor start one."""
    given = """
    customer | at    | type
    ana      | 10:00 | noise
    ana      | 10:05 | page_view
    ana      | 10:10 | noise
    ana      | 10:15 | page_view
    ana      | 10:20 | feature_used
    ana      | 10:25 | page_view
    """
    stages = STEPS
    expected = """
    stage | visit_index | entered_at | left_at | previous_stage | next_stage | touchpoints_count
    see   | 1           | 10:05      | 10:20   |                | try        | 2
    try   | 2           | 10:20      | 10:25   | see            | see        | 1
    see   | 3           | 10:25      |         | try            |            | 1
    """
    assert_rows(travel(given, model(tmp_path, stages)).of(STAGE_VISITS), expected)


def test_a_conversion_is_an_event_and_counts_once_per_customer() -> None:
    """The default conversion is the earlier of the first sign-up and the first purchase, one per customer."""
    given = """
    customer | event  | at    | type
    ana      | joins  | 10:00 | sign_up
    ana      | buys   | 10:05 | purchase
    bob      | buys   | 11:00 | purchase
    cid      | looks  | 12:00 | page_view
    """
    frame = events(given)
    expected = """
    customer | conversion | event
    ana      | conversion | joins
    bob      | conversion | buys
    """
    assert_rows(named(travel(frame).of(CONVERSIONS), frame), expected)


def test_the_first_matching_rule_wins(tmp_path: Path) -> None:
    """Rules are asked in the order in which they stand; the first that matches gives the stage."""
    stages = """
    name = "first_wins"
    [[stages]]
    name = "see"
    [[stages]]
    name = "buy"
    [[rules]]
    id = "buys"
    stage = "buy"
    event_type = "purchase"
    [[rules]]
    id = "does_anything"
    stage = "see"
    event_type = "*"
    """
    given = """
    customer | event | at    | type
    ana      | looks | 10:00 | page_view
    ana      | buys  | 10:10 | purchase
    """
    expected = """
    event | stage | rule_id
    looks | see   | does_anything
    buys  | buy   | buys
    """
    check(given, expected, model(tmp_path, stages))


def test_conditions_of_every_kind(tmp_path: Path) -> None:
    """A rule compares fields with texts and patterns, numbers, properties and facts; all its conditions must hold."""
    stages = """
    name = "kinds"
    [[stages]]
    name = "yes"
    [[rules]]
    id = "pattern"
    stage = "yes"
    page_url = ["*/pricing*", "https://shop.example/exact"]
    [[rules]]
    id = "number"
    stage = "yes"
    event_type = "order"
    value = ">= 100"
    [[rules]]
    id = "property"
    stage = "yes"
    properties = { plan = "pro", "cart.items" = "> 2" }
    [[rules]]
    id = "after"
    stage = "yes"
    channel = ["email", "ad"]
    when = "after_first(order)"
    """
    given = """
    customer | event   | at    | type      | channel | value | page_url                         | properties
    ana      | exact   | 10:00 | page_view | web     |       | https://shop.example/exact       |
    ana      | longer  | 10:01 | page_view | web     |       | https://shop.example/exactly     |
    ana      | glob    | 10:02 | page_view | web     |       | https://shop.example/pricing?x=1 |
    ana      | capital | 10:03 | page_view | web     |       | https://shop.example/Pricing     |
    ana      | before  | 10:04 | click     | email   |       |                                  |
    ana      | small   | 10:05 | order     | web     | 99.99 |                                  |
    ana      | big     | 10:06 | order     | web     | 100   |                                  |
    ana      | after   | 10:07 | click     | email   |       |                                  |
    ana      | pro     | 10:08 | click     | web     |       |                                  | {"plan": "pro", "cart": {"items": 3}}
    ana      | few     | 10:09 | click     | web     |       |                                  | {"plan": "pro", "cart": {"items": 2}}
    """
    expected = """
    event   | stage      | rule_id
    exact   | yes        | pattern
    longer  | (unmapped) |
    glob    | yes        | pattern
    capital | (unmapped) |
    before  | (unmapped) |
    small   | (unmapped) |
    big     | yes        | number
    after   | yes        | after
    pro     | yes        | property
    few     | (unmapped) |
    """
    check(given, expected, model(tmp_path, stages))


def test_time_since_the_last_looks_at_the_event_before(tmp_path: Path) -> None:
    """days_since_last measures from the last such event before this one; without one it is unknown and does not hold."""
    stages = """
    name = "gaps"
    [[stages]]
    name = "away"
    [[rules]]
    id = "returns"
    stage = "away"
    when = "days_since_last(purchase) > 60"
    """
    given = """
    customer | event       | at         | type
    ana      | looks       | 2026-01-01 | page_view
    ana      | buys        | 2026-01-02 | purchase
    ana      | on day 60   | 2026-03-03 | page_view
    ana      | comes back  | 2026-03-04 | purchase
    ana      | looks again | 2026-03-05 | page_view
    """
    expected = """
    event       | stage      | rule_id
    looks       | (unmapped) |
    buys        | (unmapped) |
    on day 60   | (unmapped) |
    comes back  | away       | returns
    looks again | (unmapped) |
    """
    check(given, expected, model(tmp_path, stages))


def test_what_is_said_of_a_session_is_what_is_known_by_then(tmp_path: Path) -> None:
    """A condition on the session sees how it began and how far it has come, never how it goes on."""
    stages = """
    name = "visits"
    [[stages]]
    name = "visit"
    [[rules]]
    id = "long_visit"
    stage = "visit"
    session = { position = ">= 3" }
    [[rules]]
    id = "comes_by_ad"
    stage = "visit"
    session = { entry_channel = "ad", index = 1 }
    [[rules]]
    id = "comes_back"
    stage = "visit"
    session = { days_since_previous = "> 7" }
    """
    given = """
    customer | event    | at               | type      | channel | precision
    ana      | of a day | 2026-01-01 00:00 | ad_click  | ad      | day
    ana      | lands    | 2026-01-01 10:00 | ad_click  | ad      | instant
    ana      | looks    | 2026-01-01 10:10 | page_view | web     | instant
    ana      | reads    | 2026-01-01 10:20 | page_view | web     | instant
    ana      | returns  | 2026-01-10 10:00 | page_view | web     | instant
    ana      | later    | 2026-01-10 12:00 | page_view | web     | instant
    """
    expected = """
    event    | stage      | rule_id
    of a day | (unmapped) |
    lands    | visit      | comes_by_ad
    looks    | visit      | comes_by_ad
    reads    | visit      | long_visit
    returns  | visit      | comes_back
    later    | (unmapped) |
    """
    check(given, expected, model(tmp_path, stages))


def test_an_exception_takes_out_what_a_rule_would_match(tmp_path: Path) -> None:
    """A rule does not match where an exception holds: all conditions of one table; of several tables one is enough."""
    stages = """
    name = "exceptions"
    [[stages]]
    name = "seen"
    [[rules]]
    id = "sees"
    stage = "seen"
    event_type = "page_view"
    unless = [
        { page_path = "/jobs/*" },
        { campaign_source = "newsletter", when = "after_first(purchase)" },
    ]
    """
    given = """
    customer | event     | at    | type      | page_url                   | campaign_source
    ana      | start     | 10:00 | page_view | https://s.example/         |
    ana      | job       | 10:01 | page_view | https://s.example/jobs/1?x |
    ana      | mail      | 10:02 | page_view | https://s.example/a        | newsletter
    ana      | buys      | 10:03 | purchase  | https://s.example/buy      |
    ana      | mail then | 10:04 | page_view | https://s.example/a        | newsletter
    """
    expected = """
    event     | stage      | rule_id
    start     | seen       | sees
    job       | (unmapped) |
    mail      | seen       | sees
    buys      | (unmapped) |
    mail then | (unmapped) |
    """
    check(given, expected, model(tmp_path, stages))
