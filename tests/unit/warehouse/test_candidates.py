from pathlib import Path

from journey_analytics.config import Project
from tests.projects import ORDERS, make_project, night, put, rows_of, state

_HEAD = "order,at,customer,amount\n"
_OUTCOMES = "select customer_id, journey_id, outcome, is_lapsed from marts.journey_outcomes order by all"


def outcomes(project: Project) -> list[tuple[object, ...]]:
    """What the published file says became of each journey."""
    return rows_of(project.published_database, _OUTCOMES).rows()


def test_a_journey_that_lapses_while_its_customer_does_nothing_is_dropped_off_in_the_next_file(tmp_path: Path) -> None:
    project = make_project(tmp_path, ORDERS)
    put(project, "shop/september.csv", f"{_HEAD}1,2026-09-01T10:00:00Z,ann,5\n2,2026-09-05T10:00:00Z,ben,5\n")
    night(project, "first")
    before = outcomes(project)
    assert [row[2] for row in before] == ["open", "open"]
    put(project, "shop/october.csv", f"{_HEAD}3,2026-10-04T10:00:00Z,ben,5\n")
    night(project, "second")
    recomputed = "select customers_count from ops.builds where not is_whole"
    assert state(project, recomputed)["customers_count"].to_list() == [1]
    by_nights = outcomes(project)
    assert sorted(str(row[2]) for row in by_nights) == ["completed", "dropped_off"]
    project.published_database.unlink()
    night(project, "anew")
    assert outcomes(project) == by_nights
