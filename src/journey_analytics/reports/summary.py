"""The summary page: what became of the customers, what matters, where journeys end, and whether to trust it."""

import polars as pl

from journey_analytics.readable import count, percent, plural, points
from journey_analytics.reports.finding_words import ASSOCIATED, compared, headline
from journey_analytics.reports.report import Card, Report, Section, Tables, TableTwin
from journey_analytics.reports.words import rate_with_interval
from journey_analytics.vocabulary import START, Outcome

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
_KINDS = {True: "bad", False: "good", None: "plain"}
_FINDING_COLUMNS = (
    "rank", "finding_id", "kind", "stage", "segment", "sentence", "customers_affected", "customers_affected_low",
    "q_value", "comparisons_count",
)  # fmt: skip
_FINDINGS_SQL = """select {columns}
from marts.findings
where stage_model = '{model}'
order by rank"""


def draw(tables: Tables) -> list[Section]:
    """Headline numbers, findings, leaks; of the main stage model."""
    model: str = tables["ops.settings"]["main_stage_model"][0]
    stages = tables["journeys.stages"].filter(pl.col("stage_model") == model)
    titles = {START: "Before any stage"} | dict(stages.select("stage", "title").iter_rows())
    return [
        _ends(tables, model),
        _findings(tables, titles, model),
        _leaks(tables["marts.stage_drop_offs"], titles, model),
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


def _findings(tables: Tables, titles: dict[str, str], model: str) -> Section:
    """The first findings as cards, all of them as a table."""
    of_model = pl.col("stage_model") == model
    found = tables["marts.findings"].filter(of_model).sort("rank")
    cards = [
        Card(
            headline(row, titles),
            f"{row['sentence']} {row['finding_id']}",
            _KINDS[row["is_worse"]],
            number=percent(row["rate"], exact=True) if row["difference"] is None else points(row["difference"]),
        )
        for row in found.head(_CARDS).iter_rows(named=True)
    ]
    rows = [
        [
            row["finding_id"],
            headline(row, titles),
            row["sentence"],
            count(row["customers_affected_low"]),
            "–" if row["q_value"] is None else f"{row['q_value']:.2g}",
            count(row["comparisons_count"]),
        ]
        for row in found.iter_rows(named=True)
    ]
    headers = ["Finding", "About", "What was counted", "Customers at least", "q", "Comparisons"]
    twin = TableTwin(
        "findings", "All findings, those that matter most first", headers, rows,
        found.select(_FINDING_COLUMNS), _FINDINGS_SQL.format(columns=", ".join(_FINDING_COLUMNS), model=model),
        text_columns=3, is_wrapping=True,
    )  # fmt: skip
    return Section(
        "What matters",
        [*compared(tables["marts.watched_rates"].filter(of_model)), ASSOCIATED],
        cards,
        tables=[twin] if rows else [],
        how=[
            "Of the customers who entered a stage, each once, those who moved on to a later one within half of lapse "
            "after; who entered too late for that is in no rate. The newest period is compared with the one before, "
            "each month with the others, each first channel with the others, by z-tests that know which customers are "
            "on both sides. q-values are corrected for all comparisons of a kind (Benjamini-Hochberg).",
            "Told are differences with q below 0.1, of at least 2 points and 100 customers on either side: changes "
            "first, then months, then first channels that lag behind, each by the customers it concerns at least, that "
            "is, by the end of the 95% interval that is nearer to none. Where customers drop off fills the list; it is "
            "no comparison. The query and the customers behind each: journey findings.",
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
            f"{count(row['judged_dropped_off_count'])} of {count(row['judged_count'])}",
            count(row["open_count"]),
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = [
        "Stage",
        "Journeys that visited it",
        "Ended there in silence",
        "Drop-off (95% interval)",
        "Of those old enough to judge",
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
        "marts.stage_drop_offs",
        "marts.findings",
        "marts.watched_rates",
    ),
    draw,
    position=1,
)
