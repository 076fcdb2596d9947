"""What the marts of attribution say of a small shop, from its files to the published file."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from journey_analytics.config import Project
from journey_analytics.steps.night import run_night
from journey_analytics.steps.runs import Run
from tests.projects import make_project, put, rows_of

LOG = """
[[sources]]
name = "log"
type = "table"
files = ["log/*"]
channel = "web"
key = ["at", "customer"]
time = { column = "at", zone = "UTC" }
[sources.fields]
user_id = "customer"
event_type = "type"
value = "amount"
currency = "currency"
campaign_source = "source"
campaign_medium = "medium"
campaign_name = "campaign"
"""
META = '[[sources]]\nname = "meta"\ntype = "meta_ads"\nfiles = ["meta/*"]\n'
ADS = "facebook,cpc,Spring"
NEWS = "news,email,May"
NONE = ",,"
AS_OF = datetime(2026, 10, 1, tzinfo=UTC)


def shop(folder: Path, *events: str, costs: list[dict[str, str]] | None = None) -> Project:
    """A shop whose log has these events (customer, time, type, amount, currency, tags), after a night."""
    project = make_project(folder, LOG, META, head='[stages]\nmodels = ["purchase"]\n')
    put(project, "log/a.csv", "\n".join(["customer,at,type,amount,currency,source,medium,campaign", *events]))
    if costs:
        put(project, "meta/a.ndjson", "\n".join(json.dumps(row) for row in costs))
    run_night(project, Run("run", AS_OF), lambda _: None, with_report=False)
    return project


def spent(day: str, amount: str, campaign: str = "7", name: str = "Spring", currency: str = "EUR") -> dict[str, str]:
    """A day of a campaign's costs."""
    return {
        "account_id": "1", "campaign_id": campaign, "campaign_name": name, "account_currency": currency,
        "spend": amount, "date_start": day, "date_stop": day,
    }  # fmt: skip


def credited(project: Project, columns: str, where: str = "model = 'linear' and dimension = 'channel'") -> pl.DataFrame:
    """Rows of the mart for every purchase."""
    return rows_of(
        project.published_database,
        f"select {columns} from marts.attribution where conversion = 'purchase' and {where} order by all",
    )


JOURNEY = (
    f"ann,2026-05-01 10:00:00,page_view,,,{ADS}",
    f"ann,2026-05-03 10:00:00,page_view,,,{NEWS}",
    f"ann,2026-05-05 10:00:00,page_view,,,{NONE}",
    f"ann,2026-05-05 10:05:00,purchase,90,EUR,{NONE}",
    f"ann,2026-05-20 10:00:00,refund,30,EUR,{NONE}",
    f"bob,2026-05-02 10:00:00,page_view,,,{ADS}",
    f"eve,2026-09-20 10:00:00,page_view,,,{ADS}",
)


def test_sessions_share_a_purchase_less_its_refund(tmp_path: Path) -> None:
    found = credited(
        shop(tmp_path, *JOURNEY),
        "credited_to, credited_conversions, credited_value, value_currency, conversions_count, null_paths_count, "
        "open_paths_count",
    )
    counts = ("EUR", 1, 1, 1)
    assert [(row[0], pytest.approx(row[1]), pytest.approx(row[2]), *row[3:]) for row in found.rows()] == [
        ("(direct)", 1 / 3, 20, *counts),
        ("ad", 1 / 3, 20, *counts),
        ("email", 1 / 3, 20, *counts),
    ]


def test_campaigns_have_their_tags_and_what_they_cost(tmp_path: Path) -> None:
    costs = [spent("2026-05-01", "2"), spent("2026-09-20", "1"), spent("2026-05-02", "4", "8", "Other")]
    project = shop(tmp_path, *JOURNEY, costs=costs)
    where = "model = 'first' and dimension = 'campaign' and credited_conversions > 0"
    columns = "credited_to, campaign_source, campaign_name, cost, cost_currency, cost_per_conversion"
    assert credited(project, columns, where).rows() == [
        ("facebook / cpc / Spring", "facebook", "Spring", 3.0, "EUR", 3.0)
    ]
    of_ads = credited(project, "cost, cost_per_conversion", "model = 'first' and credited_to = 'ad'")
    assert of_ads.rows() == [(7.0, 7.0)]


def test_costs_of_a_part_of_the_period_give_no_cost_per_conversion(tmp_path: Path) -> None:
    project = shop(tmp_path, *JOURNEY, costs=[spent("2026-05-20", "2"), spent("2026-09-20", "1")])
    assert credited(project, "cost, cost_per_conversion", "model = 'first' and credited_to = 'ad'").rows() == [
        (3.0, None)
    ]


def test_money_of_different_currencies_is_never_added_up(tmp_path: Path) -> None:
    later = (
        f"ann,2026-06-05 10:00:00,purchase,10,EUR,{NONE}",
        f"bob,2026-05-20 10:00:00,purchase,500,USD,{NONE}",
    )
    costs = [spent("2026-05-01", "2"), spent("2026-09-20", "1", "9", "Autumn", "USD")]
    project = shop(tmp_path, *JOURNEY, *later, costs=costs)
    found = credited(project, "sum(credited_conversions), sum(credited_value), any_value(value_currency), "
                     "any_value(other_currencies_count), any_value(conversions_count)")  # fmt: skip
    assert found.row(0) == pytest.approx((3.0, 70.0, "EUR", 1, 3))
    assert credited(project, "cost, cost_currency", "model = 'last' and credited_to = 'ad'").rows() == [(None, None)]
    of_campaign = "model = 'last' and credited_to = 'facebook / cpc / Spring'"
    assert credited(project, "cost, cost_currency", of_campaign).rows() == [(2.0, "EUR")]


def test_what_is_older_than_a_year_counts_only_as_touches(tmp_path: Path) -> None:
    project = shop(
        tmp_path,
        f"ann,2025-01-05 10:00:00,purchase,10,EUR,{NONE}",
        f"ann,2025-08-20 10:00:00,page_view,,,{ADS}",
        f"ann,2025-10-20 10:00:00,purchase,10,EUR,{NONE}",
        f"bob,2026-09-30 10:00:00,page_view,,,{NONE}",
    )
    found = credited(project, "credited_to, credited_conversions, conversions_count, from_on::varchar, to_on::varchar")
    assert found.rows() == [
        ("(direct)", 0.5, 1, "2025-09-30", "2026-09-30"),
        ("ad", 0.5, 1, "2025-09-30", "2026-09-30"),
    ]


def test_paths_are_counted_with_those_that_led_to_nothing(tmp_path: Path) -> None:
    events = [
        event.replace("ann", f"ann{number}").replace("bob", f"bob{number}")
        for number in range(10)
        for event in JOURNEY[:6]
    ]
    project = shop(tmp_path, *events, JOURNEY[6])
    found = rows_of(
        project.published_database,
        "select path, channels_count, conversions_count, null_paths_count, conversions_value, open_paths_count "
        "from marts.conversion_paths where conversion = 'purchase'",
    )
    assert found.rows() == [(["ad"], 1, 0, 10, 0.0, 1), (["ad", "email", "(direct)"], 3, 10, 0, 600.0, 1)]


def test_without_any_conversion_there_is_nothing_to_share(tmp_path: Path) -> None:
    project = shop(tmp_path, JOURNEY[0])
    for mart in ("attribution", "conversion_paths"):
        assert rows_of(project.published_database, f"select count(*) from marts.{mart}").item() == 0
