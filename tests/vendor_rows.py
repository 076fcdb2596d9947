"""Rows of every source, taken out of the vendor samples, so that tests can put them into files of their own."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from journey_analytics.config import Project
from journey_analytics.sources import discover
from journey_analytics.sources.files import data_suffix
from journey_analytics.steps.configured_sources import ConfiguredSource, configured_source
from tests.projects import contents, make_project, put, state
from tests.reference.test_vendor_samples import SAMPLES, VENDORS, expected_of

TABLES = (
    "staging.events", "staging.source_rows", "staging.reference_links", "staging.ad_costs", "staging.partitions",
)  # fmt: skip
_ORDERS = """
channel = "store"
key = ["order", "line"]
version = "edited"
group_by = ["order"]
time = { column = "at", zone = "Europe/Prague" }
[sources.fields]
user_id = "customer"
email = "mail"
event_type = { constant = "purchase" }
value = { product = ["price", "pieces"] }
"""
_ORDER_LINES = """\
order,line,at,customer,mail,price,pieces,edited
1,1,2026-03-02T09:00,u1,Ann@example.com,10.50,2,1
1,2,2026-03-02T09:00,u1,Ann@example.com,0.99,3,1
1,2,2026-03-02T09:00,u1,ann@example.com,0.99,4,2
2,1,2026-03-02T10:00,,"bob@example.com",7,1,1
3,1,2026-03-29T02:30,u3,,7,1,1
3,2,2026-03-30T12:00,u3,"c,""x""@example.com",7,one,1
4,1,2026-03-30T12:00,u4,,-7,1,10
4,1,2026-03-30T12:00,u4,,-8,1,9
"""
_SUBSCRIPTIONS = """
channel = "web"
key = "id"
version = "changed"
time = { zone = "Europe/Prague" }
[sources.skip]
test = { plan = "test" }
[sources.fields]
user_id = "customer"
value = "price"
is_machine = "auto"
[[sources.events]]
name = "started"
time = "started_at"
fields = { event_type = { constant = "purchase" } }
[[sources.events]]
name = "renewed"
time = "renewed_at"
when = { plan = ["pro", "team"], price = "> 0" }
[[sources.events]]
name = "cancelled"
time = { column = "cancelled_on", unit = "day", zone = "Europe/Prague" }
"""
_SUBSCRIPTION_ROWS = """\
id,customer,plan,price,auto,started_at,renewed_at,cancelled_on,changed
1,u1,pro,9.90,no,2026-03-02T09:00,2026-04-02T09:00,2026-05-01,1
1,u1,pro,9.90,no,2026-03-02T09:00,2026-04-03T09:00,,2
2,u2,free,0,,2026-03-02T10:00,2026-04-02T10:00,,1
2,u3,free,0,,2026-03-02T10:00,2026-04-02T10:00,,1
3,u3,team,20,yes,,2026-04-02T10:00,2026-04-30,10
3,u3,team,20,yes,,,2026-04-30,9
4,u4,free,0,,,2026-04-02T10:00,,1
5,u5,test,0,,2026-03-02T10:00,,,1
6,u6,pro,much,,2026-03-02T10:00,,,1
6,u6,pro,1,,2026-03-29T02:30,,,2
"""
_API_ORDERS = """
channel = "web"
rows = "data.orders"
each = "lines"
key = ["parent.id", "number"]
group_by = ["parent.id"]
version = "parent.changed"
time = { column = "parent.at" }
[sources.fields]
user_id = "parent.customer.id"
email = 'parent.customer."e.mail"'
campaign_name = "parent.visits.0.campaign"
event_type = { column = "pieces", map = { "< 0" = "refund" }, otherwise = "purchase" }
value = { product = ["pieces", "price"] }
"""


@dataclass(frozen=True)
class Row:
    """A row of a sample, and what the file around it must be.

    Attributes:
        file: Name of the file that it stands in.
        kind: Ending of the files that may hold it.
        head: What stands above it in its file; of a Parquet file, where that is.
        text: The row; of a Parquet file, its number.
    """

    file: str
    kind: str
    head: str
    text: str


@dataclass(frozen=True)
class Case:
    """A source, the rest of its ``[[sources]]`` block, and the files of its sample."""

    type: str
    options: str
    files: tuple[tuple[str, bytes], ...]

    def project(self, folder: Path) -> Project:
        """A project that reads every file below ``data/``."""
        block = f'[[sources]]\nname = "{self.type}"\ntype = "{self.type}"\nfiles = ["data/**/*"]\n{self.options}\n'
        return make_project(folder, block)

    @property
    def names_matter(self) -> bool:
        """Whether the source reads something from the names of its files: versions of costs, exports of a day."""
        return _configured(self).reads_file_names


def cases() -> dict[str, Case]:
    """A case for every vendor sample, and some for the source of any table."""
    found = {
        "table": Case("table", _ORDERS, (("orders.csv", _ORDER_LINES.encode()),)),
        "table of several events": Case("table", _SUBSCRIPTIONS, (("plans.ndjson", _as_json(_SUBSCRIPTION_ROWS)),)),
        "table in JSON": Case("table", _API_ORDERS, (("answers.ndjson", _api_answers().encode()),)),
    }
    for vendor, (type_, options) in VENDORS.items():
        files = tuple((name, (SAMPLES / vendor / name).read_bytes()) for name in expected_of(vendor)["inputs"])
        found[type_] = Case(type_, options, files)
    return found


@cache
def rows_of_case(case: Case) -> list[Row]:
    """Every row of a sample by itself: arrays, pages and envelopes are opened, tables keep their header."""
    return [row for name, content in case.files for row in _rows_of_file(case, name, content)]


def write_rows(project: Project, path: str, rows: Sequence[Row]) -> None:
    """Write rows of one kind and head into a file below ``data/``."""
    kind, head = rows[0].kind, rows[0].head
    if kind == ".parquet":
        type_, name = head.split("/")
        whole = pl.read_parquet(dict(CASES[type_].files)[name])
        (project.folder / "data" / path).parent.mkdir(parents=True, exist_ok=True)
        whole[[int(row.text) for row in rows]].write_parquet(project.folder / "data" / path)
        return
    put(project, f"data/{path}", "".join(f"{text}\n" for text in ([head] if head else []) + [r.text for r in rows]))


def staged(project: Project) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of staging."""
    return contents(project.state_database, TABLES)


