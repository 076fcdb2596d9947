"""``journey replay``: read files with rejected rows again, after something was mended."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context

from journey_analytics.cli.options import Shared

if TYPE_CHECKING:
    from journey_analytics.steps.replay import Replayed


def replay(
    context: Context,
    source: Annotated[str | None, Argument(help="Only this source of journey.toml.")] = None,
) -> None:
    """Read files with rejected rows again, and say what became of the rows."""
    from journey_analytics.steps.replay import replay as read_again
    from journey_analytics.steps.runs import new_run

    shared: Shared = context.obj
    found = read_again(shared.project, source, new_run(), lambda _: None)
    _show(shared, found)
    shared.document(
        {
            "status": "replayed",
            "exit_code": 0,
            "sources": [asdict(result) | {"still": result.still.rows(named=True)} for result in found],
        }
    )


def _show(shared: Shared, found: list["Replayed"]) -> None:
    if not found:
        shared.say("No row is rejected.")
        return
    shared.table(
        ["Source", "Files", "Were rejected", "Mended", "Loaded", "Duplicates", "Skipped", "Still rejected"],
        [
            (
                result.source,
                *(
                    f"{number:,}"
                    for number in (
                        result.files_count,
                        result.rejected_count,
                        result.mended_count,
                        result.loaded_count,
                        result.duplicates_count,
                        result.skipped_count,
                        sum(result.still["rows_count"]),
                    )
                ),
            )
            for result in found
        ],
        numeric=range(1, 8),
    )
    still = [
        (result.source, row["rule"], f"{row['rows_count']:,}", f"{row['path']}, line {row['line']}: {row['reason']}")
        for result in found
        for row in result.still.iter_rows(named=True)
    ]
    if still:
        shared.table(["Source", "Rule", "Rows", "The first that are still rejected"], still, numeric=[2])
    for result in found:
        for warning in result.warnings:
            shared.warn(warning)
        for path, rows in result.gone.items():
            shared.warn(
                f"{path} is gone or has changed: {rows:,} rejected rows of it cannot be read again. Put it back; or "
                f"save them mended as a new file of the source: journey rejected {result.source} --rows shows them."
            )
    if any(result.mended_count for result in found):
        shared.say("Build and publish with: journey run")
