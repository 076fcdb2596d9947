"""Sessions as other systems cut them, through whole nights: Segment's, night by night, and gaps at the boundaries."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.config import Project
from journey_analytics.steps.night import run_night
from journey_analytics.steps.runs import Run
from tests.projects import AS_OF, everything, make_project, night, put, state

SESSIONS = Path(__file__).parent / "sessions"

AS_SEGMENT = """
[identity]
shared_device = "last_user"
[sessions]
session_scope = "device"
max_duration = "off"
"""
PAGES = """
[[sources]]
name = "web"
type = "table"
files = ["pages/*.csv"]
channel = "web"
key = ["id"]
time = { column = "timestamp", zone = "UTC" }
received = { column = "received_at", zone = "UTC" }
[sources.fields]
event_type = { constant = "page_view" }
event_name = "id"
anonymous_id = "anonymous_id"
user_id = "user_id"
page_url = "url"
referrer = "referrer"
campaign_source = "context_campaign_source"
campaign_medium = "context_campaign_medium"
campaign_name = "context_campaign_name"
"""

FOUND_SESSIONS = """
with views as (
    select touchpoints.customer_key, session_index, session_key, events.*
    from journeys.touchpoints
    inner join journeys.sessions using (session_key)
    inner join staging.events using (event_key)
    order by touchpoints.customer_key, touchpoint_index
),
users as (select customer_key, value as user_id from journeys.identities where kind = 'user_id')
select
    any_value(anonymous_id) as anonymous_id,
    row_number() over (partition by any_value(anonymous_id) order by min(occurred_at)) as session_number_device,
    strftime(min(occurred_at), '%Y-%m-%d %H:%M:%S') as session_start,
    strftime(max(occurred_at), '%Y-%m-%d %H:%M:%S') as session_end,
    count(*) as page_views,
    date_diff('second', min(occurred_at), max(occurred_at)) as duration_in_s,
    any_value(sessions.entry_source) as utm_source,
    any_value(sessions.entry_medium) as utm_medium,
    any_value(sessions.entry_campaign) as utm_campaign,
    list(click_id)[1] as gclid,
    list(page_url)[1] as first_page_url,
    list(page_url)[-1] as last_page_url,
    list(referrer)[1] as referrer,
    list(event_name) as page_view_ids,
    coalesce(any_value(users.user_id), any_value(anonymous_id)) as blended_user_id,
    any_value(views.session_index) as session_number
from views
inner join journeys.sessions using (session_key)
left join users on users.customer_key = views.customer_key
group by session_key
order by session_start, anonymous_id
"""
FOUND_STITCHING = """
select anonymous_id, owners.value as user_id,
    strftime(min(occurred_at), '%Y-%m-%d %H:%M:%S') as first_seen_at,
    strftime(max(occurred_at), '%Y-%m-%d %H:%M:%S') as last_seen_at
from staging.events
inner join journeys.identities as devices on devices.kind = 'anonymous_id' and devices.value = anonymous_id
left join journeys.identities as owners on owners.kind = 'user_id' and owners.customer_key = devices.customer_key
group by all
order by anonymous_id
"""


def segment_night(project: Project, *batches: int) -> None:
    """A night on which these batches came."""
    for batch in batches:
        name = f"pages_batch{batch}.csv"
        put(project, f"pages/{name}", (SESSIONS / "segment_web" / name).read_bytes())
    night(project, f"night {batches}")


def check_segment(project: Project, which: str) -> None:
    """Sessions and owners of devices are those that Segment's package finds from scratch."""
    for kind, query in (("sessions", FOUND_SESSIONS), ("stitching", FOUND_STITCHING)):
        expected = json.loads((SESSIONS / "segment_web" / f"expected_{kind}_{which}.json").read_text())
        assert state(project, query).to_dicts() == expected


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path, PAGES, head=AS_SEGMENT)


def test_segments_sessions_come_out_night_by_night(project: Project) -> None:
    segment_night(project, 1)
    check_segment(project, "after_batch1")
    segment_night(project, 2)
    check_segment(project, "after_batch2_full")
    by_night = everything(project)
    run_night(project, Run("full", AS_OF), lambda _: None, full=True, with_report=False)
    assert everything(project) == by_night


