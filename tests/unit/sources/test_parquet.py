import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from journey_analytics.errors import SourceFailure
from journey_analytics.sources.documents import read_documents
from tests.projects import ORDERS, load, make_project, put
from tests.unit.sources.files import rows

FAR = 2**62


def numbers(*values: int | None) -> pa.Array:
    return pa.array(values, pa.int64())


def documents(path: Path) -> list[dict[str, Any]]:
    return [json.loads(str(document)) for _, document, _ in rows(path)]


def test_parquet_columns_become_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame(
        {"id": [17850.0, None], "price": [2.5, 3.0], "big": [2**60 + 1, 1], "nested": [{"x": [1]}, {"x": None}]}
    ).with_columns(at=pl.datetime(2026, 3, 2, 9))
    frame.write_parquet(path)
    found = [json.loads(str(document)) for _, document, _ in rows(path)]
    assert found[0] == {
        "id": "17850",
        "price": "2.5",
        "big": str(2**60 + 1),
        "nested": {"x": [1]},
        "at": "2026-03-02T09:00:00.000000",
    }
    assert found[1]["id"] is None


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([{"b": b"\xff", "n": 1}, None], pa.struct([("b", pa.binary()), ("n", pa.int64())])), '{"b": "/w==", "n": 1}'),
        (pa.array([[b"a"], None], pa.list_(pa.binary())), '["YQ=="]'),
        (pa.array([{"a": Decimal("1.5"), "t": time(1)}, None]), '{"a": "1.5", "t": "01:00:00"}'),
        (pa.array([Decimal("1.5"), None], pa.decimal256(50, 2)), "1.50"),
        (pa.array([1.5, None], pa.float16()), "1.5"),
        (pa.array([timedelta(hours=36), None]), "P1DT12H"),
        (numbers(2**63 - 1, None).view(pa.duration("ms")), "P106751991167DT7H12M55.807S"),
        (pa.array([2**31 - 1, None], pa.int32()).cast(pa.date32()), str(2**31 - 1)),
        (numbers(FAR, None).view(pa.timestamp("ms")), str(FAR)),
        (numbers(FAR, None).view(pa.timestamp("us", "Europe/Berlin")), str(FAR)),
        (numbers(0, None).view(pa.timestamp("us", "Mars/Olympus")), "1970-01-01T00:00:00.000000+0000"),
        (pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())), {"k": 1}),
        (pa.array(["a", None]).dictionary_encode(), "a"),
        (numbers(FAR, None).cast(pa.int64()), str(FAR)),
    ],
)  # fmt: skip
def test_columns_of_any_type_become_texts(tmp_path: Path, column: pa.Array, expected: object) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"odd": column}), path)
    assert documents(path) == [{"odd": expected}, {"odd": None}]


def test_a_time_outside_of_the_calendar_changes_no_other(tmp_path: Path) -> None:
    near = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp() * 1_000_000)
    told = []
    for name, values in (("near", numbers(near)), ("far", numbers(near, FAR))):
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"at": values.view(pa.timestamp("us", "Europe/Berlin"))}), path)
        told.append(documents(path)[0])
    assert told == [{"at": "2026-03-02T10:00:00.000000+0100"}] * 2


def test_a_text_that_is_not_utf8_costs_its_row(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    offsets = pa.py_buffer(bytes([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]))
    pq.write_table(
        pa.table({"a": pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"\xffa")])}), path
    )
    assert [(line, rule) for line, _, rule in rows(path)] == [(1, "encoding"), (2, None)]


@pytest.mark.parametrize(
    ("ending", "pack"), [(".gz", gzip.compress), (".zst", lambda content: pa.compress(content, "zstd", asbytes=True))]
)
def test_parquet_may_be_compressed_as_a_whole(tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    plain, packed = tmp_path / "a.parquet", tmp_path / f"a.parquet{ending}"
    pq.write_table(pa.table({"a": [1, 2]}), plain)
    packed.write_bytes(pack(plain.read_bytes()))
    assert documents(packed) == documents(plain) == [{"a": "1"}, {"a": "2"}]
    packed.write_bytes(packed.read_bytes()[:-10])
    with pytest.raises(SourceFailure, match="broken or cut short"):
        documents(packed)


def test_a_broken_page_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": [str(number**3) for number in range(50_000)]}).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[2_000:3_000] = b"\xff" * 1_000
    path.write_bytes(content)
    with pytest.raises(SourceFailure, match=r"a\.parquet: the Parquet file is broken"):
        rows(path)


def test_a_column_named_twice_matters_only_if_it_is_read(tmp_path: Path) -> None:
    project = make_project(tmp_path, ORDERS)
    columns = [["1"], ["2026-03-02T09:00"], ["u1"], ["5"], ["x"], ["y"]]
    path = put(project, "shop/a.parquet", b"")
    pq.write_table(pa.table(columns, ["order", "at", "customer", "amount", "note", "note"]), path)
    assert next(read_documents(path)).columns == ("order", "at", "customer", "amount", "note", "note")
    assert load(project, "shop").loaded_count == 1
    pq.write_table(pa.table(columns, ["order", "at", "customer", "amount", "amount", "note"]), path)
    assert [failure.message for failure in load(project, "shop").failures] == ["a.parquet: has column 'amount' twice."]
