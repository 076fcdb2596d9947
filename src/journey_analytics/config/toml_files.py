"""TOML files read once, validated once, with errors that name file, line and the nearest right word."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

import tree_sitter
import tree_sitter_toml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from journey_analytics.config.toml_hints import toml_hint
from journey_analytics.errors import ConfigurationError, did_you_mean, storage_failures

Key = tuple[str | int, ...]
"""Path of a value inside a TOML document, such as ``("sources", 2, "files")``."""

ModelT = TypeVar("ModelT", bound=BaseModel)


class MistakeAt(ValueError):
    """A value that contradicts another one; raised by a validator of the whole, it names the part at fault."""

    def __init__(self, key: Key, message: str) -> None:
        super().__init__(message)
        self.key = key


class Position(NamedTuple):
    """Where a key stands, and in the same line its value; from 1."""

    line: int
    key_column: int
    column: int


@dataclass(frozen=True)
class TomlFile:
    """A TOML document with the place of every key, so that an error can point at it.

    Attributes:
        path: The file.
        values: What it says.
        positions: Where every key and element of a list stands.
        tells_columns: Whether errors name the column too: in rules several values share a line.
    """

    path: Path
    values: dict[str, Any]
    positions: dict[Key, Position]
    tells_columns: bool = False

    def place(self, key: Key) -> str:
        """``journey.toml, line 12``: the nearest enclosing key that stands in the file."""
        found = self._nearest(key)
        return f"{self.path.name}, line {found.line}" if found else self.path.name

    def spot(self, key: Key, *, of_key: bool = False) -> str:
        """The place as errors name it, with the column of the value, or of the key itself."""
        found = self._nearest(key)
        if found is None or not self.tells_columns:
            return self.place(key)
        return f"{self.place(key)}, column {found.key_column if of_key else found.column}"

    def error(self, key: Key, message: str, hint: str = "") -> ConfigurationError:
        """An error about the value at ``key``."""
        return ConfigurationError(f"{self.spot(key)}: {message}", hint=hint)

    def _nearest(self, key: Key) -> Position | None:
        while key and key not in self.positions:
            # What stands alone may be written without the brackets of a list.
            alone = [key[:place] + key[place + 1 :] for place, part in enumerate(key) if part == 0]
            key = next((one for one in alone if one in self.positions), key[:-1])
        return self.positions[key] if key else None


def read_toml(path: Path, *, tells_columns: bool = False) -> TomlFile:
    """Read a TOML file.

    Args:
        path: The file.
        tells_columns: Whether errors shall name the column, too.

    Raises:
        ConfigurationError: The file is missing, is not UTF-8 or is not TOML.
        StorageFailure: It is a folder, or may not be read.
    """
    text = ""
    try:
        with storage_failures():
            content = path.read_bytes()
        text = content.decode("utf-8")
        values = tomllib.loads(text)
        return TomlFile(path, values, _positions(content), tells_columns)
    except FileNotFoundError:
        raise ConfigurationError(f"{path} does not exist.", hint="Make a project with: journey init") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path.name} is not UTF-8 text (byte {error.start}).") from None
    except tomllib.TOMLDecodeError as error:
        hint = toml_hint(str(error), text)
        raise ConfigurationError(f"{path.name} is not valid TOML: {error}.", hint=hint) from None
    except RecursionError:
        raise ConfigurationError(
            f"{path.name}: values nest too deeply.", hint="No setting is a list of lists of lists."
        ) from None


def validated(model: type[ModelT], values: object, file: TomlFile, at: Key = ()) -> ModelT:
    """Make a settings model from TOML values.

    Args:
        model: The pydantic model that says what is allowed.
        values: The values found at ``at``.
        file: Where they stand, for error messages.
        at: Key of ``values`` inside the file.

    Raises:
        ConfigurationError: Names every mistake with its line; unknown keys with the nearest right word.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = [_explain(detail, model, file, at) for detail in _root_causes(error.errors())]
        message = "\n".join(text for text, _ in found)
        raise ConfigurationError(message, hint=next((hint for _, hint in found if hint), "")) from None


