"""The data quality page: are the data fresh, complete and usual, and did the runs go well?"""

from datetime import datetime
from typing import Any

import polars as pl

from journey_analytics.readable import age, channel_name, count, expected, percent, plural, within
from journey_analytics.reports.inferred_stages import inferred_section
from journey_analytics.reports.limits import limits_section
from journey_analytics.reports.report import Report, Section, Tables, TableTwin
from journey_analytics.reports.row_accounts import rejections_section, rows_section
from journey_analytics.reports.runs import checks_section, runs_section, unpublished_section
from journey_analytics.reports.volumes import verdict_name, volumes_section

_NAMES_SHOWN = 15
_FRESH_SQL = """select status.source, status.watermark_at, accounts.last_loaded_at, day.ends_on, day.events_count,
    day.expected_low, day.expected_high, day.verdict, week.verdict as week_verdict
from ops.source_status as status
inner join ops.row_accounts as accounts using (source)
left join ops.source_volumes as day on status.source = day.source and day.is_latest and day.period = 'day'
left join ops.source_volumes as week on status.source = week.source and week.is_latest and week.period = 'week'
order by status.source"""
_LATE = ("arrival_basis", "arrival_p50_seconds", "arrival_p95_seconds", "timed_count", "late_count", "very_late_count")
_LATE_SQL = f"""select source, {", ".join(_LATE)}
from ops.source_status
order by source"""
_IDENTITY_SQL = """from ops.identity_counts
order by finding, kind"""
_UNMAPPED_SQL = f"""from ops.unmapped_events
where is_main_model
order by touchpoints_count desc, channel, event_type, event_name
limit {_NAMES_SHOWN}"""
_FINDINGS = {
    "shared": "Seen with several profiles, so it belongs to none",
    "over_connected": "Seen with too many values to link anybody",
    "conflict": "Links profiles that are apart by their user ids",
}
_BASES = {"received": "vendor's receipt", "loaded": "our load", "both": "both"}


def draw(tables: Tables) -> list[Section]:
    """Freshness, volumes, rows, lateness, unmapped events, inferred stages, identity, limits, checks, runs."""
    return [
        *unpublished_section(tables),
        _freshness(tables),
        volumes_section(tables["ops.source_volumes"], tables["ops.annotations"]),
        rows_section(tables["ops.row_accounts"], tables["ops.source_status"]),
        rejections_section(tables["ops.rejections"]),
        _lateness(tables["ops.source_status"]),
        _unmapped(tables["ops.unmapped_events"]),
        *inferred_section(tables["ops.stage_fits"]),
        _identity(tables["ops.identity_counts"]),
        limits_section(tables["ops.lapse_thresholds"], tables["ops.settings"]),
        checks_section(tables),
        runs_section(tables),
    ]


def _freshness(tables: Tables) -> Section:
    status, volumes = tables["ops.source_status"], tables["ops.source_volumes"].filter("is_latest")
    title, as_of = "How fresh are the data?", tables["ops.settings"]["as_of"][0]
    if status["watermark_at"].is_null().all():
        return Section(title, ["No source has brought an event yet."])
    day = volumes.filter(pl.col("period") == "day").drop("period", "expected_count", "weeks_count", "is_latest")
    week = volumes.filter(pl.col("period") == "week").select("source", week_verdict="verdict")
    data = (
        status.select("source", "watermark_at")
        .join(tables["ops.row_accounts"].select("source", "last_loaded_at"), on="source")
        .join(day, on="source", how="left")
        .join(week, on="source", how="left")
        .sort("source")
    )
    cells = [_freshness_cells(row, as_of) for row in data.iter_rows(named=True)]
    headers = [
        "Source", "Age", "Last full day", "7 days", "Events that day", "Usual", "Day", "Newest event (UTC)",
        "Last load (UTC)",
    ]  # fmt: skip
    twin = TableTwin("freshness", "Sources", headers, cells, data, _FRESH_SQL)
    odd = data.filter(pl.col("verdict").is_in(["low", "high"]) | pl.col("week_verdict").is_in(["low", "high"]))
    silent = data.filter(pl.col("watermark_at").is_null())
    told = f"Of {plural(data.height, 'source')}, {count(odd.height)} with an unusual volume"
    told += f": {', '.join(odd['source'])}." if odd.height else "."
    if silent.height:
        told += f" No event yet of {', '.join(silent['source'])}."
    return Section(
        title,
        [told],
        tables=[twin],
        how=[
            "Age: from the newest event to the time of the run. The last full day of a source is over, and its events "
            "have had the time to arrive; it and the seven days that end with it are compared with the weeks before."
        ],
    )


