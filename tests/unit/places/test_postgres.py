import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import ConfigurationError, JourneyError, SourceFailure, Unavailable
from journey_analytics.places import postgres
from journey_analytics.sources.documents import read_documents
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.diagnose import diagnose
from journey_analytics.steps.diagnosis import Finding
from tests.projects import load, make_project, state
from tests.servers import PASSWORD, Database

ORDERS = """
channel = "store"
key = ["id"]
version = "changed_at"
time = { column = "at" }
[sources.fields]
user_id = "customer"
event_type = { constant = "purchase" }
value = "amount"
"""
COLUMNS = "id bigint, at timestamptz, changed_at timestamptz, customer text, amount numeric"


@pytest.fixture
def table(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name of an empty table of orders."""
    name = f"orders_{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("SHOP_DATABASE_URL", database.url)
    database.execute(f"create table {name} ({COLUMNS})")
    yield name
    database.execute(f"drop table if exists {name} cascade")


def project(folder: Path, where: str, block: str = ORDERS) -> Project:
    head = '[[sources]]\nname = "shop"\ntype = "table"\n'
    return make_project(folder, f'{head}postgres = {{ url = "SHOP_DATABASE_URL", {where} }}\n{block}')


def order(number: int, changed: str | None = "2026-03-02T10:00Z", amount: str = "5") -> str:
    changed_at = f"'{changed}'" if changed else "null"
    return f"({number}, '2026-03-02T09:00Z', {changed_at}, 'u{number}', {amount})"


def insert(database: Database, table: str, *rows: str) -> None:
    database.execute(f"insert into {table} values {', '.join(rows)}")


def users(project: Project) -> list[str]:
    return state(project, "select user_id from staging.events order by 1")["user_id"].to_list()


def ledger(project: Project) -> list[tuple[str, int, int, int]]:
    query = (
        "select path, rows_count, loaded_count, duplicates_count from ops.loaded_files order by modified_nanoseconds"
    )
    return [
        (path.removeprefix("postgres:").removeprefix("public."), *counts)
        for path, *counts in state(project, query).rows()
    ]


def finding(project: Project) -> Finding:
    return next(found for found in diagnose(project) if found.name == "sources")


def failure(project: Project) -> JourneyError:
    """Whatever a load ends in; no part of the password is in it."""
    try:
        (found,) = load(project, "shop").failures
    except JourneyError as error:
        found = error
    assert not [secret for secret in (PASSWORD, "s3cret", "%2F") if secret in found.message + found.hint]
    return found


def test_a_table_is_read_whole_and_what_is_known_costs_nothing(tmp_path: Path, database: Database, table: str) -> None:
    found = project(tmp_path, f'table = "public.{table}"')
    insert(database, table, order(1), order(2, amount="123456789012.123456"))
    assert load(found, "shop").loaded_count == 2
    values = state(found, "select value::varchar from staging.events order by event_id").to_series().to_list()
    assert sorted(values) == ["123456789012.123456", "5.000000"]
    assert load(found, "shop").files_count == 0
    insert(database, table, order(3))
    result = load(found, "shop")
    assert (result.rows_count, result.loaded_count, result.duplicates_count) == (3, 1, 2)
    assert list((tmp_path / "state" / "fetched" / "shop").iterdir()) == []


def test_with_a_cursor_a_run_fetches_what_is_new_and_the_boundary_again(
    tmp_path: Path, database: Database, table: str
) -> None:
    found = project(tmp_path, f'table = "public.{table}", cursor = "changed_at"')
    insert(database, table, order(1, "2026-03-02T10:00Z"), order(2, "2026-03-02T11:00:00.123456Z"))
    load(found, "shop")
    insert(database, table, order(3, "2026-03-02T11:00:00.123456Z"), order(4, "2026-03-02T12:00Z"))
    load(found, "shop")
    assert users(found) == ["u1", "u2", "u3", "u4"]
    assert ledger(found) == [
        (table, 2, 2, 0),
        (f"{table}?changed_at>=2026-03-02T11:00:00.123456+00:00", 3, 2, 1),
    ]
    assert load(found, "shop").rows_count == 1
    assert load(found, "shop").files_count == 0


def test_a_changed_row_replaces_the_older_one(tmp_path: Path, database: Database, table: str) -> None:
    found = project(tmp_path, f'table = "public.{table}", cursor = "changed_at"')
    insert(database, table, order(1))
    load(found, "shop")
    database.execute(f"update {table} set customer = 'new', changed_at = '2026-03-03'")
    load(found, "shop")
    assert users(found) == ["new"]


def test_rows_without_a_cursor_value_are_read_by_every_run(tmp_path: Path, database: Database, table: str) -> None:
    found = project(tmp_path, f'table = "public.{table}", cursor = "changed_at"')
    insert(database, table, order(1, None))
    load(found, "shop")
    insert(database, table, order(2), order(3, None))
    load(found, "shop")
    insert(database, table, order(4, None))
    load(found, "shop")
    assert users(found) == ["u1", "u2", "u3", "u4"]


@pytest.mark.parametrize(
    ("cursor", "overlap", "expected"),
    [
        ("changed_at", "", ["u1"]),
        ("changed_at", ', overlap = "30m"', ["u1"]),
        ("changed_at", ', overlap = "2h"', ["u1", "u5"]),
        ("id", ", overlap = 3", ["u1"]),
        ("id", ", overlap = 5", ["u1", "u5"]),
    ],
)
def test_an_overlap_finds_rows_that_were_committed_late(
    tmp_path: Path, database: Database, table: str, cursor: str, overlap: str, expected: list[str]
) -> None:
    found = project(tmp_path, f'table = "{table}", cursor = "{cursor}"{overlap}')
    insert(database, table, "(9, '2026-03-02', '2026-03-02T10:00Z', 'u1', 1)")
    load(found, "shop")
    insert(database, table, "(5, '2026-03-02', '2026-03-02T08:30Z', 'u5', 1)")
    load(found, "shop")
    assert users(found) == expected


def test_an_infinite_time_is_not_the_end_of_all_fetches(tmp_path: Path, database: Database, table: str) -> None:
    found = project(tmp_path, f'table = "{table}", cursor = "changed_at"')
    insert(database, table, order(1), order(2, "infinity"), order(3, "-infinity"))
    load(found, "shop")
    insert(database, table, order(4, "2026-03-02T10:00:01Z"))
    load(found, "shop")
    assert "u4" in users(found)


def test_the_position_moves_with_the_rows_or_not_at_all(
    tmp_path: Path, database: Database, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = project(tmp_path, f'table = "{table}", cursor = "id"')
    insert(database, table, order(1))
    load(found, "shop")
    insert(database, table, order(2))

    with monkeypatch.context() as patched:
        patched.setattr("journey_analytics.warehouse.ledger.record_files", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            load(found, "shop")
    assert state(found, "select position from ops.cursors").item() == "1"
    load(found, "shop")
    assert state(found, "select position from ops.cursors").item() == "2"
    assert users(found) == ["u1", "u2"]


def test_a_fetch_that_is_bad_throughout_moves_nothing(tmp_path: Path, database: Database, table: str) -> None:
    found = project(tmp_path, f'table = "{table}", cursor = "id"')
    database.execute(f"insert into {table} values (7, null, null, 'u1', 1)")
    assert "all 1 rows are bad" in failure(found).message
    assert state(found, "from ops.cursors").is_empty()
    insert(database, table, order(3))
    load(found, "shop")
    assert users(found) == ["u3"]
    assert state(found, "select line, rule from ops.rejected_rows").rows() == [(1, "occurred_at")]


def test_changed_settings_fetch_everything_from_the_start(tmp_path: Path, database: Database, table: str) -> None:
    found = project(tmp_path, f'table = "{table}", cursor = "id"')
    for number in (1, 2):
        insert(database, table, order(number))
        load(found, "shop")
    changed = project(tmp_path, f'table = "{table}", cursor = "id"', ORDERS.replace("purchase", "renewal"))
    assert "all its files were read again" in load(changed, "shop").warnings[0]
    assert state(found, "select distinct event_type from staging.events").item() == "renewal"
    assert [rows for _, rows, *_ in ledger(found)] == [2]
    same = project(
        tmp_path,
        f'table = "{table}", cursor = "id", overlap = 1, timeout = "5m"',
        ORDERS.replace("purchase", "renewal"),
    )
    assert load(same, "shop").warnings == []
    assert [rows for _, rows, *_ in ledger(found)] == [2]


def test_a_query_may_end_in_a_semicolon_or_a_comment(tmp_path: Path, database: Database, table: str) -> None:
    insert(database, table, order(1), order(2))
    for number, end in enumerate((";", " -- only the first")):
        query = f"select * from {table} where id = 1{end}"
        found = project(tmp_path / str(number), f'query = "{query}", cursor = "id"')
        load(found, "shop")
        load(found, "shop")
        assert users(found) == ["u1"]


def test_a_snapshot_is_what_the_table_holds_now(tmp_path: Path, database: Database, table: str) -> None:
    block = ORDERS.replace('version = "changed_at"', 'version = { constant = "1" }\nsnapshot = "day"')
    query = f"select *, at::date as day from {table}"
    found = project(tmp_path, f'query = "{query}"', block)
    insert(database, table, order(1), order(2))
    load(found, "shop")
    database.execute(f"delete from {table} where id = 1")
    assert load(found, "shop").failures == []
    assert users(found) == ["u2"]


VALUES = {
    "bigint '9007199254740993'": "9007199254740993",
    "smallint '3'": "3",
    "numeric '12345678901234567890.1234567890'": "12345678901234567890.1234567890",
    "numeric 'NaN'": "NaN",
    "1.5::float8": "1.5",
    "1.1::float4": "1.1",
    "7::float8": "7",
    "'5.25'::money": "5.25",
    "true": "true",
    "'žluťoučký'::text": "žluťoučký",
    "'ab'::char(5)": "ab   ",
    "timestamptz '2026-03-02 10:00:00.123456+02'": "2026-03-02T08:00:00.123456+0000",
    "timestamp '2026-03-02 10:00'": "2026-03-02T10:00:00.000000",
    "date '2026-03-02'": "2026-03-02",
    "time '10:00'": "10:00:00",
    "interval '1 day 2 hours'": "P1DT2H",
    "uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "inet '10.0.0.1'": "10.0.0.1/32",
    "int4range(1, 5)": "[1,5)",
    "'\\xdeadbeef'::bytea": "3q2+7w==",
    "json '{\"a\": [1, null]}'": {"a": [1, None]},
    'jsonb \'{"a": {"b": 9007199254740993}}\'': {"a": {"b": 9007199254740993}},
    "array[[1, 2], [3, null]]": [[1, 2], [3, None]],
    "array['a', 'b c']": ["a", "b c"],
    "array[1.50, 2]::numeric[]": [1.5, 2],
    "row(1, 'x')": {"f1": 1, "f2": "x"},
    "null::jsonb": None,
    "null::numeric": None,
    "null": None,
}


@pytest.mark.usefixtures("table")
def test_values_of_any_type_become_what_those_of_files_do(tmp_path: Path) -> None:
    listed = ", ".join(f"{value} as c{place}" for place, value in enumerate(VALUES))
    place = configured_source(project(tmp_path, f"query = {json.dumps('select ' + listed)}"), "shop").places[0]
    (stamp,) = place.listed(None).stamps
    with place.at_hand(stamp, tmp_path) as copy:
        (batch,) = read_documents(copy.path)
    document: dict[str, Any] = json.loads(batch.documents["document"][0])
    assert {value: document[f"c{place}"] for place, value in enumerate(VALUES)} == VALUES


def test_dotted_paths_lead_into_json_columns(tmp_path: Path, database: Database, table: str) -> None:
    insert(database, table, order(1))
    query = f"select *, jsonb_build_object('name', jsonb_build_object('first', customer)) as who from {table}"
    load(project(tmp_path, f'query = "{query}"', ORDERS.replace('"customer"', '"who.name.first"')), "shop")
    assert users(project(tmp_path, f'query = "{query}"')) == ["u1"]


def test_many_rows_arrive_in_batches(
    tmp_path: Path, database: Database, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute(
        f"insert into {table} select i, '2026-03-02', '2026-03-02', repeat('x', 100) || i, i from generate_series(1, 200000) i"
    )
    place = configured_source(project(tmp_path, f'table = "{table}", cursor = "id"'), "shop").places[0]
    seen: list[int] = []
    original = postgres.Cursor.see
    monkeypatch.setattr(postgres.Cursor, "see", lambda self, values: seen.append(len(values)) or original(self, values))
    (stamp,) = place.listed(None).stamps
    with place.at_hand(stamp, tmp_path) as copy:
        assert (sum(seen), copy.position) == (200_000, "200000")
    assert len(seen) > 1


@pytest.mark.parametrize(
    ("url", "error", "told"),
    [
        ("", ConfigurationError, "the environment variable SHOP_DATABASE_URL is not set"),
        ("postgres//shop:s3cret@nowhere", ConfigurationError, "SHOP_DATABASE_URL is not a connection string"),
        (
            "postgresql://shop:s3cret@localhost:port/x",
            ConfigurationError,
            "SHOP_DATABASE_URL is not a connection string",
        ),
        ("postgresql://shop:s3crets@{at}/postgres", SourceFailure, "refuses the user or the password"),
        ("postgresql://clerk:s3cret@{at}/postgres", SourceFailure, "refuses the user or the password"),
        ("postgresql://shop:s3cret%2Fof%20the%20shop@{at}/other", SourceFailure, "does not exist on its server"),
        ("postgresql://shop:s3cret@127.0.0.1:1/x", Unavailable, "cannot be reached (Connection refused)"),
        ("host=nowhere.invalid password=s3cret", Unavailable, "cannot be reached (could not translate host name)"),
    ],
)
def test_a_database_that_cannot_be_opened_says_why_and_no_secret(
    tmp_path: Path, database: Database, table: str, monkeypatch: pytest.MonkeyPatch, url: str, error: type, told: str
) -> None:
    monkeypatch.setenv("SHOP_DATABASE_URL", url.format(at=f"127.0.0.1:{database.port}"))
    found = failure(project(tmp_path, f'table = "{table}"'))
    assert type(found) is error
    assert told in found.message
    assert finding(project(tmp_path, f'table = "{table}"')).exit_code == found.exit_code


@pytest.mark.parametrize(
    ("where", "told", "hint"),
    [
        ('table = "public.ordersx"', "table public.ordersx does not exist", "Did you mean"),
        ('table = "{table}", cursor = "changed"', "no column 'changed'", "Did you mean 'changed_at'?"),
        (
            'table = "{table}", cursor = "customer"',
            "column 'customer' cannot be a cursor; it is of type string",
            "timestamp",
        ),
        ('table = "{table}", cursor = "amount"', "it is of type numeric", "whole number"),
        ('table = "{table}", cursor = "id", overlap = "1h"', "overlap does not fit cursor 'id'", "a whole number"),
        ('table = "{table}", cursor = "at", overlap = 5', "overlap does not fit cursor 'at'", "a duration"),
        ('query = "select id, nothing from {table}"', 'column "nothing" does not exist', "psql"),
        ('query = "select 1 as a, 2 as a"', "gives column 'a' twice", "as"),
        ('query = "delete from {table} returning *"', "syntax error", "psql"),
        ("query = \"select 'jan@shop.example'::int as id\"", "could not answer it (SQLSTATE 22P02)", "psql"),
        (
            'query = "select id, at, changed_at, customer as who, amount from {table}"',
            "column 'customer' is missing",
            "",
        ),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(
    tmp_path: Path, database: Database, table: str, where: str, told: str, hint: str
) -> None:
    insert(database, table, order(1))
    found = failure(project(tmp_path, where.format(table=table)))
    assert isinstance(found, SourceFailure)
    assert told in found.message
    assert hint in found.hint
    assert "jan@" not in found.message


@pytest.mark.usefixtures("table")
def test_a_fetch_is_given_up_after_its_timeout(tmp_path: Path) -> None:
    for query in ("select pg_sleep(5) as id", "select i as id from generate_series(1, 2000000000) as i"):
        found = failure(project(tmp_path, f'query = "{query}", timeout = "1s"'))
        assert isinstance(found, Unavailable)
        assert found.message == "shop: the query: the fetch took longer than 1 seconds and was given up."


def test_a_table_that_may_not_be_read_says_so(
    tmp_path: Path, database: Database, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute(f"create role {table} login password 's3cret'")
    monkeypatch.setenv("SHOP_DATABASE_URL", f"postgresql://{table}:s3cret@127.0.0.1:{database.port}/postgres")
    assert "the user may not read it" in failure(project(tmp_path, f'table = "{table}"')).message


def test_a_session_can_write_nothing_and_says_who_it_is(tmp_path: Path, database: Database, table: str) -> None:
    database.execute(
        f"create function {table}_f() returns text language plpgsql as "
        f"$$ begin insert into {table} (id) values (1); return 'x'; end $$"
    )
    assert (
        "the database could not answer it" in failure(project(tmp_path, f'query = "select {table}_f() as id"')).message
    )
    query = (
        "select 1 as id, now() as at, now() as changed_at, current_setting('application_name') as customer, 1 as amount"
    )
    load(project(tmp_path / "b", f'query = "{query}"'), "shop")
    assert users(project(tmp_path / "b", f'query = "{query}"')) == ["journey_analytics"]


def test_the_doctor_reads_the_first_rows(tmp_path: Path, database: Database, table: str) -> None:
    database.execute(
        f"insert into {table} select i, '2026-03-02', '2026-03-02', 'u', 1 from generate_series(1, 1500) i"
    )
    told = finding(project(tmp_path, f'table = "public.{table}"')).text
    assert told == f"shop (table): postgres:public.{table}; its first 1,000 rows can be read"
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("where", "block", "told"),
    [
        ('table = "a", query = "b"', ORDERS, "line 5: sources.postgres: name exactly one of 'table' and 'query'"),
        ('table = "a.b.c"', ORDERS, "line 5: sources.postgres.table: 'a.b.c' is not the name of a table"),
        ('table = "a", overlap = "1h"', ORDERS, "line 5: sources.postgres: an 'overlap' needs a 'cursor'"),
        ('table = "a", cursor = "b", overlap = 0', ORDERS, "line 5: sources.postgres.overlap: '0' cannot be"),
        ('table = "a", cursor = "b"', ORDERS.replace('["id"]', '"content"'), "line 8: with a cursor, key = .content. cannot be"),
        ('table = "a", cursor = "b"', ORDERS.replace("time =", 'snapshot = "at"\ntime ='), "line 10: with a cursor, a snapshot"),
        ('table = "a"', ORDERS.replace('"changed_at"', '{ file_name = "(x)" }'), "line 9: rows of a database stand in no file"),
        ('table = "a"', 'files = ["x"]\n' + ORDERS, "line 2: sources: a source has either 'files'"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_with_their_line(tmp_path: Path, where: str, block: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        load(project(tmp_path, where, block), "shop")


def test_a_connection_string_in_the_settings_is_refused_without_showing_it(tmp_path: Path) -> None:
    found = project(tmp_path, 'table = "a"')
    path = tmp_path / "journey.toml"
    path.write_text(path.read_text().replace("SHOP_DATABASE_URL", "postgresql://shop:s3cret@host/db"))
    with pytest.raises(ConfigurationError, match="must be the name of an environment variable") as caught:
        load(found, "shop")
    assert "s3cret" not in caught.value.message


def test_only_tables_come_from_a_database(tmp_path: Path) -> None:
    text = '[[sources]]\nname = "shop"\ntype = "segment"\npostgres = { url = "X", table = "a" }\n'
    with pytest.raises(ConfigurationError, match="line 5: only sources of type 'table'"):
        load(make_project(tmp_path, text), "shop")
