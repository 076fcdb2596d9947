"""``journey diff``: the numbers of two runs side by side, and why they differ."""

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Context, Option

from journey_analytics.cli.options import Shared
from journey_analytics.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from journey_analytics.steps.diff import Diff
    from journey_analytics.warehouse.build_history import KeptBuild

_NUMBERS = {
    "customers_active": "customers active",
    "customers_started": "customers who started",
    "customers_reached": "customers who reached {name}",
    "journeys": "journeys {name}",
    "conversions": "conversions: {name}",
}
_CAUSES = {
    "period": ("newer data", "lie behind the watermark of one of the runs"),
    "outcomes": ("outcomes", "of journeys became known, or open again, as the watermark moved"),
    "late": ("late events", "came after a run that had looked at their time already"),
    "changed": ("changed events", "a newer version, a newer export or other settings of their source replaced them"),
    "gone": ("events gone", "left with a file that was written over, or with all that their source had loaded"),
    "identity": ("identity", "customers were merged or split"),
    "rules": ("rules", "stage models, settings, sources or the software changed"),
}
_TOGETHER = "joined by &: a customer had several causes in one run, and they cannot be told apart"


class Format(StrEnum):
    """How the answer is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def diff(
    context: Context,
    first: Annotated[str, Argument(help="A run id or its beginning, latest or previous.")] = "previous",
    second: Annotated[str, Argument(help="The run to compare it with.")] = "latest",
    month: Annotated[str | None, Option(help="Only this month: 2026-10.")] = None,
    everything: Annotated[bool, Option("--all", help="Also the numbers that are the same.")] = False,
    customers: Annotated[
        bool, Option("--customers", help="Who entered a stage, completed, dropped off or came back in between.")
    ] = False,
    limit: Annotated[int, Option(help="Customers to list at most; 0 for all.", min=0)] = 50,
    format_: Annotated[Format, Option("--format", help="How to print the answer.")] = Format.TABLE,
) -> None:
    """Say which numbers of which months differ between two runs, and why: by counts that add up."""
    from journey_analytics.steps.diff import diff as compare

    shared: Shared = context.obj
    wanted = _month(month)
    found = compare(shared.project, first, second)
    if customers:
        shared.as_json = shared.as_json or format_ is Format.JSON
        _customers(shared, found, limit, as_csv=format_ is Format.CSV)
        return
    numbers, causes = found.numbers, found.causes
    if wanted:
        numbers, causes = (frame.filter(frame["month"].cast(str) == wanted) for frame in (numbers, causes))
    if shared.as_json or format_ is Format.JSON:
        shared.as_json = True
        shared.document(_document(found, numbers, causes))
    elif format_ is Format.CSV:
        shown = numbers if everything else numbers.filter(numbers["cause"].is_not_null())
        shared.write(shown.write_csv())
    else:
        _show(shared, found, numbers, causes, everything=everything)


def _customers(shared: Shared, found: "Diff", limit: int, *, as_csv: bool) -> None:
    from journey_analytics.cli.diff_customers import customers_document, show_customers
    from journey_analytics.steps.customer_changes import customer_changes

    watermarks = found.first.watermark_at, found.second.watermark_at
    changed = customer_changes(shared.project.published_database, *watermarks, limit)
    if as_csv and not shared.as_json:
        shared.write(changed.customers.write_csv())
        return
    show_customers(shared, changed)
    shared.document(customers_document(changed))


def _month(text: str | None) -> str | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise UsageError(f"'{text}' is not a month.", hint="Write for example --month 2026-10.")
    return f"{text}-01"


def _show(shared: Shared, found: "Diff", numbers: "pl.DataFrame", causes: "pl.DataFrame", *, everything: bool) -> None:
    shared.say(f"first    {_run(found.first)}")
    shared.say(f"second   {_run(found.second)}")
    shared.say(f"rules    {'; '.join(found.other_inputs) or 'the same'}")
    rows = _numbers(numbers)
    shown = [row for row in rows if everything or row["causes"]]
    several = len({row["stage_model"] for row in rows if row["stage_model"]}) > 1
    if shown:
        shared.table(
            ["Month", "Number", "First", "Second", "Change", "Why"],
            [
                (
                    f"{row['month']:%Y-%m}",
                    _number(row, with_model=several),
                    f"{row['first_count']:,}",
                    f"{row['second_count']:,}",
                    _signed(row["change_count"]),
                    ", ".join(f"{_cause(cause)} {_signed(change)}" for cause, change in row["causes"].items()),
                )
                for row in shown
            ],
            numeric=[2, 3, 4],
        )
    same = len(rows) - sum(1 for row in rows if row["causes"])
    if not everything:
        shared.say(f"{same:,} numbers are the same; --all shows them." if same else "No other numbers.")
    if causes.height:
        shared.table(
            ["Month", "Cause", "Events", "Restaged", "Customers"],
            [
                (f"{row['month']:%Y-%m}", _cause(row["cause"]), *(f"{row[name]:,}" for name in _COUNTS))
                for row in causes.iter_rows(named=True)
            ],
            numeric=[2, 3, 4],
        )
    _explain(shared, numbers, causes)
    if causes.height and abs(found.second.build_number - found.first.build_number) > 1:
        shared.say("There are builds in between: each told its own causes, and counted its customers for itself.")


_COUNTS = ("events_count", "restaged_count", "customers_count")


def _explain(shared: Shared, numbers: "pl.DataFrame", causes: "pl.DataFrame") -> None:
    """What the words for the causes mean, of those that were told."""
    told = {*numbers["cause"].drop_nulls().to_list(), *causes["cause"].to_list()}
    parts = {part for cause in told for part in cause.split("+")}
    for cause, (word, meaning) in _CAUSES.items():
        if cause in parts:
            shared.say(f"{word}: {meaning}")
    if any("+" in cause for cause in told):
        shared.say(_TOGETHER)
    if causes["restaged_count"].sum():
        shared.say("restaged: events that stayed and have another stage, or became or ceased to be interactions")


def _run(build: "KeptBuild") -> str:
    until = f"{build.watermark_at:%Y-%m-%d %H:%M} UTC" if build.watermark_at else "never: no events"
    not_published = "" if build.is_published else ", not published"
    return f"{build.run_id}  as of {build.as_of:%Y-%m-%d %H:%M} UTC, data complete until {until}{not_published}"


def _numbers(numbers: "pl.DataFrame") -> list[dict[str, Any]]:
    """One row per number, with its causes and what each changed."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in numbers.iter_rows(named=True):
        key = (row["month"], row["measure"], row["stage_model"], row["name"])
        cause, change = row.pop("cause"), row.pop("change_count")
        kept = rows.setdefault(key, row | {"change_count": row["second_count"] - row["first_count"], "causes": {}})
        if cause:
            kept["causes"][cause] = change
    return list(rows.values())


def _number(row: dict[str, Any], *, with_model: bool) -> str:
    measure: str = row["measure"]
    words = _NUMBERS.get(measure, measure).format(name=row["name"].replace("_", " "))
    return f"{words} ({row['stage_model']})" if with_model and row["stage_model"] else words


def _cause(cause: str) -> str:
    return " & ".join(_CAUSES[part][0] for part in cause.split("+"))


def _signed(number: int) -> str:
    return f"{number:+,}".replace("-", "−") if number else "0"


def _document(found: "Diff", numbers: "pl.DataFrame", causes: "pl.DataFrame") -> dict[str, object]:
    return {
        "first": _described(found.first),
        "second": _described(found.second),
        "other_inputs": found.other_inputs,
        "numbers": _numbers(numbers),
        "causes": causes.rows(named=True),
    }


def _described(build: "KeptBuild") -> dict[str, object]:
    return {
        "run_id": build.run_id,
        "as_of": build.as_of,
        "watermark_at": build.watermark_at,
        "is_published": build.is_published,
    }
