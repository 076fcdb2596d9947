"""The task of ``task.py`` with other tools; run by the Python of ``.venv-bench``, which has them.

python benchmarks/peers.py CONTENDER FOLDER
"""

import json
import os
import sys
from pathlib import Path

from measuring import measured
from task import LAPSE_AFTER_DAYS, NO_INTERACTIONS, SESSION_TIMEOUT_MINUTES, STAGES, START, Result

TIMEOUT = SESSION_TIMEOUT_MINUTES * 60_000_000
LAPSE = LAPSE_AFTER_DAYS * 86_400_000_000
_LONG_AGO = -(10**18)


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


_STAGE = " ".join(f"when event_type in ({_texts(types)}) then '{stage}'" for stage, types in STAGES.items())

# One sort by customer and time serves all windows of the query.
_DUCKDB = f"""
with interactions as (
    select customer, epoch_us(occurred_at) as micros, case {_STAGE} end as stage
    from read_parquet('FILES') where event_type not in ({_texts(NO_INTERACTIONS)})
),
steps as (
    select customer, micros, stage, lag(stage) over life as previous_stage,
        micros - lag(micros, 1, {_LONG_AGO}) over life as gap
    from interactions window life as (partition by customer order by micros)
),
numbered as (
    select *, sum((gap > {TIMEOUT})::int) over
        (partition by customer order by micros rows between unbounded preceding and current row) as session
    from steps
),
sessions as (
    select max(micros) - min(micros) as duration, count(*) as events from numbered group by customer, session
)
select 'sessions' as name, count(*) as value from sessions
union all select 'session_microseconds', sum(duration) from sessions
union all select 'longest_session', max(events) from sessions
union all
select case when gap > {LAPSE} then '{START}' else previous_stage end || ' > ' || stage, count(*)
from numbered where gap > {LAPSE} or stage <> previous_stage group by all
"""

_CLICKHOUSE = f"""
with interactions as (
    select customer, toUnixTimestamp64Micro(occurred_at) as micros,
        case {_STAGE} else '' end as stage
    from file('FILES', Parquet) where event_type not in ({_texts(NO_INTERACTIONS)})
),
steps as (
    select customer, micros, stage, lagInFrame(stage) over life as previous_stage,
        micros - lagInFrame(micros, 1, toInt64({_LONG_AGO})) over life as gap
    from interactions
    window life as (partition by customer order by micros rows between unbounded preceding and current row)
),
numbered as (
    select *, sum(gap > {TIMEOUT}) over
        (partition by customer order by micros rows between unbounded preceding and current row) as session
    from steps
),
sessions as (
    select max(micros) - min(micros) as duration, count() as events from numbered group by customer, session
)
select 'sessions' as name, toInt64(count()) as value from sessions
union all select 'session_microseconds', toInt64(sum(duration)) from sessions
union all select 'longest_session', toInt64(max(events)) from sessions
union all
select concat(if(gap > {LAPSE}, '{START}', previous_stage), ' > ', stage) as name, toInt64(count()) as value
from numbered where gap > {LAPSE} or stage <> previous_stage group by name
"""


def duckdb_sql(folder: Path) -> Result:
    """Window functions in DuckDB."""
    import duckdb

    return dict(duckdb.sql(_DUCKDB.replace("FILES", f"{folder}/*.parquet")).fetchall())


def chdb_sql(folder: Path) -> Result:
    """Window functions in ClickHouse."""
    import chdb

    rows = str(chdb.query(_CLICKHOUSE.replace("FILES", f"{folder}/*.parquet"), "JSONEachRow")).splitlines()
    return {row["name"]: int(row["value"]) for row in map(json.loads, rows)}


def retentioneering(folder: Path) -> Result:
    """Retentioneering's own session splitting, renaming, collapsing and transition matrix."""
    os.environ["RETENTIONEERING_NO_TRACK"] = "1"
    import pandas as pd
    from retentioneering.eventstream import Eventstream
    from retentioneering.tools.transition_matrix import TransitionMatrix

    columns = ["customer", "event_type", "occurred_at"]
    frame = pd.concat([pd.read_parquet(file, columns=columns) for file in sorted(folder.glob("*.parquet"))])
    frame = frame[~frame["event_type"].isin(NO_INTERACTIONS)].rename(columns={"event_type": "event"})
    schema = {"path_cols": ["customer"], "event_col": "event", "timestamp_col": "occurred_at"}
    stream = Eventstream(frame, schema).split_sessions(timeout=f"{SESSION_TIMEOUT_MINUTES}m")
    sessions = stream.df.groupby("session_id", observed=True)["occurred_at"].agg(["min", "max", "size"])
    stages = {event_type: stage for stage, types in STAGES.items() for event_type in types}
    stages = {name: stage for name, stage in stages.items() if name in set(frame["event"])}
    journeys = stream.rename_events(stages).split_sessions(
        session_col="journey", session_index_col="journey_index", timeout=f"{LAPSE_AFTER_DAYS}d"
    )
    visits = journeys.collapse_events(loops=True, path_col="journey")
    matrix = TransitionMatrix(visits).fit("count", path_col="journey")
    found = {
        f"{START if source == 'path_start' else source} > {target}": int(matrix.loc[source, target])
        for source in matrix.index
        for target in matrix.columns
        if target != "path_end" and matrix.loc[source, target]
    }
    return found | {
        "sessions": len(sessions),
        "session_microseconds": int((sessions["max"] - sessions["min"]).sum().total_seconds() * 1_000_000),
        "longest_session": int(sessions["size"].max()),
    }


CONTENDERS = {"DuckDB SQL": duckdb_sql, "chdb SQL": chdb_sql, "retentioneering": retentioneering}

if __name__ == "__main__":
    measured(CONTENDERS[sys.argv[1]], Path(sys.argv[2]))
