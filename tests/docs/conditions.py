"""Examples of every condition of a rule, tried on events: what docs/stage_models.md shows of them."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from journey_analytics.stage_model import StageModel
from journey_analytics.stage_model.grammar import FACTS, WrittenConditions
from journey_analytics.transform.conditions import coded_fields
from journey_analytics.transform.stages import matching_rules
from journey_analytics.transform.touchpoints import read_events, touchpoints_of
from tests.docs.markdown import grid
from tests.tables import events
from tests.worlds import model, with_properties

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
    ('referrer = "https://news.example/*"', ("https://news.example/today", "https://shop.example/")),
    ('currency = "EUR"', ("EUR", "eur")),
    ('value = ">= 100"', ("100", "99.99", "")),
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

LIFE_FACTS = (
    'when = "before_first(purchase)"',
    'when = "before_first(sign_up, purchase)"',
    'when = "after_first(purchase)"',
    'event_type = "purchase"\nwhen = "nth(purchase) = 1"',
    'when = "nth(purchase) >= 2"',
    'when = "nth(sign_up, purchase) < 2"',
    'when = "days_since_first(sign_up) > 30"',
    'when = ["after_first(sign_up)", "before_first(purchase)"]',
)


def field_examples() -> str:
    """For every condition on a field: what it holds for and what it does not hold for."""
    rows = [(f"`{condition}`", *_held(condition, values)) for condition, values in FIELDS]
    missing = (
        set(WrittenConditions.model_fields) - {"when"} - {name for condition, _ in FIELDS for name in _keys(condition)}
    )
    assert not missing, f"no example of {sorted(missing)}"
    return grid(("condition", "holds for", "does not hold for"), rows)


def fact_examples() -> str:
    """For every fact: the events of ``LIFE`` that it holds for."""
    frame = events(LIFE)
    rows = [
        (
            " and ".join(f"`{line}`" for line in condition.splitlines()),
            ", ".join(frame.filter(holds(condition, frame))["event_id"]),
        )
        for condition in LIFE_FACTS
    ]
    missing = [fact for fact in FACTS if f"{fact}(" not in " ".join(LIFE_FACTS)]
    assert not missing, f"no example of {missing}"
    return grid(("condition", "holds for"), rows)


def holds(condition: str, frame: pl.DataFrame) -> pl.Series:
    """Whether a rule with this condition matches each of the events."""
    stages = rule_model(condition)
    read = read_events(with_properties(frame, stages), coded_fields(stages.conditions()))
    found = matching_rules(touchpoints_of(read, np.arange(frame.height)), stages.rules)
    return frame.join(found, on="event_key", maintain_order="left")["it"]


def rule_model(condition: str) -> StageModel:
    """A stage model of one rule, named ``it``, with this condition."""
    with TemporaryDirectory() as folder:
        text = f'name = "one"\n[[stages]]\nname = "stage"\n[[rules]]\nid = "it"\nstage = "stage"\n{condition}\n'
        return model(Path(folder), text)


def _keys(condition: str) -> list[str]:
    return list(tomllib.loads(condition))


def _held(condition: str, values: Sequence[str]) -> tuple[str, str]:
    field = _keys(condition)[0]
    frame = events("\n".join([f"customer | at | {field}", *(f"ana | 10:00 | {value}" for value in values)]))
    found = holds(condition, frame).to_list()
    shown = [f"`{value}`" if value else f"no {field}" for value in values]
    yes, no = ([value for value, held in zip(shown, found, strict=True) if held is wanted] for wanted in (True, False))
    assert yes, f"{condition} holds for nothing"
    assert no, f"{condition} holds for everything"
    return ", ".join(yes), ", ".join(no)
