from pathlib import Path

from tests.projects import SEGMENT, make_project, message, night, put
from tests.worlds import STEPS


def test_warnings_of_checks_say_what_was_found_and_where_to_look(tmp_path: Path) -> None:
    made = make_project(tmp_path, '[stages]\nmodels = ["stages.toml"]\n', SEGMENT)
    put(made, "stages.toml", STEPS)
    track = {"type": "track", "userId": "u1"}
    rows = [
        message(1, "2026-03-02T10:00:00Z", userId="u1"),
        *(message(2 + place, f"2026-03-02T10:1{place}:00Z", event="Loan Asked", **track) for place in range(6)),
        *(message(10 + place, f"2026-03-02T10:2{place}:00Z", event=f"Other {place}", **track) for place in range(3)),
        "no JSON",
    ]
    put(made, "web/a.ndjson", "\n".join(rows))
    told = [
        "90.0% of interactions have no stage (limit 5%): 6 loan_asked, 1 other_0, 1 other_1 and 1 more; see journey rules "
        "coverage.",
        "Of some files more than 5% of the rows were rejected: 1 of 11 in web/a.ndjson (web); see journey rejected.",
    ]
    assert [result.told for result in night(made).checks if result.failing_count] == told
