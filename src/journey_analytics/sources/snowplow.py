"""Snowplow: enriched events, as the pipeline's TSV (131 columns, no header) or as JSON of an analytics SDK.

``event_id`` is the key, together with ``event_fingerprint`` where the enrichment is on: collectors deliver at least
once, and bots reuse an id with another payload, which is another event. ``derived_tstamp`` is the time to trust; it is
``collector_tstamp - (dvce_sent_tstamp - dvce_created_tstamp)``; a pipeline too old to know it leaves
``collector_tstamp``. Times are UTC without saying so. An id of nothing but zeros is an anonymised visitor, so none.

A self-describing event stands in ``properties`` under the name that the SDKs give it, whichever form arrived
(``unstruct_event_com_acme_quiz_taken_1``); entities stand as the form has them, as ``contexts`` or one key per schema.
Enrichments that repeat the user agent, and whatever tells place or device closely, are left out. A transaction is the
purchase; its items are skipped. Bots are known by user agent, IAB list, YAUAA and bot detection. Consent is that of
``consent_preferences`` and the older consent events, else the basis in the GDPR entity.
"""

import polars as pl

from journey_analytics.sources.snowplow_columns import COLUMNS
from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.sources.user_agents import is_bot
from journey_analytics.transform.canonical import joined_objects, judge, snake_case, vendor_ids
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock
from journey_analytics.vocabulary import EVENT_TYPES

_KINDS = ("page_view", "page_ping", "struct", "unstruct", "transaction", "transaction_item")
_EVENT_TYPES = {
    "page_view": "page_view",
    "screen_view": "page_view",
    "page_ping": "page_ping",
    "transaction": "purchase",
    "link_click": "click",
    "button_click": "click",
    "site_search": "search",
    "add_to_cart": "add_to_cart",
    "application_install": "app_install",
}
_ECOMMERCE_ACTION = "snowplow_ecommerce_action"
_ECOMMERCE_TYPES = {"checkout_step": "checkout_started", "transaction": "purchase"}
_BY_SYSTEM = ("cmp_visible", "application_error", "application_background", "timing", "web_vitals")
_NETWORKS = {"google": "gclid", "microsoft": "msclkid"}
_CONSENT = {"allow_all": "granted", "deny_all": "denied"}
_CONSENT_EVENTS = {"consent_granted": "granted", "consent_withdrawn": "withdrawn"}
_ENTITIES = {
    "iab": ("com.iab.snowplow", "spiders_and_robots"),
    "yauaa": ("nl.basjes", "yauaa_context"),
    "bot": ("com.snowplowanalytics.snowplow", "bot_detection"),
    "client_bot": ("com.snowplowanalytics.snowplow", "client_side_bot_detection"),
    "gdpr": ("com.snowplowanalytics.snowplow", "gdpr"),
    "sale": ("com.snowplowanalytics.snowplow.ecommerce", "transaction"),
    "refund": ("com.snowplowanalytics.snowplow.ecommerce", "refund"),
}
_NESTED = ("contexts", "derived_contexts", "unstruct_event")
_AGENTS = ("contexts_com_iab_snowplow_spiders_and_robots_1", "contexts_nl_basjes_yauaa_context_1")
_READ = (
    "event", "event_name", "event_vendor", "event_version", "event_id", "event_fingerprint", "derived_tstamp",
    "collector_tstamp", "user_id", "domain_userid", "network_userid", "page_url", "page_referrer", "mkt_medium",
    "mkt_source", "mkt_campaign", "mkt_clickid", "mkt_network", "se_category", "se_action", "tr_total", "tr_currency",
    "useragent", "br_type", "dvce_ismobile", *_NESTED,
)  # fmt: skip
_NOISE = ("br_", "os_", "ip_", "v_", "doc_", "page_url", "refr_url", "dvce_screen", "etl_", "geo_")
_DROP = (
    *(name for name in COLUMNS if name.startswith(_NOISE) and name not in ("geo_country", *_READ)),
    "user_ipaddress", "user_fingerprint", "geo_location", "txn_id", "name_tracker", "event_format", "true_tstamp",
    "load_tstamp", "dvce_created_tstamp", "dvce_sent_tstamp", "refr_device_tstamp", "base_currency", "tr_total_base",
    "tr_tax_base", "tr_shipping_base", "ti_price_base", "tr_city", "tr_state",
    "contexts_com_snowplowanalytics_snowplow_ua_parser_context_1", "contexts_org_w3_performance_timing_1",
    "contexts_org_ietf_http_cookie_1", "contexts_org_ietf_http_header_1", "contexts_org_ietf_http_client_hints_1",
)  # fmt: skip


