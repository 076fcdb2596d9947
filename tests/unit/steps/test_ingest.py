import gzip
from pathlib import Path

import pytest

from journey_analytics.errors import ConfigurationError, SourceFailure
from tests.projects import ORDERS, SEGMENT, SENDGRID, load, make_project, message, put, state

NINE = "2026-03-02T09:00:00Z"
TEN = "2026-03-02T10:00:00Z"


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    lines = [message(1, NINE), message(2, TEN), message(1, NINE), "{broken", message(3, "never"), '{"type": "page"}']
    put(project, "web/a.ndjson", "\n".join(lines))
    found = load(project, "web")
    assert (found.rows_count, found.loaded_count, found.duplicates_count, found.rejected_count) == (6, 2, 1, 3)
    rejected = state(project, "select line, item, rule, path, raw from ops.rejected_rows order by line")
    assert rejected.rows() == [
        (4, 1, "json", "web/a.ndjson", "{broken"),
        (5, 1, "occurred_at", "web/a.ndjson", lines[4]),
        (6, 1, "key", "web/a.ndjson", lines[5]),
    ]


def test_a_second_run_reads_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE))
    load(project, "web")
    assert load(project, "web").files_count == 0


def test_the_same_content_under_another_name_is_not_read_again(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    path = put(project, "web/a.ndjson", message(1, NINE))
    load(project, "web")
    path.rename(path.with_name("b.ndjson"))
    assert load(project, "web").files_count == 0
    assert state(project, "select path from ops.loaded_files").item() == "web/b.ndjson"


def test_a_file_that_grew_brings_its_new_rows(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE) + "\n")
    load(project, "web")
    put(project, "web/a.ndjson", message(1, NINE) + "\n" + message(2, TEN) + "\n")
    found = load(project, "web")
    assert (found.rows_count, found.loaded_count, found.duplicates_count) == (2, 1, 1)


def test_the_earliest_received_variant_wins_whatever_the_order(tmp_path: Path) -> None:
    early = message(1, NINE, name="early", receivedAt="2026-03-02T09:00:01Z")
    late = message(1, NINE, name="late", receivedAt="2026-03-02T09:00:02Z")
    names = []
    for number, order in enumerate(([early, late], [late, early])):
        project = make_project(tmp_path / str(number), SEGMENT)
        for night, line in enumerate(order):
            put(project, f"web/{night}.ndjson", line)
            load(project, "web")
        names.append(state(project, "select event_name from staging.events").item())
        variants = state(project, "select sum(variants_count) as variants, sum(loaded_count) from ops.loaded_files")
        assert variants.row(0)[1] == 1
    assert names == ["early", "early"]


def test_an_e_mail_that_is_an_object_is_rejected_not_kept_as_text(tmp_path: Path) -> None:
    project = make_project(tmp_path, SENDGRID)
    good = '{"email":"a@example.com","event":"open","timestamp":1772438400,"sg_event_id":"1"}'
    bad = '{"email":{"address":"b@example.com"},"event":"open","timestamp":1772438400,"sg_event_id":"2"}'
    put(project, "email/a.json", f"[{good},{bad}]")
    found = load(project, "email")
    assert (found.loaded_count, found.rejected_count) == (1, 1)
    row = state(project, "select line, item, rule, reason from ops.rejected_rows").row(0)
    assert row == (1, 2, "type", "expected a text or a number in email, found an object or a list")


