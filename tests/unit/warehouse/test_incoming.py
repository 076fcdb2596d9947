import hashlib

import polars as pl

from journey_analytics.contracts import Table
from journey_analytics.warehouse import incoming
from journey_analytics.warehouse.connection import opened


def gathered(table: Table, *batches: list[dict[str, object]]) -> pl.DataFrame:
    """The temporary table after some batches of rows, which are lines of one file."""
    with opened() as connection:
        incoming.begin_load(connection)
        line = 0
        for batch in batches:
            placed = [{"file_index": 0, "line": line + place, "item": 1} | row for place, row in enumerate(batch)]
            incoming.add_rows(connection, table, "web", pl.DataFrame(placed, infer_schema_length=None))
            line += len(batch)
        incoming.number_contents(connection, table, "web")
        return connection.sql(f"from {table.name} order by line").pl()


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_an_event_has_its_key_when_it_arrives() -> None:
    rows: list[dict[str, object]] = [{"event_id": "7"}, {"event_id": None, "key": "a|b", "partition": "20260302"}]
    found = gathered(incoming.INCOMING_EVENTS, rows)
    assert found["event_id"].to_list() == ["web:7", f"web:20260302/{md5('a|b')}"]
    assert found["event_key"].to_list() == [int(md5(event_id)[:16], 16) for event_id in found["event_id"]]


def test_rows_alike_in_all_they_say_are_numbered_through_the_file_whatever_its_batches() -> None:
    same, other = {"content": "same"}, {"content": "other"}
    at_once = gathered(incoming.INCOMING_EVENTS, [same, other, same])
    one_by_one = gathered(incoming.INCOMING_EVENTS, [same], [other], [same])
    assert at_once["event_id"].to_list() == [f"web:{md5('same')}-1", f"web:{md5('other')}-1", f"web:{md5('same')}-2"]
    assert one_by_one.equals(at_once)


def test_rows_of_two_kinds_are_numbered_apart() -> None:
    rows = [{"content": "same", "row_kind": kind, "fields": "{}"} for kind in ("line", "refund", "line")]
    found = gathered(incoming.INCOMING_ROWS, rows)
    assert found["row_key"].to_list() == [f"{md5('same')}-1", f"{md5('same')}-1", f"{md5('same')}-2"]


def test_properties_say_nothing_of_what_is_null() -> None:
    rows = [{"event_id": "1", "properties": text} for text in ('{"a":null,"b":{"c":null,"d":1}}', '{"e":":null"}')]
    assert gathered(incoming.INCOMING_EVENTS, rows)["properties"].to_list() == ['{"b":{"d":1}}', '{"e":":null"}']
