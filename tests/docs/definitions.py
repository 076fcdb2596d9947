"""docs/definitions.md: every spec test as a sentence with what is given and what comes out.

A test shows the texts that it keeps under the names of ``SHOWN``; it must show at least ``given`` and ``expected``. The
docstring of a chapter begins with its title; ``{NAME}`` on a line of its own stands for a text of the module.
"""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.docs.markdown import block, prose

SPEC = Path(__file__).parents[1] / "spec"
CHAPTERS = (
    "interactions", "identity", "sessions", "stages", "contacts", "journeys", "outcomes", "responses",
)  # fmt: skip
SHOWN = {
    "settings": ("With this in `journey.toml`", "toml"),
    "stages": ("With this stage model", "toml"),
    "given": ("Given", ""),
    "watermark": ("At the watermark", ""),
    "expected": ("Then", ""),
}
_INTRO = (
    "# Definitions: what every number means",
    "Each sentence is a test that runs; its tables are the test's own. Times are in UTC; those without a date are of "
    "2 March 2026. An event without a `type` is a `page_view`, without a `channel` it is of `web`, without an `actor` it "
    "is done by the customer.",
    "The words are in [GLOSSARY.md](../GLOSSARY.md). What a stage model may say is in [stage_models.md](stage_models.md), "
    "what `journey.toml` may say in [settings.md](settings.md).",
    "*Made from `tests/spec/` by `make docs`.*",
)


def page() -> str:
    """The whole page."""
    parts: list[str] = [*_INTRO]
    for chapter in CHAPTERS:
        module = import_module(f"tests.spec.test_{chapter}")
        parts.append(_head(module))
        tree = ast.parse(inspect.getsource(module))
        tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
        parts += [definition(node, module) for node in tests]
    return "\n\n".join(parts) + "\n"


def _head(module: ModuleType) -> str:
    title, *paragraphs = re.split(r"\n\n+", inspect.cleandoc(module.__doc__ or ""))
    shown = [f"## {title}"]
    for paragraph in paragraphs:
        named = re.fullmatch(r"\{(\w+)\}", paragraph)
        shown.append(_block(getattr(module, named[1])) if named else prose(paragraph))
    return "\n\n".join(shown)


def definition(node: ast.FunctionDef, module: ModuleType) -> str:
    """A test as its sentence, what is given, and what comes out.

    Raises:
        AssertionError: It lacks one of them.
    """
    sentence = ast.get_docstring(node)
    assert sentence, f"{node.name} needs a sentence"
    texts = {
        target.id: statement.value.value
        if isinstance(statement.value, ast.Constant)
        else getattr(module, statement.value.id)
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(target := statement.targets[0], ast.Name)
        and target.id in SHOWN
        and isinstance(statement.value, ast.Constant | ast.Name)
    }
    missing = {"given", "expected"} - set(texts)
    assert not missing, f"{node.name} does not show {', '.join(sorted(missing))}"
    shown = [f"### {sentence}"]
    for name, (heading, language) in SHOWN.items():
        if name in texts:
            text = inspect.cleandoc(str(texts[name]))
            shown.append(f"{heading}\n\n{block(text, language)}" if "\n" in text else f"{heading} `{text}`")
    return "\n\n".join(shown)


def _block(text: str) -> str:
    return block(text, "toml" if "[[" in text else "")
