"""Examples of a stage model: short lives of customers, and the stage and rule that each event of them should get.

They stand as ``[[examples]]`` in the file of the model, or beside it: those of ``stages.toml`` in
``stages.examples.toml``. Only ``journey rules test`` looks at them; a mistake in one stops no run.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from journey_analytics.config.toml_files import TomlFile, read_toml, validated
from journey_analytics.errors import ConfigurationError, did_you_mean
from journey_analytics.stage_model.grammar import CLOSED_WORDS, KNOWN_KINDS, NUMBER_FIELDS, TEXT_FIELDS
from journey_analytics.stage_model.model import StageModel
from journey_analytics.stage_model.written import WrittenExample, WrittenExamples
from journey_analytics.vocabulary import UNMAPPED

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = (
    "day", "time", "stage", "rule", *(field for field in TEXT_FIELDS if field != "page_path"), *NUMBER_FIELDS,
    *KNOWN_KINDS,
)  # fmt: skip
"""Columns that a life may have; ``properties.`` and a path is another."""

_NEEDED = ("day", "event_type", "stage")
_NOON, _MINUTE = timedelta(hours=12), timedelta(minutes=1)


@dataclass(frozen=True)
class ExampleEvent:
    """An event of a life.

    Attributes:
        place: File and line.
        at: When it happens.
        says: What the event says, by the names of the columns.
        stage: The stage that it should get; None where any will do.
        rule: The rule that should give it; None where any will do.
    """

    place: str
    at: datetime
    says: dict[str, str]
    stage: str | None
    rule: str | None


@dataclass(frozen=True)
class Example:
    """A life of one customer."""

    name: str
    place: str
    events: tuple[ExampleEvent, ...]


def read_examples(path: Path, model: StageModel) -> list[Example]:
    """Read the examples of a stage model, from its file and from the one beside it.

    Raises:
        ConfigurationError: An example says something that cannot be; names file and line.
    """
    file = read_toml(path, tells_columns=True)
    found = _of_file(file, validated(WrittenExamples, {"examples": file.values.get("examples", ())}, file), model)
    beside = path.with_suffix(".examples.toml")
    if beside.is_file():
        file = read_toml(beside, tells_columns=True)
        found += _of_file(file, validated(WrittenExamples, file.values, file), model)
    return found


def _of_file(file: TomlFile, written: WrittenExamples, model: StageModel) -> list[Example]:
    return [
        Example(one.name, file.place(("examples", index)), tuple(_Life(file, index, one, model).events()))
        for index, one in enumerate(written.examples)
    ]


class _Life:
    """A table of text, read line by line so that every mistake names its line."""

    def __init__(self, file: TomlFile, index: int, written: WrittenExample, model: StageModel) -> None:
        self.file, self.model = file, model
        position = file.positions["examples", index, "life"]
        opening = file.path.read_text(encoding="utf-8").splitlines()[position.line - 1][position.column - 1 :]
        first = position.line + (opening.strip() in ('"""', "'''"))
        self.lines = [(first + skipped, line) for skipped, line in enumerate(written.life.splitlines()) if line.strip()]
        self.names = self._header(position.line)

    def events(self) -> list[ExampleEvent]:
        found: list[ExampleEvent] = []
        for number, line in self.lines[1:]:
            cells = _cells(line)
            if len(cells) != len(self.names):
                raise self._error(number, f"{len(cells)} cells under {len(self.names)} names.", "Write one for each.")
            row = {name: cell for name, cell in zip(self.names, cells, strict=True) if cell}
            at = self._time(number, row, found[-1].at if found else None)
            found.append(self._event(number, row, at))
        return found

    def _header(self, start: int) -> list[str]:
        if len(self.lines) <= 1:
            raise self._error(start, "the life has no events.", "Write a line with names, and under it one per event.")
        number, names = self.lines[0][0], _cells(self.lines[0][1])
        for place, name in enumerate(names):
            if name not in COLUMNS and not re.fullmatch(r"properties\.\S+", name):
                raise self._error(number, f"unknown column '{name}'.", did_you_mean(name, COLUMNS))
            if name in names[:place]:
                raise self._error(number, f"the column '{name}' stands twice.", "Give each its own.")
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            raise self._error(number, f"the column '{missing[0]}' is missing.", f"Needed: {', '.join(_NEEDED)}.")
        return names

    def _time(self, number: int, row: dict[str, str], before: datetime | None) -> datetime:
        if not re.fullmatch(r"[1-9]\d{0,4}", row.get("day", "")):
            raise self._error(
                number, f"'{row.get('day', '')}' is no day.", "Write its number in the customer's life, from 1."
            )
        day = FIRST_DAY + timedelta(days=int(row["day"]) - 1)
        clock = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", row.get("time", ""))
        if clock:
            at = day + timedelta(hours=int(clock[1]), minutes=int(clock[2]), seconds=int(clock[3] or 0))
        elif "time" in row:
            raise self._error(number, f"'{row['time']}' is no time of day.", "Write for example 14:30, or nothing.")
        else:
            at = before + _MINUTE if before is not None and before.date() == day.date() else day + _NOON
        if before is not None and at < before:
            raise self._error(number, "this event is earlier than the one above it.", "Write events in order of time.")
        return at

    def _event(self, number: int, row: dict[str, str], at: datetime) -> ExampleEvent:
        if "event_type" not in row:
            raise self._error(number, "the event has no event_type.", "Write what happens, such as page_view.")
        for name, allowed in (
            ("stage", [*self.model.stage_names, UNMAPPED]),
            ("rule", [rule.rule_id for rule in self.model.rules]),
            *((field, [str(word) for word in words]) for field, words in CLOSED_WORDS.items()),
        ):
            if name in row and row[name] not in allowed:
                raise self._error(number, f"unknown {name} '{row[name]}'.", did_you_mean(row[name], allowed))
        for name in NUMBER_FIELDS:
            if name in row and not re.fullmatch(r"-?\d{1,9}(\.\d{1,3})?", row[name]):
                raise self._error(number, f"'{row[name]}' is no {name}.", "Write a number such as 9 or 49.90.")
        says = {name: cell for name, cell in row.items() if name not in ("day", "time", "stage", "rule")}
        return ExampleEvent(f"{self.file.path.name}, line {number}", at, says, row.get("stage"), row.get("rule"))

    def _error(self, line: int, message: str, hint: str) -> ConfigurationError:
        return ConfigurationError(f"{self.file.path.name}, line {line}: {message}", hint=hint)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().split("|")]
