from datetime import date
from typing import Any

import pytest

from journey_analytics.marts.finding_queries import customers_query, numbers_query
from journey_analytics.warehouse.connection import connect
from journey_analytics.warehouse.sql_models import tables_named

FINDING: dict[str, Any] = {
    "stage_model": "it's", "stage": "o'clock", "segment": "x' or true --", "outcome": "moved_on", "watched_days": 15.0,
    "first_on": date(2026, 2, 1), "last_on": date(2026, 2, 28),
    "baseline_first_on": date(2026, 1, 1), "baseline_last_on": date(2026, 3, 31),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["change", "month", "gap", "level"])
def test_names_from_data_stay_texts_in_the_queries(kind: str) -> None:
    finding = FINDING | {"kind": kind}
    with connect() as connection:
        for query in (numbers_query(finding), customers_query(finding)):
            assert tables_named(connection, query) <= {"marts.stage_entries"}
            assert "'o''clock'" in query
    assert "first_channel = 'x'' or true --'" in customers_query(finding)
