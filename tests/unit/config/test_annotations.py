from datetime import UTC, datetime
from pathlib import Path

import pytest

from journey_analytics.config import Project
from journey_analytics.config.annotations import annotation_spans
from journey_analytics.errors import ConfigurationError

PRAGUE = '[project]\ntime_zone = "Europe/Prague"\n[[annotations]]\n'


def project(folder: Path, *lines: str) -> Project:
    (folder / "journey.toml").write_text(PRAGUE + "\n".join(lines) + "\n", encoding="utf-8")
    return Project(folder)


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (["at = 2026-03-01"], datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC)),
        (['at = "2026-03-01"'], datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC)),
        # That day has 23 hours.
        (["at = 2026-03-29"], datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (["at = 2026-03-01", "until = 2026-03-02"], datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 2, 23, tzinfo=UTC)),
        (["at = 2026-03-01T14:00:00"], datetime(2026, 3, 1, 13, tzinfo=UTC), None),
        (["at = 2026-03-01T14:00:00+05:00"], datetime(2026, 3, 1, 9, tzinfo=UTC), None),
        (["at = 2026-10-25T02:30:00+02:00"], datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None),
        (
            ["at = 2026-03-01T14:00:00", "until = 2026-03-01T15:00:00Z"],
            datetime(2026, 3, 1, 13, tzinfo=UTC), datetime(2026, 3, 1, 15, tzinfo=UTC),
        ),
        (
            ["at = 2026-03-01T14:00:00", "until = 2026-03-01"],
            datetime(2026, 3, 1, 13, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC),
        ),
    ],
)  # fmt: skip
def test_a_date_is_the_whole_day_there_and_a_time_is_a_moment(
    tmp_path: Path, lines: list[str], start: datetime, end: datetime | None
) -> None:
    settings = project(tmp_path, 'label = "Sale"', *lines).settings
    assert annotation_spans(settings.annotations, settings.project.time_zone) == [(start, end)]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["at = 2026-03-29T02:30:00"], "line 5: annotations.at: clocks show '2026-03-29 02:30:00' twice or never"),
        (["at = 2026-10-25T02:30:00"], "line 5: annotations.at: clocks show '2026-10-25 02:30:00' twice or never"),
        (["at = 2026-03-02", "until = 2026-03-01"], "line 6: annotations.until: '2026-03-01' is not after"),
        (
            ["at = 2026-03-02T10:00:00", "until = 2026-03-02T10:00:00"],
            "line 6: annotations.until: '2026-03-02 10:00:00'",
        ),
        (["at = 12:00:00"], "line 5: annotations.at: '12:00:00' is not a date or a time"),
        (["at = 1772323200"], "line 5: annotations.at: '1772323200' is not a date or a time"),
        (['at = "next week"'], "line 5: annotations.at: 'next week' is not a date or a time"),
        (["at = 1926-03-01"], "line 5: annotations.at: '1926-03-01' is not a date or a time from 2000"),
        (["at = 2026-03-01", 'kind = "relase"'], "line 6: annotations.kind: unknown value 'relase'"),
        (["at = 2026-03-01", "till = 2026-03-02"], "line 6: unknown key 'till'"),
        (["kind = 'other'"], "key 'annotations.at' is missing"),
    ],
)
def test_annotations_that_cannot_be_are_told_with_their_line(tmp_path: Path, lines: list[str], told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _ = project(tmp_path, 'label = "Sale"', *lines).settings
    assert told in str(caught.value)


@pytest.mark.parametrize("label", ["", "  ", "two\\nlines", "x" * 101])
def test_a_label_is_a_short_text_of_one_line(tmp_path: Path, label: str) -> None:
    with pytest.raises(ConfigurationError, match=r"line 5: annotations\.label"):
        _ = project(tmp_path, "at = 2026-03-01", f'label = "{label}"').settings
