"""Identity

A row of what is given is an event with the identifiers that it carries; `first_at` is when that was first seen,
`last_at` when last. What comes out is each identifier with the profile that it belongs to, and the rule that decided. A profile is named by its
best identifier. An event without any identifier is nobody's.
"""

import polars as pl

from journey_analytics.config import SharedDevice
from journey_analytics.transform.identities import resolve_identities
from tests.tables import assert_rows, identifier_sets


def check(given: str, expected: str, shared_device: SharedDevice = "own_profile") -> None:
    found = resolve_identities(identifier_sets(given), shared_device=shared_device).identifiers
    shown = found.select(
        identifier=pl.concat_str("kind", pl.lit(" "), "value"),
        rule="rule",
        profile=pl.concat_str("owner_kind", pl.lit(" "), "owner_value"),
    )
    assert_rows(shown, expected)


def check_events(given: str, expected: str, shared_device: SharedDevice = "own_profile") -> None:
    sets = resolve_identities(identifier_sets(given), shared_device=shared_device).sets
    shown = sets.select(
        event=pl.format("e{}", pl.col("set_key") + 1),
        profile=pl.concat_str("owner_kind", pl.lit(" "), "owner_value"),
    )
    assert_rows(shown, expected)


def test_an_identifier_seen_with_one_profile_belongs_to_it() -> None:
    """An identifier that is seen with exactly one user id belongs to that profile; earlier anonymous visits follow it."""
    given = """
    user_id | email         | anonymous_id
            |               | cookie-1
    u1      |               | cookie-1
    u1      | a@example.com |
    """
    expected = """
    identifier            | rule        | profile
    user_id u1            | user_id     | user_id u1
    email a@example.com   | one_profile | user_id u1
    anonymous_id cookie-1 | one_profile | user_id u1
    """
    check(given, expected)


def test_a_shared_identifier_stands_alone() -> None:
    """An identifier seen with several profiles is shared: it joins none of them, and they are never joined by it."""
    given = """
    user_id | anonymous_id
    u1      | family-pc
    u2      | family-pc
    """
    expected = """
    identifier             | rule    | profile
    user_id u1             | user_id | user_id u1
    user_id u2             | user_id | user_id u2
    anonymous_id family-pc | shared  | anonymous_id family-pc
    """
    check(given, expected)


def test_two_user_ids_are_one_profile_only_through_an_alias() -> None:
    """An alias makes two user ids one profile; its previous id is a user id and also the anonymous id of that value."""
    given = """
    user_id | previous_id | anonymous_id | first_at
    new     | old         |              | 11:00
            |             | old          | 09:00
    old     |             |              | 10:00
    """
    expected = """
    identifier       | rule        | profile
    user_id old      | alias       | user_id old
    user_id new      | alias       | user_id old
    anonymous_id old | one_profile | user_id old
    """
    check(given, expected)


def test_a_component_that_touches_one_profile_joins_it() -> None:
    """Identifiers that no profile owns form components; one that touches exactly one profile joins it."""
    given = """
    user_id | email         | anonymous_id | click_id | click_id_type
    u1      | a@example.com |              |          |
            | a@example.com | cookie-1     |          |
            |               | cookie-1     | G1       | gclid
    """
    expected = """
    identifier            | rule        | profile
    user_id u1            | user_id     | user_id u1
    email a@example.com   | one_profile | user_id u1
    anonymous_id cookie-1 | component   | user_id u1
    gclid G1              | component   | user_id u1
    """
    check(given, expected)


def test_a_component_that_touches_two_profiles_stands_alone() -> None:
    """A component that touches two profiles joins neither."""
    given = """
    user_id | email         | anonymous_id
    u1      | a@example.com |
    u2      | b@example.com |
            | a@example.com | cookie-1
            | b@example.com | cookie-1
    """
    expected = """
    identifier            | rule        | profile
    user_id u1            | user_id     | user_id u1
    user_id u2            | user_id     | user_id u2
    email a@example.com   | one_profile | user_id u1
    email b@example.com   | one_profile | user_id u2
    anonymous_id cookie-1 | alone       | anonymous_id cookie-1
    """
    check(given, expected)


def test_without_a_user_id_a_component_is_a_profile_named_by_its_best_identifier() -> None:
    """A component of its own is named by its least identifier: by kind, then first seen, then value."""
    given = """
    email         | anonymous_id | vendor_id          | first_at
    a@example.com |              | zendesk_user_id=77 | 12:00
                  | cookie-1     | zendesk_user_id=77 | 09:00
    """
    expected = """
    identifier            | rule  | profile
    email a@example.com   | alone | email a@example.com
    zendesk_user_id 77    | alone | email a@example.com
    anonymous_id cookie-1 | alone | email a@example.com
    """
    check(given, expected)


