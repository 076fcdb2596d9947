"""What a batch of nested documents needs to be opened has a bound, and opening some at a time changes nothing."""

import json
from collections.abc import Sequence

import polars as pl
import pytest

from journey_analytics.sources.lines import DOCUMENT_SCHEMA
from journey_analytics.warehouse import unfolding
from journey_analytics.warehouse.memory import reading
from journey_analytics.warehouse.unfolding import RowPattern, unfold

CONVERSATION = {"id": "1", "parts": [{"id": str(number), "body": "x" * 300} for number in range(12)]}


def documents(texts: Sequence[str]) -> pl.DataFrame:
    rows = [{"line": line, "raw": text, "document": text} for line, text in enumerate(texts, start=1)]
    return pl.DataFrame(rows, schema=DOCUMENT_SCHEMA)


def patterns(*envelope: str) -> list[RowPattern]:
    return [RowPattern("part", (), envelope, ("parts",)), RowPattern("conversation", ("id",), envelope, beside=True)]


def test_a_batch_of_many_conversations_fits_into_the_memory_for_taking_rows_apart() -> None:
    with reading() as connection:
        connection.execute("set memory_limit = '256MiB'")
        rows = unfold(connection, documents([json.dumps(CONVERSATION)] * 7_500), patterns())
    assert rows.group_by("shape").len().sort("shape").rows() == [("conversation", 7_500), ("part", 90_000)]


def test_so_does_a_large_page_of_them_in_one_document() -> None:
    page = json.dumps({"data": [CONVERSATION] * 5_000})
    with reading() as connection:
        rows = unfold(connection, documents([page]), patterns("data"))
    assert rows.group_by("shape").len().sort("shape").rows() == [("conversation", 5_000), ("part", 60_000)]
    assert rows["item"].to_list() == list(range(1, 65_001))


def test_opening_some_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [json.dumps(one) for one in (CONVERSATION, [CONVERSATION, 5], {"id": "2"}, [], "text")]
    texts = [*told, "{broken", json.dumps({"parts": 1})]
    with reading() as connection:
        at_once = unfold(connection, documents(texts), patterns())
        monkeypatch.setattr(unfolding, "_BYTES_AT_A_TIME", 5)
        assert unfold(connection, documents(texts), patterns()).equals(at_once)
        assert unfold(connection, documents([]), patterns()).schema == at_once.schema
