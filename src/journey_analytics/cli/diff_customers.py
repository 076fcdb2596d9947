"""What ``journey diff --customers`` prints: who changed between two runs."""

from typing import TYPE_CHECKING

from journey_analytics.cli.options import Shared

if TYPE_CHECKING:
    from journey_analytics.steps.customer_changes import CustomerChanges

_CHANGES = {
    "entered": "entered for the first time",
    "completed": "completed",
    "dropped_off": "dropped off",
    "came_back": "came back",
}


def show_customers(shared: Shared, found: "CustomerChanges") -> None:
    """Counts of all changes, the first customers, and where to get the others."""
    shared.say(f"between  {found.after:%Y-%m-%d %H:%M} and {found.until:%Y-%m-%d %H:%M} UTC, by what is known now")
    if not found.total:
        shared.say("No customer entered a stage, completed, dropped off or came back.")
        return
    shared.table(
        ["Change", "Stage", "Customers"],
        [
            (_CHANGES[change], stage or "(no stage)", f"{count:,}")
            for wanted in _CHANGES
            for change, stage, count in found.counts.iter_rows()
            if change == wanted
        ],
        numeric=[2],
    )
    shared.table(
        ["At (UTC)", "Customer", "Change", "Stage", "First channel"],
        [
            (
                f"{row['happened_at']:%Y-%m-%d %H:%M}",
                row["customer_id"],
                _CHANGES[row["change"]],
                row["stage"] or "(no stage)",
                row["first_channel"] or "",
            )
            for row in found.customers.iter_rows(named=True)
        ],
    )
    if found.total > found.customers.height:
        shared.warn(f"only the first {found.customers.height:,} of {found.total:,} changes; add --limit 0 for all")


def customers_document(found: "CustomerChanges") -> dict[str, object]:
    """The same as data."""
    return {
        "after": found.after,
        "until": found.until,
        "changes": found.total,
        "counts": found.counts.rows(named=True),
        "customers": found.customers.rows(named=True),
    }
