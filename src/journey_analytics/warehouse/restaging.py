"""What stages computed anew would change of those that the last build stored; nothing is written."""

from collections.abc import Sequence

import duckdb
import polars as pl

from journey_analytics.vocabulary import UNMAPPED
from journey_analytics.warehouse.connection import registered


def restaged(connection: duckdb.DuckDBPyConnection, now: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compare stages of the main model with the stored ones.

    Args:
        connection: To the state database; may be read only.
        now: ``event_key``, ``stage``, ``rule_id`` of all touchpoints of some customers.

    Returns:
        Touchpoints with another stage, in two frames that may be added up over customers: by ``from_stage`` and
        ``to_stage``, with ``touchpoints_count`` and ``customers_count``, all of them together in a row whose stages are
        null, and no stage at all being an empty text; and by ``rule_id``, the one that takes them now, with
        ``touchpoints_count``, ``(unmapped)`` being interactions that none takes, and an empty text what is none.
    """
    joined = """
        select stored.customer_key, coalesce(stored.stage, '') as from_stage, coalesce(now.stage, '') as to_stage,
            now.rule_id
        from restaged_now as now inner join journeys.touchpoints as stored using (event_key)
        where stored.stage is distinct from now.stage
    """
    with registered(connection, restaged_now=now):
        by_stage = connection.sql(
            f"""
            select from_stage, to_stage, count(*) as touchpoints_count,
                count(distinct customer_key) as customers_count
            from ({joined}) group by grouping sets ((from_stage, to_stage), ())
            """
        ).pl()
        by_rule = connection.sql(
            f"""
            select coalesce(rule_id, if(to_stage = '{UNMAPPED}', to_stage, '')) as rule_id,
                count(*) as touchpoints_count
            from ({joined}) group by all
            """
        ).pl()
    return by_stage, by_rule


def stored_models(connection: duckdb.DuckDBPyConnection) -> Sequence[str]:
    """Names of the stage models of the last build, the main one first."""
    rows = connection.sql(
        "select stage_model from journeys.stages group by all order by bool_or(is_main_model) desc, stage_model"
    ).fetchall()
    return [row[0] for row in rows]


def customers_count(connection: duckdb.DuckDBPyConnection, *, only_touched: bool) -> int:
    """How many customers there are, or those whom what is loaded since the last build touched."""
    touched = "and set_key in (select set_key from ops.changed_sets)" if only_touched else ""
    rows = connection.sql(
        f"""
        select count(distinct customer_key) from journeys.identifier_sets where customer_key is not null {touched}
        """
    ).fetchall()
    return rows[0][0]
