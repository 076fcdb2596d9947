"""PostHog: events of a batch export, as JSON lines or Parquet; ``properties`` is an object in one, a text in the other.

``uuid`` is the key: a run that is repeated exports the same events again. ``timestamp`` is the time to trust (PostHog
has corrected it for the client's clock), ``created_at`` is when the event was ingested; both are UTC. A scored answer
is known by its submission, and the last one sent wins: a survey that saves as it goes sends it after every page.

``distinct_id`` is an anonymous id until the visitor is identified, and the user id from then on; ``$identify`` names
both. It counts as a user id on ``$identify`` and alias events, where the event says so (``$is_identified``,
``$user_id``), and where it does not look like an id that PostHog makes up (``anonymous_ids``). It is kept as a
vendor's id in any case, so that a user id that looks made up is linked by its ``$identify``; so is ``person_id``,
which is frozen when the event is ingested. Surveys shown or dismissed, and measurements of the page, are skipped;
what the page reports by itself is the system's act. Person properties, addresses and ``$set`` are left out.
"""

import polars as pl
from pydantic import field_validator

from journey_analytics.config.setting_values import RegularExpression
from journey_analytics.sources.source import Shape, Source, SourceOptions
from journey_analytics.sources.user_agents import is_bot
from journey_analytics.transform.canonical import joined_objects, judge, snake_case, vendor_ids
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock, version_of_time
from journey_analytics.vocabulary import CLICK_ID_TYPES

_EVENT_TYPES = {
    "$pageview": "page_view",
    "$screen": "page_view",
    "$identify": "identify",
    "$set": "identify",
    "$groupidentify": "identify",
    "$create_alias": "alias",
    "$merge_dangerously": "alias",
    "Application Installed": "app_install",
}
_ALIASES = ("$create_alias", "$merge_dangerously")
_BY_SYSTEM = ("$pageleave", "$exception", "Application Backgrounded")
_UNANSWERED = ("survey shown", "survey dismissed", "survey abandoned")
_MEASUREMENTS = ("$feature_flag_called", "$$heatmap", "$web_vitals", "$performance_event", "$snapshot")
_METRICS = ("nps", "csat", "ces")
_FIELDS = {
    "uuid": "uuid",
    "event": "event",
    "distinct_id": "distinct_id",
    "person_id": "person_id",
    "timestamp": "timestamp",
    "created_at": "created_at",
    "all_properties": "properties",
    "anon_distinct_id": "properties.$anon_distinct_id",
    "device_id": "properties.$device_id",
    "said_user_id": "properties.$user_id",
    "is_identified": "properties.$is_identified",
    "set_email": "properties.$set.email",
    "person_email": "person_properties.email",
    "page_url": "properties.$current_url",
    "referrer": "properties.$referrer",
    "campaign_source": "properties.utm_source",
    "campaign_medium": "properties.utm_medium",
    "campaign_name": "properties.utm_campaign",
    "campaign_id": "properties.utm_id",
    "user_agent": "properties.$raw_user_agent",
    "browser_type": "properties.$browser_type",
    "survey_id": "properties.$survey_id",
    "survey_response": "properties.$survey_response",
    "submission_id": "properties.$survey_submission_id",
    "currency": "properties.currency",
}
_CLICKS = {name: f"properties.{name}" for name in CLICK_ID_TYPES}
_DROP = (
    "person_properties", "set", "set_once", "ip", "elements", "elements_chain", "site_url", "team_id", "_inserted_at",
    "bq_ingested_timestamp", "properties.$set", "properties.$set_once", "properties.$ip", "properties.$user_agent",
    "properties.$elements", "properties.$elements_chain", "properties.token", "properties.distinct_id",
    "properties.$geoip_latitude", "properties.$geoip_longitude", "properties.$geoip_postal_code",
    "properties.$geoip_accuracy_radius", "properties.$geoip_city_name", "properties.$group_set",
)  # fmt: skip
_MADE_UP = (
    r"(?i)^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{10,16}(?:-[0-9a-f]{5,16}){3}-[0-9a-f]{10,16}"
    r"|cookieless_.*)$"
)
_E_MAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class PostHogOptions(SourceOptions):
    """What a business says of its events.

    Attributes:
        event_types: Names of events and their canonical event types.
        surveys: What a score means (nps, csat or ces), by the id of the survey or of the question. Of a survey the
            first question counts.
        anonymous_ids: Regular expression of distinct ids that are anonymous: UUIDs and the like. A business whose
            own customer numbers are UUIDs names a narrower one.
        value_field: The property that holds the amount of money.
    """

    event_types: dict[str, str] = {}
    surveys: dict[str, str] = {}
    anonymous_ids: RegularExpression = _MADE_UP
    value_field: str = "revenue"

    @field_validator("surveys")
    @classmethod
    def _known(cls, surveys: dict[str, str]) -> dict[str, str]:
        for metric in surveys.values():
            if metric not in _METRICS:
                raise ValueError(f"'{metric}' is not one of {', '.join(_METRICS)}.")
        return surveys


