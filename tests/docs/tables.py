"""docs/tables.md: from the contracts and the headers of sql/."""

from journey_analytics import marts
from journey_analytics.contracts import STATE_TABLES
from journey_analytics.warehouse.sql_files import SqlFile, model_files, sql_files
from tests.docs.markdown import grid


def page() -> str:
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
    parts.append("# Macros")
    parts += [_macro(file) for file in sql_files("macros")]
    parts.append(
        "# The pipeline's own database\n\nWhat `state/pipeline.duckdb` holds. It has raw identifiers; nobody else opens it."
    )
    for table in STATE_TABLES:
        columns = {column.name: f"{column.sql_type}. {column.meaning}" for column in table.columns}
        parts.append(_table(table.name, "", table.grain, list(table.key), columns))
    return "\n\n".join(parts) + "\n"


def _macro(file: SqlFile) -> str:
    is_table = file.one("returns", "scalar") == "table"
    example = f"from {file.one('example')}" if is_table else file.one("example")
    text = f"`marts.{file.one('macro')}`: {file.description} Example: `{example}`"
    if not is_table:
        return text
    return f"{text} One row per {file.one('grain')}:\n\n{grid(('column', 'meaning'), file.columns.items())}"


def _table(name: str, description: str, grain: str, key: list[str], columns: dict[str, str]) -> str:
    about = f"{description} " if description else ""
    head = f"## {name}\n\n{about}One row per {grain}. Key: {', '.join(key)}."
    return f"{head}\n\n{grid(('column', 'meaning'), columns.items())}"