@pytest.mark.parametrize("nights", [[(1, 2)], [(2,), (1,)]], ids=["at once", "in reverse"])
def test_segments_sessions_come_out_however_the_batches_come(project: Project, nights: list[Sequence[int]]) -> None:
    for batches in nights:
        segment_night(project, *batches)
    check_segment(project, "after_batch2_full")


def test_a_bridging_late_view_leaves_one_session_with_the_id_of_the_first(project: Project) -> None:
    of_device = """
    select session_key from journeys.sessions inner join staging.events on session_key = event_key
    where anonymous_id = 'anon-a' order by started_at
    """
    segment_night(project, 1)
    before = state(project, of_device)["session_key"].to_list()
    segment_night(project, 2)
    after = state(project, of_device)["session_key"].to_list()
    assert len(before) == 2
    assert after == before[:1]
    left = state(project, f"select count(*) from journeys.touchpoints where session_key = {before[1]}")
    assert left.item() == 0


CASES: list[dict[str, Any]] = json.loads((SESSIONS / "session_boundaries" / "cases.json").read_text())["cases"]
DEFINITIONS = {
    "reference_recommended": "",
    "posthog_js": '[sessions]\ntimeout = "30m"\nmax_duration = "24h"\n',
    "amplitude_web_sdk": '[sessions]\ntimeout = "30m"\nmax_duration = "off"\n',
    "amplitude_mobile_sdk": '[sessions]\ntimeout = "5m"\nmax_duration = "off"\n',
    "ga4": '[sessions]\ntimeout = "30m"\nmax_duration = "off"\n',
    "segment_dbt_0_7": '[sessions]\ntimeout = "30m"\nmax_duration = "off"\nsession_scope = "device"\n',
}
"""Settings that make ours the definition of each system."""

OUT_OF_SCOPE = {
    "rudderstack_dbt_sessionization": "counts whole minutes, so that 30:59 is no longer than 30",
    "fivetran_mixpanel_dbt": "counts minutes begun, and cuts at midnight",
    "matomo_default": "a gap of exactly 30 minutes cuts; cuts at midnight and at another campaign",
    "matomo_site_tz_new_york": "the same, at midnight of another zone",
}
WITHOUT_FRACTIONS = {("segment_dbt_0_7", "gap_30m00_001ms")}
"""Segment's package leaves fractions of seconds out, so that 30 minutes and a millisecond are 30 minutes."""

CLICKS = """
[[sources]]
name = "web"
type = "table"
files = ["clicks/*.csv"]
channel = "web"
key = ["event_id"]
time = { column = "occurred_at" }
[sources.fields]
event_type = { constant = "page_view" }
user_id = "customer"
campaign_name = "campaign"
"""


def test_every_definition_is_ours_or_out_of_scope() -> None:
    for case in CASES:
        assert set(case["expected_session_sizes"]) == {*DEFINITIONS, *OUT_OF_SCOPE}


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_gaps_at_the_boundaries_are_cut_by_the_definition(tmp_path: Path, definition: str) -> None:
    project = make_project(tmp_path, CLICKS, head=DEFINITIONS[definition])
    put(project, "clicks/cases.csv", _as_csv(CASES))
    night(project)
    sizes = state(
        project,
        """
        select user_id as name, list(touchpoints_count order by session_index) as sizes
        from journeys.sessions inner join staging.events on session_key = event_key group by user_id
        """,
    )
    found = {row["name"]: row["sizes"] for row in sizes.iter_rows(named=True)}
    expected = {
        case["case"]: wanted
        for case in CASES
        if (wanted := case["expected_session_sizes"][definition]) is not None
        and (definition, case["case"]) not in WITHOUT_FRACTIONS
    }
    assert {name: found[name] for name in expected} == expected


def _as_csv(cases: list[dict[str, Any]]) -> str:
    """Events of all cases, each with a customer of its own."""
    file = io.StringIO()
    writer = csv.DictWriter(file, ["event_id", "customer", "occurred_at", "campaign"])
    writer.writeheader()
    for case in cases:
        writer.writerows(event | {"customer": case["case"]} for event in case["events"])
    return file.getvalue()
