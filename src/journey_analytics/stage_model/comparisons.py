"""Comparisons as a file writes them: ``>= 9``, or several that must all hold: ``>= 3, < 6``."""

import re

from journey_analytics.config.toml_files import Key, TomlFile
from journey_analytics.stage_model.conditions import Comparison, telling_numbers

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
    if not any(all(one.compare(number) for one in found) for number in telling_numbers(found)):
        raise file.error(
            key, f"no number is '{text}'.", "All of the comparisons must hold; write a range as '>= 3, < 6'."
        )
    return found
