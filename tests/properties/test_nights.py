"""The law of the build: whatever comes night by night, the tables are those of one full rebuild."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, get_args

import duckdb
import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from journey_analytics.config import (
    IdentitySection,
    JourneySection,
    SessionScope,
    SessionSection,
    Settings,
    SharedDevice,
)
from journey_analytics.contracts import EVENTS
from journey_analytics.stage_model import LapseVersion, StageModel, with_learned_limits
from journey_analytics.steps.recompute import Inputs, recompute
from journey_analytics.steps.runs import Run
from journey_analytics.warehouse import incoming, ledger, staging
from journey_analytics.warehouse.connection import connect
from journey_analytics.warehouse.state_tables import create_state_tables
from tests.strategies import GAPS, START, TYPES
from tests.worlds import LIFECYCLE

TABLES = (
    "journeys.identifier_sets", "journeys.identities", "journeys.touchpoints", "journeys.sessions",
    "journeys.stage_visits", "journeys.journeys", "journeys.transitions", "journeys.conversions",
    "ops.identity_findings", "ops.source_status",
)  # fmt: skip
SOURCES = ("web", "mail")
SHORT = GAPS[:6]
END = START + sum(GAPS, timedelta(0))

Row = dict[str, Any]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """An event over so few ids, users and times that merges, shared identifiers and bridged sessions are common."""
    at = START + draw(st.sampled_from((*SHORT, *GAPS))) + draw(st.sampled_from((*SHORT, *GAPS)))
    is_alias = draw(st.integers(0, 9)) == 0
    desk = draw(st.sampled_from((None, None, None, "d1", "d2")))
    return {
        "source": draw(st.sampled_from(SOURCES)),
        "event_id": f"e{draw(st.integers(1, 25))}",
        "occurred_at": at,
        "received_at": draw(st.sampled_from((None, at, at - timedelta(days=2)))),
        "time_precision": "instant",
        "channel": "web",
        "entry_channel": "web",
        "actor": "customer",
        "event_type": draw(st.sampled_from(TYPES)),
        "is_machine": False,
        "user_id": draw(st.sampled_from((None, None, "u1", "u2", "u3"))),
        "email": draw(st.sampled_from((None, None, None, "a@x.example", "b@x.example"))),
        "anonymous_id": draw(st.sampled_from((None, "c1", "c1", "c2", "c3", "c4", "u1"))),
        "device_id": draw(st.sampled_from((None, None, None, "c1", "p1"))),
        "previous_id": draw(st.sampled_from(("u1", "c1"))) if is_alias else None,
        "vendor_ids": [{"kind": "desk_id", "value": desk}] if desk else None,
    }


@st.composite
def links(draw: st.DrawFn) -> Row:
    """A reference row, which links identifiers; a newer one of the same key replaces it."""
    return {
        "link_key": f"k{draw(st.integers(1, 3))}",
        "user_id": draw(st.sampled_from((None, "u1", "u2"))),
        "email": draw(st.sampled_from((None, "a@x.example", "b@x.example"))),
        "vendor_ids": [{"kind": "desk_id", "value": draw(st.sampled_from(("d1", "d2")))}],
    }


def met(event_id: str, **said: Any) -> Row:
    """A page view that says this about who it was."""
    schema = {name: None for name in EVENTS.schema if name not in ("event_key", "set_key")}
    return schema | {
        "source": "web", "event_id": event_id, "occurred_at": START, "time_precision": "instant", "channel": "web",
        "entry_channel": "web", "actor": "customer", "event_type": "page_view", "is_machine": False, **said,
    }  # fmt: skip


def came(
    *rows: Row, links: list[Row] | None = None, forgets: str | None = None, as_of: datetime = END
) -> dict[str, Any]:
    """A night on which this came."""
    return {"rows": rows, "links": links, "forgets": forgets, "as_of": as_of}


COOKIE, LOGIN = met("e1", anonymous_id="c1"), met("e2", anonymous_id="c1", user_id="u1")
LINK = {
    "link_key": "k1", "user_id": "u1", "email": "a@x.example", "vendor_ids": [{"kind": "desk_id", "value": "d1"}],
}  # fmt: skip
LATER = met("e3", anonymous_id="c2", occurred_at=START + timedelta(days=30))


def login(event_id: str, user_id: str, day: int) -> Row:
    """A user on the family's computer."""
    return met(event_id, user_id=user_id, anonymous_id="c1", occurred_at=START + timedelta(days=day))


FAMILY = (COOKIE, login("e2", "u1", 1), login("e3", "u2", 2), met("e4", user_id="u2", anonymous_id="c2"))
BY_TURNS = tuple(
    met(f"e{number}", user_id="u1", anonymous_id=("c1", "c2")[number % 2], occurred_at=START + number * SHORT[2])
    for number in range(8)
)
FAR_AHEAD = login("e6", "u1", 40) | {"received_at": START}


LEARNED = with_learned_limits(
    [LIFECYCLE],
    LapseVersion.model_validate(
        {
            "version": 1, "learned_until": END, "return_horizon": "90d", "most_returning": 0.05,
            "thresholds": [
                {
                    "stage_model": "lifecycle", "stage": stage, "lapse_after": limit, "silences_count": 1,
                    "at_risk_count": 1, "is_pooled": False,
                }
                for stage, limit in (("awareness", "1h"), ("acquisition", "5d"), ("onboarding", "20d"))
            ],
        }
    ),
    timedelta(minutes=30),
)  # fmt: skip
"""Learned limits are an input, as the stage model is."""


