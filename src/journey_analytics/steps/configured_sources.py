"""The ``[[sources]]`` blocks of a project, each with its vendor format and checked options."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path, PurePath

import polars as pl

from journey_analytics.config import Project
from journey_analytics.errors import SourceFailure, UsageError, did_you_mean
from journey_analytics.sources import discover
from journey_analytics.sources.documents import Layout
from journey_analytics.sources.source import Derived, Shape, Source, SourceOptions
from journey_analytics.toml_files import validated


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

    def files(self) -> list[Path]:
        """The files that its patterns match now, in the order of their names."""
        found = {path for pattern in self.patterns for path in self._matches(pattern)}
        # Not Path.is_file: of what stands in a closed folder it raises, where the answer is to be no.
        return [Path(path) for path in sorted(found) if os.path.isfile(path)]  # noqa: PTH113

    def closed_folders(self) -> list[SourceFailure]:
        """Folders in which its patterns look for files, but which this user may not list."""
        outer = {str(folder) for pattern in self.patterns for folder in PurePath(pattern).parents}
        folders = {path for pattern in outer for path in self._matches(pattern) if os.path.isdir(path)}  # noqa: PTH112
        return [
            SourceFailure(
                f"{self.name}: the folder {os.path.relpath(path, self.folder)} cannot be read.",
                hint="The user who runs the pipeline must be allowed to list it and to open its files.",
            )
            for path in sorted(folders)
            if not os.access(path, os.R_OK | os.X_OK)
        ]

    def _matches(self, pattern: str) -> list[str]:
        # Not Path.glob, which knows no absolute patterns.
        return [str(self.folder / path) for path in glob(pattern, root_dir=self.folder, recursive=True)]  # noqa: PTH207

    @property
    def settings_hash(self) -> str:
        """Changes whenever its files would be read differently."""
        settings = {
            "type": self.source.name,
            "separator": self.separator,
            "options": self.options.model_dump(mode="json"),
        }
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
        configured.append(
            ConfiguredSource(block.name, source, options, block.files, block.required, block.separator, project.folder)
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