def test_an_over_connected_identifier_makes_no_links() -> None:
    """An identifier seen with more than 5 values of one higher-priority kind makes no links; with 5 it is only shared."""
    given = """
    user_id | email
    u1      | info@example.com
    u2      | info@example.com
    u3      | info@example.com
    u4      | info@example.com
    u5      | info@example.com
    u6      | info@example.com
    u1      | team@example.com
    u2      | team@example.com
    u3      | team@example.com
    u4      | team@example.com
    u5      | team@example.com
    """
    expected = """
    kind  | value            | rule
    email | info@example.com | over_connected
    email | team@example.com | shared
    """
    assert_rows(resolve_identities(identifier_sets(given)).identifiers.filter(kind="email"), expected)


def test_values_that_mean_nothing_are_missing() -> None:
    """Empty values, 0, null, undefined, all-zero ids and their like are no identifiers."""
    given = """
    user_id   | anonymous_id
    undefined | cookie-1
    0         | cookie-2
    NULL      | 00000000-0000-0000-0000-000000000000
    """
    expected = """
    identifier            | rule  | profile
    anonymous_id cookie-1 | alone | anonymous_id cookie-1
    anonymous_id cookie-2 | alone | anonymous_id cookie-2
    """
    check(given, expected)


def test_an_event_belongs_to_its_user_id_else_to_its_best_identifier() -> None:
    """An event belongs to the profile of its user id, else of its best identifier that is not shared, else of its best."""
    given = """
    event | user_id | email         | anonymous_id
    e1    | u1      |               | family-pc
    e2    | u2      |               | family-pc
    e3    |         | c@example.com | family-pc
    e4    |         |               | family-pc
    e5    |         |               |
    """
    expected = """
    event | profile
    e1    | user_id u1
    e2    | user_id u2
    e3    | email c@example.com
    e4    | anonymous_id family-pc
    """
    check_events(given, expected)


def test_a_shared_device_may_belong_to_its_last_user() -> None:
    """With `shared_device = "last_user"` all events on a shared device are those of the user id seen there last."""
    given = """
    event | user_id | email         | anonymous_id | last_at
    e1    | u1      |               | family-pc    | 09:00
    e2    | u2      |               | family-pc    | 10:00
    e3    |         | c@example.com | family-pc    |
    e4    |         |               | family-pc    |
    e5    | u1      |               |              |
    e6    |         | c@example.com |              |
    """
    expected = """
    event | profile
    e1    | user_id u2
    e2    | user_id u2
    e3    | user_id u2
    e4    | user_id u2
    e5    | user_id u1
    e6    | email c@example.com
    """
    check_events(given, expected, "last_user")


def test_a_device_of_its_last_user_links_nobody() -> None:
    """A shared device that belongs to its last user links nobody to that user."""
    given = """
    user_id | email         | anonymous_id | last_at
    u1      |               | family-pc    | 09:00
    u2      |               | family-pc    | 10:00
            | c@example.com | family-pc    |
    """
    expected = """
    identifier             | rule      | profile
    user_id u1             | user_id   | user_id u1
    user_id u2             | user_id   | user_id u2
    email c@example.com    | alone     | email c@example.com
    anonymous_id family-pc | last_user | user_id u2
    """
    check(given, expected, "last_user")


def test_of_two_last_users_it_is_the_newcomer() -> None:
    """Of user ids seen there last at the same time it is the one first seen later, wherever; then the greatest."""
    given = """
    event | user_id | device_id | first_at | last_at
    e1    | u2      | till      | 09:00    | 12:00
    e2    | u1      | till      | 10:00    | 12:00
    e3    | u0      | till      | 10:00    | 12:00
    """
    expected = """
    event | profile
    e1    | user_id u1
    e2    | user_id u1
    e3    | user_id u1
    """
    check_events(given, expected, "last_user")


def test_an_over_connected_device_has_no_last_user() -> None:
    """A device with so many users that it is over-connected belongs to none of them; each event stays its own user's."""
    given = """
    event | user_id | anonymous_id | last_at
    e1    | u1      | library-pc   | 09:00
    e2    | u2      | library-pc   | 10:00
    e3    | u3      | library-pc   | 11:00
    e4    | u4      | library-pc   | 12:00
    e5    | u5      | library-pc   | 13:00
    e6    | u6      | library-pc   | 14:00
    e7    |         | library-pc   |
    """
    expected = """
    event | profile
    e1    | user_id u1
    e2    | user_id u2
    e3    | user_id u3
    e4    | user_id u4
    e5    | user_id u5
    e6    | user_id u6
    e7    | anonymous_id library-pc
    """
    check_events(given, expected, "last_user")


def test_what_cannot_be_decided_is_listed() -> None:
    """Shared and over-connected identifiers, and links between two profiles, are listed with how many they touch."""
    given = """
    user_id | email         | anonymous_id
    u1      | a@example.com |
    u2      |               | cookie-2
            | a@example.com | cookie-2
    u1      |               | family-pc
    u2      |               | family-pc
    """
    expected = """
    finding  | kind         | value     | profiles_count
    shared   | anonymous_id | family-pc | 2
    conflict | anonymous_id | cookie-2  | 2
    """
    assert_rows(resolve_identities(identifier_sets(given)).findings, expected)