def shapes(options: PostHogOptions) -> list[Shape]:
    """The one shape: an event."""
    answers = {f"answer {id_}": f"properties.$survey_response_{id_}" for id_ in options.surveys}
    return [
        Shape(
            "event",
            _FIELDS | _CLICKS | answers | {"value": f"properties.{options.value_field}"},
            lambda rows: _read(rows, options),
            required=("uuid", "event", "distinct_id", "timestamp"),
            nested=("all_properties",),
            embedded=("properties", "person_properties"),
            flatten=("properties",),
            drop=_DROP,
            occurred=Clock(zone="UTC"),
            received=Clock(zone="UTC"),
        )
    ]


def _read(rows: pl.LazyFrame, options: PostHogOptions) -> pl.LazyFrame:
    """One event each."""
    event, distinct_id = pl.col("event"), pl.col("distinct_id")
    rows = rows.with_columns(metric=_metric(options), answer=_answer(options))
    is_scored = pl.col("metric").is_not_null() & pl.col("answer").is_not_null()
    score = pl.col("answer").cast(pl.Float64, strict=False)
    judged = judge(
        rows,
        skips=[
            ("unanswered", event.is_in(list(_UNANSWERED)), "a survey shown but not answered"),
            ("measurement", event.is_in(list(_MEASUREMENTS)), "a measurement of the page, no contact"),
        ],
        rejects=[
            ("key", pl.col("uuid").is_null(), "uuid is missing"),
            ("event", event.is_null(), "event is missing"),
            ("score", is_scored & score.is_null(), pl.format("score '{}' is not a number", pl.col("answer"))),
            ("score_range", is_scored & (pl.col("metric") == "nps") & ~score.is_between(0, 10), pl.format(
                "NPS score {} outside 0..10", pl.col("answer"))),
        ],
    )  # fmt: skip
    is_user, alias = ~_is_anonymous(options), pl.col("all_properties").str.json_path_match("$.alias")
    is_answer = is_scored & pl.col("submission_id").is_not_null()
    found_clicks = [pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in CLICK_ID_TYPES]
    return read_landing(
        judged.with_columns(
            event_id=pl.when(is_answer).then(pl.concat_str("submission_id", "metric", separator=":")).otherwise("uuid"),
            version=pl.when(is_answer).then(version_of_time(pl.col("timestamp"), Clock(zone="UTC"))),
            occurred_at="timestamp",
            received_at="created_at",
            channel=pl.when(event == "survey sent").then(pl.lit("survey")).otherwise(pl.lit("web")),
            actor=pl.when(event.is_in(list(_BY_SYSTEM))).then(pl.lit("system")).otherwise(pl.lit("customer")),
            event_type=_event_type(options, is_scored),
            event_name=event,
            user_id=pl.when(is_user).then(distinct_id),
            anonymous_id=pl.when(event == "$identify").then("anon_distinct_id").when(~is_user).then(distinct_id),
            previous_id=pl.when(event.is_in(list(_ALIASES))).then(alias),
            email=pl.coalesce(
                "set_email", "person_email", pl.when(distinct_id.str.contains(_E_MAIL)).then(distinct_id)
            ),
            vendor_ids=_vendor_ids(),
            click_id=pl.coalesce(CLICK_ID_TYPES),
            click_id_type=pl.coalesce(found_clicks),
            referrer=pl.col("referrer").replace("$direct", None),
            score=pl.when(is_scored).then("answer"),
            properties=joined_objects(pl.col("properties"), _survey(is_scored)),
            is_machine=is_bot(pl.col("user_agent")) | (pl.col("browser_type") == "bot").fill_null(value=False),
        )
    )


