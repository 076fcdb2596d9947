"""How late events arrive whose vendor does not say when it received them: by the time at which they were loaded.

Staging is a function of rows only and knows no load, so the ledger keeps per load how many new events happened in each
quarter of an hour. A source's first load brings the whole past at once: when that was loaded tells nothing. Where an
event says when it was received, that time counts, and staging has it.
"""

from datetime import datetime

import duckdb


def note_known(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Note, before a load, which events are there."""
    connection.execute(
        """
        create or replace temp table known_events as
        select event_key from staging.events where source = $1 and received_at is null
        """,
        [source],
    )


def record_arrivals(connection: duckdb.DuckDBPyConnection, source: str, run_id: str, loaded_at: datetime) -> None:
    """Add the new events since ``note_known`` to what ``ops.arrivals`` has of the run."""
    connection.execute(
        """
        create or replace temp table arrived as
        select time_precision, time_bucket(interval 15 minutes, occurred_at) as occurred_from, 1 as events_count
        from staging.events
        anti join known_events using (event_key)
        where source = $source and received_at is null
        union all
        select time_precision, occurred_from, events_count from ops.arrivals where source = $source and run_id = $run_id
        """,
        {"source": source, "run_id": run_id},
    )
    connection.execute("delete from ops.arrivals where source = $1 and run_id = $2", [source, run_id])
    connection.execute(
        """
        insert into ops.arrivals by name
        select $source as source, $run_id as run_id, $loaded_at as loaded_at, time_precision, occurred_from,
            sum(events_count) as events_count
        from arrived
        group by all
        """,
        {"source": source, "run_id": run_id, "loaded_at": loaded_at},
    )
