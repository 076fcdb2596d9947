"""What to write instead of what is no TOML, by the line at which reading stopped."""

import re
from collections.abc import Iterator

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_CURLY = re.compile("[\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"
                    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}]")  # fmt: skip
_COMPARED = re.compile(r"\s*([\w.]+)\s*=?\s*(<=|>=|<|>)\s*(-?[\d.]+)")
_KEY_AND_COLON = re.compile(r'\s*([\w."-]+)\s*:')
_BARE = re.compile(r"[\w./*-]+")
_TABLE = re.compile(r"\s*\[\[?([\w.]+)\]")


def toml_hint(problem: str, text: str) -> str:
    """The remedy for a text that is no TOML; empty where none is known.

    Args:
        problem: What ``tomllib`` said.
        text: The whole text.
    """
    place = _PLACE.search(problem)
    if place is None:
        return ""
    line = text.split("\n")[int(place[1]) - 1]
    return next(_remedies(problem, line, line[int(place[2]) - 1 :]), "")


def _remedies(problem: str, line: str, rest: str) -> Iterator[str]:
    """What may help with a line, the likeliest first; ``rest`` is what was not understood."""
    if _CURLY.search(line):
        yield 'Text stands in straight quotes: "text".'
    if found := _COMPARED.match(line):
        yield f'A comparison is a text: write {found[1]} = "{found[2]} {found[3]}".'
    if "twice" in problem or "overwrite" in problem:
        if found := _TABLE.match(line):
            yield f"Where several [{found[1]}] stand, each has double brackets: [[{found[1]}]]."
        yield "The key stands twice in one table; leave one of them out."
    if found := _KEY_AND_COLON.match(line):
        yield f"A value follows =, not a colon: {found[1]} = ..."
    if "Invalid value" in problem and (found := _BARE.match(rest)):
        if found[0].lower() in ("true", "false", "yes", "no", "on", "off"):
            yield "Yes and no are written true and false, in small letters and without quotes."
        yield f'Text stands in straight quotes: "{found[0]}".'
    if "after a statement" in problem and (found := re.search(r"=\s*(\d[\w:.-]*)", line)):
        yield f'Text stands in straight quotes, durations too: "{found[1]}".'
    if "Illegal character" in problem:
        yield "A text ends with the quote that it begins with, in the same line."
