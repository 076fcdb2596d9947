"""The examples of docs/own_data.md: their blocks read their files, and make the events that are shown."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.projects import load, make_project, put, state

PAGE = (ROOT / "docs/own_data.md").read_text(encoding="utf-8")
EXAMPLES = [section for section in re.split(r"^## ", PAGE, flags=re.MULTILINE) if "```toml" in section]


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.partition("\n")[0])
def test_an_example_makes_the_events_that_it_shows(tmp_path: Path, example: str) -> None:
    [block] = re.findall(r"```toml\n(.*?)```", example, re.DOTALL)
    files = re.findall(r"```(?:csv|json) (\S+)\n(.*?)```", example, re.DOTALL)
    [name] = re.findall(r'^name = "(\w+)"$', block.partition("[sources.")[0].partition("[[sources.")[0], re.MULTILINE)
    project = make_project(tmp_path, block)
    for path, content in files:
        put(project, path, content)
        night = load(project, name)
        assert (night.failures, night.rejected_count) == ([], 0)
    header, _, *shown = [
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in example.splitlines()
        if line.startswith("|")
    ]
    assert header == ["occurred_at", "event_type", "user_id", "actor", "value"]
    found = state(
        project,
        "select occurred_at::varchar, event_type, user_id, actor, coalesce(value::double::varchar, '–') "
        "from staging.events order by occurred_at",
    )
    assert [list(row) for row in found.rows()] == shown