def test_a_file_of_garbage_fails_and_is_tried_again(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/good.ndjson", message(1, NINE))
    put(project, "web/garbage.ndjson", "lorem\nipsum\n")
    for _ in range(2):
        found = load(project, "web")
        assert len(found.failures) == 1
        assert "web/garbage.ndjson: all 2 rows are bad; the first, line 1: not valid JSON" in found.failures[0].message
        assert found.failures[0].exit_code == 1
    assert state(project, "select count(*) from staging.events").item() == 1
    assert state(project, "select count(*) from ops.rejected_rows").item() == 2


def test_an_empty_file_is_a_warning(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", "")
    found = load(project, "web")
    assert found.failures == []
    assert found.warnings == ["web: a.ndjson is empty"]


def test_no_file_at_all_is_a_warning(tmp_path: Path) -> None:
    assert load(make_project(tmp_path, SEGMENT), "web").warnings == ["web: no file matches web/*"]


def test_a_missing_column_names_file_column_and_the_nearest_word(tmp_path: Path) -> None:
    project = make_project(tmp_path, ORDERS)
    put(project, "shop/a.csv", "order,at,customer,ammount\n1,2026-03-02T09:00,u1,5\n")
    failure = load(project, "shop").failures[0]
    assert failure.message == "a.csv: column 'amount' is missing; found order, at, customer, ammount."
    assert failure.hint == "Did you mean 'ammount'?"


def test_a_wrong_time_unit_is_rejected_by_its_magnitude(tmp_path: Path) -> None:
    project = make_project(tmp_path, SENDGRID)
    rows = [
        f'{{"email":"a@example.com","event":"open","timestamp":{t},"sg_event_id":"{t}"}}'
        for t in (1772438400, 1772438400000)
    ]
    put(project, "email/a.ndjson", "\n".join(rows))
    found = load(project, "email")
    assert (found.loaded_count, found.rejected_count) == (1, 1)
    assert (
        "read as seconds since 1970, is not within 2000 to 2100"
        in state(project, "from ops.rejected_rows")["reason"][0]
    )


def test_a_truncated_last_line_costs_one_row(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, NINE) + "\n" + message(2, TEN)[:40])
    found = load(project, "web")
    assert (found.rows_count, found.loaded_count, found.rejected_count) == (2, 1, 1)


def test_a_broken_archive_fails_and_loads_nothing_of_it(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    content = "\n".join(message(number, NINE) for number in range(2000)).encode()
    put(project, "web/a.ndjson.gz", gzip.compress(content)[:-30])
    found = load(project, "web")
    assert "broken or cut short" in found.failures[0].message
    assert state(project, "select count(*) from staging.events").item() == 0


def test_changed_settings_read_the_files_again(tmp_path: Path) -> None:
    project = make_project(tmp_path, SENDGRID)
    put(
        project,
        "email/a.json",
        '[{"email":"a@example.com","event":"open","timestamp":1772438400,"id":"u1","sg_event_id":"1"}]',
    )
    load(project, "email")
    assert state(project, "select user_id from staging.events").item() is None
    changed = make_project(tmp_path, SENDGRID + 'user_id_field = "id"\n')
    assert load(changed, "email").warnings == ["email: its settings changed; all its files were read again"]
    assert state(project, "select user_id from staging.events").item() == "u1"


def test_changed_settings_never_lose_rows_whose_file_is_gone(tmp_path: Path) -> None:
    project = make_project(tmp_path, SENDGRID)
    path = put(
        project, "email/a.json", '[{"email":"a@example.com","event":"open","timestamp":1772438400,"sg_event_id":"1"}]'
    )
    load(project, "email")
    path.unlink()
    changed = make_project(tmp_path, SENDGRID + 'user_id_field = "id"\n')
    with pytest.raises(
        ConfigurationError, match=r"1 of its files are gone or no longer match its .files. \(email/a.json\)"
    ):
        load(changed, "email")
    assert state(project, "select count(*) from staging.events").item() == 1


def test_changed_settings_never_lose_what_was_loaded(tmp_path: Path) -> None:
    """Not when old files no longer match, nor when the new settings turn out to be wrong."""
    project = make_project(tmp_path, ORDERS)
    put(project, "shop/old.csv", "order,at,customer,amount\n1,2026-03-02T09:00,u1,10\n")
    load(project, "shop")
    moved = ORDERS.replace('"shop/*"', '"shop/new/*"').replace('zone = "UTC"', 'zone = "Europe/Prague"')
    make_project(tmp_path, moved)
    put(project, "shop/new/b.csv", "order,at,customer,amount\n2,2026-03-02T09:00,u2,10\n")
    with pytest.raises(ConfigurationError, match=r"no longer match its 'files' \(shop/old.csv\)"):
        load(project, "shop")
    make_project(tmp_path, ORDERS.replace('"amount"', '"nope"'))
    with pytest.raises(SourceFailure, match="column 'nope' is missing"):
        load(project, "shop")
    make_project(tmp_path, ORDERS)
    (tmp_path / "shop/old.csv").unlink()
    load(project, "shop")
    assert state(project, "select user_id from staging.events").rows() == [("u1",)]


def test_changed_settings_are_content_with_the_same_file_under_another_name(tmp_path: Path) -> None:
    project = make_project(tmp_path, ORDERS)
    content = "order,at,customer,amount\n1,2026-03-02T09:00,u1,10\n"
    path = put(project, "shop/a.csv", content)
    load(project, "shop")
    put(project, "shop/b.csv", content)
    load(project, "shop")
    path.unlink()
    make_project(tmp_path, ORDERS.replace('zone = "UTC"', 'zone = "Europe/Prague"'))
    load(project, "shop")
    assert state(project, "select occurred_at::varchar from staging.events").item() == "2026-03-02 08:00:00+00"


def test_rejected_rows_of_a_corrected_file_are_forgotten(tmp_path: Path) -> None:
    project = make_project(tmp_path, ORDERS)
    head = "order,at,customer,amount\n"
    put(project, "shop/a.csv", head + "1,2026-03-02T09:00,u1,ten\n")
    assert load(project, "shop").failures
    assert state(project, "select count(*) from ops.rejected_rows").item() == 1
    put(project, "shop/a.csv", head + "1,2026-03-02T09:00,u1,10\n2,2026-03-02T09:00,u1,ten\n")
    load(project, "shop")
    assert state(project, "select line from ops.rejected_rows").rows() == [(3,)]


def test_greater_versions_are_greater_numbers(tmp_path: Path) -> None:
    for number, order in enumerate(("9 10", "10 9")):
        project = make_project(
            tmp_path / str(number), ORDERS.replace("[sources.fields]", 'version = "rev"\n[sources.fields]')
        )
        for revision in order.split():
            put(
                project,
                f"shop/{revision}.csv",
                f"order,at,customer,amount,rev\n1,2026-03-02T09:00,u1,{revision},{revision}\n",
            )
            load(project, "shop")
        assert state(project, "select value::int from staging.events").item() == 10


def test_a_sum_that_grows_too_large_is_told_and_costs_no_other(tmp_path: Path) -> None:
    grouped = ORDERS.replace('key = ["order"]', 'key = "content"\ngroup_by = ["customer"]')
    project = make_project(tmp_path, grouped)
    rows = ["u1,999999999999", "u1,999999999999", "u2,5"]
    put(project, "shop/a.csv", "at,order,customer,amount\n" + "\n".join(f"2026-03-02T09:00,1,{row}" for row in rows))
    found = load(project, "shop")
    assert "1 event left out, because the value cannot be kept" in found.warnings[0]
    assert state(project, "select user_id from staging.events").rows() == [("u2",)]
