"""The house is in order: imports, style, sizes, headers, and nothing of any one machine in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from journey_analytics import sources
from journey_analytics.warehouse.sql_files import model_files, sql_files
from tests.conftest import ROOT

BIN = Path(sys.executable).parent
LONGEST_FILE = 300


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, whether committed yet or not."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "format", "--check", "--quiet", "."],
        ["ruff", "check", "--quiet", "."],
        ["lint-imports"],
        ["sqlfluff", "lint", "--processes", "1", "sql"],
    ],
    ids=lambda command: command[0] + " " + command[1] if len(command) > 1 else command[0],
)
def test_the_tools_are_content(command: list[str]) -> None:
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_holds_two_ideas() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("src/*.py", "pipelines/*.py", "sql/*.sql")
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path.name
        for path in tracked("src/*.py", "pipelines/*.py", "tests/**/*.py")
        if path.name != "__init__.py" and "unit" not in path.parts and not path.read_text().startswith('"""')
    ]
    assert silent == []


def test_the_lock_holds_versions_and_hashes_and_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "--index-url" not in lock
    pins = re.findall(r"^[\w.\[\]-]+==\S+", lock, re.MULTILINE)
    assert len(pins) > 100
    assert lock.count("--hash=sha256:") >= len(pins)


def test_nothing_names_one_machine() -> None:
    own = re.compile(r"/(?:home|root|Users|work)/\w")
    named = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py", "*.md", "*.toml", "*.sql", "Makefile", ".ci/run", "*.yaml")
        if path != Path(__file__) and own.search(path.read_text())
    ]
    assert named == []


@pytest.mark.parametrize("name", sorted(sources.discover()))
def test_every_source_says_what_arrives_and_has_a_conformance_test(name: str) -> None:
    module = sys.modules[sources.discover()[name].shapes.__module__]
    assert module.__doc__
    assert len(module.__doc__) > 100
    tests = "".join(path.read_text() for path in tracked("tests/reference/*.py", "tests/unit/sources/*.py"))
    assert f'"{name}"' in tests


def test_every_sql_model_has_a_full_header() -> None:
    for file in model_files():
        assert file.description.endswith("."), file.name
        assert file.one("grain")
        assert file.listed("key")
        assert all(file.columns.values()), file.name
    for folder in ("checks", "cookbook", "macros"):
        for file in sql_files(folder):
            assert file.description[-1] in ".?", file.path
            if folder == "checks":
                assert file.one("severity") in ("error", "warning")
                assert file.one("severity") == "error" or (file.one("found") and file.one("listed")), file.path


def test_the_sample_runs_with_the_settings_of_the_demo() -> None:
    demo = (ROOT / "src/journey_analytics/cli/templates/demo.toml").read_text()
    assert (ROOT / "journey.toml").read_text() == demo.replace('"data/', '"data/sample/')
