"""The places of a ``[[sources]]`` block: where its files or rows are looked for."""

from pathlib import Path

from journey_analytics.config import Project, SourceBlock
from journey_analytics.config.toml_files import Key
from journey_analytics.places.key_patterns import SCHEME, KeyPattern, parse_pattern
from journey_analytics.places.local import LocalFiles
from journey_analytics.places.place import Place
from journey_analytics.places.postgres import PostgresRows
from journey_analytics.places.s3 import S3Objects
from journey_analytics.sources.source import SourceOptions
from journey_analytics.sources.table_options import TableOptions


def configured_places(project: Project, block: SourceBlock, at: Key) -> tuple[Place, ...]:
    """Where a source is looked for: local files last, as they own every path that nobody else claims.

    Raises:
        ConfigurationError: A pattern of objects that cannot be, with its line.
    """
    if block.postgres is not None:
        return (PostgresRows(block.name, block.postgres),)
    keys = [
        _key_pattern(project, pattern, (*at, "files", index))
        for index, pattern in enumerate(block.files)
        if pattern.startswith(SCHEME)
    ]
    local = [pattern for pattern in block.files if not pattern.startswith(SCHEME)]
    places: list[Place] = [S3Objects(block.name, keys, project.settings.s3)] if keys else []
    return (*places, LocalFiles(block.name, project.folder, local)) if local else tuple(places)


def check_fits(project: Project, block: SourceBlock, options: SourceOptions, at: Key) -> None:
    """Refuse settings that contradict the place.

    Raises:
        ConfigurationError: With the line, and what would do.
    """
    if block.postgres is None:
        return
    if not isinstance(options, TableOptions):
        raise project.file.error(
            (*at, "postgres"), f"only sources of type 'table' are read from a database, and this one is '{block.type}'."
        )
    if options.version is not None and options.version.file_name is not None:
        raise project.file.error(
            (*at, "version"), "rows of a database stand in no file whose name could have a version; name a column."
        )
    if block.postgres.cursor is None:
        return
    if options.key == "content":
        raise project.file.error(
            (*at, "key"),
            'with a cursor, key = "content" cannot be: rows at the boundary are fetched twice, and equal rows would '
            "count as different ones.",
            "Name the columns that tell rows apart.",
        )
    if options.snapshot is not None:
        raise project.file.error(
            (*at, "snapshot"),
            "with a cursor, a snapshot cannot be: a fetch holds only some rows of a part.",
            "Leave out one of the two.",
        )


def copies_folder(project: Project, source: str) -> Path:
    """Where copies of a source's files are kept while they are read."""
    return project.fetched / source


def _key_pattern(project: Project, pattern: str, at: Key) -> KeyPattern:
    try:
        return parse_pattern(pattern)
    except ValueError as error:
        raise project.file.error(at, str(error)) from None
