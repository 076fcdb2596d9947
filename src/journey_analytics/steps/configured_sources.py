"""The ``[[sources]]`` blocks of a project, each with its vendor format and checked options."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from journey_analytics.config import Project
from journey_analytics.config.places import PostgresSection
from journey_analytics.config.toml_files import validated
from journey_analytics.errors import UsageError, did_you_mean
from journey_analytics.places.local import LocalFiles
from journey_analytics.places.place import Listing, Place
from journey_analytics.sources import discover
from journey_analytics.sources.documents import Layout
from journey_analytics.sources.source import Derived, Shape, Source, SourceOptions
from journey_analytics.steps.configured_places import check_fits, configured_places
from journey_analytics.steps.contract import Contract


@dataclass(frozen=True)
class ConfiguredSource:
    """A source with the options of one ``[[sources]]`` block."""

    name: str
    source: Source
    options: SourceOptions
    patterns: tuple[str, ...]
    is_required: bool
    separator: str
    folder: Path
    places: tuple[Place, ...]
    postgres: PostgresSection | None = None
    contract: Contract = field(default_factory=Contract)

    def shapes(self) -> Sequence[Shape]:
        """The shapes of its rows under these options."""
        return self.source.shapes(self.options)

    def derive(self, rows: Mapping[str, pl.LazyFrame]) -> Derived:
        """Events and links that follow from the winning rows."""
        if self.source.derive is None:
            raise TypeError(f"source type '{self.source.name}' keeps no rows to derive events from")
        return self.source.derive(rows, self.options)

    @property
    def layout(self) -> Layout:
        """How its delimited files are laid out."""
        return Layout(self.separator, tuple(self.source.header))

    @property
    def is_snapshot(self) -> bool:
        """Whether its files are exports of parts that newer exports replace as a whole."""
        return any(shape.by_partition for shape in self.shapes())

    @property
    def reads_file_names(self) -> bool:
        """Whether the same content under another name is another file."""
        return any(shape.by_partition or shape.by_file_name for shape in self.shapes())

    def listed(self, since: str | None = None) -> Listing:
        """What stands at its places now."""
        listing = Listing()
        for place in self.places:
            listing.add(place.listed(since))
        return listing

    def place_of(self, path: str) -> Place:
        """The place of a path that the ledger knows."""
        return next((place for place in self.places if place.owns(path)), LocalFiles(self.name, self.folder, ()))

    @property
    def settings_hash(self) -> str:
        """Changes whenever its files would be read differently."""
        settings: dict[str, Any] = {
            "type": self.source.name,
            "separator": self.separator,
            "options": self.options.model_dump(mode="json"),
        }
        if self.contract.is_frozen:
            settings["known_fields"] = sorted(self.contract.known_fields)
        if self.postgres is not None:
            settings["postgres"] = self.postgres.model_dump(mode="json", include={"url", "table", "query", "cursor"})
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def configured_sources(project: Project) -> list[ConfiguredSource]:
    """Every source of a project, in the order of journey.toml.

    Raises:
        ConfigurationError: An unknown type or option, with the line and the nearest right word.
    """
    known = discover()
    configured: list[ConfiguredSource] = []
    for index, block in enumerate(project.settings.sources):
        at = ("sources", index)
        if block.type not in known:
            raise project.file.error(
                (*at, "type"), f"unknown source type '{block.type}'.", did_you_mean(block.type, known)
            )
        source = known[block.type]
        options = validated(source.options, block.options, project.file, at)
        check_fits(project, block, options, at)
        configured.append(
            ConfiguredSource(
                name=block.name,
                source=source,
                options=options,
                patterns=block.files,
                is_required=block.required,
                separator=block.separator,
                folder=project.folder,
                places=configured_places(project, block, at),
                postgres=block.postgres,
                contract=Contract(block.contract == "freeze", block.known_fields),
            )
        )
    return configured


def configured_source(project: Project, name: str) -> ConfiguredSource:
    """One source of a project by its name.

    Raises:
        UsageError: There is no such source.
    """
    sources = {source.name: source for source in configured_sources(project)}
    if name not in sources:
        raise UsageError(f"there is no source '{name}' in journey.toml.", hint=did_you_mean(name, sources))
    return sources[name]
