"""Documentation in step with the code."""

import doctest
import pkgutil
import re
from importlib import import_module

import pytest

import journey_analytics
from journey_analytics import analysis
from journey_analytics.cli.main import app
from tests.conftest import ROOT
from tests.docs.definitions import CHAPTERS, SPEC
from tests.docs.write import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


def test_every_chapter_of_the_spec_is_published() -> None:
    assert {path.stem.removeprefix("test_") for path in SPEC.glob("test_*.py")} == set(CHAPTERS)


def test_the_readme_names_every_verb_and_make_target() -> None:
    readme = (ROOT / "README.md").read_text()
    verbs = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    verbs += [group.name for group in app.registered_groups if group.name]
    assert [verb for verb in verbs if f"journey {verb}" not in readme] == []
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    assert [name for name in targets[1].split() if name not in ("clean", "lock") and f"make {name}" not in readme] == []


def test_the_help_desk_shows_every_analysis_or_says_why_not() -> None:
    notebook = (ROOT / "notebooks/help_desk.py").read_text(encoding="utf-8")
    public = [
        name
        for found in pkgutil.iter_modules(analysis.__path__, f"{analysis.__name__}.")
        for name in getattr(import_module(found.name), "__all__", [])
        if name.islower()
    ]
    assert len(public) > 30
    assert [name for name in public if not re.search(rf"\b{name}\b", notebook)] == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        (page.name, target)
        for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "data/sample/README.md"]
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_decision_records_are_numbered_and_listed() -> None:
    records = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    index = (ROOT / "docs/adr/README.md").read_text()
    assert [path.name for path in records if path.name not in index] == []


@pytest.mark.parametrize(
    "name",
    [found.name for found in pkgutil.walk_packages(journey_analytics.__path__, "journey_analytics.")
     if ".__" not in found.name and found.name != "journey_analytics.cli.main"],
)  # fmt: skip
def test_examples_in_docstrings_run(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
