"""A customer is explained by the rules that linked the identifiers; addresses are shown in part."""

import pytest

from journey_analytics.config import Project
from journey_analytics.errors import UsageError
from journey_analytics.steps.explain_customer import explain_customer
from tests.projects import SEGMENT, make_project, message, night, put, state


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = make_project(tmp_path_factory.mktemp("project"), SEGMENT)
    at = "2026-03-02T09:00:00Z"
    ann = {"type": "identify", "traits": {"email": "ann.lee@example.com"}}
    rows = [
        message(1, at, anonymousId="phone", userId="u1", **ann),
        message(2, at, anonymousId="phone"),
        message(3, at, anonymousId="family-pc", userId="u1"),
        message(4, at, anonymousId="family-pc", userId="u2"),
    ]
    put(project, "web/a.ndjson", "\n".join(rows))
    night(project)
    return project


def test_each_identifier_comes_with_the_rule_that_linked_it(project: Project) -> None:
    found = explain_customer(project, "u1")
    rules = {(row["kind"], row["value"]): row["rule"] for row in found.document["identifiers"]}
    assert rules == {
        ("user_id", "u1"): "user_id",
        ("email", "a…@example.com"): "one_profile",
        ("anonymous_id", "phone"): "one_profile",
    }
    assert [row["value"] for row in found.document["not_theirs"]] == ["family-pc"]
    assert any("seen with several customer numbers" in line for line in found.lines)
    assert not any("ann.lee" in line for line in found.lines)


def test_a_customer_is_found_by_id_and_by_address(project: Project) -> None:
    owner = state(
        project, "select printf('%016x', customer_key) as id from journeys.identities where value = 'u1'"
    ).item()
    for name in (owner, owner.upper(), "Ann.Lee@Example.com", "phone"):
        assert explain_customer(project, name).document["customer_id"] == owner


def test_nobody_is_a_usage_error(project: Project) -> None:
    with pytest.raises(UsageError, match="no customer has the id or the identifier 'nobody'"):
        explain_customer(project, "nobody")
