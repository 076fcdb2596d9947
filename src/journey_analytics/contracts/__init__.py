"""The tables of the pipeline's own database: columns, types, meaning, key.

What analysts see is described where it is made, in the headers of ``sql/``. These are the tables that Python
writes: what arrived (``staging``), one row per thing (``journeys``), how the machine did (``ops``).
"""

from journey_analytics.contracts.history import CHANGED_EVENTS, MONTH_CAUSES, MONTH_CHANGES
from journey_analytics.contracts.journeys import (
    CONVERSIONS,
    IDENTIFIER_SETS,
    IDENTITIES,
    JOURNEYS,
    SESSIONS,
    STAGE_CODES,
    STAGE_VISITS,
    STAGES,
    TOUCHPOINTS,
    TRANSITIONS,
)
from journey_analytics.contracts.ops import (
    ANNOTATIONS,
    ARRIVALS,
    BUILDS,
    CHANGED_SETS,
    CHECK_RESULTS,
    CURSORS,
    FILE_PARTITIONS,
    FILE_RULES,
    IDENTITY_CHANGES,
    IDENTITY_FINDINGS,
    LOADED_FILES,
    RECOMPUTED_CUSTOMERS,
    REJECTED_ROWS,
    RUNS,
    SETTINGS,
    SOURCE_FIELDS,
    SOURCE_STATUS,
)
from journey_analytics.contracts.stage_fits import STAGE_FITS
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
    "ANNOTATIONS",
    "ARRIVALS",
    "BUILDS",
    "CHANGED_EVENTS",
    "CHANGED_SETS",
    "CHECK_RESULTS",
    "CONVERSIONS",
    "CURSORS",
    "EVENTS",
    "FILE_PARTITIONS",
    "FILE_RULES",
    "IDENTIFIER_LIST",
    "IDENTIFIER_SETS",
    "IDENTITIES",
    "IDENTITY_CHANGES",
    "IDENTITY_FINDINGS",
    "JOURNEYS",
    "LOADED_FILES",
    "MONEY",
    "MONTH_CAUSES",
    "MONTH_CHANGES",
    "PARTITIONS",
    "RECOMPUTED_CUSTOMERS",
    "REFERENCE_LINKS",
    "REJECTED_ROWS",
    "RUNS",
    "SCORE",
    "SESSIONS",
    "SETTINGS",
    "SOURCE_FIELDS",
    "SOURCE_ROWS",
    "SOURCE_STATUS",
    "STAGES",
    "STAGE_CODES",
    "STAGE_FITS",
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
    IDENTIFIER_SETS, IDENTITIES, TOUCHPOINTS, SESSIONS, STAGE_VISITS, JOURNEYS, TRANSITIONS, CONVERSIONS, STAGES,
    STAGE_CODES,
    LOADED_FILES, FILE_RULES, FILE_PARTITIONS, SOURCE_FIELDS, CURSORS, REJECTED_ROWS, ARRIVALS, RUNS, CHECK_RESULTS,
    IDENTITY_CHANGES, IDENTITY_FINDINGS, SOURCE_STATUS, CHANGED_SETS, CHANGED_EVENTS, BUILDS, RECOMPUTED_CUSTOMERS,
    MONTH_CHANGES, MONTH_CAUSES, STAGE_FITS, SETTINGS, ANNOTATIONS,
)  # fmt: skip
"""Every table of the pipeline's own database."""
