"""The cases of product_analytics/ as events and funnels, for the fast code and for the slow."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import polars as pl

from journey_analytics.analysis.funnels import Exclusion, Funnel, Step
from tests.oracle.slow_funnel import Event, SlowExclusion, SlowFunnel, SlowStep

FOLDER = Path(__file__).parent / "product_analytics"
ORDERS = {"ordered": "ordered", "strict": "strict", "unordered": "any"}
ATTRIBUTIONS = {"first_touch": "first", "last_touch": "last", "all_events": "all"}


def cases(kind: str) -> list[dict[str, Any]]:
    return json.loads((FOLDER / f"{kind}.json").read_text())["cases"]


def time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def slow_events(case: dict[str, Any]) -> list[Event]:
    """Events with their own properties and, as ``customer.KEY``, those of their customer."""
    customers = case.get("customers") or {}
    return [
        Event(
            row["customer_id"],
            datetime.fromisoformat(row["timestamp"]),
            row["event"],
            {key: _text(value) for key, value in row["properties"].items()}
            | {f"customer.{key}": _text(value) for key, value in customers.get(row["customer_id"], {}).items()},
        )
        for row in case["events"]
    ]


def events_frame(case: dict[str, Any], seed: int | None = None) -> pl.DataFrame:
    """The same as a frame, rows in random order."""
    events = slow_events(case)
    keys = sorted({key for event in events for key in event.properties} | _keys_asked(case))
    frame = pl.DataFrame(
        {
            "customer_id": [event.customer for event in events],
            "occurred_at": [event.at for event in events],
            "event_type": [event.name for event in events],
            **{key: pl.Series([event.properties.get(key) for event in events], dtype=pl.String) for key in keys},
        }
    )
    return frame if seed is None else frame.sample(fraction=1, shuffle=True, seed=seed)


def path_events(case: dict[str, Any], seed: int) -> pl.DataFrame:
    """Events of the kinds and the time that paths are made of."""
    query = case["query"]
    frame = events_frame(case, seed)
    since, before = time(query.get("date_from")), time(query.get("date_to_exclusive"))
    if since and before:
        frame = frame.filter(pl.col("occurred_at") >= since, pl.col("occurred_at") < before)
    name = pl.col("event_type")
    kind = pl.when(name.str.starts_with("$")).then(name).otherwise(pl.lit("custom_event"))
    return frame.filter(kind.is_in(query["include"])) if "include" in query else frame


def path_item(query: dict[str, Any]) -> pl.Expr:
    """What a path goes through; null for what is left out."""
    name = pl.col("event_type")
    url, screen = pl.col("url"), pl.col("screen_name")
    short = pl.when(url == "/").then(url).otherwise(url.str.strip_suffix("/"))
    item = pl.when(name == "$pageview").then(short).when(name == "$screen").then(screen).otherwise(name)
    for pattern in query.get("wildcard_groups", []):
        item = pl.when(item.str.contains(pattern.replace("*", ".*"))).then(pl.lit(pattern)).otherwise(item)
    return pl.when(~item.is_in(query.get("exclude", []))).then(item)


def _keys_asked(case: dict[str, Any]) -> set[str]:
    query = case["query"]
    found = {"url", "screen_name"} if case["kind"] == "paths" else set[str]()
    for part in (query, *query.get("steps", []), *query.get("exclusions", [])):
        found |= {_key(one) for one in part.get("filters") or []}
    if "breakdown" in query:
        scope = query["breakdown"]["scope"]
        found |= {_key({"key": key, "scope": scope}) for key in query["breakdown"]["keys"]}
    return found


def _key(what: dict[str, Any]) -> str:
    return what["key"] if what.get("scope") == "event" else f"customer.{what['key']}"


EXPRESSIONS: dict[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column.ne_missing(pl.lit(value)),
    "is_set": lambda column, _: column.is_not_null(),
    "icontains": lambda column, value: column.str.to_lowercase().str.contains(value.lower(), literal=True),
}
PREDICATES: dict[str, Callable[[str | None, Any], bool]] = {
    "eq": lambda found, value: found == value,
    "ne": lambda found, value: found != value,
    "is_set": lambda found, _: found is not None,
    "icontains": lambda found, value: found is not None and value.lower() in found.lower(),
}


def _expression(filters: list[dict[str, Any]] | None) -> pl.Expr | None:
    if not filters:
        return None
    return reduce(and_, [EXPRESSIONS[one["op"]](pl.col(_key(one)), _text(one["value"])) for one in filters])


def _predicate(filters: list[dict[str, Any]] | None) -> Callable[[Event], bool]:
    return lambda event: all(
        PREDICATES[one["op"]](event.properties.get(_key(one)), _text(one["value"])) for one in filters or []
    )


FIRST_TIME = {None: None, "any": "any", "matching_filters": "matching"}


def funnel(query: dict[str, Any], **changes: Any) -> Funnel:
    return Funnel(
        [
            Step(
                step["event"],
                _expression(step.get("filters")),
                optional=step.get("optional", False),
                first_time=FIRST_TIME[step.get("first_time")],
            )
            for step in query["steps"]
        ],
        timedelta(seconds=query["window_s"]),
        **{
            "order": ORDERS[query["order"]],
            "exclusions": [
                Exclusion(one["event"], _expression(one.get("filters")), one["from_step"] + 1, one["to_step"] + 1)
                for one in query.get("exclusions", [])
            ],
            "where": _expression(query.get("filters")),
            "since": time(query.get("date_from")),
            "before": time(query.get("date_to_exclusive")),
        }
        | changes,
    )


def slow_funnel(query: dict[str, Any]) -> SlowFunnel:
    def step(one: dict[str, Any]) -> SlowStep:
        return SlowStep(
            None if one["event"] is None else (one["event"],),
            _predicate(one.get("filters")),
            one.get("optional", False),
            FIRST_TIME[one.get("first_time")],
        )

    breakdown = query.get("breakdown")
    asked: dict[str, Any] = {}
    if breakdown:
        (key,) = breakdown["keys"]
        name = _key({"key": key, "scope": breakdown["scope"]})
        attribution = breakdown["attribution"]
        asked["attribution"] = ATTRIBUTIONS.get(attribution, breakdown.get("attribution_step"))
        asked["value"] = lambda event: event.properties.get(name)
    return SlowFunnel(
        tuple(step(one) for one in query["steps"]),
        timedelta(seconds=query["window_s"]),
        order=ORDERS[query["order"]],
        exclusions=tuple(
            SlowExclusion(step(one), one["from_step"], one["to_step"]) for one in query.get("exclusions", [])
        ),
        where=_predicate(query.get("filters")),
        since=time(query.get("date_from")),
        before=time(query.get("date_to_exclusive")),
        **asked,
    )


def breakdown_of(query: dict[str, Any]) -> dict[str, Any]:
    """Arguments ``by`` and ``attribution`` of ``funnel_steps``."""
    if "breakdown" not in query:
        return {}
    breakdown = query["breakdown"]
    (key,) = breakdown["keys"]
    attribution = ATTRIBUTIONS.get(breakdown["attribution"]) or breakdown["attribution_step"] + 1
    return {"by": _key({"key": key, "scope": breakdown["scope"]}), "attribution": attribution}
