"""The SQL behind a finding, as text: what gives its numbers again, and what lists its customers."""

from datetime import date
from textwrap import dedent
from typing import Any

from journey_analytics.analysis.findings.options import ALL, Kind
from journey_analytics.vocabulary import Outcome

_SHARES = """
select
    sum(customers)::bigint as customers_count,
    sum(happened)::bigint as happened_count,
    sum(happened) / sum(customers) as rate,
    sum(baseline_customers)::bigint as baseline_customers_count,
    sum(baseline_happened)::bigint as baseline_happened_count,
    sum(customers * baseline_happened / baseline_customers) / sum(customers) as baseline_rate,
    rate - baseline_rate as difference
from counted
where customers > 0 and baseline_customers > 0"""

_COUNTED = """
counted as (
    select
        {by} as segment,
        count(*) filter (where is_compared) as customers,
        count(*) filter (where is_compared and {happened}) as happened,
        count(*) filter (where not is_compared) as baseline_customers,
        count(*) filter (where not is_compared and {happened}) as baseline_happened
    from entrants{where}
    group by all
)"""


def numbers_query(row: dict[str, Any]) -> str:
    """SQL of the published file that gives the counts, rates and the difference of a finding again."""
    happened, segment = f"has_{row['outcome']}", row["segment"]
    of_segment = "" if segment == ALL else f"\n    where first_channel = {_text(segment)}"
    match Kind(row["kind"]):
        case Kind.LEVEL:
            return dedent(f"""\
                select
                    count(*) as customers_count,
                    count(*) filter (where {happened}) as happened_count,
                    avg({happened}::integer) as rate
                from {_entrants(row)}""")
        case Kind.GAP:
            entrants = f"select first_channel = {_text(segment)} as is_compared, {happened}\n    from {_entrants(row)}"
            counted = _COUNTED.format(by="'all'", happened=happened, where="")
        case Kind.CHANGE:
            newest, before = _entrants(row), _entrants(row, "baseline_")
            entrants = (
                f"select true as is_compared, *\n    from {newest}\n    union all\n    "
                f"select false as is_compared, *\n    from {before}"
            )
            counted = _COUNTED.format(by="first_channel", happened=happened, where=of_segment)
        case Kind.MONTH:
            entrants = _by_month(row)
            counted = _COUNTED.format(by="'all'", happened=happened, where="")
    return f"with entrants as (\n    {entrants}\n),\n{counted}\n{_SHARES}"


def customers_query(row: dict[str, Any]) -> str:
    """SQL of the published file that lists the customers of a finding: who did not move on, or did drop off."""
    lost = "not has_moved_on" if row["outcome"] == Outcome.MOVED_ON else "has_dropped_off"
    of_segment = "" if row["segment"] == ALL else f"first_channel = {_text(row['segment'])} and "
    return (
        f"select customer_id, first_channel, entered_at\nfrom {_entrants(row)}\nwhere {of_segment}{lost}\n"
        "order by entered_at, customer_id"
    )


def _entrants(row: dict[str, Any], side: str = "") -> str:
    first_on, last_on = (_date(row[f"{side}{end}_on"]) for end in ("first", "last"))
    return (
        f"marts.stage_entrants({_text(row['stage'])}, {first_on}, {last_on}, watched_days := {row['watched_days']!r}, "
        f"model := {_text(row['stage_model'])})"
    )


def _by_month(row: dict[str, Any]) -> str:
    """Customers once per month of entry; no macro asks by month."""
    micros = round(row["watched_days"] * 86_400_000_000)
    return f"""select
        date_trunc('month', entered_on) = {_date(row["first_on"])} as is_compared,
        coalesce({row["outcome"]}_at <= entered_at + to_microseconds({micros}), false) as has_{row["outcome"]}
    from marts.stage_entries
    where stage_model = {_text(row["stage_model"])} and stage = {_text(row["stage"])}
        and first_channel = {_text(row["segment"])}
        and entered_on between {_date(row["baseline_first_on"])} and {_date(row["baseline_last_on"])}
    qualify row_number() over (
        partition by customer_id, date_trunc('month', entered_on)
        order by entered_at, moved_on_at nulls last, dropped_off_at nulls last
    ) = 1"""


def _date(value: date) -> str:
    return f"date '{value}'"


def _text(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"
