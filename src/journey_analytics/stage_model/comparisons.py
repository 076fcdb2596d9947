"""Comparisons as a file writes them: ``>= 9``, or several that must all hold: ``>= 3, < 6``."""

import re
from collections.abc import Sequence
from itertools import pairwise

from journey_analytics.stage_model.conditions import Comparison
from journey_analytics.toml_files import Key, TomlFile

_ONE = r"\s*(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*"
_NUMBER = re.compile(r"\s*-?\d+(?:\.\d+)?\s*")


def are_comparisons(text: str) -> bool:
    """Whether a text says comparisons; a number alone is none."""
    return re.fullmatch(f"{_ONE}(,{_ONE})*", text) is not None


def comparisons(file: TomlFile, key: Key, text: str) -> list[Comparison]:
    """Read comparisons that must all hold; a number alone means ``=``.

    Raises:
        ConfigurationError: They cannot be read, or no number meets all of them.
    """
    written = f"= {text}" if _NUMBER.fullmatch(text) else text
    if not are_comparisons(written):
        raise file.error(key, f"'{text}' is not a comparison.", "Write for example '>= 9', '>= 3, < 6' or 5.")
    found = [Comparison(sign, float(number)) for sign, number in re.findall(_ONE, written)]
    if not _can_hold(found):
        raise file.error(
            key, f"no number is '{text}'.", "All of the comparisons must hold; write a range as '>= 3, < 6'."
        )
    return found


def _can_hold(found: Sequence[Comparison]) -> bool:
    """Whether a number meets all: one of those compared with does, or one between two neighbours, or beyond them."""
    limits = sorted({comparison.number for comparison in found})
    between = [(low + high) / 2 for low, high in pairwise(limits)]
    candidates = [limits[0] - 1, *limits, *between, limits[-1] + 1]
    return any(all(comparison.compare(number) for comparison in found) for number in candidates)
