"""The pages in real headless Chromium."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from journey_analytics.config import Project
from journey_analytics.reports import discover
from journey_analytics.reports.site import needed_tables, write_site
from tests.projects import SEGMENT, make_project, message, night, put, rows_of

CHROMIUM = shutil.which("chromium")
PAGES = [report.name for report in discover()]
EVIL = '<img src=x onerror=alert(1)><b>bold</b> & "quoted"'

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("JOURNEY_CI"), reason="chromium is not installed; apt-get install chromium"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None, "continuous integration must have chromium"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield found
        found.close()


@contextmanager
def page_at(browser: Browser, width: int = 1280, scheme: str = "light") -> Iterator[tuple[Page, list[str]]]:
    """A page, and everything that should not happen on it: messages, errors, requests that leave the disk."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, wrong = context.new_page(), []
    page.on("console", lambda found: wrong.append(found.text))
    page.on("pageerror", lambda found: wrong.append(str(found)))
    page.on("request", lambda found: None if found.url.startswith("file:") else wrong.append(found.url))
    yield page, wrong
    context.close()


def show(page: Page, site: Path, name: str) -> None:
    page.goto((site / f"{name}.html").as_uri())
    page.wait_for_timeout(400)


@dataclass(frozen=True)
class Screen:
    """A page that stays open for one report after another: the browser then reads plotly.js once."""

    page: Page
    wrong: list[str]
    width: int
    scheme: str


@pytest.fixture(scope="module", params=product([1280, 430], ["light", "dark"]), ids=lambda size: f"{size[0]}-{size[1]}")
def screen(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Screen]:
    width, scheme = request.param
    with page_at(browser, width, scheme) as (page, wrong):
        yield Screen(page, wrong, width, scheme)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_without_a_word_on_the_console(screen: Screen, sample: Project, name: str) -> None:
    screen.wrong.clear()
    show(screen.page, sample.reports / "latest", name)
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= screen.width
    assert screen.page.evaluate("document.documentElement.dataset.theme") == screen.scheme
    for figure in screen.page.locator(".figure").all():
        assert figure.locator("svg.main-svg").count() > 0
        assert len(figure.get_attribute("aria-label") or "") > 40
    assert screen.wrong == []


def test_the_funnel_shows_each_stage_with_its_outcomes(browser: Browser, sample: Project) -> None:
    with page_at(browser) as (page, _):
        show(page, sample.reports / "latest", "funnel")
        assert page.locator(".figure .trace.bars").count() == 4
        legend = page.locator(".figure .legendtext").all_text_contents()
        assert legend == ["Moved on", "Completed here", "Still active", "Left"]
        counts = rows_of(
            sample.published_database,
            "select sum(customers_count)::int from marts.stage_funnel group by stage_index order by stage_index",
        ).to_series()
        shown = " ".join(page.locator(".figure .annotation-text").all_text_contents())
        assert all(f"{count:,}" in shown for count in counts)


def test_the_flow_has_a_node_for_everyone_who_left(browser: Browser, sample: Project) -> None:
    with page_at(browser) as (page, _):
        show(page, sample.reports / "latest", "flow")
        nodes = page.locator(".figure .sankey-node").count()
        assert nodes >= 15
        labels = " ".join(page.locator(".figure .annotation-text").all_text_contents())
        left = rows_of(
            sample.published_database,
            "select sum(customers_count)::int as customers from marts.stage_flows where to_stage = '(dropped_off)' group by from_stage",
        )["customers"]
        assert left.len() >= 3
        for customers in left:
            assert f"{customers:,} (" in labels


def test_labels_of_the_flow_do_not_overlap_each_other(browser: Browser, sample: Project) -> None:
    with page_at(browser) as (page, _):
        show(page, sample.reports / "latest", "flow")
        boxes = [label.bounding_box() for label in page.locator(".figure .annotation").all()]
        placed = [box for box in boxes if box]
        for index, one in enumerate(placed):
            for other in placed[index + 1 :]:
                apart = (
                    one["x"] + one["width"] <= other["x"] + 1
                    or other["x"] + other["width"] <= one["x"] + 1
                    or one["y"] + one["height"] <= other["y"] + 2
                    or other["y"] + other["height"] <= one["y"] + 2
                )
                assert apart, (one, other)


def test_dark_mode_can_be_switched(browser: Browser, sample: Project) -> None:
    with page_at(browser) as (page, wrong):
        show(page, sample.reports / "latest", "funnel")
        before = page.locator(".figure .trace.bars path").first.get_attribute("style")
        page.get_by_role("button", name="Dark mode").click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.locator(".figure .trace.bars path").first.get_attribute("style") != before
        assert wrong == []


def test_every_figure_has_its_table_and_the_sql_behind_it(browser: Browser, sample: Project) -> None:
    with page_at(browser) as (page, _):
        show(page, sample.reports / "latest", "funnel")
        page.get_by_text("Show as table").click()
        assert page.locator("details.twin table tbody tr").count() == 5
        page.get_by_text("SQL", exact=True).click()
        assert "marts.stage_funnel" in page.locator("pre").first.inner_text()
        link = page.get_by_role("link", name="Download CSV").get_attribute("href")
        assert (sample.reports / "latest" / str(link)).exists()


def test_html_in_names_is_shown_as_text(browser: Browser, sample: Project, tmp_path: Path) -> None:
    tables = {name: rows_of(sample.published_database, f"from {name}") for name in needed_tables()}
    tables["ops.settings"] = tables["ops.settings"].with_columns(project=pl.lit(EVIL))
    tables["journeys.stages"] = tables["journeys.stages"].with_columns(
        title=pl.when(pl.col("stage") == "awareness").then(pl.lit(EVIL)).otherwise("title")
    )
    for name in ("marts.stage_flows", "marts.stage_funnel"):
        evil_channel = pl.when(pl.col("first_channel") == "web").then(pl.lit(EVIL)).otherwise("first_channel")
        tables[name] = tables[name].with_columns(first_channel=evil_channel)
    tables["marts.findings"] = tables["marts.findings"].with_columns(segment=pl.lit(EVIL), sentence=pl.lit(EVIL))
    site = write_site(tables, tmp_path / "site")
    with page_at(browser) as (page, wrong):
        for name in PAGES:
            show(page, site, name)
            assert page.locator("img").count() == 0
            assert page.locator("b", has_text="bold").count() == 0
            assert EVIL in page.locator(".brand").inner_text()
            assert page.locator(".figure tspan", has_text="bold").filter(has_not_text="<b>").count() == 0
        show(page, site, "flow")
        assert "<b>bold</b>" in " ".join(page.locator(".figure .annotation-text").all_text_contents())
        assert wrong == []
    assert (site / "data" / "rows.csv").read_text(encoding="utf-8-sig").startswith("source,")


def test_an_empty_and_a_tiny_project_have_pages_too(browser: Browser, tmp_path: Path) -> None:
    empty, tiny = make_project(tmp_path / "empty", SEGMENT), make_project(tmp_path / "tiny", SEGMENT)
    put(empty, "web/a.ndjson", "")
    put(tiny, "web/a.ndjson", message(1, "2026-03-02T09:00:00Z"))
    for project in (empty, tiny):
        night(project, with_report=True)
        with page_at(browser, 430) as (page, wrong):
            for name in PAGES:
                show(page, project.reports / "latest", name)
                assert page.locator("h2").count() >= 1
                assert wrong == []
    assert "No customer has reached a stage yet" in (empty.reports / "latest" / "funnel.html").read_text()
