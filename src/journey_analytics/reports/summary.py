"""The summary page: what became of the customers, where journeys end, what stands out, and whether to trust it."""

import polars as pl

from journey_analytics.analysis.unusual import unusual_drop_offs
from journey_analytics.reports.report import Card, Report, Section, Tables, TableTwin
from journey_analytics.reports.words import (
    channel_name,
    count,
    interval,
    month,
    percent,
    plural,
    points,
    rate_with_interval,
)
from journey_analytics.vocabulary import START, Outcome

_SHOWN = 10
_CARDS = 3
_OUTCOMES = {
    Outcome.COMPLETED.value: ("Completed", "good"),
    Outcome.OPEN.value: ("Still active", "plain"),
    Outcome.DROPPED_OFF.value: ("Left", "bad"),
}
_ENDS_SQL = """select outcome, count(*) as customers_count
from marts.journey_outcomes
where stage_model = '{model}' and is_last_journey
group by all
order by outcome"""
_LEAKS_SQL = """select stage, journeys_count, dropped_off_count, open_count, judged_count, judged_dropped_off_count,
    drop_off_rate, drop_off_low, drop_off_high
from marts.stage_drop_offs
where stage_model = '{model}' and dropped_off_count > 0
order by dropped_off_count desc, stage_index"""
_LEAST_DECIDED = 10
_CELL_COLUMNS = (
    "stage", "first_channel", "month", "journeys_count", "open_count", "dropped_off_count", "drop_off_rate",
    "drop_off_low", "drop_off_high", "baseline_rate", "excess_rate", "excess_low", "excess_high", "excess_count",
)  # fmt: skip
_CELLS_SQL = """select {columns}
from marts.drop_offs
where stage_model = '{model}' and excess_count > 0 and journeys_count - open_count >= {least}
order by excess_count desc, stage, first_channel, month
limit {limit}"""


def draw(tables: Tables) -> list[Section]:
    """Headline numbers, findings, leaks, and the rows behind it all; of the main stage model."""
    model: str = tables["ops.settings"]["main_stage_model"][0]
    stages = tables["journeys.stages"].filter(pl.col("stage_model") == model)
    titles = {START: "Before any stage"} | dict(stages.select("stage", "title").iter_rows())
    drop_offs = tables["marts.drop_offs"].filter(pl.col("stage_model") == model)
    return [
        _ends(tables, model),
        _findings(drop_offs, titles),
        _leaks(tables["marts.stage_drop_offs"], titles, model),
        _cells(drop_offs, titles, model),
        _trust(tables),
    ]


def _ends(tables: Tables, model: str) -> Section:
    outcomes = tables["marts.journey_outcomes"].filter((pl.col("stage_model") == model) & pl.col("is_last_journey"))
    data = outcomes.group_by("outcome").agg(pl.len().cast(pl.Int64).alias("customers_count")).sort("outcome")
    found = dict(data.iter_rows())
    total = sum(found.values())
    if not total:
        return Section("Customers", ["No customer has started a journey yet."])
    cards = [Card("Customers", "with at least one journey", number=count(total))]
    cards += [
        Card(title, rate_with_interval(found.get(outcome, 0), total), kind, number=count(found.get(outcome, 0)))
        for outcome, (title, kind) in _OUTCOMES.items()
    ]
    rows = [
        [_OUTCOMES[outcome][0], count(number), rate_with_interval(number, total)] for outcome, number in found.items()
    ]
    headers = ["Last journey", "Customers", "Of all (95% interval)"]
    twin = TableTwin("outcomes", "What became of the customers", headers, rows, data, _ENDS_SQL.format(model=model))
    return Section(
        "Customers",
        ["What became of each customer's last journey, as of the time up to which the data are complete."],
        cards,
        tables=[twin],
        how=[
            "Completed: reached the goal of the stage model. Left: silent for longer than the stage allows, without "
            "the goal. Still active: neither yet. Too early to tell is not the same as lost."
        ],
    )


def _findings(drop_offs: pl.DataFrame, titles: dict[str, str]) -> Section:
    unusual = unusual_drop_offs(drop_offs)
    cards = [
        Card(
            f"{channel_name(row['first_channel'])}: drop-off at {titles[row['stage']]}, {month(row['month'])}",
            f"{percent(row['drop_off_rate'], exact=True)} of {count(row['decided_count'])} decided journeys left, "
            f"against {percent(row['baseline_rate'], exact=True)} in the other months: {points(row['excess_rate'])} "
            f"(95% interval {points(row['excess_low'])} to {points(row['excess_high'])}), about "
            f"{plural(round(row['excess_count']), 'journey')} more than usual. q = {row['q_value']:.2g} over "
            f"{plural(row['comparisons_count'], 'comparison')}.",
            "bad",
        )
        for row in unusual.head(_CARDS).iter_rows(named=True)
    ]
    found = (
        "These months differ from the other months of the same stage and first channel by more than chance. The "
        "difference is associated with the month; the comparison does not say why."
    )
    nothing = "No month of any stage and first channel differs from its other months by more than chance."
    return Section(
        "What stands out",
        [found if cards else nothing],
        cards,
        how=[
            "Every mature month of a stage and first channel with at least 50 decided journeys, here and in the other "
            "mature months, is compared by a two-proportion z-test. q-values are corrected for all these comparisons "
            "(Benjamini-Hochberg); shown are those up to 0.05, largest number of journeys first. Intervals are "
            "Newcombe's."
        ],
    )


