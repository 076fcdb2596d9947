"""The examples in docs/settings.md and docs/stage_models.md, and those that journey init writes, are true."""

import ast
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from journey_analytics.cli.init import read_template
from journey_analytics.config import Project, SourceBlock
from journey_analytics.config.annotations import AnnotationBlock
from journey_analytics.config.places import PostgresSection
from journey_analytics.contracts import TOUCHPOINTS
from journey_analytics.sources import discover
from journey_analytics.sources.table_mappings import EventMapping, FieldMapping, TimeMapping
from journey_analytics.stage_model import shipped_model_path
from journey_analytics.steps.build import stage_models
from journey_analytics.steps.configured_sources import configured_sources
from journey_analytics.steps.rule_examples import try_examples
from tests.docs import adding_a_stage
from tests.docs.definitions import definition
from tests.docs.markdown import keys, meanings
from tests.docs.settings import EXAMPLE, sections_of_settings
from tests.projects import load, make_project, put, state
from tests.tables import assert_rows, events
from tests.worlds import model, named, travel

STAGES = shipped_model_path("lifecycle").read_text(encoding="utf-8")


def project_with(folder: Path, text: str) -> Project:
    (folder / "stages.toml").write_text(STAGES.replace('name = "lifecycle"', 'name = "mine"'), encoding="utf-8")
    return make_project(folder, text)


def template_in_use() -> str:
    """The journey.toml of ``journey init``, with the # taken away where its comments say so."""
    text = read_template("project.toml")
    start = text.index("# [[sources]]")
    return text[:start] + re.sub(r"^# ?(Any other file.*)?", "", text[start:], flags=re.MULTILINE)


def test_the_example_of_settings_can_be_read(tmp_path: Path) -> None:
    project = project_with(tmp_path, EXAMPLE.read_text(encoding="utf-8"))
    assert {source.source.name for source in configured_sources(project)} == set(discover())
    assert [found.name for found in stage_models(project)] == ["mine", "lifecycle"]


def test_the_example_of_settings_has_every_key() -> None:
    written: dict[str, Any] = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert {name: set(written[name]) for name in sections_of_settings()} == {
        name: set(section.model_fields) for name, section in sections_of_settings().items()
    }
    assert {key for block in written["annotations"] for key in block} == set(AnnotationBlock.model_fields)
    for name, source in discover().items():
        used = {key for block in written["sources"] if block["type"] == name for key in block}
        allowed = set(SourceBlock.model_fields) | set(source.options.model_fields)
        assert used | set(SourceBlock.model_fields) == allowed, name
    assert any("required" in block for block in written["sources"])
    tables = [block for block in written["sources"] if block["type"] == "table"]
    times = [block[name] for block in tables for name in ("time", "received") if name in block]
    assert {key for time in times for key in time} == set(TimeMapping.model_fields)
    fields = [field for block in tables for field in block.get("fields", {}).values() if isinstance(field, dict)]
    assert {key for field in fields for key in field} == set(FieldMapping.model_fields)
    several = [event for block in tables for event in block.get("events", [])]
    assert {key for event in several for key in event} == set(EventMapping.model_fields)
    databases = [block["postgres"] for block in tables if "postgres" in block]
    assert {key for database in databases for key in database} == set(PostgresSection.model_fields)


@pytest.mark.parametrize("text", [EXAMPLE.read_text(encoding="utf-8"), template_in_use()], ids=["page", "init"])
def test_the_orders_of_the_examples_keep_all_their_lines(tmp_path: Path, text: str) -> None:
    project = project_with(tmp_path, text)
    rows = [
        "order_id,line,ordered_at,exported_at,customer_no,card_no,quantity,unit_price",
        "7,1,01/03/2026 10:00,2026-03-02,u1,c1,2,10",
        "7,2,01/03/2026 10:00,2026-03-02,u1,c1,2,5",
    ]
    content = "\n".join(rows)
    if 'separator = ";"' in text:
        content = content.replace(",", ";")
    put(project, "data/orders/a.csv" if "data/orders/*" in text else "data/orders.csv", content)
    load(project, "shop")
    found = state(project, "select event_type, value::double as value from staging.events where user_id = 'u1'")
    assert found.rows() == [("purchase", 30.0)]


def test_what_journey_init_writes_can_be_used(tmp_path: Path) -> None:
    project = project_with(tmp_path, template_in_use())
    assert [(source.name, source.is_required) for source in configured_sources(project)] == [
        ("web", True),
        ("shop", False),
    ]


def test_the_examples_of_places_can_be_used(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "places.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    found = [source for block in blocks for source in configured_sources(make_project(tmp_path, block))]
    assert [source.name for source in found] == ["web", "email", "orders"]


@pytest.mark.parametrize("number", range(len(adding_a_stage.STEPS)))
def test_adding_a_stage_gives_what_each_step_says(tmp_path: Path, number: int) -> None:
    frame = events(adding_a_stage.GIVEN)
    touchpoints = travel(frame, model(tmp_path, adding_a_stage.files()[number])).of(TOUCHPOINTS)
    assert_rows(named(touchpoints, frame).sort("event_key"), adding_a_stage.STEPS[number].expected)


def test_the_example_at_the_end_of_adding_a_stage_comes_out(tmp_path: Path) -> None:
    text = adding_a_stage.files()[-1] + adding_a_stage.EXAMPLE
    (tmp_path / "stages.toml").write_text(text, encoding="utf-8")
    [tried] = try_examples(make_project(tmp_path, '[stages]\nmodels = ["stages.toml"]\n'))
    assert tried.failures == []
    assert tried.examples_count > 1


def test_a_key_without_meaning_stops_the_generator() -> None:
    class Silent(BaseModel):
        """It says nothing of its key."""

        key: str = ""

    class Wrong(BaseModel):
        """It speaks of a key that is not there.

        Attributes:
            key: There.
            other: Not there.
        """

        key: str = ""

    with pytest.raises(AssertionError, match="no meaning of \\['key'\\]"):
        keys(Silent)
    with pytest.raises(AssertionError, match="\\['other'\\], which are no keys"):
        meanings(Wrong)


def test_a_definition_without_what_comes_out_stops_the_generator() -> None:
    node = ast.parse('def test_it() -> None:\n    """It is so."""\n    given = "a"\n').body[0]
    assert isinstance(node, ast.FunctionDef)
    with pytest.raises(AssertionError, match="does not show expected"):
        definition(node, ModuleType("spec"))


def test_the_settings_of_a_new_project_name_every_type_of_source_and_every_ending_once() -> None:
    text = read_template("project.toml")
    told = text.partition("# Types: ")[2].partition("#\n")[0]
    assert set(re.findall(r"\b[a-z]\w+\b", told)) >= set(discover())
    assert all(
        len(re.findall(rf"\{ending}\b", text.partition("[[sources]]")[0])) == 1 for ending in (".ndjson", ".form")
    )
