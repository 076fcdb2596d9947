"""The definitions once more, slowly and obviously: one loop over one customer's events at a time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

Event = dict[str, Any]


def in_order(events: Iterable[Event]) -> list[Event]:
    """The total order: time, source, the vendor's order (none last), id."""
    last = 10**9
    return sorted(
        events,
        key=lambda event: (
            event["occurred_at"],
            event["source"],
            last if event["source_order"] is None else event["source_order"],
            event["event_id"],
        ),
    )


def touchpoints(events: list[Event]) -> list[Event]:
    """One customer's events in order, without clicks known by their day whose landing is there too."""
    kept = []
    for event in events:
        is_twin = event["time_precision"] == "day" and event["click_id"] is not None and any(
            other["time_precision"] == "instant"
            and other["click_id"] == event["click_id"]
            and other["occurred_at"].date() == event["occurred_at"].date()
            for other in events
        )  # fmt: skip
        if not is_twin:
            kept.append(event)
    return in_order(kept)


NEVER = {
    "ad_impression", "session_start", "page_ping", "identify", "alias", "refund", "email_sent", "email_delivered",
    "email_deferred", "email_dropped", "email_bounce", "email_open", "csat_offered", "ticket_status_changed", "ticket_solved",
}  # fmt: skip


def is_interaction(event: Event) -> bool:
    """A deliberate act of the customer."""
    return event["actor"] == "customer" and not event["is_machine"] and event["event_type"] not in NEVER


def sessions_by_device(points: list[Event], timeout: timedelta, longest: timedelta) -> list[list[str]]:
    """Event ids of each session of one customer that never spans browsers, in the order of their first events."""
    browsers: dict[str | None, list[Event]] = defaultdict(list)
    for event in points:
        browsers[event["anonymous_id"]].append(event)
    found = [session for own in browsers.values() for session in sessions(own, timeout, longest)]
    order = [event["event_id"] for event in points]
    return sorted(found, key=lambda session: order.index(session[0]))


def sessions(points: list[Event], timeout: timedelta, longest: timedelta) -> list[list[str]]:
    """Event ids of each session of one customer."""
    found: list[list[Event]] = []
    for event in points:
        if not is_interaction(event) or event["time_precision"] == "day":
            continue
        if (
            found
            and event["occurred_at"] - found[-1][-1]["occurred_at"] <= timeout
            and event["occurred_at"] - found[-1][0]["occurred_at"] <= longest
        ):
            found[-1].append(event)
        else:
            found.append([event])
    return [[event["event_id"] for event in session] for session in found]


def stage_of(event: Event, earlier: list[Event]) -> str | None:
    """Stage of an interaction by the shipped lifecycle model, written out by hand."""
    kind = event["event_type"]
    seen = [before["event_type"] for before in earlier]
    customer = [
        before for before in earlier if before["event_type"] in ("sign_up", "purchase", "login", "feature_used")
    ]
    if kind in ("email_unsubscribe", "email_spam_report"):
        return None
    if kind in ("review", "referral", "share"):
        return "advocacy"
    if [*seen, kind].count("purchase") >= 2 or [*seen, kind].count("feature_used") >= 3:
        return "engagement"
    if customer and event["occurred_at"] - customer[0]["occurred_at"] > timedelta(days=30):
        return "engagement"
    if not customer:
        if kind in (
            "sign_up",
            "purchase",
            "product_view",
            "add_to_cart",
            "checkout_started",
            "search",
            "email_subscribe",
        ):
            return "acquisition"
        plain = ("page_view", "click", "ad_click", "email_click", "email_open", "ticket_created", "ticket_comment")
        intent = {"product_view", "add_to_cart", "checkout_started", "search"} & set(seen)
        if kind in plain:
            return "acquisition" if intent else "awareness"
        if kind == "app_install":
            return "awareness"
    return "onboarding" if customer or kind in ("login", "feature_used") else None


def journeys(points: list[Event], lapse_after: timedelta) -> list[dict[str, Any]]:
    """Journeys of one customer: event ids of their interactions, and visits as (stage, entered at)."""
    found: list[dict[str, Any]] = []
    for place, event in enumerate(points):
        if not is_interaction(event):
            continue
        at: datetime = event["occurred_at"]
        if not found or at - found[-1]["last"] > lapse_after:
            found.append({"events": [], "visits": [], "last": at})
        journey = found[-1]
        journey["events"].append(event["event_id"])
        journey["last"] = at
        stage = stage_of(event, points[:place])
        if stage is not None and (not journey["visits"] or journey["visits"][-1][0] != stage):
            journey["visits"].append((stage, at))
    return found


