"""The funnel of ``funnel.py`` with other tools; run by the Python of ``.venv-bench``, which has them.

python benchmarks/funnel_peers.py CONTENDER FOLDER STEP...
"""

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from measuring import measured

WINDOW_DAYS = 7
_WINDOW = WINDOW_DAYS * 86_400_000_000

Result = dict[str, int]
"""How many customers reach each step; steps are named by their number and event."""


def as_result(steps: Sequence[str], counts: Sequence[int]) -> Result:
    """Counts by the names that all contenders use."""
    return {f"{index} {step}": count for index, (step, count) in enumerate(zip(steps, counts, strict=True), start=1)}


def window_funnel(folder: Path, steps: Sequence[str], *, mode: str) -> Result:
    """ClickHouse's aggregate function, over the rows of the steps alone, which is what helps it."""
    import chdb

    conditions = ", ".join(f"event_type = '{step}'" for step in steps)
    names = ", ".join(f"'{step}'" for step in dict.fromkeys(steps))
    query = f"""
    select level, count() as customers from (
        select windowFunnel({_WINDOW}{mode})(toUInt64(toUnixTimestamp64Micro(occurred_at)), {conditions}) as level
        from file('{folder}/*.parquet', Parquet) where event_type in ({names}) group by customer
    ) group by level
    """
    rows = [json.loads(line) for line in str(chdb.query(query, "JSONEachRow")).splitlines()]
    at_least = range(1, len(steps) + 1)
    return as_result(steps, [sum(int(row["customers"]) for row in rows if row["level"] >= least) for least in at_least])


def duckdb_sql(folder: Path, steps: Sequence[str]) -> Result:
    """A window function per step: the latest start of those that reached the step before. For different steps only."""
    import duckdb

    number = " ".join(f"when '{step}' then {index}" for index, step in enumerate(steps, start=1))
    names = ", ".join(f"'{step}'" for step in steps)
    query = f"""
    select customer, epoch_us(occurred_at) as micros, case event_type {number} end as step,
        case when step = 1 then micros end as start1
    from read_parquet('{folder}/*.parquet') where event_type in ({names})
    """
    for index in range(2, len(steps) + 1):
        query = f"""
        select * exclude (latest),
            case when step = {index} and micros - latest <= {_WINDOW} then latest end as start{index}
        from (
            select *, max(start{index - 1}) over (partition by customer order by micros, step
                rows between unbounded preceding and 1 preceding) as latest
            from ({query})
        )
        """
    reached = range(1, len(steps) + 1)
    counts = ", ".join(f"count(distinct customer) filter (where start{index} is not null)" for index in reached)
    found = duckdb.sql(f"select {counts} from ({query})").fetchall()[0]
    return as_result(steps, found)


DIFFERENT_STEPS_ONLY = ("chdb, plain", "DuckDB SQL")
"""These let one event serve several steps."""

CONTENDERS: dict[str, Callable[[Path, Sequence[str]], Result]] = {
    "chdb, strict_once": partial(window_funnel, mode=", 'strict_once'"),
    "chdb, plain": partial(window_funnel, mode=""),
    "DuckDB SQL": duckdb_sql,
}

if __name__ == "__main__":
    measured(lambda folder: CONTENDERS[sys.argv[1]](folder, sys.argv[3:]), Path(sys.argv[2]))
