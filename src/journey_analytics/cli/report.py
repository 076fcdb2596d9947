"""``journey report``: only the site, from what is published."""

import webbrowser
from pathlib import Path
from typing import Annotated

from typer import Context, Option

from journey_analytics.cli.options import Shared


def report(
    context: Context,
    out: Annotated[Path | None, Option(help="Folder to write to; reports/latest of the project by default.")] = None,
    open_page: Annotated[bool, Option("--open", help="Open the first page in the browser.")] = False,
) -> None:
    """Draw the report again from the published tables."""
    from journey_analytics.steps.report import report as draw

    shared: Shared = context.obj
    site = draw(shared.project.published_database, out or shared.project.reports / "latest")
    page = site / "index.html"
    shared.say(f"report   {page}")
    shared.document({"status": "written", "exit_code": 0, "outputs": {"report": str(page)}})
    if open_page:
        webbrowser.open(page.resolve().as_uri())
