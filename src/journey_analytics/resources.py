"""Folders that stand at the top of the repository and inside the installed package: ``sql/`` and ``pipelines/``."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_folder(name: str) -> Path:
    """The folder, wherever this package runs from."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name
