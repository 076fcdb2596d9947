"""A project folder: where its settings, databases, pages and keys stand."""

from functools import cached_property
from pathlib import Path

from journey_analytics.config.settings import Settings
from journey_analytics.config.toml_files import TomlFile, read_toml, validated

SETTINGS_FILE = "journey.toml"
STATE_DATABASE = "pipeline.duckdb"


class Project:
    """A project folder: its settings and where its files stand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @cached_property
    def file(self) -> TomlFile:
        """journey.toml as read, for errors that point into it."""
        return read_toml(self.folder / SETTINGS_FILE)

    @cached_property
    def settings(self) -> Settings:
        """The validated settings.

        Raises:
            ConfigurationError: journey.toml is missing or says something that cannot be.
        """
        return validated(Settings, self.file.values, self.file)

    @property
    def state_database(self) -> Path:
        """The pipeline's own database: events and raw identifiers. Nobody else opens it."""
        return self.folder / self.settings.paths.state / STATE_DATABASE

    @property
    def fetched(self) -> Path:
        """Folder of copies of what stands elsewhere; each lasts only as long as it is read."""
        return self.folder / self.settings.paths.state / "fetched"

    @property
    def published_database(self) -> Path:
        """The file that analysts open."""
        return self.folder / self.settings.paths.warehouse / "journey.duckdb"

    @property
    def candidate_database(self) -> Path:
        """Tonight's file, built beside the published one and moved over it once the checks pass."""
        return self.published_database.with_suffix(".candidate.duckdb")

    @property
    def reports(self) -> Path:
        """Folder of the report site."""
        return self.folder / self.settings.paths.reports

    @property
    def stage_fits(self) -> Path:
        """Folder of stored stage fits."""
        return self.folder / self.settings.paths.stage_fits

    @property
    def lapse_thresholds(self) -> Path:
        """The learned limits of silence; an input, written by ``journey lapse learn`` alone."""
        return self.folder / self.settings.paths.lapse_thresholds

    @property
    def customer_key(self) -> Path:
        """The secret of customer ids; kept outside the databases on purpose."""
        return self.folder / self.settings.paths.customer_key