class SnowplowOptions(SourceOptions):
    """How your own events are to be understood.

    Attributes:
        event_types: Name of a schema, or ``category/action`` of a structured event, and the event type it means.
    """

    event_types: dict[str, str] = {}


def shapes(options: SnowplowOptions) -> list[Shape]:
    """The one shape: an enriched event."""
    return [
        Shape(
            "event",
            {name: name for name in (*_READ, *_AGENTS)},
            lambda rows: _read(rows, options),
            nested=(*_NESTED, *_AGENTS),
            embedded=_NESTED,
            drop=_DROP,
            occurred=Clock(zone="UTC"),
            received=Clock(zone="UTC"),
        )
    ]


def _read(rows: pl.LazyFrame, options: SnowplowOptions) -> pl.LazyFrame:
    """One event per row; items of a transaction are skipped."""
    kind, name, mobile = pl.col("event"), pl.col("event_name"), pl.col("dvce_ismobile")
    entities = {f"entity_{name}": _entity(*schema) for name, schema in _ENTITIES.items()}
    rows = rows.with_columns(
        pl.col("user_id", "domain_userid", "network_userid").str.replace(r"^[0-]+$", "").replace("", None),
        schema=_schema_key(),
        structured=pl.concat_str("se_category", "se_action", separator="/", ignore_nulls=True).replace("", None),
        **entities,
    )
    rows = rows.with_columns(data=_event_data()).with_columns(
        action=pl.when(name == _ECOMMERCE_ACTION).then(pl.col("data").str.json_path_match("$.type"))
    )
    judged = judge(
        rows,
        skips=[("transaction_item", kind == "transaction_item", "a line of a transaction, which is an event itself")],
        rejects=[
            ("event", ~kind.is_in(list(_KINDS)).fill_null(value=False), pl.format(
                f"unknown event '{{}}'; allowed: {', '.join(_KINDS)}", kind.fill_null(""))),
            ("key", pl.col("event_id").is_null(), "event_id is missing"),
            ("unstruct_event", pl.col("unstruct_event").is_not_null() & pl.col("data").is_null(),
             "the self-describing event holds no data"),
            ("dvce_ismobile", ~mobile.is_in(["1", "0", "true", "false"]), pl.format(
                "dvce_ismobile '{}' is neither 1 nor 0", mobile)),
        ],
    )  # fmt: skip
    event_type = _event_type(options)
    network = pl.col("mkt_network").str.to_lowercase().replace_strict(_NETWORKS, default=None, return_dtype=pl.String)
    sale, refund = pl.col("entity_sale"), pl.col("entity_refund")
    return read_landing(
        judged.with_columns(
            event_id=pl.concat_str("event_id", "event_fingerprint", separator=":", ignore_nulls=True),
            occurred_at=pl.coalesce("derived_tstamp", "collector_tstamp"),
            received_at="collector_tstamp",
            channel=pl.lit("web"),
            actor=pl.when(name.is_in(list(_BY_SYSTEM))).then(pl.lit("system")).otherwise(pl.lit("customer")),
            event_type=event_type,
            event_name=pl.when(kind == "struct").then("structured").otherwise(pl.coalesce(name, kind)),
            anonymous_id="domain_userid",
            vendor_ids=vendor_ids("snowplow_network_userid", pl.col("network_userid")),
            referrer="page_referrer",
            campaign_source="mkt_source",
            campaign_medium="mkt_medium",
            campaign_name="mkt_campaign",
            click_id=pl.when(network.is_not_null()).then("mkt_clickid"),
            click_id_type=pl.when(pl.col("mkt_clickid").is_not_null()).then(network),
            value=pl.when(kind == "transaction").then("tr_total")
            .when(pl.col("action") == "transaction").then(sale.str.json_path_match("$.revenue"))
            .when(pl.col("action") == "refund").then(refund.str.json_path_match("$.refund_amount")),
            currency=pl.when(kind == "transaction").then("tr_currency").otherwise(
                pl.coalesce(sale, refund).str.json_path_match("$.currency")),
            is_machine=_is_machine(),
            consent=_consent(),
        ).with_columns(properties=_properties())
    )  # fmt: skip


def _schema_key() -> pl.Expr:
    """The name that the SDKs give a self-describing event."""
    name = pl.col("event_name").str.replace_all(r"([^A-Z_])([A-Z])", "${1}_${2}")
    vendor, model = pl.col("event_vendor").str.replace_all(".", "_", literal=True), pl.col("event_version")
    key = pl.concat_str(pl.lit("unstruct_event"), vendor, name, model.str.extract(r"^(\d+)-"), separator="_")
    key = key.str.to_lowercase()
    return pl.when((pl.col("event") == "unstruct") & key.str.contains(r"^[a-z0-9_-]+$")).then(key)