def by_customer(events: list[Event]) -> dict[int, list[Event]]:
    """Events of each customer."""
    found: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        found[event["customer_key"]].append(event)
    return dict(found)


PRIORITY = ("user_id", "email", "desk_id", "anonymous_id", "device_id")
DEVICES = ("anonymous_id", "device_id")
Identifier = tuple[str, str]


def members(row: dict[str, Any]) -> list[Identifier]:
    """Identifiers of a set."""
    found = [(kind, row[kind]) for kind in ("user_id", "email", *DEVICES) if row[kind]]
    found += [(entry["kind"], entry["value"]) for entry in row["vendor_ids"] or []]
    if row["previous_id"]:
        found += [("user_id", row["previous_id"]), ("anonymous_id", row["previous_id"])]
    return list(dict.fromkeys(found))


def identities(
    rows: list[dict[str, Any]], max_values: int, *, last_user: bool
) -> tuple[dict[Identifier, Identifier], dict[int, Identifier]]:
    """Owner of every identifier and of every set, each rule of the definitions in its words."""
    sets = {row["set_key"]: members(row) for row in rows}
    first: dict[Identifier, Any] = {}
    for row in rows:
        for one in members(row):
            times = [time for time in (first.get(one), row["first_occurred_at"]) if time is not None]
            first[one] = min(times) if times else None
    everyone = set(first)
    partners: dict[Identifier, set[Identifier]] = {one: set() for one in everyone}
    for found in sets.values():
        for one in found:
            partners[one] |= set(found) - {one}

    def rank(one: Identifier) -> tuple[int, bool, Any, str]:
        return PRIORITY.index(one[0]), first[one] is None, first[one] or 0, one[1]

    def is_over(one: Identifier) -> bool:
        higher = [kind for kind in PRIORITY if PRIORITY.index(kind) < PRIORITY.index(one[0])]
        return any(sum(other[0] == kind for other in partners[one]) > max_values for kind in higher)

    over = {one for one in everyone if is_over(one)}
    users = {one for one in everyone if one[0] == "user_id"}
    owner_class: dict[Identifier, frozenset[Identifier]] = {}
    for user in users:
        owner_class[user] = frozenset(_reachable(user, lambda one: partners[one] & users))
    owned: dict[Identifier, frozenset[Identifier]] = {}
    shared: set[Identifier] = set()
    for one in everyone - users - over:
        classes = {owner_class[user] for user in partners[one] & users}
        if len(classes) == 1:
            owned[one] = classes.pop()
        elif len(classes) > 1:
            shared.add(one)
    free = everyone - users - over - shared - set(owned)
    profile: dict[Identifier, frozenset[Identifier]] = {}
    for one in free:
        component = frozenset(_reachable(one, lambda other: partners[other] & free))
        touched = {owned[other] for each in component for other in partners[each] if other in owned}
        profile[one] = touched.pop() if len(touched) == 1 else component
    groups: dict[Identifier, frozenset[Identifier]] = {user: owner_class[user] for user in users} | owned | profile
    groups |= {one: frozenset([one]) for one in over | shared}
    everyone_of: dict[frozenset[Identifier], list[Identifier]] = defaultdict(list)
    for one, group in groups.items():
        everyone_of[group].append(one)
    owners = {one: min(everyone_of[group], key=rank) for one, group in groups.items()}
    claiming = {one for one in shared if one[0] in DEVICES and last_user}
    owners |= {device: owners[_last_user(device, rows, rank)] for device in claiming}
    of_sets = {}
    for index, found in sets.items():
        claims = [one for one in found if one in claiming]
        settled = [one for one in found if one not in over | shared]
        best = claims or settled or found
        if best:
            of_sets[index] = owners[min(best, key=rank)]
    return owners, of_sets


def _last_user(device: Identifier, rows: list[dict[str, Any]], rank: Any) -> Identifier:
    """The user id seen on a device last; of two the one that comes later in the order of names."""
    seen = [
        (row["last_occurred_at"] is not None, row["last_occurred_at"] or 0, rank(user), user)
        for row in rows
        if device in members(row)
        for user in members(row)
        if user[0] == "user_id"
    ]
    return max(seen)[-1]


def _reachable(start: Identifier, step: Any) -> set[Identifier]:
    seen, waiting = {start}, [start]
    while waiting:
        for other in step(waiting.pop()) - seen:
            seen.add(other)
            waiting.append(other)
    return seen
