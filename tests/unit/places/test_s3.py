import gzip
import socket
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import ConfigurationError, Unavailable
from journey_analytics.places import s3
from journey_analytics.places.key_patterns import parse_pattern
from journey_analytics.places.s3 import S3Objects
from journey_analytics.steps.configured_sources import configured_source
from journey_analytics.steps.diagnose import diagnose
from journey_analytics.steps.diagnosis import Finding
from tests.projects import STAGING, contents, load, make_project, message, put, state
from tests.servers import Storage

AT = "2026-03-02T09:00:00Z"
SNAPSHOTS = """
type = "table"
channel = "store"
key = ["id"]
snapshot = "day"
version = { constant = "1" }
time = { column = "day", unit = "day", zone = "UTC" }
[sources.fields]
event_type = { constant = "purchase" }
user_id = "id"
"""


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> str:
    return request.node.name.split("[")[0].replace("_", "-")[-60:].strip("-")


def project(folder: Path, endpoint: str, *patterns: str, more: str = "", block: str = 'type = "segment"\n') -> Project:
    files = ", ".join(f'"{pattern}"' for pattern in patterns)
    return make_project(
        folder, f'[[sources]]\nname = "web"\nfiles = [{files}]\n{block}', head=f'[s3]\nendpoint = "{endpoint}"\n{more}'
    )


def events(project: Project) -> list[str]:
    return state(project, "select event_id from staging.events order by 1")["event_id"].to_list()


def pages(*numbers: int) -> str:
    return "".join(message(number, AT) + "\n" for number in numbers)


def finding(project: Project, name: str = "sources") -> Finding:
    return next(found for found in diagnose(project) if found.name == name)


def test_objects_are_read_as_files_are_beside_them(tmp_path: Path, storage: Storage, bucket: str) -> None:
    storage.put(
        bucket,
        {
            "web/2026/a.ndjson": pages(1),
            "web/2026/03/b.ndjson.gz": gzip.compress(pages(2).encode()),
            "web/2026/.hidden.ndjson": pages(8),
            "other/c.ndjson": pages(9),
            "web/empty/": "",
        },
    )
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/web/**/*.ndjson*", "web/*")
    put(found, "web/local.ndjson", pages(3))
    assert load(found, "web").loaded_count == 3
    assert events(found) == ["web:m1", "web:m2", "web:m3"]
    paths = state(found, "select path from ops.loaded_files order by path")["path"].to_list()
    assert paths == [f"s3://{bucket}/web/2026/03/b.ndjson.gz", f"s3://{bucket}/web/2026/a.ndjson", "web/local.ndjson"]
    assert list((tmp_path / "state" / "fetched" / "web").iterdir()) == []


def test_the_bucket_may_stand_in_the_name_of_the_host(tmp_path: Path, storage: Storage, bucket: str) -> None:
    storage.put(bucket, {"a.ndjson": pages(1)})
    endpoint = storage.endpoint.replace("127.0.0.1", "localhost")
    assert load(project(tmp_path, endpoint, f"s3://{bucket}/*", more="virtual_hosts = true"), "web").loaded_count == 1


def test_an_object_with_a_known_stamp_is_not_fetched_again(
    tmp_path: Path, storage: Storage, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_UNSETTLED_NANOSECONDS", -1)
    storage.put(bucket, {"a.ndjson": pages(1)})
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/*")
    load(found, "web")
    with monkeypatch.context() as patched:
        patched.setattr(S3Objects, "_fetch", lambda *_: pytest.fail("it was fetched"))
        assert load(found, "web").files_count == 0


def test_an_object_rewritten_within_the_same_second_is_read(tmp_path: Path, storage: Storage, bucket: str) -> None:
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/*")
    for number in (1, 2):
        storage.put(bucket, {"a.ndjson": pages(number)})
        load(found, "web")
    assert events(found) == ["web:m1", "web:m2"]
    assert load(found, "web").files_count == 0


def test_an_object_that_moves_or_vanishes_changes_nothing(tmp_path: Path, storage: Storage, bucket: str) -> None:
    storage.put(bucket, {"a.ndjson": pages(1), "b.ndjson": pages(2)})
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/*")
    load(found, "web")
    storage.put(bucket, {"c.ndjson": pages(1)})
    for key in ("a.ndjson", "b.ndjson"):
        storage.remove(bucket, key)
    assert load(found, "web").files_count == 0
    assert events(found) == ["web:m1", "web:m2"]
    paths = state(found, "select path from ops.loaded_files order by path")["path"].to_list()
    assert paths == [f"s3://{bucket}/b.ndjson", f"s3://{bucket}/c.ndjson"]


def test_a_snapshot_written_over_takes_its_old_rows_out(tmp_path: Path, storage: Storage, bucket: str) -> None:
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/**/*.csv", block=SNAPSHOTS)
    nights = [
        {"x/a.csv": "id,day\n1,2026-03-02\n2,2026-03-02\n", "x/b.csv": "id,day\n3,2026-03-02\n"},
        {"x/a.csv": "id,day\n2,2026-03-02\n"},
    ]
    for night in nights:
        storage.put(bucket, night)
        assert load(found, "web").failures == []
    once = make_project(tmp_path / "once", (tmp_path / "journey.toml").read_text())
    load(once, "web")
    assert contents(found.state_database, STAGING) == contents(once.state_database, STAGING)
    assert state(found, "select user_id from staging.events order by 1")["user_id"].to_list() == ["2", "3"]


