"""What every verb needs: which project, how to print, and options that may stand anywhere on the line."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.core import TyperGroup

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from journey_analytics.config import Project

_FLAGS = ("--json", "-q", "--quiet", "-v", "--verbose", "--no-color")
_VALUED = ("-C", "--project")
_WIDEST = 10_000


class AnywhereGroup(TyperGroup):
    """Lets the options that all verbs share stand behind the verb as well as before it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401, Typer keeps the class to itself
        """Move shared options to the front, up to a ``--``."""
        end = args.index("--") if "--" in args else len(args)
        shared: list[str] = []
        rest: list[str] = []
        words = iter(args[:end])
        for word in words:
            if word in _FLAGS or word.startswith("--project="):
                shared.append(word)
            elif word in _VALUED:
                shared += [word, *([value] if (value := next(words, None)) is not None else [])]
            else:
                rest.append(word)
        return super().parse_args(ctx, [*shared, *rest, *args[end:]])


@dataclass
class Shared:
    """The shared options of a call."""

    folder: Path = Path()
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False

    @cached_property
    def project(self) -> "Project":
        """The project folder."""
        from journey_analytics.config import Project

        return Project(self.folder)

    @cached_property
    def out(self) -> "Console":
        """Where results go: standard output, or nowhere when a JSON document goes there."""
        return _console(self, to_errors=self.as_json)

    @cached_property
    def err(self) -> "Console":
        """Where progress, warnings and errors go."""
        return _console(self, to_errors=True)

    def say(self, text: str) -> None:
        """A line for people; not under ``--quiet``."""
        if not self.quiet:
            self.out.print(text, markup=False)

    def warn(self, text: str) -> None:
        """A warning, also under ``--quiet``."""
        self.err.print(f"! {text}", style="yellow", markup=False)

    def document(self, document: object) -> None:
        """The one JSON document of a call under ``--json``."""
        if self.as_json:
            self.write(json.dumps(document, default=str, ensure_ascii=False, indent=1) + "\n", is_json=True)

    def write(self, text: str, *, is_json: bool = False) -> None:
        """Data on standard output; JSON stays JSON where the output knows no other letters than ASCII."""
        if is_json and not self.can_show(text):
            text = re.sub(r"[^\x00-\x7f]", lambda letter: json.dumps(letter[0])[1:-1], text)
        sys.stdout.write(text)

    def can_show(self, text: str) -> bool:
        """Whether standard output has these letters."""
        try:
            text.encode(sys.stdout.encoding or "utf-8")
        except UnicodeEncodeError:
            return False
        return True

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[object]], numeric: Sequence[int] = ()) -> None:
        """A small table for people; words wrap on a screen that is wide enough, and never break."""
        if self.quiet:
            return
        from rich import box
        from rich.measure import Measurement
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for index, header in enumerate(headers):
            table.add_column(header, justify="right" if index in numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        wide = self.out.options.update(max_width=_WIDEST)
        needed = Measurement.get(self.out, wide, table)
        if not self.out.is_terminal or needed.minimum > self.out.width:
            self.out.width = max(self.out.width, needed.maximum)
        self.out.print(table, markup=False, crop=False)


def _cell(value: object) -> "Text":
    from rich.text import Text

    return Text("–" if value is None else str(value))


def _console(shared: Shared, *, to_errors: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=to_errors, no_color=shared.no_color or None, highlight=False, emoji=False, soft_wrap=True)
