"""How many events each source had, day by day, beside what the weeks before let expect: small multiples."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from journey_analytics.readable import count, expected, plural
from journey_analytics.reports.annotations import (
    annotation_shapes,
    annotations_sentence,
    annotations_twin,
    annotations_within,
)
from journey_analytics.reports.report import Figure, Section, TableTwin, figure_looks
from journey_analytics.reports.theme import Look, faded
from journey_analytics.reports.words import plain

_DAYS = 91
_COLUMNS = ("source", "ends_on", "events_count", "expected_low", "expected_high", "verdict")
_SQL = f"""select {", ".join(_COLUMNS)}
from ops.source_volumes
where period = 'day' and ends_on > (select max(ends_on) from ops.source_volumes) - {_DAYS}
order by source, ends_on"""
_VERDICTS = {"usual": "usual", "low": "too few", "high": "too many", "too_little_history": "too early to tell"}
_EVENTS = {"light": "#0072B2", "dark": "#56B4E9"}


def verdict_name(verdict: str | None) -> str:
    """What is said of a volume, in words."""
    return _VERDICTS.get(verdict or "", "too early to tell")


def volumes_section(volumes: pl.DataFrame, annotations: pl.DataFrame) -> Section:
    """The last quarter of a year of every source, from ``ops.source_volumes``, with what happened then."""
    title = "How many events came, day by day?"
    days = volumes.filter(pl.col("period") == "day").sort("source", "ends_on")
    if days.is_empty():
        return Section(title, ["No source has a full day of events yet."])
    last_on: date = days.select(pl.col("ends_on").max()).item()
    first_on = last_on - timedelta(days=_DAYS - 1)
    shown = days.filter(pl.col("ends_on") >= first_on).select(_COLUMNS)
    marked = annotations_within(annotations, first_on, last_on)
    sentence = _sentence(shown)
    rows = [
        [
            row["source"],
            f"{row['ends_on']:%Y-%m-%d}",
            count(row["events_count"]),
            expected(row["expected_low"], row["expected_high"]),
            verdict_name(row["verdict"]),
        ]
        for row in shown.iter_rows(named=True)
    ]
    headers = ["Source", "Day", "Events", "Usual", "Verdict"]
    return Section(
        title,
        [sentence, *([annotations_sentence(marked)] if marked.height else [])],
        figure=Figure("volumes", sentence, figure_looks(lambda look: _figure(shown, marked, look))),
        tables=[
            TableTwin("volumes", "Events by source and day", headers, rows, shown, _SQL, text_columns=2),
            *([annotations_twin(marked, _DAYS)] if marked.height else []),
        ],
        how=[
            "Usual is what the same weekday of the eight weeks before lets expect, give or take 3.5 times the noise of "
            "earlier such comparisons; small counts have wide ranges, and what happened twice in a quarter of a year, "
            "such as a monthly mailing, is usual. In simulated series fewer than 1 in 100 days are told for nothing. "
            "Ten weeks of history are needed. Weeks are judged in the same way. A day counts once it is over and its "
            "events have had the time to arrive.",
        ],
    )


def _sentence(shown: pl.DataFrame) -> str:
    names = shown["source"].unique(maintain_order=True)
    odd = shown.filter(pl.col("verdict").is_in(["low", "high"]))
    judged = shown.filter(pl.col("verdict") != "too_little_history").height
    told = f"Events of {plural(len(names), 'source')} per day, up to {shown['ends_on'].max():%Y-%m-%d}. "
    if not judged:
        return told + "There is too little history to say what is usual."
    if odd.is_empty():
        return told + f"All {plural(judged, 'day')} with enough history are within the usual range."
    parts = [
        f"{row['source']} on {row['ends_on']:%Y-%m-%d} ({count(row['events_count'])}, usual "
        f"{expected(row['expected_low'], row['expected_high'])})"
        for row in odd.sort("ends_on", "source", descending=[True, False]).head(3).iter_rows(named=True)
    ]
    more = f", and {odd.height - len(parts)} more" if odd.height > len(parts) else ""
    return told + f"{plural(odd.height, 'source-day')} of {count(judged)} unusual: {'; '.join(parts)}{more}."


def _figure(shown: pl.DataFrame, marked: pl.DataFrame, look: Look) -> dict[str, object]:
    """A panel per source, one above the other, over the same days; each with a scale of its own."""
    names = shown["source"].unique(maintain_order=True).to_list()
    height, gap = (92 if look.is_narrow else 84), 30
    total = len(names) * (height + gap)
    axes: dict[str, Any] = {}
    traces: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for index, name in enumerate(names):
        panel = shown.filter(pl.col("source") == name)
        number = "" if index == 0 else str(index + 1)
        top = 1 - (index * (height + gap) + gap) / total
        highest = max(panel.select(pl.col("events_count").max()).item() or 0, 1)
        axes[f"yaxis{number}"] = {
            "domain": [max(0.0, top - height / total), top], "range": [0, highest * 1.12], "nticks": 4,
            "gridcolor": look.color("grid"), "zeroline": False, "fixedrange": True, "automargin": True,
        }  # fmt: skip
        traces += _panel(panel, number, look, is_first=index == 0)
        labels.append(
            {
                "xref": "paper", "yref": "paper", "x": 0, "y": top, "xanchor": "left", "yanchor": "bottom",
                "yshift": 3, "showarrow": False, "text": f"<b>{plain(name)}</b>", "align": "left",
            }
        )  # fmt: skip
    last = f"y{len(names)}" if len(names) > 1 else "y"
    layout = look.layout(
        height=total + 90,
        margin={"l": 10, "r": 10, "t": 34, "b": 40},
        xaxis={"type": "date", "anchor": last, "gridcolor": look.color("grid"), "fixedrange": True,
               "ticklabelstandoff": 6, "nticks": 5 if look.is_narrow else 10, "tickformat": "%d %b<br>%Y"},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "yref": "container"},
        annotations=labels,
        shapes=annotation_shapes(marked, look),
        hovermode="x",
        **axes,
    )  # fmt: skip
    return {"data": traces, "layout": layout}


def _panel(panel: pl.DataFrame, number: str, look: Look, *, is_first: bool) -> list[dict[str, Any]]:
    color = _EVENTS[look.theme]
    known = panel.filter(pl.col("expected_low").is_not_null())
    odd = panel.filter(pl.col("verdict").is_in(["low", "high"]))
    shared: dict[str, Any] = {"type": "scatter", "xaxis": "x", "yaxis": f"y{number}"}
    silent = {"hoverinfo": "skip", "mode": "lines", "line": {"width": 0, "shape": "hvh"}}
    return [
        shared | silent | {"x": _days(known), "y": known["expected_low"].to_list(), "showlegend": False},
        shared | silent | {
            "x": _days(known), "y": known["expected_high"].to_list(), "fill": "tonexty",
            "fillcolor": faded(color, 0.16), "name": "Usual range", "legendgroup": "usual", "showlegend": is_first,
        },
        shared | {
            "x": _days(panel), "y": panel["events_count"].to_list(), "mode": "lines", "name": "Events of the day",
            "line": {"color": color, "width": 1.5}, "legendgroup": "events", "showlegend": is_first,
            "customdata": [_hover(row) for row in panel.iter_rows(named=True)],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        shared | {
            "x": _days(odd), "y": odd["events_count"].to_list(), "mode": "markers", "name": "Unusual",
            "marker": {"color": look.color("left"), "size": 9, "symbol": "diamond"}, "cliponaxis": False,
            "legendgroup": "odd",
            "showlegend": is_first, "hoverinfo": "skip",
        },
    ]  # fmt: skip


def _days(panel: pl.DataFrame) -> list[str]:
    return panel["ends_on"].dt.to_string("%Y-%m-%d").to_list()


def _hover(row: dict[str, Any]) -> str:
    usual = "" if row["expected_low"] is None else f", usual {expected(row['expected_low'], row['expected_high'])}"
    return f"{plain(row['source'])} {row['ends_on']:%a %Y-%m-%d}: {count(row['events_count'])}{usual}"