def _is_anonymous(options: PostHogOptions) -> pl.Expr:
    """Whether ``distinct_id`` is not (yet) a user id."""
    distinct_id, identified = pl.col("distinct_id"), pl.col("is_identified")
    is_said = pl.col("event").is_in(["$identify", *_ALIASES]) | (pl.col("said_user_id") == distinct_id)
    looks = distinct_id.str.contains(options.anonymous_ids)
    return (
        pl.when(is_said.fill_null(value=False) | (identified == "true").fill_null(value=False))
        .then(pl.lit(value=False))
        .otherwise(
            (identified == "false").fill_null(value=False)
            | (pl.col("device_id") == distinct_id).fill_null(value=False)
            | looks
        )
    )


def _event_type(options: PostHogOptions, is_scored: pl.Expr) -> pl.Expr:
    event, kind = pl.col("event"), pl.col("all_properties").str.json_path_match("$['$event_type']")
    return pl.coalesce(
        event.replace_strict(options.event_types, default=None, return_dtype=pl.String),
        pl.when(is_scored).then(pl.concat_str("metric", pl.lit("_response"))),
        pl.when((event == "$autocapture") & (kind.fill_null("click") == "click")).then(pl.lit("click")),
        event.replace_strict(_EVENT_TYPES, default=None, return_dtype=pl.String),
        snake_case(event),
    )


def _metric(options: PostHogOptions) -> pl.Expr:
    """What the survey asks, as the business says."""
    questions = [
        pl.when(pl.col(f"answer {id_}").is_not_null()).then(pl.lit(metric)) for id_, metric in options.surveys.items()
    ]
    survey = pl.col("survey_id").replace_strict(options.surveys, default=None, return_dtype=pl.String)
    return pl.when(pl.col("event") == "survey sent").then(pl.coalesce(*questions, survey))


def _answer(options: PostHogOptions) -> pl.Expr:
    """The answer to the question that is scored; of a survey as a whole the first one."""
    stated = pl.col("all_properties")
    first = stated.str.json_path_match("$['$survey_questions'][0].id").str.extract(r"^([\w-]+)$")
    path = pl.concat_str(pl.lit("$['$survey_response_"), first.fill_null("none"), pl.lit("']"))
    return pl.coalesce(
        *(pl.col(f"answer {id_}") for id_ in options.surveys), "survey_response", stated.str.json_path_match(path)
    )


def _survey(is_scored: pl.Expr) -> pl.Expr:
    """Which survey it was, and the answer where it is no score."""
    told = pl.struct(
        pl.col("survey_id").alias("$survey_id"),
        pl.when(~is_scored).then("survey_response").alias("$survey_response"),
    )
    return pl.when(pl.col("survey_id").is_not_null()).then(told.struct.json_encode())


def _vendor_ids() -> pl.Expr:
    ids = pl.concat_list(
        vendor_ids(f"posthog_{name}", pl.col(name)).fill_null([]) for name in ("distinct_id", "person_id")
    )
    return pl.when(ids.list.len() > 0).then(ids)


SOURCE = Source("posthog", shapes, PostHogOptions)
