from pathlib import Path
from typing import Any

from tests.projects import SEGMENT, load, make_project, message, put, state

RUDDERSTACK = SEGMENT.replace('"segment"', '"rudderstack"')
AT = "2026-03-02T09:00:00Z"


def loaded(folder: Path, block: str, *lines: str) -> dict[str, Any]:
    project = make_project(folder, block)
    put(project, "web/a.ndjson", "\n".join(lines))
    load(project, "web")
    return state(project, "from staging.events").row(0, named=True)


def test_segment_says_the_consent_that_a_message_is_stamped_with(tmp_path: Path) -> None:
    preferences = {"Functional": True, "Advertising": False, 'Say "yes"': True}
    line = message(1, AT, context={"consent": {"categoryPreferences": preferences}})
    found = loaded(tmp_path, SEGMENT, line)
    assert found["consent"] == 'Advertising=denied,Functional=granted,Say \\"yes\\"=granted'
    assert loaded(tmp_path / "none", SEGMENT, message(1, AT, context={"consent": {}}))["consent"] is None


def test_a_landing_page_is_read_from_the_context_where_the_call_has_no_url(tmp_path: Path) -> None:
    page = {"url": "https://shop.example.com/?UTM_Source=google&utm_medium=&gclid=g1&gclid=g2#utm_medium=email"}
    for number, block in enumerate((SEGMENT, RUDDERSTACK)):
        found = loaded(tmp_path / str(number), block, message(1, AT, context={"page": page}, properties={"url": ""}))
        campaign = (found["campaign_source"], found["campaign_medium"], found["click_id"], found["click_id_type"])
        assert campaign == ("google", "cpc", "g1", "gclid")
        assert found["page_url"] == page["url"]


def test_traits_lose_what_tells_who_it_is_and_keep_the_rest(tmp_path: Path) -> None:
    traits = {"email": "a@example.com", "name": "Ann", "phone": "1", "address": {"city": "Lyon"}, "plan": "free"}
    for number, block in enumerate((SEGMENT, RUDDERSTACK)):
        found = loaded(tmp_path / str(number), block, message(1, AT, type="identify", userId="u1", traits=traits))
        assert (found["email"], found["properties"]) == ("a@example.com", '{"plan":"free"}')


def test_properties_that_are_a_text_reject_the_row(tmp_path: Path) -> None:
    project = make_project(tmp_path, SEGMENT)
    put(project, "web/a.ndjson", message(1, AT) + "\n" + message(2, AT, properties="x:null"))
    found = load(project, "web")
    assert (found.loaded_count, found.rejected_count) == (1, 1)
    reason = state(project, "select reason from ops.rejected_rows").item()
    assert reason == "expected an object or a list in event_properties, found a text or a number"


def test_an_e_mail_that_is_an_empty_text_does_not_hide_the_other_one(tmp_path: Path) -> None:
    line = message(1, AT, type="identify", traits={"email": ""}, context={"traits": {"email": "b@example.com"}})
    assert loaded(tmp_path, RUDDERSTACK, line)["email"] == "b@example.com"
