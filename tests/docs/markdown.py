"""What the generated pages are made of: tables, blocks, and the keys of a settings model with their meaning."""

import inspect
import json
import re
import types
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_WORDS = {str: "text", bool: "`true` or `false`", int: "whole number", float: "number", timedelta: "duration"}


def block(text: str, language: str = "") -> str:
    """A text as a block of code."""
    return f"```{language}\n{inspect.cleandoc(text).strip()}\n```"


def grid(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [list(header), *(list(row) for row in rows)]
    cells = [[cell.replace("|", r"\|") for cell in line] for line in lines]
    drawn = [f"| {' | '.join(line)} |" for line in cells]
    return "\n".join([drawn[0], "|---" * len(cells[0]) + "|", *drawn[1:]])


def prose(text: str) -> str:
    """A docstring as Markdown."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text.strip()).replace("``", "`")


def summary(model: type) -> str:
    """What a class is for: its docstring up to ``Attributes:``."""
    return prose(inspect.cleandoc(model.__doc__ or "").partition("Attributes:")[0])


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Meaning of every key of a settings model, from ``Attributes:`` of its docstring and those of its bases.

    Raises:
        AssertionError: A key has no meaning, or a meaning has no key.
    """
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            listed = inspect.cleandoc(base.__doc__ or "").partition("Attributes:\n")[2]
            entries = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", listed, re.MULTILINE)
            found |= {name: prose(re.sub(r"\n +", " ", meaning)) for name, meaning in entries}
    fields = set(model.model_fields)
    assert fields <= set(found), f"{model.__name__}: no meaning of {sorted(fields - set(found))} in Attributes:"
    assert set(found) <= fields, f"{model.__name__}: Attributes: names {sorted(set(found) - fields)}, which are no keys"
    return found


def keys(model: type[BaseModel], names: Iterable[str] = ()) -> str:
    """The keys of a settings model (all, or some): how they are written, their defaults, their meaning."""
    meaning, fields = meanings(model), model.model_fields
    return grid(
        ("key", "written as", "default", "meaning"),
        ((f"`{name}`", written(fields[name]), default(fields[name]), meaning[name]) for name in names or fields),
    )


def written(field: FieldInfo) -> str:
    """How a value is written, in plain words."""
    words = field.description or _words(field.annotation)
    limits = {name: getattr(mark, name) for mark in field.metadata for name in ("ge", "le") if hasattr(mark, name)}
    match limits:
        case {"ge": least, "le": most}:
            return f"{words} from {least} to {most}"
        case {"ge": least}:
            return f"{words}, at least {least}"
        case _:
            return words


def default(field: FieldInfo) -> str:
    """The default as TOML would write it."""
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    return f"`{_toml(value)}`" if value or isinstance(value, bool) else "none"


def _words(annotation: Any) -> str:
    arguments = get_args(annotation)
    match get_origin(annotation):
        case origin if origin is Annotated:
            described = (mark.description for mark in arguments[1:] if isinstance(mark, FieldInfo))
            return next((words for words in described if words), "") or _words(arguments[0])
        case origin if origin in (Union, types.UnionType):
            return " or ".join(_words(part) for part in arguments if part is not type(None))
        case origin if origin is Literal:
            return _either(arguments)
        case origin if origin is tuple:
            return f"list of {_many(_words(arguments[0]))}" if Ellipsis in arguments else "two whole numbers"
        case origin if origin is dict:
            return f"table of {_many(_words(arguments[1]))}"
        case _:
            pass
    if issubclass(annotation, StrEnum):
        return _either(list(annotation))
    return "table, see below" if issubclass(annotation, BaseModel) else _WORDS[annotation]


def _either(words: Sequence[str]) -> str:
    *others, last = (f'`"{word}"`' for word in words)
    return f"{', '.join(others)} or {last}" if others else last


def _many(words: str) -> str:
    plurals = {
        "text": "texts",
        "table, see below": "tables, see below",
        "text, or table, see below": "texts or tables, see below",
        "two whole numbers": "pairs of whole numbers",
    }
    return plurals[words]


def _toml(value: Any) -> str:
    match value:
        case timedelta():
            minutes = value // timedelta(minutes=1)
            return (
                f'"{minutes // 1440}d"'
                if minutes > 1440
                else f'"{minutes // 60}h"'
                if minutes > 60
                else f'"{minutes}m"'
            )
        case Mapping():
            return f"{{ {', '.join(f'{name} = {_toml(part)}' for name, part in value.items())} }}"
        case tuple():
            return f"[{', '.join(_toml(part) for part in value)}]"
        case _:
            return json.dumps(value)
