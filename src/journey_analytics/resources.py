"""Files of the package: folders that stand at the top of the repository, and what code it is."""

import hashlib
from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_folder(name: str) -> Path:
    """The folder, wherever this package runs from."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name


def code_fingerprint(*names: str) -> str:
    """Changes whenever one of these modules or folders of the package, or ``sql``, is written differently."""
    digest = hashlib.sha256()
    for name in names:
        place = resource_folder(name)
        place = place if place.exists() else _PACKAGE / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.suffix in (".py", ".sql"):
                digest.update(path.read_bytes())
    return digest.hexdigest()
