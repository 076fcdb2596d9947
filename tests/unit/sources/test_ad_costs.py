import json
from pathlib import Path

import pytest

from journey_analytics.errors import ConfigurationError
from journey_analytics.steps.configured_sources import configured_sources
from tests.projects import load, make_project, put, state

META = '[[sources]]\nname = "meta"\ntype = "meta_ads"\nfiles = ["meta/*"]\n'
GOOGLE = '[[sources]]\nname = "google"\ntype = "google_ads"\nfiles = ["google/*"]\n'


def insight(day: str, **more: object) -> dict[str, object]:
    """A row of Meta's insights."""
    row = {"account_id": "1", "campaign_id": "2", "spend": "1.5", "clicks": "3", "date_start": day, "date_stop": day}
    return row | more


def google(day: str, **metrics: object) -> dict[str, object]:
    """A cost row of Google Ads."""
    found = {"costMicros": "1500000", "clicks": "3"} | metrics
    return {"customer": {"id": "1"}, "campaign": {"id": "2"}, "segments": {"date": day}, "metrics": found}


def outcome(folder: Path, block: str, name: str, rows: list[dict[str, object]]) -> tuple[list[object], list[object]]:
    """Conversions of the costs that were loaded, and the reasons of the rows that were not."""
    project = make_project(folder, block)
    put(project, f"{name}/a.ndjson", "\n".join(json.dumps(row) for row in rows))
    load(project, name)
    return (
        state(project, "select conversions_rate from staging.ad_costs order by cost_on").to_series().to_list(),
        state(project, "select reason from ops.rejected_rows order by line").to_series().to_list(),
    )


def test_figures_that_do_not_fit_are_rejected_not_dropped(tmp_path: Path) -> None:
    rows = [
        google("2026-03-01"),
        google("2026-03-02", costMicros="1" + "0" * 30),
        google("2026-03-03", clicks="many"),
        google("2026-03-04", impressions="1.5"),
        google("2026-03-05", conversions="NaN"),
        google("0026-03-06"),
    ]
    loaded, reasons = outcome(tmp_path, GOOGLE, "google", rows)
    assert loaded == [None]
    assert reasons == [
        "cost is not a number",
        "clicks 'many' is not a whole number",
        "impressions '1.5' is not a whole number",
        "conversions 'NaN' is not a number",
        "day '0026-03-06' is not a date YYYY-MM-DD",
    ]


def test_only_the_chosen_action_is_a_conversion(tmp_path: Path) -> None:
    bought = [{"action_type": "purchase", "value": "2"}, {"action_type": "omni_purchase", "value": "3"}]
    rows = [
        insight("2026-03-01", actions=bought),
        insight("2026-03-02", actions=[]),
        insight("2026-03-03"),
        insight("2026-03-04", actions=bought * 2),
        insight("2026-03-05", actions=[{"action_type": "omni_purchase", "1d_click": "3"}]),
        insight("2026-03-06", actions={"omni_purchase": "3"}),
    ]
    loaded, reasons = outcome(tmp_path, META + 'action_type = "omni_purchase"\n', "meta", rows)
    assert loaded == [3.0, 0.0, None]
    assert reasons == [
        "actions list 'omni_purchase' several times; export without action breakdowns",
        "conversions '' is not a number",
        "actions are not a list",
    ]


def test_without_a_chosen_action_nothing_is_a_conversion(tmp_path: Path) -> None:
    rows = [insight("2026-03-01", actions=[{"action_type": "purchase", "value": "2"}])]
    assert outcome(tmp_path, META, "meta", rows) == ([None], [])


def test_what_the_rows_do_not_say_comes_from_the_options(tmp_path: Path) -> None:
    project = make_project(tmp_path, META + 'account_id = "77"\ncurrency = "EUR"\n')
    put(project, "meta/a.ndjson", json.dumps(insight("2026-03-01", account_id="")))
    load(project, "meta")
    assert state(project, "select account_id, currency from staging.ad_costs").rows() == [("77", "EUR")]


def test_an_action_type_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="an action type has letters"):
        configured_sources(make_project(tmp_path, META + "action_type = 'a\"b'\n"))