def check_accounts(project: Project) -> int:
    """Every file's rows are loaded, duplicates, rejected or skipped, and the rules say as many. How many are loaded."""
    ledger = state(
        project,
        """
        select files.*, rules.* exclude (content_hash), rows.rejected_rows_count
        from ops.loaded_files as files
        left join (
            select content_hash, sum(rows_count) filter (verdict = 'rejected') as ruled_rejected,
                sum(rows_count) filter (verdict = 'skipped') as ruled_skipped
            from ops.file_rules group by content_hash
        ) as rules using (content_hash)
        left join (select content_hash, count(*) as rejected_rows_count from ops.rejected_rows group by content_hash)
            as rows using (content_hash)
        """,
    )
    for row in ledger.iter_rows(named=True):
        parts = [row[f"{name}_count"] for name in ("loaded", "duplicates", "rejected", "skipped")]
        assert min(parts) >= 0, row
        assert row["rows_count"] == sum(parts), row
        assert row["rejected_count"] == (row["ruled_rejected"] or 0) == (row["rejected_rows_count"] or 0), row
        assert row["skipped_count"] == (row["ruled_skipped"] or 0), row
    return int(ledger["loaded_count"].sum())


def _as_json(table: str) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in csv.DictReader(table.splitlines())).encode()


def _api_answers() -> str:
    """Answers of a shop's API, one per line: orders with lines, changed ones, and answers with something missing."""
    line = {"number": 1, "pieces": 2, "price": "10.50"}
    order = {"id": 1, "changed": 1, "at": "2026-03-02T09:00:00Z", "customer": {"id": "u1", "e.mail": "a@b.cz"}}
    visits = {"visits": [{"campaign": "spring"}, {"campaign": "mail"}]}
    pages = [
        [order | visits | {"lines": [line, line | {"number": 2, "price": 4}]}],
        [order | visits | {"lines": [line | {"pieces": 1}], "changed": 2}],
        [order | {"id": 2, "lines": []}, order | {"id": 3, "lines": [line, line | {"number": 2, "pieces": -1}]}],
        [order | {"id": 4}, order | {"id": 5, "lines": [line | {"pieces": "two"}], "customer": "u5"}],
    ]
    documents: list[Any] = [{"data": {"orders": page}, "page": number} for number, page in enumerate(pages)]
    return "".join(f"{json.dumps(document)}\n" for document in [*documents, {"data": None}])


@cache
def _configured(case: Case) -> ConfiguredSource:
    with TemporaryDirectory() as folder:
        return configured_source(case.project(Path(folder)), case.type)


def _rows_of_file(case: Case, name: str, content: bytes) -> Iterable[Row]:
    kind = data_suffix(Path(name))
    if kind == ".parquet":
        where = f"{case.type}/{name}"
        yield from (Row(name, kind, where, str(number)) for number in range(pl.read_parquet(content).height))
        return
    text = content.decode()
    if kind == ".csv" or (kind == ".tsv" and not discover()[case.type].header):
        head, *lines = text.splitlines()
        yield from (Row(name, kind, head, line) for line in lines)
    elif kind == ".json":
        documents = [json.loads(text)] if not _is_lines(text) else [json.loads(line) for line in text.splitlines()]
        envelopes = [shape.unfold[0] for shape in _configured(case).shapes() if shape.unfold and shape.unfold[0]]
        # A page of rows may stand in a file of lines as well, and under the same name.
        yield from (Row(name, kind, "", json.dumps(row)) for row in _opened(documents, envelopes))
    else:
        yield from (Row(name, kind, "", line) for line in text.splitlines() if line.strip())


def _is_lines(text: str) -> bool:
    try:
        json.loads(text.splitlines()[0])
    except ValueError:
        return False
    return True


def _opened(documents: list[Any], envelopes: list[str]) -> Iterable[Any]:
    for document in documents:
        held = [key for key in envelopes if isinstance(document, dict) and isinstance(document.get(key), list)]
        if isinstance(document, list):
            yield from _opened(document, envelopes)
        elif held and document[held[0]]:
            yield from ({held[0]: [row]} for row in document[held[0]])
        else:
            yield document


CASES = cases()
