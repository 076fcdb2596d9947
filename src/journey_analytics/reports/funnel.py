"""The funnel page: how many customers reach each stage, and what became of the others."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from journey_analytics.readable import count, percent, plural
from journey_analytics.reports.report import Figure, Report, Section, Tables, TableTwin, figure_looks
from journey_analytics.reports.theme import Look
from journey_analytics.reports.words import plain, rate_interval, rate_with_interval

_COUNTS = (
    "customers_count",
    "skipped_count",
    "advanced_count",
    "completed_count",
    "dropped_off_count",
    "open_count",
)
_SQL = """select stages.stage_index, stages.stage, stages.title,
    {sums}
from journeys.stages as stages
left join marts.stage_funnel as funnel
    on stages.stage_model = funnel.stage_model and stages.stage = funnel.stage
where stages.stage_model = '{model}'
group by all
order by stages.stage_index"""


def funnel_table(tables: Tables, model: str) -> pl.DataFrame:
    """The funnel of a stage model over all channels and months, with a row for every stage."""
    stages = tables["journeys.stages"].filter(pl.col("stage_model") == model).select("stage_index", "stage", "title")
    counted = (
        tables["marts.stage_funnel"]
        .filter(pl.col("stage_model") == model)
        .group_by("stage")
        .agg(pl.col(_COUNTS).sum().cast(pl.Int64))
    )
    return stages.join(counted, on="stage", how="left").with_columns(pl.col(_COUNTS).fill_null(0)).sort("stage_index")


def models_of(tables: Tables) -> list[str]:
    """Stage models in the file, the main one first."""
    stages = tables["journeys.stages"].sort(pl.col("is_main_model"), "stage_model", descending=[True, False])
    return stages["stage_model"].unique(maintain_order=True).to_list()


def draw(tables: Tables) -> list[Section]:
    """A section per stage model."""
    models = models_of(tables)
    return [
        _section(tables, model, "Customers by stage" + ("" if len(models) == 1 else f" ({model})")) for model in models
    ]


def _section(tables: Tables, model: str, title: str) -> Section:
    funnel = funnel_table(tables, model)
    first = funnel["customers_count"][0] if funnel.height else 0
    if not first:
        return Section(title, ["No customer has reached a stage yet. Are the sources loaded, and do the rules match?"])
    rows = funnel.rows(named=True)
    return Section(
        title,
        [_sentence(rows), *_passed_over(rows)],
        figure=Figure(
            f"funnel-{model}",
            _sentence(rows),
            figure_looks(lambda look: _figure(rows, look)),
        ),
        tables=[_twin(funnel, model)],
        how=[
            "A customer counts once per stage. Reached: visited the stage or a later one; customers who passed over "
            "a stage are counted in it and shown as skipped.",
            "Moved on: reached a later stage. The others got no further so far: completed (their last journey "
            "reached the goal), still active (too early to tell), or left (silent for longer than the stage allows).",
            "Intervals are 95% Wilson intervals. Still active customers are in the base of every rate shown here, "
            "so a rate of moving on can only grow as they decide.",
        ],
    )


def _sentence(rows: Sequence[dict[str, Any]]) -> str:
    first, last = rows[0], rows[-1]
    worst = max(rows, key=lambda row: row["dropped_off_count"])
    text = (
        f"Of {plural(first['customers_count'], 'customer')} who reached {first['title']}, "
        f"{count(last['customers_count'])} ({percent(last['customers_count'] / first['customers_count'])}) reached "
        f"{last['title']} so far."
    )
    if worst["dropped_off_count"]:
        text += (
            f" The biggest loss is at {worst['title']}: {count(worst['dropped_off_count'])} left "
            f"({percent(worst['dropped_off_count'] / worst['customers_count'])} of those who reached it), "
            f"{count(worst['open_count'])} are still active and may yet move on."
        )
    return text


def _is_passed_over(row: dict[str, Any]) -> bool:
    """Whether nobody was ever in a stage that a later one lets them have reached."""
    return row["customers_count"] > 0 and row["skipped_count"] == row["customers_count"]


def _passed_over(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [
        f"Nobody was ever in {row['title']}: all {plural(row['customers_count'], 'customer')} counted there passed it "
        "over on the way to a later stage. Either no rule leads there, or its rules take nothing: journey rules "
        "coverage."
        for row in rows
        if _is_passed_over(row)
    ]


def _figure(rows: Sequence[dict[str, Any]], look: Look) -> dict[str, object]:
    base = rows[0]["customers_count"]
    names = [plain(row["title"]) for row in rows]
    own = [look.stage_color(row["stage_index"], len(rows)) for row in rows]
    outline = {"color": look.color("line"), "width": 1}
    parts: list[tuple[str, str, dict[str, Any]]] = [
        ("advanced_count", "Moved on", {"color": own, "line": outline}),
        ("completed_count", "Completed here", {"color": look.color("completed"), "line": outline}),
        ("open_count", "Still active", {"color": look.color("open"), "line": outline}),
        (
            "dropped_off_count",
            "Left",
            {"color": "rgba(0,0,0,0)", "line": {"color": look.color("left"), "width": 1},
             "pattern": {"shape": "/", "fgcolor": look.color("left"), "size": 7, "solidity": 0.35}},
        ),
    ]  # fmt: skip
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "meta": column,
            "y": names,
            "x": [row[column] / base for row in rows],
            "marker": marker,
            "hovertemplate": "%{customdata}<extra></extra>",
            "customdata": [_hover(row, name, row[column]) for row in rows],
        }
        for column, name, marker in parts
    ]
    labels = [
        {
            "x": row["customers_count"] / base, "y": name, "text": _label(rows, index, look), "showarrow": False,
            "xanchor": "left", "xshift": 6, "align": "left", "font": {"size": 12 if look.is_narrow else 13},
        }
        for index, (row, name) in enumerate(zip(rows, names, strict=True))
    ]  # fmt: skip
    room = 1.42 if look.is_narrow else 1.32
    layout = look.layout(
        height=(76 if look.is_narrow else 64) * len(rows) + 110,
        barmode="stack",
        bargap=0.38,
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        xaxis={"range": [0, room], "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%",
               "gridcolor": look.color("grid"), "zeroline": False, "fixedrange": True},
        yaxis={"autorange": "reversed", "automargin": True, "fixedrange": True},
        legend={"orientation": "h", "y": -0.12, "x": 0, "traceorder": "normal"},
        annotations=labels,
    )  # fmt: skip
    return {"data": bars, "layout": layout}


def _label(rows: Sequence[dict[str, Any]], index: int, look: Look) -> str:
    row, base = rows[index], rows[0]["customers_count"]
    text = f"<b>{count(row['customers_count'])}</b>"
    if _is_passed_over(row):
        return f"{text}{'<br>' if look.is_narrow else '  '}nobody was here: passed over"
    if index == 0:
        return text
    previous = rows[index - 1]["customers_count"]
    of_first = percent(row["customers_count"] / base)
    of_previous = percent(row["customers_count"] / previous) if previous else "–"
    if look.is_narrow:
        return f"{text}<br>{of_first} of first"
    return f"{text}  {of_first} of first<br>{of_previous} of previous"


def _hover(row: dict[str, Any], name: str, customers: int) -> str:
    found = rate_interval(customers, row["customers_count"])
    return (
        f"<b>{plain(row['title'])}: {name.lower()}</b><br>"
        f"{count(customers)} of {count(row['customers_count'])} customers "
        f"({percent(found.estimate, exact=True)})<br>95% interval {found.low * 100:.1f}–{found.high * 100:.1f}%"
    )


def _twin(funnel: pl.DataFrame, model: str) -> TableTwin:
    rows = funnel.rows(named=True)
    base = rows[0]["customers_count"]
    cells: list[list[str]] = []
    for index, row in enumerate(rows):
        reached = row["customers_count"]
        previous = rows[index - 1]["customers_count"] if index else 0
        of_previous = rate_with_interval(reached, previous) if index else "–"
        cells.append(
            [
                row["title"],
                count(reached),
                percent(reached / base),
                "nobody was here: passed over" if _is_passed_over(row) else of_previous,
                count(row["skipped_count"]),
                count(row["advanced_count"]),
                count(row["completed_count"]),
                count(row["open_count"]),
                f"{count(row['dropped_off_count'])} · {rate_with_interval(row['dropped_off_count'], reached)}",
            ]
        )
    sums = ",\n    ".join(f"coalesce(sum(funnel.{name}), 0)::bigint as {name}" for name in _COUNTS)
    return TableTwin(
        f"funnel_{model}",
        "Customers by stage",
        ["Stage", "Reached", "Of first", "Of previous (95% interval)", "Skipped it", "Moved on", "Completed here",
         "Still active", "Left · of reached (95% interval)"],
        cells,
        funnel,
        _SQL.format(sums=sums, model=model),
    )  # fmt: skip


REPORT = Report(
    "funnel",
    "Funnel",
    "How many customers reach each stage, and what became of those who got no further?",
    ("journeys.stages", "marts.stage_funnel"),
    draw,
    position=2,
)
