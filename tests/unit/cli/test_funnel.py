"""``journey funnel`` on the sample: the figures of the library, on a screen of 80 columns."""

import json
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from journey_analytics import open_warehouse
from journey_analytics.analysis.funnels import Exclusion, Funnel, funnel_steps
from journey_analytics.cli.main import call
from journey_analytics.config import Project

SHOP = ["page_view", "add_to_cart", "purchase"]


def said(capsys: pytest.CaptureFixture[str], project: Project, *arguments: str) -> str:
    capsys.readouterr()
    assert call(["funnel", *arguments, "-C", str(project.folder)]) == 0
    return capsys.readouterr().out


def by_library(project: Project, funnel: Funnel, by: str | None = None) -> pl.DataFrame:
    """The same by the library, over everything that customers did."""
    warehouse = open_warehouse(project.published_database)
    return funnel_steps(warehouse.sql("from journeys.touchpoints where is_interaction"), funnel, by=by)


@pytest.mark.parametrize(
    ("arguments", "wanted", "by"),
    [
        ([], {}, None),
        (["--within", "36h", "--order", "strict"], {"window": timedelta(hours=36), "order": "strict"}, None),
        (["--order", "any", "--by", "entry_channel"], {"order": "any"}, "entry_channel"),
        (["--without", "ticket_created", "--without", "search"], {"exclusions": ["ticket_created", "search"]}, None),
    ],
)
def test_the_document_has_the_figures_of_the_library(
    sample: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], wanted: dict[str, object], by: str | None
) -> None:
    document = json.loads(said(capsys, sample, *SHOP, *arguments, "--json"))
    until = open_warehouse(sample.published_database).table("ops.settings")["watermark_at"][0]
    given = {"window": timedelta(days=30), "complete_until": until} | wanted
    given["exclusions"] = [Exclusion(str(name)) for name in wanted.get("exclusions", [])]
    expected = by_library(sample, Funnel(SHOP, **given), by)
    assert expected["reached_count"][0] > 0
    assert_frame_equal(pl.DataFrame(document["rows"], schema=expected.schema), expected, check_exact=False)
    assert document["steps"] == SHOP
    assert document["watermark_at"] == str(until)


@pytest.mark.parametrize(
    "arguments", [[], ["--by", "first_channel"], ["--order", "any"], ["--without", "ticket_created"]]
)
def test_what_is_shown_fits_80_columns_and_says_what_open_means(
    sample: Project, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    text = said(capsys, sample, *SHOP, *arguments)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    until = open_warehouse(sample.published_database).table("ops.settings")["watermark_at"][0]
    assert f"Data are complete until {until:%Y-%m-%d %H:%M} UTC." in text
    assert "too early to tell" in text


def test_each_step_is_a_line_with_counts_and_a_line_with_rates(
    sample: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [" ".join(line.split()) for line in said(capsys, sample, *SHOP).splitlines()]
    row = json.loads(said(capsys, sample, *SHOP, "--json"))["rows"][1]
    counts = " ".join(f"{row[name]:,}" for name in ("reached_count", "dropped_count", "open_count"))
    assert any(line.startswith(f"2 add_to_cart {counts} ") for line in lines)
    rate = f"{row['rate_from_previous']:.1%}"
    assert any(line.startswith(f"2 add_to_cart {rate} (") and line.endswith(f" of {row['decided_count']:,}")
               for line in lines)  # fmt: skip


def test_customers_are_told_apart_by_a_line_with_their_value(
    sample: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line.strip() for line in said(capsys, sample, *SHOP, "--by", "first_channel").splitlines()]
    assert {"web", "ad", "email"} <= set(lines)
    assert "first_channel: that of the first event of each customer's funnel that has one." in lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["page_view", "purchse"], "there is no event type 'purchse' among the interactions."),
        (["page_view", "purchse"], "Did you mean 'purchase'? There are: add_to_cart, "),
        (["zzz"], "hint: There are: add_to_cart, "),
        (["page_view", "--without", "serch"], "Did you mean 'search'?"),
        (["email_open", "purchase"], "'email_open' is no interaction"),
        (["page_view", "--by", "chanel"], "Did you mean 'channel'?"),
        (["page_view", "--within", "soon"], "'soon' is not a duration"),
        (["page_view", "--within", "0d"], "'0d' cannot be"),
    ],
)
def test_a_mistake_is_a_sentence_with_the_right_words(
    sample: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert call(["funnel", *arguments, "-C", str(sample.folder)]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_without_a_published_file_there_is_nothing_to_ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "journey.toml").write_text("")
    assert call(["funnel", "page_view", "-C", str(tmp_path)]) == 2
    assert "journey run" in capsys.readouterr().err
