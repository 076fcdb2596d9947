"""docs/settings.md: every key of journey.toml, from the settings models and the options of the sources."""

import inspect
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from journey_analytics.config import Settings, SourceBlock
from journey_analytics.config.annotations import AnnotationBlock
from journey_analytics.config.places import PostgresSection
from journey_analytics.contracts import EVENTS
from journey_analytics.sources import discover
from journey_analytics.sources.source import Source
from journey_analytics.sources.table_mappings import (
    MAPPABLE,
    EventMapping,
    FieldMapping,
    TimeMapping,
    VersionMapping,
)
from journey_analytics.sources.table_options import TableOptions
from tests.docs.markdown import grid, keys, prose, summary

EXAMPLE = Path(__file__).with_name("example_journey.toml")

_INTRO = """# Settings: every key of journey.toml

`journey.toml` stands in the folder of a project. Every key has a default except those that say *must be given*. An
unknown key or a value that cannot be is an error that names the line; `journey doctor` finds it without running
anything. What the stages are is said in another file: [stage_models.md](stage_models.md).

*Made from the settings models by `make docs`.*

How values are written:

| | |
|---|---|
| text | in quotation marks: `"Europe/Prague"` |
| duration | a whole number and `s`, `m`, `h`, `d` or `w`: `"90s"`, `"30m"`, `"24h"`, `"30d"`, `"2w"` |
| date, time | without quotation marks: `2026-03-01`, `2026-03-01T14:00:00` |
| time zone | an IANA name: `"UTC"`, `"Europe/Prague"` |
| list | in brackets: `["stages.toml", "lifecycle"]` |
| table | in braces: `{ column = "ordered_at", zone = "Europe/Prague" }`, or under a header: `[sources.fields]` |

Names of columns, of sources and of values are compared exactly: upper and lower case differ.

## An example with every key

A test reads it. No project needs all of this: leave out what should keep its default."""


def page() -> str:
    """The whole page."""
    sections = [_section(name, model) for name, model in sections_of_settings().items()]
    sources = [_source_type(source) for source in discover().values()]
    example = f"```toml\n{EXAMPLE.read_text(encoding='utf-8').strip()}\n```"
    annotations = f"## [[annotations]]\n\n{summary(AnnotationBlock)}\n\n{keys(AnnotationBlock)}"
    return "\n\n".join([_INTRO, example, *sections, annotations, _sources(), *sources]) + "\n"


def sections_of_settings() -> dict[str, type[BaseModel]]:
    """The sections of journey.toml that stand there once, by name."""
    annotations: dict[str, Any] = {name: field.annotation for name, field in Settings.model_fields.items()}
    return {name: model for name, model in annotations.items() if name not in ("sources", "annotations")}


def _section(name: str, model: type[BaseModel]) -> str:
    return f"## [{name}]\n\n{summary(model)}\n\n{keys(model)}"


def _sources() -> str:
    parts = [f"## [[sources]]\n\n{summary(SourceBlock)}", keys(SourceBlock)]
    told = "Exactly one of `table` and `query` is named. With examples: [places.md](places.md)."
    parts.append(f"### postgres\n\n{summary(PostgresSection)} {told}")
    return "\n\n".join([*parts, keys(PostgresSection)])


def _source_type(source: Source) -> str:
    about = prose(inspect.cleandoc(sys.modules[source.shapes.__module__].__doc__ or ""))
    parts = [f'## [[sources]] with type = "{source.name}"', about]
    parts.append(keys(source.options) if source.options.model_fields else "It has no keys of its own.")
    if source.options is TableOptions:
        meaning = {column.name: column.meaning for column in EVENTS.columns}
        parts += [
            f"### time and received\n\n{summary(TimeMapping)}",
            keys(TimeMapping),
            f"### version\n\n{summary(VersionMapping)} Exactly one of the keys is named.",
            keys(VersionMapping),
            f"### fields\n\n{summary(FieldMapping)} Exactly one of `column`, `constant` and `product` is named.",
            keys(FieldMapping),
            f"### [[sources.events]]\n\n{summary(EventMapping)}",
            keys(EventMapping),
            "The canonical fields, which stand on the left:",
            grid(("field", "meaning"), ((f"`{name}`", meaning[name]) for name in MAPPABLE)),
        ]
    return "\n\n".join(parts)
