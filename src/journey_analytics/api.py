"""What notebooks use: open a published file and look at its tables, questions and graph."""

from pathlib import Path

import polars as pl

from journey_analytics.analysis.transition_graph import Graph, transition_graph
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


def open_warehouse(path: str | Path = "warehouse/journey.duckdb") -> Warehouse:
    """Open a published file.

    Example:
        >>> from journey_analytics import open_warehouse
        >>> warehouse = open_warehouse()  # doctest: +SKIP
        >>> warehouse.sql("where_customers_drop_off")  # doctest: +SKIP
    """
    return Warehouse(Path(path))
