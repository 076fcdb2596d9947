"""Versions of exports that stand in the names of files."""

import re
from typing import Annotated

import polars as pl
from pydantic import AfterValidator

from journey_analytics.config.setting_values import RegularExpression
from journey_analytics.transform.canonical import Verdict
from journey_analytics.transform.times import version_text


def _has_one_group(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"'{pattern}' is not a regular expression ({error}).") from None
    if groups != 1:
        raise ValueError(f"'{pattern}' must have exactly one group, the version: write (?:...) for others.")
    return pattern


FileNamePattern = Annotated[RegularExpression, AfterValidator(_has_one_group)]
"""A regular expression whose one group is the version, looked for in a file's name, else in its path."""


def version_in_name(pattern: str) -> pl.Expr:
    """The version that stands in the name of a row's file; null where the pattern does not match."""
    return version_text(pl.coalesce(pl.col("file_name", "file_path").str.extract(pattern)).replace("", None))


def no_version_in_name(pattern: str) -> Verdict:
    """The rule for rows of files whose name has no version."""
    told = "no version in the name of the file '{}'; looked for " + pattern.replace("{", "{{").replace("}", "}}")
    return "file_version", version_in_name(pattern).is_null(), pl.format(told, "file_path")
