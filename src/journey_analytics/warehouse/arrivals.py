"""How late events arrive whose vendor does not say when it received them: by the time at which they were loaded.

Staging is a function of rows only and knows no load, so the ledger keeps per load how many new events happened in each
quarter of an hour. Where an event says when it was received, that time counts, and staging has it.
"""

from datetime import datetime

import duckdb


def note_known(connection: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Note, before a load, which events are there; False at the first load of a source.

    A first load brings the whole past at once: when that was loaded does not tell how late it arrived.
    """
    connection.execute(
        """
        create or replace temp table known_events as
        select event_key from staging.events where source = $1 and received_at is null
        """,
        [source],
    )
    found = connection.execute("select exists (from ops.loaded_files where source = $1)", [source]).fetchall()
    return bool(found[0][0])


def record_arrivals(connection: duckdb.DuckDBPyConnection, source: str, run_id: str, loaded_at: datetime) -> None:
    """Write the new events since ``note_known`` into ``ops.arrivals``."""
    connection.execute(
        """
        insert into ops.arrivals by name
        select source, $run_id as run_id, $loaded_at as loaded_at, time_precision,
            time_bucket(interval 15 minutes, occurred_at) as occurred_from, count(*) as events_count
        from staging.events
        anti join known_events using (event_key)
        where source = $source and received_at is null
        group by all
        """,
        {"source": source, "run_id": run_id, "loaded_at": loaded_at},
    )
