"""The tables of the pipeline's own database: columns, types, meaning, key.

What analysts see is described where it is made, in the headers of ``sql/``. These are the tables that Python
writes: what arrived (``staging``), one row per thing (``journeys``), how the machine did (``ops``).
"""

from journey_analytics.contracts.journeys import (
    CONVERSIONS,
    IDENTITIES,
    JOURNEYS,
    SESSIONS,
    STAGE_VISITS,
    STAGES,
    TOUCHPOINTS,
    TRANSITIONS,
)
from journey_analytics.contracts.ops import (
    CHECK_RESULTS,
    FILE_PARTITIONS,
    FILE_RULES,
    IDENTITY_FINDINGS,
    LOADED_FILES,
    REJECTED_ROWS,
    RUNS,
    SETTINGS,
    SOURCE_STATUS,
)
from journey_analytics.contracts.staging import (
    AD_COSTS,
    EVENTS,
    PARTITIONS,
    REFERENCE_LINKS,
    SOURCE_ROWS,
)
from journey_analytics.contracts.table import (
    IDENTIFIER_LIST,
    MONEY,
    SCORE,
    UTC_TIME,
    Column,
    Table,
    declare_table,
)

__all__ = [
    "AD_COSTS",
    "CHECK_RESULTS",
    "CONVERSIONS",
    "EVENTS",
    "FILE_PARTITIONS",
    "FILE_RULES",
    "IDENTIFIER_LIST",
    "IDENTITIES",
    "IDENTITY_FINDINGS",
    "JOURNEYS",
    "LOADED_FILES",
    "MONEY",
    "PARTITIONS",
    "REFERENCE_LINKS",
    "REJECTED_ROWS",
    "RUNS",
    "SCORE",
    "SESSIONS",
    "SETTINGS",
    "SOURCE_ROWS",
    "SOURCE_STATUS",
    "STAGES",
    "STAGE_VISITS",
    "STATE_TABLES",
    "TOUCHPOINTS",
    "TRANSITIONS",
    "UTC_TIME",
    "Column",
    "Table",
    "declare_table",
]

STATE_TABLES = (
    EVENTS, AD_COSTS, SOURCE_ROWS, PARTITIONS, REFERENCE_LINKS,
    IDENTITIES, TOUCHPOINTS, SESSIONS, STAGE_VISITS, JOURNEYS, TRANSITIONS, CONVERSIONS, STAGES,
    LOADED_FILES, FILE_RULES, FILE_PARTITIONS, REJECTED_ROWS, RUNS, CHECK_RESULTS, IDENTITY_FINDINGS,
    SOURCE_STATUS, SETTINGS,
)  # fmt: skip
"""Every table of the pipeline's own database."""
