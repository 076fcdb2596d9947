"""Texts and paths of addresses compared with patterns, in which ``*`` stands for any characters.

All patterns of a condition make one regular expression. It is anchored only where a pattern says how a text begins or
ends: what is merely contained is found many times faster.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from journey_analytics.arrays.segments import Flags

_SPECIAL = re.compile(r"[\\.+?()\[\]{}|^$]")
_STARS = re.compile(r"[*]+")
_ADDRESS = r"^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?"
_END = r"/*(?:[?#]|$)"


def text_matches(text: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Whether each text is one of some; null for null."""
    exact = [pattern for pattern in patterns if "*" not in pattern]
    globs = [_glob(pattern) for pattern in patterns if "*" in pattern]
    if not globs:
        return text.is_in(exact)
    found = text.str.contains(f"(?s){_either(globs)}")
    return found | text.is_in(exact) if exact else found


def path_matches(address: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Whether the path of each address is one of some, compared without slashes at its end; null is none.

    Addresses in which no literal part of a pattern occurs are left out first.
    """
    if any(not pattern.strip("*") for pattern in patterns):
        return address.is_not_null()
    exact = f"{_ADDRESS}{_either([_path(pattern) for pattern in patterns])}{_END}"
    parts = [max(pattern.split("*"), key=len) for pattern in patterns]
    if "/" in parts:
        return address.str.contains(exact)
    found = has_any(address, parts).copy()
    rows = np.flatnonzero(found)
    found[rows] = address.gather(rows).str.contains(exact).to_numpy()
    return pl.Series(found)


def has_any(texts: pl.Series, literals: Iterable[str]) -> Flags:
    """Whether each text contains one of some literals; null does not."""
    either = _either([_literal(part) for part in sorted(set(literals))])
    return texts.cast(pl.String).str.contains(either).fill_null(value=False).to_numpy()


def _glob(pattern: str) -> str:
    """A pattern as a regular expression to look for in a text."""
    begins, ends = "" if pattern.startswith("*") else "^", "" if pattern.endswith("*") else "$"
    return f"{begins}{'.*'.join(map(_literal, _STARS.split(pattern.strip('*'))))}{ends}"


def _path(pattern: str) -> str:
    """A pattern of paths as a regular expression between host and end.

    A path begins with a slash, so that ``*`` at the beginning never reaches into the host, and ends with none, so that
    ``/docs/*`` asks for something behind that slash. The start page has a slash alone.
    """
    pieces = _STARS.split(pattern)
    if len(pieces) == 1:
        return _literal(pattern.rstrip("/"))
    first, *others = pieces
    if first:
        expression = _literal(first)
    else:
        first = others.pop(0)
        expression = ("(?:/[^?#]*)?" if first.startswith("/") else "/[^?#]*") + _literal(first)
    for piece in others:
        if piece:
            expression += f"[^?#]*{_literal(piece)}"
        else:
            expression += "[^?#]*[^?#/]" if first.endswith("/") else "(?:[^?#]*[^?#/])?"
        first = piece
    is_start = re.fullmatch(".*".join(map(re.escape, pieces)), "/")
    return f"(?:{expression}|)" if is_start else expression


def _either(expressions: Sequence[str]) -> str:
    return f"(?:{'|'.join(expressions)})"


def _literal(text: str) -> str:
    return _SPECIAL.sub(lambda sign: f"\\{sign[0]}", text)
