"""Ask: a query of the published file, or a question of the cookbook by its name."""

import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.warehouse.queries import query_published
from journey_analytics.warehouse.sql_files import sql_files


@dataclass(frozen=True)
class Answer:
    """Rows of an answer; ``is_cut`` when there are more than were asked for."""

    frame: pl.DataFrame
    is_cut: bool


def cookbook() -> dict[str, str]:
    """Names of the cookbook's questions and what they answer."""
    return {file.path.stem: file.description for file in sql_files("cookbook")}


def ask(database: Path, question: str, limit: int = 0, *, flat: bool = False) -> Answer:
    """Answer a question.

    Args:
        database: A published file.
        question: SQL, or the name of a file in ``sql/cookbook``.
        limit: Rows at most; 0 for all.
        flat: Whether lists and structs become JSON texts.

    Raises:
        UsageError: There is no published file, no such question, or the SQL is wrong.
    """
    known = {file.path.stem: file for file in sql_files("cookbook")}
    if question in known:
        sql = known[question].query
    elif re.fullmatch(r"[\w-]+", question):
        raise UsageError(f"there is no question '{question}' in the cookbook.", hint=did_you_mean(question, known))
    else:
        sql = question
    frame = query_published(database, sql, limit + 1 if limit else 0, flat=flat)
    return Answer(frame.head(limit) if limit else frame, is_cut=bool(limit) and frame.height > limit)