def test_settings_that_change_read_all_objects_again(tmp_path: Path, storage: Storage, bucket: str) -> None:
    storage.put(bucket, {"a.ndjson": pages(1)})
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/*")
    load(found, "web")
    changed = '[[sources]]\nevent_types = { x = "sign_up" }'
    path = tmp_path / "journey.toml"
    path.write_text(path.read_text().replace("[[sources]]", changed))
    assert "all its files were read again" in load(found, "web").warnings[0]
    storage.remove(bucket, "a.ndjson")
    path.write_text(path.read_text().replace("sign_up", "purchase"))
    with pytest.raises(ConfigurationError, match=f"1 of its files are gone.*s3://{bucket}/a.ndjson"):
        load(found, "web")


def test_an_object_that_changes_while_it_is_fetched_is_left_for_the_next_run(
    tmp_path: Path, storage: Storage, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put(bucket, {"a.ndjson": pages(1), "b.ndjson": pages(2)})
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/*")
    (place,) = configured_source(found, "web").places
    assert isinstance(place, S3Objects)

    class Rewriting:
        """The storage itself, with somebody who writes just after the first look at an object."""

        get_file_info = staticmethod(place._storage.get_file_info)

        def open_input_stream(self, path: str, compression: str | None) -> Any:
            stream = place._storage.open_input_stream(path, compression)
            if path.endswith("a.ndjson"):
                storage.put(bucket, {"a.ndjson": pages(3)})
            return stream

    with monkeypatch.context() as patched:
        patched.setattr(S3Objects, "_storage", Rewriting())
        failures = [failure.message for failure in load(found, "web").failures]
    assert failures == [f"s3://{bucket}/a.ndjson: changed while it was being read; it will be read by the next run."]
    assert events(found) == ["web:m2"]
    load(found, "web")
    assert events(found) == ["web:m2", "web:m3"]


def test_what_a_killed_run_left_is_removed(tmp_path: Path, storage: Storage, bucket: str) -> None:
    storage.put(bucket, {"a.ndjson": pages(1)})
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/*")
    left = put(found, "state/fetched/web/copy-x/a.ndjson", "half of it")
    load(found, "web")
    assert not left.exists()


def test_public_buckets_are_read_without_credentials_on_request(
    tmp_path: Path, storage: Storage, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put(bucket, {"a.ndjson": pages(1)})
    storage.client().put_object_acl(Bucket=bucket, Key="a.ndjson", ACL="public-read")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/*")
    with pytest.raises(ConfigurationError, match="no credentials for s3://") as caught:
        load(found, "web")
    assert "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in caught.value.hint
    assert (
        load(project(tmp_path, storage.endpoint, f"s3://{bucket}/*", more="anonymous = true"), "web").loaded_count == 1
    )


def test_refusals_say_what_to_do_and_no_secret(
    tmp_path: Path, storage: Storage, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put(bucket, {"a.ndjson": pages(1)})
    key, secret = storage.user(bucket)
    told = {}
    with storage.guarded():
        for name, user in {
            "unknown": ("wrong", secret),
            "secret": (key, "wrong"),
            "denied": (key, secret),
        }.items():
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", user[0])
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", user[1])
            (failure,) = load(project(tmp_path, storage.endpoint, f"s3://{bucket}/*"), "web").failures
            assert key not in failure.message + failure.hint
            assert secret not in failure.message + failure.hint
            told[name] = failure.message.removeprefix(f"web: s3://{bucket}: ")
    assert told == {
        "unknown": "the storage does not know the access key.",
        "secret": "the secret key is wrong.",
        "denied": "access is denied.",
    }


def test_a_bucket_that_is_not_there_is_no_empty_one(tmp_path: Path, storage: Storage, bucket: str) -> None:
    storage.put(bucket, {"a.ndjson": pages(1)})
    found = project(
        tmp_path, storage.endpoint, f"s3://{bucket}-other/web/*", f"s3://{bucket}/web/*", f"s3://{bucket}/a.ndjson"
    )
    result = load(found, "web")
    assert [failure.message for failure in result.failures] == [
        f"web: s3://{bucket}-other/web: there is no such bucket."
    ]
    assert result.loaded_count == 1


def test_a_storage_that_does_not_answer_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_ATTEMPTS", 1)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        found = project(tmp_path, endpoint, "s3://logs/*")
        with pytest.raises(Unavailable, match="web: s3://logs: the storage cannot be reached") as caught:
            load(found, "web")
    assert caught.value.exit_code == 3
    assert "[s3]" in caught.value.hint


def test_the_doctor_reads_the_first_rows_of_the_newest_object(tmp_path: Path, storage: Storage, bucket: str) -> None:
    storage.put(bucket, {"a.ndjson": pages(1, 2)})
    found = project(tmp_path, storage.endpoint, f"s3://{bucket}/*")
    assert finding(found).text == "web (segment): 1 files, newest a.ndjson; its first 2 rows can be read"
    assert not (tmp_path / "state").exists()
    storage.put(bucket, {"a.ndjson": "no json\n"})
    assert (finding(found).status, finding(found).exit_code) == ("bad", 1)
    assert finding(project(tmp_path, storage.endpoint, "s3://nowhere-at-all/*")).text == (
        "web: s3://nowhere-at-all: there is no such bucket."
    )


@pytest.mark.parametrize("pattern", ["s3://*/a.csv", "s3://", "s3://logs", "s3://logs/", "s3://logs/a//b.csv"])
def test_a_pattern_that_cannot_be_is_refused_with_its_line(tmp_path: Path, pattern: str) -> None:
    found = project(tmp_path, "https://storage.example", "web/*", pattern)
    with pytest.raises(ConfigurationError, match=r"journey.toml, line 6: .* must "):
        load(found, "web")


