from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from journey_analytics.reports import discover
from journey_analytics.reports.report import Report, Section
from journey_analytics.reports.site import needed_tables, write_site
from tests.worlds import STEPS, model, publish

REPORTS = {report.name: report for report in discover()}
FEW = """
customer | at         | type         | channel
ana      | 2026-01-01 | page_view    | ad
ana      | 2026-01-03 | purchase     | web
bob      | 2026-01-01 | page_view    | web
bob      | 2026-01-05 | feature_used | web
cid      | 2026-02-20 | page_view    | web
"""
NOBODY = "customer | at | type"


def tables(given: str, folder: Path, stages: str = STEPS) -> dict[str, pl.DataFrame]:
    """The tables of a report, from events."""
    with publish(given, "2026-03-02", [model(folder, stages)]) as published:
        return {name: published.sql(f"from {name}").pl() for name in needed_tables()}


def drawn(report: Report, found: dict[str, pl.DataFrame]) -> dict[str, Section]:
    return {section.title: section for section in report.draw(found)}


def light(section: Section) -> dict[str, Any]:
    assert section.figure
    return section.figure.looks["light-wide"]


def test_the_bars_of_the_funnel_split_everyone_who_came(tmp_path: Path) -> None:
    section = drawn(REPORTS["funnel"], tables(FEW, tmp_path))["Customers by stage"]
    bars = {bar["name"]: [round(share * 3) for share in bar["x"]] for bar in light(section)["data"]}
    assert bars == {"Moved on": [2, 1, 0], "Completed here": [0, 0, 1], "Still active": [1, 0, 0], "Left": [0, 1, 0]}
    assert section.sentences == [
        "Of 3 customers who reached See, 1 (33%) reached Buy so far. The biggest loss is at Try: 1 left "
        "(50% of those who reached it), 0 are still active and may yet move on."
    ]


def test_the_funnel_does_not_pretend_that_somebody_was_in_a_stage_that_no_rule_leads_to(tmp_path: Path) -> None:
    stages = STEPS.replace('stage = "try"\nevent_type = "feature_used"', 'stage = "buy"\nevent_type = "feature_used"')
    section = drawn(REPORTS["funnel"], tables(FEW, tmp_path, stages))["Customers by stage"]
    assert section.sentences[1:] == [
        "Nobody was ever in Try: all 2 customers counted there passed it over on the way to a later stage. Either no rule "
        "leads there, or its rules take nothing: journey rules coverage."
    ]
    assert [row[3].partition(" (")[0] for row in section.tables[0].rows] == [
        "–",
        "nobody was here: passed over",
        "100.0%",
    ]
    labels = [label["text"] for label in light(section)["layout"]["annotations"]]
    assert [label.endswith("nobody was here: passed over") for label in labels] == [False, True, False]


def test_the_flow_says_of_how_many_customers_its_rates_are(tmp_path: Path) -> None:
    section = drawn(REPORTS["flow"], tables(FEW, tmp_path))["First passages"]
    labels = {text for text in str(light(section)).split("'") if text.startswith("Left<br>")}
    assert labels == {"Left<br>1 (100% of 1)"}


def test_what_flows_into_a_stage_flows_out_of_it(tmp_path: Path) -> None:
    section = drawn(REPORTS["flow"], tables(FEW, tmp_path))["First passages"]
    sankey = light(section)["data"][0]
    arriving, leaving = Counter[int](), Counter[int]()
    for source, target, value in zip(*(sankey["link"][key] for key in ("source", "target", "value")), strict=True):
        leaving[source] += value
        arriving[target] += value
    middle = arriving.keys() & leaving.keys()
    assert len(middle) == 3
    assert all(arriving[node] == leaving[node] for node in middle)
    assert sum((leaving - arriving).values()) == sum((arriving - leaving).values()) == 3


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_about_nobody_says_so(name: str, tmp_path: Path) -> None:
    sections = REPORTS[name].draw(tables(NOBODY, tmp_path))
    assert sections[0].figure is None
    assert sections[0].sentences[0].startswith(("No customer has ", "No source has "))


@pytest.mark.parametrize("count", [1, 2, 9])
def test_models_of_any_length_can_be_drawn(count: int, tmp_path: Path) -> None:
    stages = "".join(f'[[stages]]\nname = "s{number}"\n' for number in range(count))
    rules = '[[rules]]\nstage = "s0"\nevent_type = "page_view"\n'
    found = tables(FEW, tmp_path, f'name = "steps"\n{stages}{rules}')
    assert len(light(drawn(REPORTS["funnel"], found)["Customers by stage"])["data"][0]["y"]) == count
    assert drawn(REPORTS["flow"], found)["First passages"].figure


def test_names_from_data_cannot_act(tmp_path: Path) -> None:
    """A hostile title or channel is text on the page, in the figure and in a spreadsheet."""
    hostile = STEPS.replace('name = "see"\n', 'name = "see"\ntitle = "</script><img src=x onerror=alert(1)>"\n', 1)
    hostile = hostile.replace('name = "try"\n', 'name = "try"\ntitle = "=1+1"\n', 1)
    site = write_site(tables(FEW, tmp_path, hostile), tmp_path / "site")
    for page in site.glob("*.html"):
        assert "<img src=x" not in page.read_text()
    assert "'=1+1" in (site / "data" / "funnel_steps.csv").read_text(encoding="utf-8-sig")
