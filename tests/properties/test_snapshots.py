"""Laws of sources that are exported anew part by part: only the files that stand there in the end count."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics.config import Project
from tests.projects import STAGING, contents, load, make_project, put, state

Rows = list[tuple[str, str, str, str]]
"""Id, day, version and type of each row of a file."""

HEAD = """
[[sources]]
name = "shop"
type = "table"
files = ["shop/*"]
channel = "store"
key = ["id"]
snapshot = "day"
time = { column = "day", unit = "day", zone = "UTC" }
"""
FIELDS = '[sources.fields]\nevent_type = "what"\nuser_id = "id"\n'
VERSIONS = ('version = "version"\n', 'version = { file_name = "_v(\\\\d+)" }\n', 'version = { constant = "1" }\n')
GROUPS = ("", 'group_by = ["user_id"]\n')
FILES = ("a_v9.csv", "b_v9.csv", "a_v10.csv", "b_v10.csv")
_ROW = st.tuples(
    st.sampled_from(("1", "2")),
    st.sampled_from(("2026-03-01", "2026-03-02", "2026-03-03")),
    st.sampled_from(("9", "10")),
    st.sampled_from(("x", "y")),
)
_NIGHT = st.dictionaries(st.sampled_from(FILES), st.lists(_ROW, max_size=4), max_size=3)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_NIGHT, min_size=1, max_size=4), st.sampled_from(VERSIONS), st.sampled_from(GROUPS))
def test_staging_is_that_of_one_load_of_the_files_that_stand_there_in_the_end(
    nights: list[dict[str, Rows]], version: str, group: str
) -> None:
    block = HEAD + version + group + FIELDS
    final: dict[str, Rows] = {}
    for night in nights:
        final |= night
    with TemporaryDirectory() as folder:
        assert loaded(Path(folder) / "nights", block, nights) == loaded(Path(folder) / "once", block, [final])


def loaded(folder: Path, block: str, nights: list[dict[str, Rows]]) -> dict[str, list[tuple[Any, ...]]]:
    """Staging after some nights, each of which writes files new or over what stood there."""
    project = make_project(folder, block)
    for night in nights:
        for name, rows in night.items():
            put(project, f"shop/{name}", "\n".join(",".join(row) for row in [("id", "day", "version", "what"), *rows]))
        found = load(project, "shop")
        assert found.failures == []
        assert_every_row_is_accounted_for(project)
    return contents(project.state_database, STAGING)


def assert_every_row_is_accounted_for(project: Project) -> None:
    """Each file's counts add up, and what the files have loaded is what stands in staging."""
    files = state(project, "from ops.loaded_files")
    counted = files.select("loaded_count", "duplicates_count", "rejected_count", "skipped_count").sum_horizontal()
    assert counted.to_list() == files["rows_count"].to_list()
    assert files["duplicates_count"].min() in (None, *range(100))
    rows = state(project, "select count(*) from staging.source_rows").item()
    rows = rows or state(project, "select count(*) from staging.events").item()
    assert files["loaded_count"].sum() == rows
    stands = state(project, "select coalesce(sum(loaded_count), 0)::bigint from ops.file_partitions").item()
    assert stands == rows