@pytest.mark.parametrize("endpoint", ["storage.example", "https://user:pass@storage.example", "https://a.example/path"])
def test_an_endpoint_that_cannot_be_is_refused(tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match=r"line 2: s3.endpoint: an endpoint"):
        load(project(tmp_path, endpoint, "s3://logs/*"), "web")


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("s3://b/web/*.csv", ["b/web/a.csv"], ["b/web/.csv", "b/web/x/a.csv", "b/webs/a.csv", "c/web/a.csv"]),
        ("s3://b/**/*.csv", ["b/a.csv", "b/x/y/a.csv"], ["b/.x/a.csv", "b/a.csv.gz"]),
        ("s3://b/web/**", ["b/web/a", "b/web/x/a"], ["b/web/.a", "b/a"]),
        ("s3://b/a?[0-9].csv", ["b/ab1.csv"], ["b/abc.csv", "b/a/1.csv"]),
        ("s3://b/[!a]+.(csv)", ["b/b+.(csv)"], ["b/a+.(csv)", "b/bb.(csv)"]),
    ],
)
def test_patterns_of_objects_mean_what_those_of_files_do(
    tmp_path: Path, pattern: str, matching: list[str], others: list[str]
) -> None:
    found = parse_pattern(pattern)
    assert [path for path in matching + others if found.matches(path)] == matching
    for path in matching + others:
        put(Project(tmp_path), path, "")
    local = make_project(tmp_path, f'[[sources]]\nname = "w"\ntype = "segment"\nfiles = ["{pattern[5:]}"]\n')
    assert [stamp.path for stamp in configured_source(local, "w").listed().stamps] == sorted(matching)
