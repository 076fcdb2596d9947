"""Where a contact came from: through others, by a source of the business's own, or by none that is known.

The source of a touchpoint is its own if it says one, by its channel, campaign or click id; otherwise that of the first
interaction of its session, which may say it by its referrer, too. Later in a session a referrer says little: a payment
page brings back who was there before.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.arrays.segments import Rows
from journey_analytics.transform.channel_groups import channel_group
from journey_analytics.transform.coded_texts import equals
from journey_analytics.transform.distinct import per_distinct
from journey_analytics.transform.sessions import Sessions
from journey_analytics.transform.touchpoints import Touchpoints
from journey_analytics.vocabulary import Channel

THROUGH_OTHERS = ("Organic Social", "Organic Video", "Referral")
"""Channel groups of those whom other people or sites brought."""
WORD_OF_MOUTH = ("review", "referral", "share")
"""Event types that are contacts through others wherever they happen."""


class Source(IntEnum):
    """Where a contact came from."""

    UNKNOWN = 0
    OWN = 1
    OTHERS = 2


Sources = npt.NDArray[np.uint8]


def said_sources(events: pl.DataFrame) -> Sources:
    """The source that each event says itself, its referrer aside."""
    group, is_web = pl.col("channel_group").cast(pl.String), pl.col("channel").cast(pl.String) == Channel.WEB.value
    brought = pl.col("entry_channel").cast(pl.String)
    by_others = (brought == Channel.SOCIAL.value) | group.is_in(THROUGH_OTHERS)
    by_own = ~is_web | (brought != Channel.WEB.value) | (group != "Direct") | pl.col("click_id").is_not_null()
    source = pl.when(by_others).then(Source.OTHERS).when(by_own).then(Source.OWN).otherwise(Source.UNKNOWN)
    return events.select(source.cast(pl.UInt8)).to_series().to_numpy()


def contact_sources(touchpoints: Touchpoints, sessions: Sessions, said: Sources) -> pl.DataFrame:
    """Whether touchpoints came through others, or from nowhere that is known.

    Args:
        touchpoints: Touchpoints.
        sessions: Their sessions.
        said: ``said_sources`` of all events.

    Returns:
        ``is_indirect_contact`` and ``is_direct_traffic``: an interaction on the web whose source is not known.
    """
    source = said[touchpoints.row]
    alone = np.flatnonzero(touchpoints.is_interaction & ~touchpoints.in_session)
    entries = np.concatenate([sessions.first, alone])
    entries = entries[source[entries] == Source.UNKNOWN]
    source[entries] = _of_referrers(touchpoints, entries)
    of_session = sessions.cut.spread(source[sessions.first])
    own = source[sessions.members]
    source[sessions.members] = np.where(own == Source.UNKNOWN, of_session, own)
    is_web = equals(touchpoints.events.frame["channel"], Channel.WEB)[touchpoints.row]
    return pl.DataFrame(
        {
            "is_indirect_contact": (source == Source.OTHERS) | touchpoints.event_type.among(WORD_OF_MOUTH),
            "is_direct_traffic": (source == Source.UNKNOWN) & is_web & touchpoints.is_interaction,
        }
    )


def _of_referrers(touchpoints: Touchpoints, which: Rows) -> Sources:
    """The source of some touchpoints by their referrer; unknown where it is a page of the same site, or none."""
    if touchpoints.is_unknown("referrer") or touchpoints.is_unknown("page_url"):
        return np.zeros(len(which), dtype=np.uint8)
    pages = pl.DataFrame({name: touchpoints.values(name, which).cast(pl.String) for name in ("referrer", "page_url")})
    return pages.select(per_distinct(pl.struct("referrer", "page_url"), _of_pages, pl.UInt8)).to_series().to_numpy()


def _of_pages(pages: pl.Expr) -> pl.Expr:
    referrer, page = (_host(pages.struct.field(name)) for name in ("referrer", "page_url"))
    is_elsewhere = ~(_is_within(referrer, page) | _is_within(page, referrer))
    group = channel_group(referrer, pl.lit("referral"), pl.lit(None, pl.String))
    source = pl.when(group.is_in(THROUGH_OTHERS)).then(Source.OTHERS).otherwise(Source.OWN)
    return pl.when(is_elsewhere).then(source).otherwise(Source.UNKNOWN).cast(pl.UInt8)


def _host(address: pl.Expr) -> pl.Expr:
    return address.str.extract(r"^https?://([^/?#:]+)").str.to_lowercase().str.strip_prefix("www.")


def _is_within(host: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.format(".{}", host).str.ends_with(pl.format(".{}", other))