def _event_data() -> pl.Expr:
    """Data of a self-describing event, in either form."""
    path = pl.concat_str(pl.lit("$['"), pl.col("schema").fill_null("none"), pl.lit("']"))
    return pl.coalesce(
        pl.col("unstruct_event").str.json_path_match("$.data.data"),
        pl.when(pl.col("schema").is_not_null()).then(pl.col("properties")).str.json_path_match(path),
    )


def _entity(vendor: str, name: str) -> pl.Expr:
    """Data of the first entity of a schema, in either form; those that are asked for hold no objects."""
    key = f"contexts_{vendor.replace('.', '_')}_{name}_1"
    schema = f"iglu:{vendor}/{name}/jsonschema/".replace(".", r"\.")
    stated = rf'"schema":"{schema}[^"]*","data":(\{{[^{{}}]*\}})'
    by_key = pl.col(key).str.json_path_match("$[0]")
    if key not in _AGENTS:
        present = pl.col("properties").str.contains(f'"{key}"', literal=True)
        by_key = pl.when(present).then(pl.col("properties")).str.json_path_match(f"$['{key}'][0]")
    return pl.coalesce(pl.col("contexts").str.extract(stated), pl.col("derived_contexts").str.extract(stated), by_key)


def _event_type(options: SnowplowOptions) -> pl.Expr:
    kind, name, action = pl.col("event"), pl.col("event_name"), pl.col("action")
    said = pl.when(kind == "struct").then("structured").otherwise(pl.coalesce(name, kind))
    short = snake_case(pl.col("se_action"))
    return pl.coalesce(
        said.replace_strict(options.event_types, default=None, return_dtype=pl.String),
        pl.when((kind == "struct") & short.is_in(list(EVENT_TYPES))).then(short),
        pl.when(kind != "struct").then(
            pl.coalesce(
                action.replace_strict(_ECOMMERCE_TYPES, default=None, return_dtype=pl.String),
                snake_case(action),
                kind.replace_strict(_EVENT_TYPES, default=None, return_dtype=pl.String),
                name.replace_strict(_EVENT_TYPES, default=None, return_dtype=pl.String),
            )
        ),
        snake_case(said),
    )


def _is_machine() -> pl.Expr:
    robot = r'"(?:agentClass|deviceClass)":"Robot'
    flags = [
        is_bot(pl.col("useragent")),
        pl.col("br_type") == "Robot",
        pl.col("entity_iab").str.contains('"spiderOrRobot":true', literal=True),
        pl.col("entity_bot").str.contains('"bot":true', literal=True),
        pl.col("entity_client_bot").str.contains('"bot":true', literal=True),
        pl.col("entity_yauaa").str.contains(robot),
    ]
    return pl.any_horizontal(flag.fill_null(value=False) for flag in flags)


def _consent() -> pl.Expr:
    name, data = pl.col("event_name"), pl.col("data")
    said = pl.when(name == "consent_preferences").then(data.str.json_path_match("$.eventType"))
    scopes = data.str.json_path_match("$.consentScopes").str.extract_all(r'"[^"]*"')
    granted = scopes.list.eval(pl.element().str.strip_chars('"') + "=granted").list.sort().list.join(",")
    basis = pl.col("entity_gdpr").str.json_path_match("$.basisForProcessing")
    return pl.coalesce(
        pl.when(said == "allow_selected").then(granted).replace("", None),
        said.replace(_CONSENT),
        name.replace_strict(_CONSENT_EVENTS, default=None, return_dtype=pl.String),
        pl.concat_str(pl.lit("basis="), basis),
    )


def _properties() -> pl.Expr:
    """What is left of the row, with the self-describing event under the same name in both forms."""
    mobile = pl.col("dvce_ismobile").is_in(["1", "true"])
    click = pl.when(pl.col("click_id").is_null()).then("mkt_clickid")
    told = pl.struct("se_category", "se_action", "mkt_network", mkt_clickid=click, dvce_ismobile=mobile)
    event = pl.when(pl.col("unstruct_event").is_not_null()).then(
        pl.concat_str(pl.lit('{"'), pl.col("schema").fill_null("unstruct_event"), pl.lit('":'), "data", pl.lit("}"))
    )
    entities = pl.col("contexts").str.json_path_match("$.data")
    return joined_objects(
        pl.col("properties"),
        told.struct.json_encode(),
        event,
        pl.concat_str(pl.lit('{"contexts":'), entities, pl.lit("}")),
    )


SOURCE = Source("snowplow", shapes, SnowplowOptions, header=COLUMNS)