def _leaks(stage_drop_offs: pl.DataFrame, titles: dict[str, str], model: str) -> Section:
    data = (
        stage_drop_offs.filter((pl.col("stage_model") == model) & (pl.col("dropped_off_count") > 0))
        .sort(["dropped_off_count", "stage_index"], descending=[True, False])
        .drop("stage_model", "stage_index")
    )
    rows = [
        [
            titles[row["stage"]],
            count(row["journeys_count"]),
            count(row["dropped_off_count"]),
            rate_with_interval(row["judged_dropped_off_count"], row["judged_count"]),
            count(row["judged_count"]),
            count(row["open_count"]),
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = [
        "Stage",
        "Journeys that visited it",
        "Ended there in silence",
        "Drop-off (95% interval)",
        "Of journeys old enough to judge",
        "Still there",
    ]
    twin = TableTwin("leaks", "Journeys by stage", headers, rows, data, _LEAKS_SQL.format(model=model))
    return Section(
        "Where journeys end in silence",
        ["The stages at which most journeys were lost, largest first."],
        tables=[twin],
        how=[
            "Of the journeys that visited a stage, those that ended there without the goal. The rate is about journeys "
            "that came to the stage in months that ended longer ago than the silence limit, and are decided: in a "
            "younger month those who move on are decided at once, those who leave are not.",
            "The funnel and the flow count customers, not journeys, and keep those who are still active in the base; "
            "their percentages are therefore others.",
        ],
    )


def _cells(drop_offs: pl.DataFrame, titles: dict[str, str], model: str) -> Section:
    order = ["excess_count", "stage", "first_channel", "month"]
    enough = pl.col("journeys_count") - pl.col("open_count") >= _LEAST_DECIDED
    compared = drop_offs.filter((pl.col("excess_count") > 0) & enough).sort(
        order, descending=[True, False, False, False]
    )
    data = compared.select(_CELL_COLUMNS).head(_SHOWN)
    rows = [
        [
            titles[row["stage"]],
            channel_name(row["first_channel"]),
            month(row["month"]),
            f"{percent(row['drop_off_rate'], exact=True)} ({interval(row['drop_off_low'], row['drop_off_high'])})",
            percent(row["baseline_rate"], exact=True),
            f"{points(row['excess_rate'])} ({points(row['excess_low'])} to {points(row['excess_high'])})",
            count(row["excess_count"]),
            count(row["journeys_count"] - row["open_count"]),
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = [
        "Stage", "First channel", "Month", "Drop-off (95% interval)", "Other months", "Difference (95% interval)",
        "Journeys beyond usual", "Decided journeys",
    ]  # fmt: skip
    sql = _CELLS_SQL.format(columns=", ".join(_CELL_COLUMNS), model=model, least=_LEAST_DECIDED, limit=_SHOWN)
    twin = TableTwin("drop_offs", "Stage, first channel and month", headers, rows, data, sql, text_columns=3)
    return Section(
        "Largest excess over the other months",
        [
            f"Stages and months with at least {_LEAST_DECIDED} decided journeys, ranked by size, whether or not the "
            "difference is more than chance: most of these are noise."
        ],
        tables=[twin],
        how=["These intervals are not corrected for the number of cells looked at; what stands out above is."],
    )


def _trust(tables: Tables) -> Section:
    """What the page on data quality says, in a few sentences."""
    accounts, volumes = tables["ops.row_accounts"], tables["ops.source_volumes"].filter("is_latest")
    odd = volumes.filter(pl.col("verdict").is_in(["low", "high"]))["source"].unique().sort()
    read, rejected = (int(accounts[name].sum()) for name in ("rows_count", "rejected_count"))
    told = f"Of {plural(read, 'row')} read, {count(rejected)} are rejected."
    told += f" The last full day or week of {', '.join(odd)} is unusual." if len(odd) else ""
    return Section(
        "Can these numbers be trusted?",
        [told, "How fresh, complete and usual the data of each source are: see the page Data quality."],
    )


REPORT = Report(
    "index",
    "Summary",
    "What became of the customers, and where do we lose most?",
    (
        "ops.settings",
        "ops.row_accounts",
        "ops.source_volumes",
        "journeys.stages",
        "marts.journey_outcomes",
        "marts.drop_offs",
        "marts.stage_drop_offs",
    ),
    draw,
    position=1,
)
