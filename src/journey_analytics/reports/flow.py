"""The flow page: where customers come from, which way they take, and where they leave."""

import polars as pl

from journey_analytics.readable import channel_name, count, duration, percent, plural
from journey_analytics.reports.flow_figure import OUTCOME_NAMES, FirstPassages, flow_figure
from journey_analytics.reports.funnel import funnel_table, models_of
from journey_analytics.reports.report import Figure, Report, Section, Tables, TableTwin, figure_looks
from journey_analytics.vocabulary import OUTCOME_NODES, START, Outcome

_FLOWS_SQL = """select first_channel, from_stage, to_stage, sum(customers_count)::bigint as customers_count
from marts.stage_flows
where stage_model = '{model}'
group by all
order by first_channel, from_stage, to_stage"""
_MOVES_SQL = """select from_stage, to_stage, transitions_count, journeys_count, customers_count, transition_rate,
    median_seconds, p90_seconds
from marts.stage_transitions
where stage_model = '{model}'
order by transitions_count desc, from_stage, to_stage"""
_OUTLOOK_SQL = """select stage, decided_count, completed_probability, dropped_off_probability, expected_moves
from marts.stage_outlook
where stage_model = '{model}'
order by stage"""


def draw(tables: Tables) -> list[Section]:
    """For each stage model the Sankey, the table of all moves, and the outlook."""
    models = models_of(tables)
    return [
        section for model in models for section in _sections(tables, model, "" if len(models) == 1 else f" ({model})")
    ]


def _sections(tables: Tables, model: str, suffix: str) -> list[Section]:
    passages = _first_passages(tables, model)
    if not passages.total(from_stage=START):
        return [Section(f"First passages{suffix}", ["No customer has started a journey yet."])]
    moves = tables["marts.stage_transitions"].filter(pl.col("stage_model") == model).drop("stage_model")
    outlook = tables["marts.stage_outlook"].filter(pl.col("stage_model") == model).drop("stage_model")
    sentence = _sentence(passages)
    looks = figure_looks(lambda look: flow_figure(passages, look))
    return [
        Section(
            f"First passages{suffix}",
            [sentence],
            figure=Figure(f"flow-{model}", sentence, looks, min_width=960),
            tables=[_flow_twin(passages, model)],
            how=[
                "The width of a ribbon is a number of customers. Each customer counts once per stage, at first "
                "arrival, and ends with the outcome of the last journey. Backward moves are not drawn; see all "
                "moves below.",
                "Left: no interaction for longer than the stage allows. Still active: not yet; too early to tell.",
                "Shares at the ends are of the customers who visited the stage. The funnel's are of those who reached "
                "it: those who passed it over are among these.",
            ],
        ),
        Section(
            f"All moves between stages{suffix}",
            ["Every step of every journey, loops and backward moves too."],
            tables=[_moves_twin(passages, moves, model)],
            how=[
                "Share: of all moves out of the stage, the last one of a journey, to its outcome, included. Times "
                "count from entering a stage to the move out of it."
            ],
        ),
        Section(
            f"Outlook{suffix}",
            ["If journeys go on as those that are decided did: where does a journey end that is in a stage now?"],
            tables=[_outlook_twin(passages, outlook, model)],
            how=[
                "An absorbing Markov chain over all decided moves (Grinstead and Snell, 11.2). Open journeys are "
                "left out; a journey that has reached the goal counts as completed. The chain forgets how a journey "
                "came to a stage, so it is an outlook, not a forecast."
            ],
        ),
    ]


def _first_passages(tables: Tables, model: str) -> FirstPassages:
    funnel = funnel_table(tables, model)
    steps = (
        tables["marts.stage_flows"]
        .filter(pl.col("stage_model") == model)
        .group_by("first_channel", "from_stage", "to_stage")
        .agg(pl.col("customers_count").sum().cast(pl.Int64))
        .sort("first_channel", "from_stage", "to_stage")
    )
    return FirstPassages(
        dict(funnel.select("stage", "title").iter_rows()),
        dict(funnel.select("stage", "skipped_count").iter_rows()),
        steps,
    )


def _sentence(passages: FirstPassages) -> str:
    started = passages.total(from_stage=START)

    def ended(outcome: Outcome) -> str:
        customers = passages.total(to_stage=OUTCOME_NODES[outcome])
        return f"{count(customers)} ({percent(customers / started)})"

    return (
        f"{plural(started, 'customer')} started a journey. {ended(Outcome.COMPLETED)} reached the goal in their last "
        f"journey, {ended(Outcome.OPEN)} are still active and may yet move on, {ended(Outcome.DROPPED_OFF)} left."
    )


def _flow_twin(passages: FirstPassages, model: str) -> TableTwin:
    started = passages.total(from_stage=START)
    rows = [
        [
            channel_name(row["first_channel"]),
            _name(passages, row["from_stage"]),
            _name(passages, row["to_stage"]),
            count(row["customers_count"]),
            percent(row["customers_count"] / started),
        ]
        for row in passages.steps.iter_rows(named=True)
    ]
    headers = ["First channel", "From", "To", "Customers", "Of all customers"]
    caption, sql = "First passages by first channel", _FLOWS_SQL.format(model=model)
    return TableTwin(f"flow_{model}", caption, headers, rows, passages.steps, sql, text_columns=3)


def _moves_twin(passages: FirstPassages, moves: pl.DataFrame, model: str) -> TableTwin:
    data = moves.sort(["transitions_count", "from_stage", "to_stage"], descending=[True, False, False])
    rows = [
        [
            _name(passages, row["from_stage"]),
            _name(passages, row["to_stage"]),
            count(row["transitions_count"]),
            count(row["journeys_count"]),
            count(row["customers_count"]),
            percent(row["transition_rate"]),
            duration(row["median_seconds"]),
            duration(row["p90_seconds"]),
        ]
        for row in data.iter_rows(named=True)
    ]
    headers = ["From", "To", "Moves", "Journeys", "Customers", "Share of moves out", "Median time", "90% within"]
    return TableTwin(f"moves_{model}", "All moves", headers, rows, data, _MOVES_SQL.format(model=model), text_columns=2)


def _outlook_twin(passages: FirstPassages, outlook: pl.DataFrame, model: str) -> TableTwin:
    order = [START, *passages.titles]
    rows = [
        [
            _name(passages, row["stage"]),
            percent(row["completed_probability"]),
            percent(row["dropped_off_probability"]),
            f"{row['expected_moves']:.1f}",
            count(row["decided_count"]),
        ]
        for row in sorted(outlook.iter_rows(named=True), key=lambda row: order.index(row["stage"]))
    ]
    headers = [
        "A journey in",
        "Ends completed",
        "Ends dropped off",
        "After so many more moves",
        "Decided moves behind it",
    ]
    return TableTwin(f"outlook_{model}", "Outlook by stage", headers, rows, outlook, _OUTLOOK_SQL.format(model=model))


def _name(passages: FirstPassages, node: str) -> str:
    return OUTCOME_NAMES.get(node) or ("Start" if node == START else passages.titles.get(node, node))


REPORT = Report(
    "flow",
    "Customer flow",
    "Where do customers come from, and where do they leave?",
    (
        "journeys.stages",
        "marts.stage_funnel",
        "marts.stage_flows",
        "marts.stage_transitions",
        "marts.stage_outlook",
    ),
    draw,
    position=3,
)
