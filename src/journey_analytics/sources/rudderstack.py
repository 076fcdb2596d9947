"""RudderStack: one message per line, by the same specification as Segment's, with differences of its own.

``messageId`` is the key: delivery is at least once. ``timestamp`` is the time to trust, computed as at Segment from the
client's clock and the time of arrival; ``originalTimestamp`` and ``sentAt`` are client clocks. An id that is an empty
text is missing. Traits stand in ``context.traits``, of an identify call and of every call after it; only the
identify and group calls keep them. ``context.sessionId`` and ``sessionStart`` become the properties ``session_id`` and
``session_start``: sessions here are cut anew for every source alike. Consent is
``context.consentManagement``, or ``context.consent`` as Segment writes it. ``merge`` calls are skipped: RudderStack
withdrew them, and they tied identifiers for a warehouse, not for the visit.
"""

import polars as pl

from journey_analytics.sources.event_calls import CallOptions, call_shape, consent_of, stated_consent
from journey_analytics.sources.source import Shape, Source
from journey_analytics.transform.canonical import joined_objects

_FIELDS = {
    "session": "context.sessionId",
    "starts_session": "context.sessionStart",
    "allowed": "context.consentManagement.allowedConsentIds",
    "denied": "context.consentManagement.deniedConsentIds",
    "category_preferences": "context.consent.categoryPreferences",
}


def shapes(options: CallOptions) -> list[Shape]:
    """The one shape: a message."""
    merge = pl.col("call").str.to_lowercase() == "merge"
    skips = (("merge", merge, "a merge call ties identifiers, and is no contact"),)
    return [call_shape(options, _FIELDS, ("allowed", "denied", "category_preferences"), _own, skips)]


def _own() -> dict[str, pl.Expr]:
    session = pl.struct(session_id="session", session_start=pl.col("starts_session") == "true").struct.json_encode()
    return {
        "properties": joined_objects(pl.col("properties"), pl.when(pl.col("session").is_not_null()).then(session)),
        "consent": pl.coalesce(
            stated_consent(_names(pl.col("allowed")), _names(pl.col("denied"))),
            consent_of(pl.col("category_preferences")),
        ),
    }


def _names(array: pl.Expr) -> pl.Expr:
    """Texts of a JSON array."""
    return array.str.extract_all(r'"(?:[^"\\]|\\.)*"').list.eval(
        pl.element().str.slice(1, pl.element().str.len_chars() - 2)
    )


SOURCE = Source("rudderstack", shapes, CallOptions)
