"""Segment: one message per line, as the tracking libraries send them (track, page, screen, identify, group, alias).

``messageId`` is the key: the libraries retry, and a retry repeats it. ``timestamp`` is the time to trust; it is
``receivedAt - (sentAt - originalTimestamp)``, so that a client whose clock is wrong does no harm, while
``originalTimestamp`` and ``sentAt`` are client clocks. Click ids stand only in the landing URL. Consent is what the
message is stamped with: ``context.consent.categoryPreferences``.
"""

import polars as pl

from journey_analytics.sources.event_calls import CallOptions, call_shape, consent_of
from journey_analytics.sources.source import Shape, Source

_FIELDS = {"category_preferences": "context.consent.categoryPreferences"}


def shapes(options: CallOptions) -> list[Shape]:
    """The one shape: a message."""
    return [
        call_shape(
            options, _FIELDS, ("category_preferences",), lambda: {"consent": consent_of(pl.col("category_preferences"))}
        )
    ]


SOURCE = Source("segment", shapes, CallOptions)
