"""Google Analytics 4: the export to BigQuery, day tables taken out as NDJSON or Parquet, in one file or many.

There is no event id. The key is declared: stream_id, user_pseudo_id, ga_session_id, event_name, event_timestamp and
all event_params in the order of their names; rows alike in all of that are one event. ``event_timestamp`` is in
microseconds UTC; ``event_date`` is the day in the property's zone, and the partition. Google adds to a day table for
three days, and the intraday table repeats it until it is done: the newest export of a day replaces the older ones,
``events_*`` before ``events_intraday_*`` by the file's name, then by ``version``, the export's own mark in the name.
Since a day is replaced as a whole, each property needs a ``[[sources]]`` block of its own.

``user_pseudo_id`` is the browser, or the app's installation. Without consent it and the session are missing: such
rows are kept and belong to nobody. The campaign is that of the event (``collected_traffic_source``), else that of its
URL, never ``traffic_source``, which is the first touch of the user. A purchase is worth ``purchase_revenue``, a refund
``refund_value``, before what the tag said. Events that the tag sends by itself are no deliberate acts: the visit's
start, scrolling and engagement keep their own types; what the phone or an ad network does has the actor system.
"(not set)" is no value. What Google concludes (attribution, lifetime value) is left out, as are the details of
device, place and items; of items, the ids are kept. A parameter keeps its name in ``properties``. Programs cannot be
told from people: Google drops the bots it knows.
"""

import polars as pl

from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.sources.versions import FileNamePattern, no_version_in_name, version_in_name
from journey_analytics.transform.canonical import joined_key, joined_objects, judge, shown, snake_case
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock

_EVENT_TYPES = {
    "page_view": "page_view",
    "screen_view": "page_view",
    "first_visit": "session_start",
    "session_start": "session_start",
    "user_engagement": "page_ping",
    "scroll": "page_ping",
    "click": "click",
    "search": "search",
    "view_search_results": "search",
    "view_item": "product_view",
    "add_to_cart": "add_to_cart",
    "begin_checkout": "checkout_started",
    "purchase": "purchase",
    "ecommerce_purchase": "purchase",
    "refund": "refund",
    "purchase_refund": "refund",
    "sign_up": "sign_up",
    "login": "login",
    "share": "share",
    "first_open": "app_install",
    # Ads that the app shows for others, not ads for the business.
    "ad_impression": "publisher_ad_impression",
    "ad_click": "publisher_ad_click",
}
_BY_SYSTEM = (
    "ad_impression", "ad_exposure", "ad_query", "app_exception", "app_update", "os_update", "notification_receive",
    "notification_foreground",
)  # fmt: skip
_PARAMETERS = ("page_location", "page_referrer", "ga_session_id", "transaction_id", "currency", "value")
_CAMPAIGN = ("source", "medium", "campaign_name", "campaign_id")
_BATCH = ("batch_page_id", "batch_ordering_id", "batch_event_index")
_NAMED = {
    "platform": "platform",
    "stream_id": "stream_id",
    "device_category": "device.category",
    "country": "geo.country",
    "vendor_session_id": "event_params.ga_session_id",
    "order_id": "ecommerce.transaction_id",
    "campaign_term": "collected_traffic_source.manual_term",
    "campaign_content": "collected_traffic_source.manual_content",
}
"""Properties beside the parameters; a parameter of the same name stands in their place."""
_FIELDS = {
    "event_date": "event_date",
    "timestamp": "event_timestamp",
    "event": "event_name",
    "stream": "stream_id",
    "anonymous_id": "user_pseudo_id",
    "user_id": "user_id",
    "event_params": "event_params",
    **{name: f"event_params.{name}" for name in _PARAMETERS},
    **{f"manual_{name}": f"collected_traffic_source.manual_{name}" for name in _CAMPAIGN},
    "gclid": "collected_traffic_source.gclid",
    "revenue": "ecommerce.purchase_revenue",
    "refunded": "ecommerce.refund_value",
    "analytics_storage": "privacy_info.analytics_storage",
    "ads_storage": "privacy_info.ads_storage",
    **{name: name for name in _BATCH},
    **_NAMED,
    **{f"tagged {name}": f"event_params.{name}" for name in _NAMED},
}
_NOISE = (
    "collected_traffic_source", "ecommerce", "privacy_info", "device", "geo", "traffic_source",
    "session_traffic_source_last_click", "user_ltv", "app_info", "publisher", "event_dimensions", "is_active_user",
    "user_first_touch_timestamp", "event_previous_timestamp", "event_value_in_usd", "event_bundle_sequence_id",
    "event_server_timestamp_offset",
)  # fmt: skip
_MOST_PAGES = 9_000_000_000_000


class GA4Options(SourceOptions):
    """What differs between businesses.

    Attributes:
        event_types: Canonical event types of event names, beside the recommended ones of Google.
        version: A regular expression whose one group, in the file's name or path, says which export it is of.
    """

    event_types: dict[str, str] = {}
    version: FileNamePattern | None = None


