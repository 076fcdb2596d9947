"""What to do about SQL that DuckDB does not accept."""

import re

import duckdb

TABLES = 'Tables: journey query "show all tables"'
_COLUMN = re.compile(r'Referenced column "([^"]*)" (?:was )?not found')


def query_hint(error: duckdb.Error, sql: str) -> str:
    """The next step for an error of a query; empty where the error itself says what is allowed.

    >>> query_hint(duckdb.InvalidInputException("There is no stage 'x': a, b."), "select 1")
    ''
    """
    told = str(error)
    if found := _COLUMN.search(told):
        name = found[1]
        if f'"{name}"' in sql:
            return f"Double quotes name a column. Text stands in single quotes: '{name}'."
        return 'Columns of a table: journey query "describe marts.stage_funnel"'
    match error:
        case duckdb.ParserException():
            return "Questions that are ready to ask: journey query"
        case duckdb.CatalogException() if "Function" in told:
            return 'Functions and macros: journey query "from duckdb_functions()"'
        case duckdb.CatalogException() | duckdb.BinderException():
            return TABLES
        case _:
            return ""
