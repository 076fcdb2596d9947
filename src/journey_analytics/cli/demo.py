"""``journey demo``: customers with a known truth, a full run, and its report."""

import webbrowser
from pathlib import Path
from typing import Annotated

from typer import Argument, Context, Option

from journey_analytics.cli.init import read_template, write_new
from journey_analytics.cli.options import Shared
from journey_analytics.cli.progress import shown_progress
from journey_analytics.cli.run import show_night, show_step


def demo(
    context: Context,
    folder: Annotated[Path, Argument(help="Folder to make.")] = Path("journey-demo"),
    customers: Annotated[int, Option(help="How many customers to make up.", min=100)] = 5000,
    seed: Annotated[int, Option(help="Another seed makes other customers.", min=0)] = 7,
    open_page: Annotated[bool, Option("--open", help="Open the report in the browser.")] = False,
) -> None:
    """Make up a project with a planted drop-off, run it, and draw the report."""
    from journey_analytics.config import Project
    from journey_analytics.simulate import simulate
    from journey_analytics.steps.findings import published_findings
    from journey_analytics.steps.night import run_night
    from journey_analytics.steps.runs import new_run

    shared: Shared = context.obj
    target = shared.folder / folder
    write_new(
        target,
        {
            "journey.toml": read_template("demo.toml"),
            ".gitignore": "state/\nwarehouse/\nreports/\ncustomer.key\n",
        },
    )
    shared.say(f"making up {customers:,} customers in {target}")
    simulate(target / "data", customers, seed)
    shared.project = Project(target)
    with shown_progress(shared, lambda step: show_step(shared, step)) as (after_step, on_progress):
        night = run_night(shared.project, new_run(), after_step, on_progress=on_progress)
    show_night(shared, night, published_findings(night.published))
    page = target / "reports" / "latest" / "index.html"
    shared.say(
        f"\nIn {target}, try: journey query, journey explain event page_view; what is planted stands in data/truth/"
    )
    shared.document({"status": "published", "exit_code": 0, "folder": str(target), "outputs": {"report": str(page)}})
    if open_page:
        webbrowser.open(page.resolve().as_uri())
