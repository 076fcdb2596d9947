"""Laws of tables that are fetched by a cursor: how their rows are split over nights changes nothing."""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.projects import STAGING, contents, load, make_project
from tests.servers import Database

BLOCK = """
[[sources]]
name = "shop"
type = "table"
postgres = { url = "SHOP_DATABASE_URL", table = "TABLE"CURSOR }
channel = "store"
key = ["id"]
version = "changed_at"
time = { column = "at" }
"""
FIELDS = '[sources.fields]\nevent_type = "what"\nuser_id = "customer"\nvalue = "amount"\n'
CURSORS = ("", ', cursor = "changed_at"', ', cursor = "changed_at", overlap = "1h"', ', cursor = "step"')
GROUPS = ("", 'group_by = ["user_id"]\n')


@dataclass(frozen=True)
class Change:
    """A row that is written, new or over an older one, this many seconds after the one before."""

    row_id: int
    seconds: int
    amount: int
    has_cursor: bool


_CHANGE = st.builds(Change, st.integers(1, 5), st.integers(0, 1), st.integers(1, 3), st.booleans())


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.lists(_CHANGE, max_size=4), min_size=2, max_size=4), st.sampled_from(CURSORS), st.sampled_from(GROUPS)
)
def test_staging_is_that_of_one_fetch_at_the_end(
    database: Database, nights: list[list[Change]], cursor: str, group: str
) -> None:
    table = f"changes_{uuid.uuid4().hex[:12]}"
    block = (BLOCK + group + FIELDS).replace("TABLE", table).replace("CURSOR", cursor)
    database.execute(
        f"create table {table} (id text primary key, at timestamptz default '2026-03-01', changed_at timestamptz, "
        "step integer, customer text, what text, amount numeric)"
    )
    seconds = 0
    with TemporaryDirectory() as folder, patch.dict(os.environ, SHOP_DATABASE_URL=database.url):
        split, once = (make_project(Path(folder) / name, block) for name in ("split", "once"))
        for number, night in enumerate(nights):
            for place, change in enumerate(night):
                seconds += change.seconds
                database.execute(written(table, change, f"{number}-{place}", seconds))
            assert load(split, "shop").failures == []
        assert load(once, "shop").failures == []
        assert contents(split.state_database, STAGING) == contents(once.state_database, STAGING)
    database.execute(f"drop table {table}")


def written(table: str, change: Change, place: str, seconds: int) -> str:
    """The statement of a change. A row without a cursor is written once: nothing would tell its newer version."""
    row_id = str(change.row_id) if change.has_cursor else f"fixed {place}"
    at = f"timestamptz '2026-03-02' + interval '{seconds} seconds'" if change.has_cursor else "null"
    step = str(seconds) if change.has_cursor else "null"
    # One second, one content: where two versions of a row are equal, the later one need not be the one that stands.
    amount = seconds if change.has_cursor else change.amount
    return (
        f"insert into {table} (id, changed_at, step, customer, what, amount) "
        f"values ('{row_id}', {at}, {step}, 'u{change.row_id % 2}', 'bought', {amount}) "
        "on conflict (id) do update set changed_at = excluded.changed_at, step = excluded.step, amount = excluded.amount"
    )
