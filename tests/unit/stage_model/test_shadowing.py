from pathlib import Path

import pytest

from journey_analytics.stage_model import load_stage_model, shadowed_rules, shipped_models
from tests.worlds import model

HEAD = 'name = "m"\n[[stages]]\nname = "one"\n'


def is_shadowed(folder: Path, above: str, below: str) -> bool:
    rules = "".join(f'[[rules]]\nid = "{name}"\nstage = "one"\n{text}\n' for name, text in (("a", above), ("b", below)))
    found = shadowed_rules(model(folder, HEAD + rules).rules)
    assert all((one.rule.rule_id, one.by.rule_id) == ("b", "a") for one in found)
    return bool(found)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ('event_type = "*"', 'event_type = "purchase"'),
        ('event_type = ["*_view", "click"]', 'event_type = ["page_view", "click", "product_*_view"]'),
        ('channel = "web"', 'channel = "web"\nwhen = "after_first(purchase)"'),
        ('value = ">= 3"', 'value = ">= 3, < 6"'),
        ('value = "> 2"', "value = 3"),
        ('properties = { plan = "*" }', 'properties = { plan = "pro" }'),
        ('properties = { n = "< 9" }', 'properties = { n = "< 8" }'),
        ('when = "before_first(purchase)"', 'when = "before_first(sign_up, purchase)"'),
        ('when = "after_first(sign_up, purchase)"', 'when = "after_first(purchase)"'),
        ('when = "after_first(purchase)"', 'when = "nth(purchase) >= 2"'),
        ('when = "after_first(purchase)"', 'when = "days_since_last(purchase) < 9"'),
        ('when = "nth(a, b) >= 2"', 'when = "nth(b, a) >= 3"'),
        ('known_by = ["user_id", "email"]', 'known_by = "email"'),
        ('session = { index = ">= 2" }', 'session = { index = ">= 3", entry_channel = "ad" }'),
        ('session = { landing_path = "/a*" }', 'session = { landing_path = "/a/*" }'),
        ('channel = "web"\nunless = { event_type = "x" }', 'channel = "web"\nscore = 1\nunless = { event_type = "x" }'),
    ],
)
def test_a_rule_that_asks_more_than_one_above_it_is_shadowed(tmp_path: Path, above: str, below: str) -> None:
    assert is_shadowed(tmp_path, above, below)
    assert not is_shadowed(tmp_path, below, above)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ('event_type = "page_view"', 'event_type = ["page_view", "click"]'),
        ('event_type = "a*b"', 'event_type = "a*"'),
        ('event_type = "purchase"', 'channel = "web"'),
        ('value = ">= 3"', 'score = ">= 3"'),
        ('properties = { plan = "*" }', 'properties = { plan = "> 3" }'),
        ('when = "after_first(purchase)"', 'when = "nth(purchase) >= 1"'),
        ('when = "days_since_first(a) > 3"', 'when = "hours_since_first(a) > 4"'),
        ('channel = "web"\nunless = { event_type = "x" }', 'channel = "web"'),
        ("session = { position = 1 }", "session = { index = 1 }"),
    ],
)  # fmt: skip
def test_a_rule_that_may_match_something_else_is_not(tmp_path: Path, above: str, below: str) -> None:
    assert not is_shadowed(tmp_path, above, below)


@pytest.mark.parametrize("name", shipped_models())
def test_no_rule_of_a_shipped_model_is_shadowed(name: str) -> None:
    assert shadowed_rules(load_stage_model(name, Path()).rules) == []
