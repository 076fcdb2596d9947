"""Patterns of objects, ``s3://bucket/web/**/*.ndjson``: they mean the same as patterns of files."""

import re
from dataclasses import dataclass

SCHEME = "s3://"
_WILD = re.compile(r"[*?\[]")
_PIECE = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)
_SHOWN = r"(?!\.)"
"""As in a folder, ``*`` does not find what begins with a dot."""


@dataclass(frozen=True)
class KeyPattern:
    """Which objects of a bucket are meant.

    Attributes:
        bucket: Name of the bucket.
        key: Pattern of the keys.
    """

    bucket: str
    key: str

    @property
    def base(self) -> str:
        """The innermost folder, or the one object, in which all that matches stands; with the bucket.

        >>> parse_pattern("s3://logs/web/2026*/a.csv").base, parse_pattern("s3://logs/web/a.csv").base
        ('logs/web', 'logs/web/a.csv')
        """
        segments = self.key.split("/")
        wild = next((place for place, segment in enumerate(segments) if _WILD.search(segment)), len(segments))
        return "/".join([self.bucket, *segments[:wild]])

    @property
    def is_one_object(self) -> bool:
        """Whether it is the name of one object."""
        return not _WILD.search(self.key)

    @property
    def is_deep(self) -> bool:
        """Whether it matches below the folders that stand directly in ``base``."""
        return "/" in self.key[len(self.base) - len(self.bucket) :] or "**" in self.key

    def matches(self, path: str) -> bool:
        """Whether it means an object, named with its bucket.

        >>> [parse_pattern("s3://logs/**/*.csv").matches(path) for path in ("logs/a.csv", "logs/b/a.csv", "logs/.csv")]
        [True, True, False]
        """
        return re.fullmatch(f"{re.escape(self.bucket)}/{_expression(self.key)}", path, re.DOTALL) is not None


def parse_pattern(text: str) -> KeyPattern:
    """Read a pattern.

    Raises:
        ValueError: It names no bucket, or no object in it.
    """
    bucket, _, key = text.removeprefix(SCHEME).partition("/")
    if not bucket or _WILD.search(bucket):
        raise ValueError(f"'{text}' must name one bucket; write for example 's3://bucket/web/**/*.ndjson.gz'.")
    if not key or key.endswith("/") or "//" in key:
        raise ValueError(f"'{text}' must say which objects of the bucket, such as '{SCHEME}{bucket}/web/*.ndjson.gz'.")
    return KeyPattern(bucket, key)


def _expression(key: str) -> str:
    """A regular expression of a pattern."""
    *folders, last = key.split("/")
    found = [rf"(?:{_SHOWN}[^/]+/)*" if folder == "**" else _segment(folder) + "/" for folder in folders]
    found.append(rf"(?:{_SHOWN}[^/]+/)*{_SHOWN}[^/]+" if last == "**" else _segment(last))
    return "".join(found)


def _segment(segment: str) -> str:
    pieces = [_piece(piece) for piece in _PIECE.findall(segment)]
    return (_SHOWN if _WILD.match(segment) else "") + "".join(pieces)


def _piece(piece: str) -> str:
    match piece:
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if len(piece) > 1:
            inner = piece[1:-1].replace("\\", r"\\")
            return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner.replace('^', chr(92) + '^')}]"
        case _:
            return re.escape(piece)
