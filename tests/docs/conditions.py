"""Examples of every condition of a rule, tried on events: what docs/stage_models.md shows of them."""

import tomllib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from journey_analytics.stage_model import StageModel
from journey_analytics.stage_model.fact_grammar import FACTS
from journey_analytics.stage_model.written import WrittenEvent, WrittenSession
from journey_analytics.transform.asked_texts import asked_texts
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.sessions import find_sessions
from journey_analytics.transform.stages import matching_rules
from journey_analytics.transform.touchpoints import read_events, touchpoints_of
from tests.docs.markdown import grid
from tests.tables import events
from tests.worlds import model, with_asked

FIELDS: tuple[tuple[str, Sequence[str]], ...] = (
    ('source = "web"', ("web", "shop")),
    ('channel = ["email", "ad"]', ("email", "ad", "web")),
    ('entry_channel = "ad"', ("ad", "web")),
    ('actor = "customer"', ("customer", "company")),
    ('event_type = ["sign_up", "trial_*"]', ("sign_up", "trial_started", "Sign_Up", "trial")),
    ('event_name = "Order Completed"', ("Order Completed", "order completed")),
    ('campaign_source = "newsletter"', ("newsletter", "google")),
    ('campaign_medium = "*cpc"', ("cpc", "brand-cpc", "email")),
    ('campaign_name = "*spring*"', ("2026-spring-sale", "Spring sale")),
    ('campaign_id = "42"', ("42", "4242")),
    ('channel_group = ["Paid Search", "Organic *"]', ("Paid Search", "Organic Social", "Email", "paid search")),
    (
        'page_url = ["*/pricing*", "https://shop.example/"]',
        ("https://shop.example/pricing?x=1", "https://shop.example/", "https://shop.example/cart", "/"),
    ),
    (
        'page_path = ["/pricing", "/docs/*"]',
        (
            "https://shop.example/pricing?x=1",
            "https://shop.example/pricing/#top",
            "https://shop.example/docs/a/b",
            "https://shop.example/docs",
            "https://shop.example/de/pricing",
        ),
    ),
    ('referrer = "https://news.example/*"', ("https://news.example/today", "https://shop.example/")),
    ('currency = "EUR"', ("EUR", "eur")),
    ('value = ">= 100, < 500"', ("100", "499.99", "500", "99.99", "")),
    ("score = 5", ("5", "4", "")),
    (
        'properties = { plan = ["pro", "team*"] }',
        ('{"plan": "pro"}', '{"plan": "team-10"}', '{"plan": "Pro"}', "{}"),
    ),
    (
        'properties = { "cart.items" = "> 2", gift = true }',
        ('{"cart": {"items": 3}, "gift": true}', '{"cart": {"items": 3}}', '{"cart": {"items": 2}, "gift": true}'),
    ),
)
"""A condition, and values of its field to try it on."""

LIFE = """
customer | event      | at         | type
ana      | looks      | 2026-01-01 | page_view
ana      | joins      | 2026-01-02 | sign_up
ana      | buys       | 2026-01-10 | purchase
ana      | reads      | 2026-01-20 | page_view
ana      | buys again | 2026-02-05 | purchase
"""
"""One customer's events, to try the facts on."""

SESSIONS = """
customer | event      | at               | type           | channel | user_id | page_url                | campaign_source | campaign_name
ana      | clicks     | 2026-01-01 10:00 | page_view      | web     |         | https://s.example/sale? | google          | spring
ana      | looks      | 2026-01-01 10:05 | page_view      | web     |         | https://s.example/      |                 |
ana      | logs in    | 2026-01-01 10:06 | login          | web     | a1      |                         |                 |
ana      | asks       | 2026-01-20 09:00 | ticket_created | support |         |                         |                 |
ana      | comes back | 2026-01-20 09:10 | page_view      | web     |         | https://s.example/      |                 |
"""
"""Two sessions of one customer, to try on them what is said of sessions."""

SESSION_CONDITIONS = (
    "session = { index = 1 }",
    'session = { index = ">= 2", position = 1 }',
    'session = { position = "> 1, <= 3" }',
    'session = { days_since_previous = "> 7" }',
    'session = { entry_channel = "support" }',
    'session = { campaign_name = "spring" }',
    'session = { landing_path = "/sale" }',
    'session = { landing_page = "https://s.example/*", campaign_source = "google" }',
    'known_by = "user_id"',
    'known_by = ["user_id", "email"]\nevent_type = "page_view"',
    'event_type = "page_view"\nunless = { known_by = "user_id" }',
    'event_type = "*"\nunless = { channel = "web", event_type = "page_view" }',
    'event_type = "*"\nunless = [{ event_type = "page_view" }, { channel = "support" }]',
)

NAMED = """
[[events]]
name = "big_order"
event_type = "purchase"
value = ">= 100"
"""
"""Events with a name of their own, to try facts on them."""

