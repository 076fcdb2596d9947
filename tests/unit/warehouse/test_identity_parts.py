"""Who is who does not depend on how many sets are decided at a time."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.contracts import IDENTIFIER_SETS
from journey_analytics.transform.identities import IDENTIFIER_COLUMNS, resolve_identities
from journey_analytics.warehouse.connection import connect, registered
from journey_analytics.warehouse.identity_parts import independent_parts
from tests.strategies import identifier_set_frames

CONNECTION = connect()
COLUMNS = ("set_key", *IDENTIFIER_COLUMNS, "first_occurred_at", "last_occurred_at")
SCHEMA = pl.Schema({name: IDENTIFIER_SETS.schema[name] for name in COLUMNS})
BLOCKED = ("tablet",)


def parts_of(sets: pl.DataFrame, sets_per_part: int) -> list[pl.DataFrame]:
    with registered(CONNECTION, sets=sets):
        CONNECTION.execute("create or replace temp table deciding as from sets")
    return [part.cast(dict(sets.schema)) for part in independent_parts(CONNECTION, BLOCKED, sets_per_part)]


@settings(deadline=None)
@given(identifier_set_frames(), st.integers(1, 5))
def test_parts_decide_what_the_whole_would(sets: pl.DataFrame, sets_per_part: int) -> None:
    whole = resolve_identities(sets, BLOCKED, max_values=2)
    parts = [resolve_identities(part, BLOCKED, max_values=2) for part in parts_of(sets, sets_per_part)]
    keys = {"identifiers": ["kind", "value"], "sets": ["set_key"], "findings": ["finding", "kind", "value"]}
    for name, key in keys.items():
        together = pl.concat([getattr(part, name) for part in parts])
        assert together.sort(key).equals(getattr(whole, name).sort(key)), name


def test_sets_that_have_nothing_in_common_are_spread_over_parts() -> None:
    sets = pl.DataFrame(
        {name: [None] * 100 for name in COLUMNS} | {"set_key": range(100), "user_id": [f"u{n}" for n in range(100)]},
        schema=SCHEMA,
    )
    parts = parts_of(sets, 10)
    assert [part.height for part in parts] == [10] * 10
    assert pl.concat(parts)["set_key"].sort().to_list() == list(range(100))
