"""``journey init``: a project folder to begin with."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Context, Option

from journey_analytics.cli.options import Shared
from journey_analytics.errors import UsageError

_IGNORED = "state/\nwarehouse/\nreports/\ncustomer.key\n"


def init(
    context: Context,
    folder: Annotated[Path, Argument(help="Folder to make.")] = Path(),
    model: Annotated[str, Option(help="Shipped stage model to begin with.")] = "lifecycle",
) -> None:
    """Make a project: journey.toml, stages.toml, data/, .gitignore."""
    from journey_analytics.stage_model import load_stage_model, shipped_model_path

    shared: Shared = context.obj
    target = shared.folder / folder
    load_stage_model(model, target)
    files = {
        "journey.toml": read_template("project.toml"),
        "stages.toml": shipped_model_path(model).read_text(encoding="utf-8"),
        ".gitignore": _IGNORED,
    }
    write_new(target, files)
    (target / "data").mkdir(exist_ok=True)
    shared.say(f"made     {', '.join(files)} and data/ in {target}")
    shared.say("next     name your sources in journey.toml, then: journey doctor, journey run")
    shared.document({"status": "made", "exit_code": 0, "folder": str(target), "files": list(files)})


def read_template(name: str) -> str:
    """Text of a file that new projects begin with."""
    return Path(__file__).with_name("templates").joinpath(name).read_text(encoding="utf-8")


def write_new(folder: Path, files: dict[str, str]) -> None:
    """Write files that do not exist yet.

    Raises:
        UsageError: One of them exists; nothing is written.
    """
    existing = [name for name in files if (folder / name).exists()]
    if existing:
        raise UsageError(f"{folder} has a {existing[0]} already.", hint="Choose an empty folder; nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
