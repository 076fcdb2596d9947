"""What became of whom between two builds: customers who merged, were split or got another id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb


@dataclass(frozen=True)
class IdentityChanges:
    """How many customers merged into others, and how many were split, in a build."""

    merged_count: int = 0
    split_count: int = 0


def note_identity_changes(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[str], as_of: datetime, run_id: str, build_number: int
) -> IdentityChanges:
    """Note in ``ops.identity_changes`` what ``refresh_identities`` changed; looks only at sets that changed hands.

    A customer who is left without any identifier set and whose events went to one other has merged into that one, if
    that one was there before or others merged into it as well; else it is the same customer under another id. Whose
    events only went in part, or to several, was split.

    Args:
        connection: Inside the build's transaction, after ``refresh_identities``.
        sources: Sources that count.
        as_of: Events up to this time count.
        run_id: The run.
        build_number: The build.
    """
    connection.execute(
        """
        insert into ops.identity_changes
        with moves as (
            select customer_key_before, customer_key_after, count(events.set_key) as events_count
            from moved_sets left join (
                select set_key from staging.events where list_contains($sources, source) and occurred_at <= $as_of
            ) as events using (set_key)
            where customer_key_before is not null and customer_key_after is not null
            group by all
        ),
        judged as (
            select *, count(*) over (partition by customer_key_before) as targets_count,
                count(*) over (partition by customer_key_after) as origins_count,
                exists (from journeys.identifier_sets as now where now.customer_key = customer_key_before) as is_left,
                exists (from sets_before as before where before.customer_key = customer_key_after) as was_there
            from moves
        )
        select $run_id, $build_number,
            case
                when is_left or targets_count > 1 then 'split'
                when was_there or origins_count > 1 then 'merged'
                else 'renamed'
            end,
            customer_key_before, customer_key_after, events_count
        from judged
        """,
        {"sources": list(sources), "as_of": as_of, "run_id": run_id, "build_number": build_number},
    )
    counts = connection.execute(
        """
        select count(distinct customer_key_before) filter (change = 'merged'),
            count(distinct customer_key_before) filter (change = 'split')
        from ops.identity_changes where build_number = $1
        """,
        [build_number],
    ).fetchall()
    return IdentityChanges(*counts[0])
