"""``journey compare`` on the sample: the figures of the library, on a screen of 80 columns."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from journey_analytics import open_warehouse
from journey_analytics.analysis.comparison import compare_periods, compare_segments
from journey_analytics.cli.main import call
from journey_analytics.config import Project

MONTH = timedelta(days=30)
JULY, AUGUST, SEPTEMBER = (datetime(2026, month, 1, tzinfo=UTC) - timedelta(hours=2) for month in (7, 8, 9))
"""Prague's months begin two hours before those of UTC in summer."""


def said(capsys: pytest.CaptureFixture[str], project: Project, *arguments: str) -> str:
    capsys.readouterr()
    assert call(["compare", *arguments, "-C", str(project.folder)]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], project: Project, *arguments: str) -> str:
    capsys.readouterr()
    assert call(["compare", *arguments, "-C", str(project.folder)]) == 2
    return capsys.readouterr().err


def same(found: dict[str, list[dict[str, object]]], name: str, expected: pl.DataFrame) -> None:
    assert expected.height > 0
    assert_frame_equal(pl.DataFrame(found[name], schema=expected.schema), expected, check_exact=False)


def test_periods_of_interactions_have_the_figures_of_the_library(
    sample: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(
        said(capsys, sample, "--before", "2026-07", "--after", "2026-08-01..2026-08-31", "--steps", "event_type",
             "--within", "7d", "--json")
    )  # fmt: skip
    warehouse = open_warehouse(sample.published_database)
    expected = compare_periods(
        warehouse.sql("from journeys.touchpoints where is_interaction"), baseline=(JULY, AUGUST),
        compared=(AUGUST, SEPTEMBER), window=timedelta(days=7), until=warehouse.table("ops.settings")["watermark_at"][0],
        order=["touchpoint_index"],
    )  # fmt: skip
    same(document, "sources", expected.sources)
    same(document, "edges", expected.edges)
    assert document["is_paired"] is True
    assert (document["before"], document["after"]) == (
        [str(JULY), str(AUGUST)],
        [str(AUGUST), str(SEPTEMBER)],
    )


def test_segments_of_one_period_have_the_figures_of_the_library(
    sample: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--segment", "first_channel=web,ad", "--after", "2026-08", "--steps", "event_type")
    document = json.loads(said(capsys, sample, *arguments, "--json"))
    warehouse = open_warehouse(sample.published_database)
    events = warehouse.sql(
        """
        select touchpoints.*, case when occurred_at >= '2026-07-31 22:00Z' and occurred_at < '2026-08-31 22:00Z'
            then first_channel end as first_channel
        from journeys.touchpoints as touchpoints inner join journeys.customers using (customer_id) where is_interaction
        """
    )
    expected = compare_segments(
        events, segment="first_channel", baseline="web", compared="ad", window=MONTH,
        until=warehouse.table("ops.settings")["watermark_at"][0], order=["touchpoint_index"],
    )  # fmt: skip
    same(document, "edges", expected.edges)
    assert document["is_paired"] is False


def test_without_a_question_the_newest_weeks_that_were_watched_stand_beside_those_before(
    sample: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(said(capsys, sample, "--json"))
    watched = datetime.fromisoformat(document["watched_until"])
    first, second = ([datetime.fromisoformat(moment) for moment in document[name]] for name in ("before", "after"))
    assert second == [watched - timedelta(days=28), watched + timedelta(microseconds=1)]
    assert first == [second[0] - (second[1] - second[0]), second[0]]
    stages = {row["source"] for row in document["sources"]}
    assert {"(start)", "awareness", "engagement"} <= stages


def test_what_differs_fits_80_columns_and_says_what_it_is_not(
    sample: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, sample, "--segment", "first_channel=web,ad")
    assert max(map(len, text.splitlines())) <= 80
    assert "need not be its effect" in text
    assert "pp (" in text
    assert "No difference shown, but one may be as large as said:" in text


def test_periods_without_any_step_are_told(sample: Project, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, sample, "--before", "2024-01", "--after", "2024-02")
    assert "Nobody did anything in either." in text


def test_what_is_too_rare_to_tell_is_named(sample: Project, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, sample, "--before", "2026-06-01..2026-06-03", "--after", "2026-07-01..2026-07-03")
    assert "Too little history, fewer than 30 customers in a group:" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--segment", "first_chanel=web,ad"], "Did you mean 'first_channel'?"),
        (["--segment", "first_channel=web,adx"], "has no segment 'adx'"),
        (["--segment", "first_channel=web"], "does not name two segments"),
        (["--segment", "first_channel=web,ad", "--before", "2026-07"], "Leave --before out"),
        (["--after", "2026-10-20"], "Take an earlier period"),
        (["--before", "2026-13"], "'2026-13' is not a period"),
        (["--before", "2026-07", "--after", "2026-07-05"], "The periods overlap"),
        (["--within", "soon"], "--within 30d"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_why(
    sample: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert message in refused(capsys, sample, *arguments)