def made_inputs(
    shared_device: SharedDevice = "own_profile",
    session_scope: SessionScope = "customer",
    models: Sequence[StageModel] = (LIFECYCLE,),
) -> Inputs:
    """What decides the tables beside the data."""
    settings = Settings(
        journeys=JourneySection(lapse_after="auto") if models is LEARNED else JourneySection(),
        identity=IdentitySection(max_values=2, shared_device=shared_device),
        sessions=SessionSection(session_scope=session_scope),
    )
    return Inputs(settings, models, SOURCES, ("web",), b"a key that only tests have")


USUAL, SEGMENTS, BY_LEARNED_LIMITS = made_inputs(), made_inputs("last_user", "device"), made_inputs(models=LEARNED)
inputs = st.builds(
    made_inputs,
    st.sampled_from(get_args(SharedDevice)),
    st.sampled_from(get_args(SessionScope)),
    st.sampled_from(((LIFECYCLE,), LEARNED)),
)

nights = st.lists(
    st.fixed_dictionaries(
        {
            "rows": st.lists(rows(), max_size=5),
            "links": st.none() | st.lists(links(), max_size=3, unique_by=lambda link: link["link_key"]),
            "forgets": st.sampled_from((None, None, None, "web", "mail")),
            "as_of": st.sampled_from((END, END, END + timedelta(days=60), START + timedelta(days=20))),
        }
    ),
    min_size=2,
    max_size=5,
)


@settings(
    max_examples=int(os.environ.get("JOURNEY_LAW_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@example([came(COOKIE), came(LOGIN)], USUAL)
@example([came(COOKIE, LOGIN), came(met("e4", anonymous_id="c1", user_id="u2"))], USUAL)
@example([came(COOKIE, LOGIN), came(COOKIE, forgets="web")], USUAL)
@example(
    [came(met("e1", user_id="u1"), met("e2", user_id="u2")), came(met("e3", user_id="u2", previous_id="u1"))], USUAL
)
@example([came(met("e1", email="a@x.example"), met("e2", user_id="u1")), came(links=[LINK])], USUAL)
@example([came(met("e1", email="a@x.example"), met("e2", user_id="u1"), links=[LINK]), came(links=[])], USUAL)
@example([came(COOKIE, LATER, as_of=START + timedelta(days=20)), came(as_of=END)], USUAL)
@example([came(COOKIE, LATER, as_of=END), came(as_of=START + timedelta(days=20))], USUAL)
@example([came(COOKIE, met("m1", source="mail", user_id="u1", occurred_at=LATER["occurred_at"])), came(LATER)], USUAL)
@example([came(*FAMILY), came(login("e5", "u1", 3))], SEGMENTS)
@example([came(*FAMILY, login("e5", "u1", 3)), came(COOKIE, forgets="web")], SEGMENTS)
@example([came(*FAMILY, login("e5", "u1", 3)), came(as_of=START + timedelta(days=2))], SEGMENTS)
@example([came(*FAMILY), came(login("e3", "u2", -2) | {"received_at": START})], SEGMENTS)
@example([came(*FAMILY), came(FAR_AHEAD)], SEGMENTS)
@example([came(*FAMILY), came(login("e5", "u3", 3))], SEGMENTS)
@example([came(*FAMILY), came(met("e5", user_id="u1", previous_id="u2"))], SEGMENTS)
@example([came(*BY_TURNS[::2]), came(*BY_TURNS[1::2])], SEGMENTS)
@example([came(COOKIE, LATER), came(met("e9", anonymous_id="c1", occurred_at=START + SHORT[-1]))], BY_LEARNED_LIMITS)
@given(nights, inputs)
def test_night_after_night_gives_the_tables_of_one_rebuild(found: list[dict[str, Any]], inputs: Inputs) -> None:
    with connect() as connection:
        create_state_tables(connection)
        for number, night in enumerate(found):
            arrive(connection, night["rows"], night["links"], night["forgets"])
            build(connection, inputs, str(number), night["as_of"])
        by_night = contents(connection)
        build(connection, inputs, "full", found[-1]["as_of"], whole=True)
        assert by_night == contents(connection)


def arrive(
    connection: duckdb.DuckDBPyConnection, arrived: Sequence[Row], linked: Sequence[Row] | None, forgotten: str | None
) -> None:
    """What a night's load does to staging."""
    connection.execute("begin")
    if forgotten:
        ledger.forget_source(connection, forgotten)
    schema = {name: dtype for name, dtype in EVENTS.schema.items() if name not in ("source", "event_key", "set_key")}
    for source in SOURCES:
        of_source = [row for row in arrived if row["source"] == source]
        incoming.begin_load(connection)
        frame = pl.DataFrame(of_source, schema=schema).with_columns(
            file_index=pl.lit(0, pl.Int64), line=pl.int_range(pl.len(), dtype=pl.Int64), item=pl.lit(1, pl.Int64)
        )
        incoming.add_rows(connection, incoming.INCOMING_EVENTS, source, frame)
        staging.merge_events(connection, source)
    if linked is not None:
        schema = {name: EVENTS.schema[name] for name in ("user_id", "email", "vendor_ids")}
        staging.replace_links(connection, "mail", pl.DataFrame(linked, schema={"link_key": pl.String} | schema))
    connection.execute("commit")


def build(
    connection: duckdb.DuckDBPyConnection, inputs: Inputs, run_id: str, as_of: datetime, *, whole: bool = False
) -> None:
    connection.execute("begin")
    recompute(connection, inputs, Run(run_id, as_of), whole=whole)
    connection.execute("commit")


def contents(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {name: sorted(connection.sql(f"from {name}").fetchall(), key=repr) for name in TABLES}
