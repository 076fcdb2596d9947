"""Where values stand in JSON objects: dotted names, pointers, and patches that leave paths out."""

import json
import re
from collections.abc import Sequence
from typing import Any

Path = tuple[str, ...]
"""Keys that lead to a value, outermost first."""

_KEY = re.compile(r'"([^"]*)"|([^."]+)')


def path_of(name: str, columns: Sequence[str] | None = None) -> Path:
    """A dotted name as a path; a key in double quotes, and the name of a table's column, stay whole, dots and all.

    >>> path_of("context.page.url"), path_of("Impr.", ["Impr."]), path_of('items.0."shop.id"')
    (('context', 'page', 'url'), ('Impr.',), ('items', '0', 'shop.id'))
    """
    if columns is not None and name in columns:
        return (name,)
    return tuple(quoted or plain for quoted, plain in _KEY.findall(name)) if '"' in name else tuple(name.split("."))


def json_pointer(path: Path) -> str:
    """A path as DuckDB reads it, whatever characters the keys have.

    >>> json_pointer(("smtp-id", "a/b"))
    '/smtp-id/a~1b'
    """
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def patch_without(paths: Sequence[Path]) -> str:
    """A JSON merge patch that removes paths; what lies below a removed path goes with it."""
    patch: dict[str, Any] = {}
    for *outer, last in sorted(paths, key=len, reverse=True):
        level = patch
        for key in outer:
            level = level.setdefault(key, {})
        level[last] = None
    return json.dumps(patch)