def _root_causes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without complaints that a list is too short because its elements are wrong."""
    places = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(place != detail["loc"] and place[: len(detail["loc"])] == detail["loc"] for place in places)
    ]


def _explain(detail: ErrorDetails, model: type[BaseModel], file: TomlFile, at: Key) -> tuple[str, str]:
    inside = getattr(detail.get("ctx", {}).get("error"), "key", ())
    key = (*at, *(part for part in detail["loc"] if not _is_union_tag(part)), *inside)
    name = ".".join(str(part) for part in key if isinstance(part, str))
    place = f"{file.spot(key)}: {name}" if name else file.spot(key)
    match detail["type"]:
        case "extra_forbidden":
            allowed = _fields_at(model, detail["loc"][:-1])
            return f"{file.spot(key, of_key=True)}: unknown key '{key[-1]}'.", did_you_mean(str(key[-1]), allowed)
        case "missing":
            return f"{file.spot(key)}: key '{name}' is missing.", ""
        case "value_error" | "assertion_error":
            return f"{place}: {detail['msg'].split(', ', 1)[-1]}", ""
        case "string_pattern_mismatch" | "tuple_type" if (told := _misshapen(detail["input"], name)) is not None:
            return f"{place}: {told[0]}", told[1]
        case "literal_error" | "enum":
            allowed = re.findall(r"'([^']*)'", detail.get("ctx", {}).get("expected", ""))
            return f"{place}: unknown value '{detail['input']}'.", did_you_mean(str(detail["input"]), allowed)
        case _:
            return f"{place}: {detail['msg']}; found {detail['input']!r}.", ""


def _misshapen(value: object, name: str) -> tuple[str, str] | None:
    """What is wrong with a name, or with a table that should stand in double brackets; None for anything else."""
    if isinstance(value, str):
        near = re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")
        hint = f"Write for example '{near}'." if re.match("[a-z]", near) else ""
        return f"'{value}' cannot be a name: small letters, digits and _, beginning with a letter.", hint
    if isinstance(value, dict) and "." not in name:
        return "it stands in single brackets.", f"Write [[{name}]], once for each."
    return None


def _is_union_tag(part: str | int) -> bool:
    return isinstance(part, str) and (part.startswith("function-") or "[" in part)


def _fields_at(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """Names of the fields of the model nested at ``location``."""
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            nested = next(_models_in(model.model_fields[part].annotation), None)
            model = nested or model
    return list(model.model_fields)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))


def _positions(content: bytes) -> dict[Key, Position]:
    """Where every key and array element of a TOML text stands."""
    places = _Places(content)
    places.walk(_PARSER.parse(content).root_node, ())
    return places.positions


class _Places:
    """Positions of keys, gathered by a walk through the syntax tree; ``arrays`` knows the open element of each."""

    def __init__(self, content: bytes) -> None:
        self.lines = content.split(b"\n")
        self.positions: dict[Key, Position] = {}
        self.arrays: dict[Key, int] = {}

    def walk(self, node: tree_sitter.Node, prefix: Key) -> None:
        for child in node.named_children:
            match child.type:
                case "pair":
                    key = self._enter(prefix, _names(child.named_children[0]))
                    self._note(key, child, child.named_children[-1])
                    self._walk_value(child.named_children[-1], key)
                case "table":
                    key = self._enter((), _names(child.named_children[0]))
                    self._note(key, child)
                    self.walk(child, key)
                case "table_array_element":
                    *outer, last = _names(child.named_children[0])
                    array = (*self._enter((), outer), last)
                    self.arrays[array] = self.arrays.get(array, -1) + 1
                    self._note((*array, self.arrays[array]), child)
                    self.walk(child, (*array, self.arrays[array]))
                case _:
                    pass

    def _note(self, key: Key, node: tree_sitter.Node, value: tree_sitter.Node | None = None) -> None:
        line, column, value_column = node.start_point.row + 1, self._column(node), self._column(value or node)
        self.positions.setdefault(key, Position(line, column, value_column))

    def _column(self, node: tree_sitter.Node) -> int:
        """In characters, from 1; the parser counts bytes."""
        row, column = node.start_point
        return len(self.lines[row][:column].decode(errors="replace")) + 1

    def _enter(self, prefix: Key, names: list[str]) -> Key:
        """Resolve a header such as ``[sources.fields]`` to the array element that is open now."""
        for name in names:
            prefix = (*prefix, name)
            if prefix in self.arrays:
                prefix = (*prefix, self.arrays[prefix])
        return prefix

    def _walk_value(self, node: tree_sitter.Node, key: Key) -> None:
        if node.type == "inline_table":
            self.walk(node, key)
        elif node.type == "array":
            elements = (child for child in node.named_children if child.type != "comment")
            for index, element in enumerate(elements):
                self._note((*key, index), element)
                self._walk_value(element, (*key, index))


def _names(key: tree_sitter.Node) -> list[str]:
    if key.type == "dotted_key":
        return [name for part in key.named_children for name in _names(part)]
    text = (key.text or b"").decode()
    return [text[1:-1] if key.type == "quoted_key" else text]
