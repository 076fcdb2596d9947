"""What notebooks use: open a published file and look at its tables, questions and graph."""

from pathlib import Path

import polars as pl

from journey_analytics.analysis.chains.transition_graph import Graph, transition_graph
from journey_analytics.analysis.hidden_stages.session_stages import fit_touchpoints, session_stages
from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.steps.ask import ask
from journey_analytics.warehouse.queries import query_published


class Warehouse:
    """A published file, read only; every call sees the newest night."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def sql(self, question: str) -> pl.DataFrame:
        """Answer of a query, or of a cookbook question by its name.

        Raises:
            UsageError: The file does not exist, or the query is wrong.
        """
        return ask(self.path, question).frame

    def table(self, name: str) -> pl.DataFrame:
        """A whole table, such as ``marts.stage_funnel``."""
        return self.sql(f"from {name}")

    def tables(self) -> pl.DataFrame:
        """Every table with what it says: ``table``, ``description``, ``rows_count``."""
        return query_published(
            self.path,
            """
            select schema_name || '.' || table_name as "table", comment as description, estimated_size as rows_count
            from duckdb_tables()
            order by schema_name, table_name
            """,
        )

    def graph(self, model: str | None = None) -> Graph:
        """Transition graph of a stage model; of the main one by default."""
        transitions = self.table("marts.stage_transitions")
        name = model or self.table("ops.settings")["main_stage_model"][0]
        return transition_graph(transitions.filter(pl.col("stage_model") == name))

    def stays(self, model: str | None = None) -> pl.DataFrame:
        """Stage visits as ``analysis.precursors`` and ``analysis.leaving`` read them; of the main model by default.

        Returns:
            One row per stage visit: ``customer_id``; ``stage``; ``started_at``; ``ended_at`` (when the next visit of
            the journey began; of a journey's last visit its last interaction, where the journey has lapsed; else null);
            ``is_dropped`` (the journey dropped off here; churn after a goal is none).

        Example:
            >>> from datetime import timedelta
            >>> from journey_analytics.analysis.precursors import preceding_patterns
            >>> warehouse = open_warehouse()  # doctest: +SKIP
            >>> preceding_patterns(  # doctest: +SKIP
            ...     warehouse.stays(), warehouse.table("journeys.touchpoints"), stage="stage",
            ...     acts=pl.col("is_interaction"), window=timedelta(days=30),
            ...     until=warehouse.table("ops.settings")["watermark_at"][0],
            ... )
        """
        name = model or self.table("ops.settings")["main_stage_model"][0]
        return self.sql(_STAYS).filter(pl.col("stage_model") == name).drop("stage_model")

    def fit_stages(self) -> StageFit:
        """Fit a stage process to all touchpoints, starting from the rules of the main stage model.

        Keep its ``to_json()``, and apply it until you fit anew; ``why`` says whether it knows more than the rules.

        Raises:
            UsageError: There are no interactions to fit to.
        """
        main = self.sql("select main_stage_model, watermark_at from ops.settings")
        stages = self.sql("select stage from journeys.stages where is_main_model order by stage_index")
        return fit_touchpoints(
            self.sql(_TOUCHPOINTS), stages["stage"].to_list(), main["watermark_at"][0], stage_model=main.item(0, 0)
        )

    def session_stages(self, fit: StageFit) -> pl.DataFrame:
        """The likeliest stage of each session by a fit, its ``probability``, and whether it ``is_uncertain``."""
        return session_stages(self.sql(_TOUCHPOINTS), fit)


_TOUCHPOINTS = """
    select customer_id, touchpoint_index, occurred_at, event_type, session_id, stage
    from journeys.touchpoints where session_id is not null
"""

_STAYS = """
    select
        visits.stage_model,
        visits.customer_id,
        visits.stage,
        visits.entered_at as started_at,
        coalesce(visits.left_at, case when outcomes.is_lapsed then journeys.last_interaction_at end) as ended_at,
        visits.next_stage is null and outcomes.outcome = 'dropped_off' as is_dropped
    from journeys.stage_visits as visits
    inner join journeys.journeys as journeys using (stage_model, journey_id)
    inner join marts.journey_outcomes as outcomes using (stage_model, journey_id)
    order by visits.customer_id, visits.entered_at, visits.visit_id
"""


def open_warehouse(path: str | Path = "warehouse/journey.duckdb") -> Warehouse:
    """Open a published file.

    Example:
        >>> from journey_analytics import open_warehouse
        >>> warehouse = open_warehouse()  # doctest: +SKIP
        >>> warehouse.sql("where_customers_drop_off")  # doctest: +SKIP
    """
    return Warehouse(Path(path))