def shapes(options: GA4Options) -> list[Shape]:
    """The one shape: an event."""
    return [
        Shape(
            "event",
            _FIELDS,
            lambda rows: _read(rows, options),
            pairs=("event_params", "user_properties"),
            plucked={"items": "item_id"},
            nested=("event_params",),
            flatten=("event_params",),
            drop=_NOISE,
            by_partition=True,
            occurred=Clock("microseconds"),
        )
    ]


def _read(events: pl.LazyFrame, options: GA4Options) -> pl.LazyFrame:
    texts = pl.col(list(_FIELDS)).exclude("event_params")
    rows = _judged(events.with_columns(texts.replace("(not set)", None)), options)
    event = pl.col("event")
    event_type = pl.coalesce(
        event.replace_strict(_EVENT_TYPES | options.event_types, default=None, return_dtype=pl.String),
        snake_case(event),
    )
    is_purchase, is_refund = event_type == "purchase", event_type == "refund"
    parts = ("stream", "anonymous_id", "ga_session_id", "event", "timestamp", "event_params")
    return read_landing(
        rows.with_columns(
            key=joined_key(*parts),
            partition="event_date",
            partition_version=_export(options),
            occurred_at="timestamp",
            source_order=_order(),
            channel=pl.lit("web"),
            actor=pl.when(event.is_in(_BY_SYSTEM)).then(pl.lit("system")).otherwise(pl.lit("customer")),
            event_type=event_type,
            event_name=event,
            page_url="page_location",
            referrer="page_referrer",
            campaign_source="manual_source",
            campaign_medium="manual_medium",
            campaign_name="manual_campaign_name",
            campaign_id="manual_campaign_id",
            click_id="gclid",
            click_id_type=pl.when(pl.col("gclid").is_not_null()).then(pl.lit("gclid")),
            value=pl.when(is_purchase).then(pl.coalesce("revenue", "value"))
            .when(is_refund).then(pl.coalesce("refunded", "value")),
            consent=_consent(),
            properties=_properties(pl.when(~is_purchase & ~is_refund).then("value")),
        )
    )  # fmt: skip


def _judged(rows: pl.LazyFrame, options: GA4Options) -> pl.LazyFrame:
    day = pl.col("event_date")
    is_day = day.str.contains(r"^\d{8}$") & day.str.to_date("%Y%m%d", strict=False).is_not_null()
    not_whole = [pl.col(name).is_not_null() & ~pl.col(name).str.contains(r"^\d{1,18}$") for name in _BATCH]
    no_pairs = pl.col("event_params").str.starts_with("[")
    return judge(
        rows,
        rejects=[
            ("event_name", pl.col("event").is_null(), "event_name is missing"),
            ("event_date", ~is_day.fill_null(value=False),
             pl.format("event_date '{}' is not a date YYYYMMDD", shown("event_date"))),
            ("event_params", no_pairs, "event_params is not a list of keys and values"),
            ("batch", pl.any_horizontal(not_whole), f"one of {', '.join(_BATCH)} is not a whole number"),
            *([no_version_in_name(options.version)] if options.version else []),
        ],
    )  # fmt: skip


def _export(options: GA4Options) -> pl.Expr:
    """Which export of a day: the daily table's come after all of the intraday table's."""
    unfinished = pl.col("file_name").str.contains(r"(?i)(?:^|[_.-])(?:intraday|fresh)(?:[_.-]|$)")
    table = pl.when(unfinished).then(pl.lit("0")).otherwise(pl.lit("1"))
    return pl.concat_str(table, version_in_name(options.version), separator=":") if options.version else table


def _order() -> pl.Expr:
    """Page, request and place in the request as one number that sorts as they do."""
    limits = (_MOST_PAGES, 999, 999)
    page, request, place = (
        pl.col(name).cast(pl.Int64, strict=False).fill_null(0).clip(0, limit)
        for name, limit in zip(_BATCH, limits, strict=True)
    )
    given = pl.any_horizontal(pl.col(_BATCH).is_not_null())
    return pl.when(given).then(page * 1_000_000 + request * 1_000 + place).cast(pl.String)


def _consent() -> pl.Expr:
    """One word where both kinds of storage agree or one is unknown, else both."""
    words = {"yes": "granted", "no": "denied"}
    analytics, ads = (
        pl.col(name).str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.String)
        for name in ("analytics_storage", "ads_storage")
    )
    return (
        pl.when(analytics.is_null()).then(pl.format("ads={}", ads))
        .when(ads.is_not_null() & (ads != analytics)).then(pl.format("analytics={},ads={}", analytics, ads))
        .otherwise(analytics)
    )  # fmt: skip


def _properties(value: pl.Expr) -> pl.Expr:
    """What Google's columns say under plain names, and the parameters."""
    named = {"value": value} | {name: pl.coalesce(f"tagged {name}", name) for name in _NAMED}
    named["order_id"] = pl.coalesce("order_id", "transaction_id", "tagged order_id")
    members = [
        pl.when(text.is_not_null()).then(pl.struct(text.alias(name)).struct.json_encode())
        for name, text in named.items()
    ]
    return joined_objects(*members, pl.col("properties"))


SOURCE = Source("ga4", shapes, GA4Options)
