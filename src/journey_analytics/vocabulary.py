"""The closed words of the field: channels, actors, event types, outcomes, identifier kinds.

One word per concept, in the same spelling in SQL, Python, TOML and reports. GLOSSARY.md explains them.
"""

from enum import StrEnum


class Channel(StrEnum):
    """Where a contact happened."""

    WEB = "web"
    EMAIL = "email"
    AD = "ad"
    SUPPORT = "support"
    SURVEY = "survey"
    SOCIAL = "social"
    STORE = "store"
    OTHER = "other"


class Actor(StrEnum):
    """Who acted. An agent of the company is ``company``; a rule or a timer is ``system``."""

    CUSTOMER = "customer"
    COMPANY = "company"
    SYSTEM = "system"


class Outcome(StrEnum):
    """What became of a journey or a stage visit at the watermark."""

    MOVED_ON = "moved_on"
    COMPLETED = "completed"
    DROPPED_OFF = "dropped_off"
    OPEN = "open"


class TimePrecision(StrEnum):
    """How exactly an event is timed; ``day`` stands at the start of the local day."""

    INSTANT = "instant"
    DAY = "day"


EVENT_TYPES = (
    "page_view", "page_ping", "click", "search", "session_start", "identify", "alias",
    "sign_up", "login", "product_view", "add_to_cart", "checkout_started", "purchase", "refund",
    "feature_used", "app_install",
    "email_sent", "email_delivered", "email_deferred", "email_dropped", "email_bounce",
    "email_open", "email_click", "email_spam_report", "email_subscribe", "email_unsubscribe",
    "ad_impression", "ad_click",
    "ticket_created", "ticket_comment", "ticket_status_changed", "ticket_solved", "ticket_reopened",
    "csat_offered", "csat_response", "nps_response", "ces_response",
    "review", "referral", "share",
)  # fmt: skip
"""Canonical event types. Others keep the vendor's name in snake_case."""

NEVER_INTERACTIONS = (
    "ad_impression", "session_start", "page_ping", "identify", "alias", "refund",
    "email_sent", "email_delivered", "email_deferred", "email_dropped", "email_bounce",
    "csat_offered", "ticket_status_changed", "ticket_solved",
)  # fmt: skip
"""Event types that are never a deliberate act of the customer, whoever the actor is."""

CLICK_ID_TYPES = ("gclid", "gbraid", "wbraid", "fbclid", "msclkid", "ttclid", "li_fat_id", "twclid")
"""Click ids that landing URLs carry, in the order in which the first one present is taken."""

BLOCKED_IDENTIFIERS = (
    "", "0", "-1", "null", "none", "nil", "nan", "undefined", "anonymous", "unknown", "test", "n/a",
    "00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000",
)  # fmt: skip
"""Values (compared lower-cased and trimmed) that vendors write where there is no identifier."""

START = "(start)"
UNMAPPED = "(unmapped)"
OUTCOME_NODES = {
    Outcome.COMPLETED: "(completed)",
    Outcome.DROPPED_OFF: "(dropped_off)",
    Outcome.OPEN: "(open)",
}
"""Names of the nodes of the transition graph that are not stages; the brackets keep them apart from stages."""
