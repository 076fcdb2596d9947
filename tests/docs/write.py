"""The generated pages of docs/: definitions from the spec tests, tables from contracts and SQL headers."""

import ast
import inspect
import textwrap
from pathlib import Path

from journey_analytics import marts
from journey_analytics.contracts import STATE_TABLES
from journey_analytics.warehouse.sql_files import model_files, sql_files

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "tests" / "spec"
CHAPTERS = ("interactions", "identity", "sessions", "stages", "journeys", "outcomes")


def definitions() -> str:
    """docs/definitions.md: every spec test as a sentence with its example."""
    parts = [
        "# Definitions: what every number means",
        "Each sentence is a test that runs; its tables are the test's own. Times without a date are of one day, in UTC.",
        "*Made from `tests/spec/` by `make docs`.*",
    ]
    for chapter in CHAPTERS:
        tree = ast.parse((SPEC / f"test_{chapter}.py").read_text(encoding="utf-8"))
        parts.append(f"## {ast.get_docstring(tree)}")
        parts += [_definition(node) for node in tree.body if isinstance(node, ast.FunctionDef) and _is_test(node)]
    return "\n\n".join(parts) + "\n"


def _is_test(node: ast.FunctionDef) -> bool:
    return node.name.startswith("test_")


def _definition(node: ast.FunctionDef) -> str:
    sentence = ast.get_docstring(node)
    assert sentence, f"{node.name} needs a sentence"
    tables = {
        target.id: statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(target := statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        and "|" in statement.value.value
    }
    shown = [sentence]
    for name, heading in (("given", "Given"), ("expected", "Then")):
        if name in tables:
            shown.append(f"{heading}\n\n```\n{inspect.cleandoc(textwrap.dedent(tables[name])).strip()}\n```")
    return "\n\n".join(shown)


def tables() -> str:
    """docs/tables.md: every table of the published file and of the pipeline's own database."""
    parts = [
        "# Tables",
        "What analysts see in `warehouse/journey.duckdb`. The same texts are COMMENTs in the file itself. Ids are "
        "pseudonymous; `_at` is a time in UTC, `_on` a date in the business time zone, `_seconds` a duration, `_count` a "
        "number of what it names, `_rate` a share from 0 to 1, `_index` counts from 1.",
        "*Made from the headers of `sql/` and the contracts by `make docs`.*",
    ]
    parts += [
        _table(file.name, file.description, file.one("grain"), file.listed("key"), file.columns)
        for file in model_files()
    ]
    for mart in marts.discover():
        columns = {column.name: column.meaning for column in mart.table.columns}
        parts.append(_table(mart.table.name, mart.description, mart.table.grain, list(mart.table.key), columns))
    parts.append("## Macros")
    parts += [
        f"`marts.{file.one('macro')}`: {file.description} Example: `{file.one('example')}`"
        for file in sql_files("macros")
    ]
    parts.append(
        "# The pipeline's own database\n\nWhat `state/pipeline.duckdb` holds. It has raw identifiers; nobody else opens it."
    )
    for table in STATE_TABLES:
        columns = {column.name: f"{column.sql_type}. {column.meaning}" for column in table.columns}
        parts.append(_table(table.name, "", table.grain, list(table.key), columns))
    return "\n\n".join(parts) + "\n"


def _table(name: str, description: str, grain: str, key: list[str], columns: dict[str, str]) -> str:
    about = f"{description} " if description else ""
    head = f"## {name}\n\n{about}One row per {grain}. Key: {', '.join(key)}."
    rows = [f"| {column} | {meaning.replace('|', chr(92) + '|')} |" for column, meaning in columns.items()]
    return "\n".join([head, "", "| column | meaning |", "|---|---|", *rows])


PAGES = {"definitions.md": definitions, "tables.md": tables}


def main() -> None:
    """Write every generated page."""
    for name, make in PAGES.items():
        (ROOT / "docs" / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