NAMED_LIFE = """
customer | event  | at         | type      | value
ana      | tests  | 2026-01-01 | purchase  | 20
ana      | orders | 2026-01-05 | purchase  | 250
ana      | reads  | 2026-01-06 | page_view |
ana      | refills | 2026-02-20 | purchase  | 30
"""

NAMED_FACTS = (
    'when = "after_first(big_order)"',
    'when = "nth(big_order) = 1"',
    'when = "days_since_last(big_order) <= 14"',
)

LIFE_FACTS = (
    'when = "before_first(purchase)"',
    'when = "before_first(sign_up, purchase)"',
    'when = "after_first(purchase)"',
    'event_type = "purchase"\nwhen = "nth(purchase) = 1"',
    'when = "nth(purchase) >= 2"',
    'when = "nth(sign_up, purchase) < 2"',
    'when = "nth(sign_up, purchase) >= 2, < 3"',
    'when = "days_since_first(sign_up) > 30"',
    'when = "hours_since_first(sign_up) < 240"',
    'when = "days_since_last(purchase) > 14"',
    'when = "hours_since_last(page_view) <= 24"',
    'when = ["after_first(sign_up)", "before_first(purchase)"]',
)


def field_examples() -> str:
    """For every condition on a field: what it holds for and what it does not hold for."""
    rows = [(f"`{condition}`", *_held(condition, values)) for condition, values in FIELDS]
    missing = set(WrittenEvent.model_fields) - {name for condition, _ in FIELDS for name in _keys(condition)}
    assert not missing, f"no example of {sorted(missing)}"
    return grid(("condition", "holds for", "does not hold for"), rows)


def fact_examples() -> str:
    """For every fact: the events of ``LIFE`` that it holds for."""
    missing = [fact for fact in FACTS if f"{fact}(" not in " ".join(LIFE_FACTS)]
    assert not missing, f"no example of {missing}"
    return _held_in_life(LIFE_FACTS, LIFE)


def session_examples() -> str:
    """For what is said of sessions, of who is known, and of exceptions: the events of ``SESSIONS`` that it holds for."""
    shown = " ".join(SESSION_CONDITIONS)
    like_others = ("campaign_medium", "channel_group")
    keys = {*WrittenSession.model_fields, "known_by", "unless"} - set(like_others)
    missing = [name for name in sorted(keys) if f"{name} =" not in shown]
    assert not missing, f"no example of {missing}"
    return _held_in_life(SESSION_CONDITIONS, SESSIONS)


def named_examples() -> str:
    """For facts about ``NAMED``: the events of ``NAMED_LIFE`` that they hold for."""
    return _held_in_life(NAMED_FACTS, NAMED_LIFE, NAMED)


def _held_in_life(conditions: Sequence[str], life: str, more: str = "") -> str:
    frame = events(life)
    rows = [
        (
            " and ".join(f"`{line}`" for line in condition.splitlines()),
            ", ".join(frame.filter(holds(condition, frame, more))["event_id"]) or "nothing",
        )
        for condition in conditions
    ]
    return grid(("condition", "holds for"), rows)


def holds(condition: str, frame: pl.DataFrame, more: str = "") -> pl.Series:
    """Whether a rule with this condition matches each of the events; ``more`` is said in the model beside."""
    stages = rule_model(condition, more)
    read = read_events(with_asked(frame, stages), asked_texts(stages.conditions()))
    touchpoints = touchpoints_of(read, np.arange(frame.height))
    sessions = find_sessions(touchpoints, timedelta(minutes=30), timedelta(hours=24))
    found = matching_rules(Facts(touchpoints, sessions), stages.rules)
    return frame.join(found, on="event_key", maintain_order="left")["it"]


def rule_model(condition: str, more: str = "") -> StageModel:
    """A stage model of one rule, named ``it``, with this condition."""
    with TemporaryDirectory() as folder:
        text = f'name = "one"\n[[stages]]\nname = "stage"\n{more}\n[[rules]]\nid = "it"\nstage = "stage"\n{condition}\n'
        return model(Path(folder), text)


def _keys(condition: str) -> list[str]:
    return list(tomllib.loads(condition))


def _held(condition: str, values: Sequence[str]) -> tuple[str, str]:
    field = _keys(condition)[0]
    column = "page_url" if field == "page_path" else field
    frame = events("\n".join([f"customer | at | {column}", *(f"ana | 10:00 | {value}" for value in values)]))
    found = holds(condition, frame).to_list()
    shown = [f"`{value}`" if value else f"no {field}" for value in values]
    yes, no = ([value for value, held in zip(shown, found, strict=True) if held is wanted] for wanted in (True, False))
    assert yes, f"{condition} holds for nothing"
    assert no, f"{condition} holds for everything"
    return ", ".join(yes), ", ".join(no)
