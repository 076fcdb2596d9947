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


class PurchasePhase(StrEnum):
    """Where a touchpoint stands to the purchases of its customer."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


EVENT_TYPES = {
    "page_view": "A page or a screen was looked at.",
    "page_ping": "A page is still open.",
    "click": "A click on a page.",
    "search": "A search in the shop or on the site.",
    "session_start": "A tracking tool began a session of its own.",
    "identify": "A tracking tool learned who it is.",
    "alias": "A tracking tool learned that two ids are one person.",
    "sign_up": "An account was made.",
    "login": "Somebody logged in.",
    "product_view": "A product was looked at.",
    "add_to_cart": "A product was put into the cart.",
    "checkout_started": "The checkout was begun.",
    "purchase": "Something was bought; the value is what was paid.",
    "refund": "Money was given back.",
    "feature_used": "A function of the product was used.",
    "app_install": "The app was installed.",
    "email_sent": "An e-mail was sent.",
    "email_delivered": "The e-mail arrived.",
    "email_deferred": "The other side asked to try again later.",
    "email_dropped": "The e-mail was not sent after all.",
    "email_bounce": "The e-mail came back.",
    "email_open": "The e-mail was opened, by a person or by a mail program.",
    "email_click": "A link in the e-mail was clicked.",
    "email_spam_report": "The e-mail was reported as spam.",
    "email_subscribe": "Somebody joined a mailing list.",
    "email_unsubscribe": "Somebody left a mailing list.",
    "ad_impression": "An ad was shown.",
    "ad_click": "An ad was clicked.",
    "ticket_created": "A question came to the help desk.",
    "ticket_comment": "Somebody wrote on a ticket.",
    "ticket_status_changed": "A ticket has another status.",
    "ticket_solved": "A ticket was solved.",
    "ticket_reopened": "A solved ticket was opened again.",
    "csat_offered": "The customer was asked how content they are.",
    "csat_response": "The customer said how content they are; the score is the answer.",
    "nps_response": "The customer said how likely they are to recommend; the score is the answer.",
    "ces_response": "The customer said how easy it was; the score is the answer.",
    "review": "A review was written.",
    "referral": "Somebody else was invited.",
    "share": "A product, a cart or a page was shared.",
}
"""Canonical event types, and what they mean. Others keep the vendor's name in snake_case."""

NEVER_INTERACTIONS = (
    "ad_impression", "session_start", "page_ping", "identify", "alias", "refund",
    "email_sent", "email_delivered", "email_deferred", "email_dropped", "email_bounce",
    "csat_offered", "ticket_status_changed", "ticket_solved",
)  # fmt: skip
"""Event types that are never a deliberate act of the customer, whoever the actor is."""

CLICK_ID_TYPES = ("gclid", "gbraid", "wbraid", "fbclid", "msclkid", "ttclid", "li_fat_id", "twclid")
"""Click ids that landing URLs carry, in the order in which the first one present is taken."""

BLOCKED_IDENTIFIERS = (
    "", "0", "-1", "null", "none", "nil", "nan", "undefined", "anonymous", "unknown", "test", "n/a", "true", "false",
    "00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000",
)  # fmt: skip
"""Values (compared lower-cased and trimmed) that vendors write where there is no identifier."""

START = "(start)"
UNMAPPED = "(unmapped)"
OTHER = "(other)"
"""What stands for all that is too rare to be named."""

OUTCOME_NODES = {
    Outcome.COMPLETED: "(completed)",
    Outcome.DROPPED_OFF: "(dropped_off)",
    Outcome.OPEN: "(open)",
}
"""Names of the nodes of the transition graph that are not stages; the brackets keep them apart from stages."""