def _freshness_cells(row: dict[str, Any], as_of: datetime) -> list[str]:
    newest, loaded = row["watermark_at"], row["last_loaded_at"]
    return [
        row["source"],
        age((as_of - newest).total_seconds()) if newest else "–",
        verdict_name(row["verdict"]) if newest else "–",
        verdict_name(row["week_verdict"]) if newest else "–",
        "–" if row["events_count"] is None else count(row["events_count"]),
        expected(row["expected_low"], row["expected_high"]),
        f"{row['ends_on']:%Y-%m-%d}" if row["ends_on"] else "–",
        f"{newest:%Y-%m-%d %H:%M}" if newest else "–",
        f"{loaded:%Y-%m-%d %H:%M}" if loaded else "–",
    ]


def _lateness(status: pl.DataFrame) -> Section:
    title, data = "How late do events arrive?", status.select("source", *_LATE).sort("source")
    if not data["timed_count"].sum():
        return Section(
            title, ["Nothing is known yet: no vendor tells when it received an event, and all were first loads."]
        )
    cells = [
        [
            row["source"],
            _BASES.get(row["arrival_basis"] or "", "–"),
            within(row["arrival_p50_seconds"]),
            within(row["arrival_p95_seconds"]),
            count(row["timed_count"]),
            *(_share(row[name], row["timed_count"]) for name in ("late_count", "very_late_count")),
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = [
        "Source", "Measured by", "Half within", "95% within", "Events measured", "> 1 day late", "> 7 days late",
    ]  # fmt: skip
    return Section(
        title,
        ["From an event to its arrival."],
        tables=[TableTwin("lateness", "Lateness by source", headers, cells, data, _LATE_SQL, text_columns=2)],
        how=[
            "By the time at which the vendor received the event, where it says so; else by the run that loaded it, "
            "without what the first load of a source brought. Events known by their day count from its end. Late "
            "events change the days that they belong to: ops.source_days has them by day."
        ],
    )


def _share(part: int, whole: int) -> str:
    return f"{count(part)} ({percent(part / whole)})" if whole else "–"


def _unmapped(unmapped: pl.DataFrame) -> Section:
    title = "Which interactions have no stage?"
    of_main = unmapped.filter("is_main_model")
    if of_main.is_empty():
        return Section(title, ["Every interaction is matched by a rule of the main stage model."])
    data = of_main.sort(
        "touchpoints_count", "channel", "event_type", "event_name", descending=[True, False, False, False]
    ).head(_NAMES_SHOWN)
    cells = [
        [
            row["event_type"],
            row["event_name"] or "–",
            channel_name(row["channel"]),
            count(row["touchpoints_count"]),
            count(row["customers_count"]),
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = ["Event type", "Name", "Channel", "Interactions", "Customers"]
    twin = TableTwin("unmapped", "Most frequent names", headers, cells, data, _UNMAPPED_SQL, text_columns=3)
    return Section(title, ["No rule of the main stage model matches these."], tables=[twin])


def _identity(counts: pl.DataFrame) -> Section:
    title, data = "Who could not be told apart?", counts.sort("finding", "kind")
    if data.is_empty():
        return Section(title, ["Every identifier belongs to one profile."])
    cells = [
        [_FINDINGS[row["finding"]], row["kind"], count(row["identifiers_count"])] for row in data.iter_rows(named=True)
    ]
    headers = ["Finding", "Kind of identifier", "Identifiers"]
    twin = TableTwin("identity", "Identifiers by finding", headers, cells, data, _IDENTITY_SQL, text_columns=2)
    return Section(title, ["Identifiers that the identity rules could not give to one profile."], tables=[twin])


REPORT = Report(
    "quality",
    "Data quality",
    "Are the data fresh, complete and usual?",
    (
        "ops.settings",
        "ops.annotations",
        "ops.source_status",
        "ops.source_volumes",
        "ops.row_accounts",
        "ops.rejections",
        "ops.unmapped_events",
        "ops.identity_counts",
        "ops.stage_fits",
        "ops.lapse_thresholds",
        "ops.check_results",
        "ops.runs",
    ),
    draw,
    position=9,
)
