"""What became of the numbers from build to build: totals per month as sums of changes, each with its cause."""

from journey_analytics.contracts.table import declare_table

CHANGED_EVENTS = declare_table(
    "ops.changed_events",
    "event that came, changed or left staging since the last build",
    "event_key",
    """
    event_key UBIGINT!      | staging.events, or what was there.
    occurred_at TIMESTAMPTZ | When it happened by what the last build saw; null where that build did not have it.
    """,
)

MONTH_CHANGES = declare_table(
    "ops.month_changes",
    "build, number of a month, and cause for which it changed",
    "build_number, month, measure, stage_model, name, cause",
    """
    build_number BIGINT! | Build; the oldest one kept has the sum of all before it.
    month DATE!          | First day of the month, in the business time zone of that build.
    measure VARCHAR!     | What is counted: touchpoints, interactions, customers_active, customers_started, ...
    stage_model VARCHAR! | Stage model; empty where the measure has none.
    name VARCHAR!        | Outcome, conversion or stage; empty where the measure has none.
    cause VARCHAR!       | period, outcomes, late, changed, gone, identity, rules; joined by + where only together.
    change_count BIGINT! | How many more there are; all builds up to one add up to the number of that build.
    """,
)

MONTH_CAUSES = declare_table(
    "ops.month_causes",
    "build, month, and cause that touched events of the month",
    "build_number, month, cause",
    """
    build_number BIGINT!    | Build.
    month DATE!             | First day of the month in which the events happened, in the business time zone.
    cause VARCHAR!          | As in ops.month_changes.
    events_count BIGINT!    | Events that came, changed, left, or changed their customer.
    restaged_count BIGINT!  | Touchpoints that stayed and have another stage, or became or ceased to be interactions.
    customers_count BIGINT! | Customers of all these.
    """,
)
