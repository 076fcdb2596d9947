"""Surveys: NPS, CSAT and CES answers, as responses in JSON or as a table with one answer a row.

A response in JSON carries several answers; each is known by (response id, metric). A row of a table is known by its
``response_id`` and metric, or, where there is no such column, by (e-mail, time, metric). An edit repeats the key:
the answer with the latest ``updated_at`` (else the time of the answer) wins. Score 0 is an answer, not a gap.
Times in tables have no zone: they are read in ``time_zone``; month-first dates are refused unless ``time_formats``
names their format.
"""

import polars as pl

from journey_analytics.config.setting_values import TimeZone
from journey_analytics.sources.source import Shape, Source, SourceOptions, TimeFormats
from journey_analytics.transform.canonical import judge, optional_truth, truth
from journey_analytics.transform.times import Clock, version_of_time

_ANSWER = {
    "response_id": "parent.response.id",
    "responded_at": "parent.response.created",
    "updated_at": "parent.response.updated",
    "respondent_email": "parent.response.user.email",
    "user_id": "parent.response.user.userId",
    "dismissed": "parent.response.dismissed",
    "pending": "parent.response.pending",
    "metric": "child.metric",
    "score": "child.value",
    "comment": "parent.response.feedback",
}
_ROW = {
    "response_id": "response_id",
    "responded_at": "responded_at",
    "updated_at": "updated_at",
    "respondent_email": "respondent_email",
    "user_id": "user_id",
    "metric": "metric",
    "score": "score",
    "comment": "comment",
}


class SurveyOptions(SourceOptions):
    """How a survey tool writes its tables.

    Attributes:
        metric: What the score means where no column says it. The event type is the metric with ``_response`` behind it.
        time_zone: Zone of times without an offset.
        time_formats: strptime formats of the times, such as ``%d.%m.%Y %H:%M``, tried in order, instead of ISO 8601.
        scales: Lowest and highest score of each metric: ``{ csat = [1, 5] }``. A score outside is rejected, and so is a
            metric that is not listed.
    """

    metric: str = "nps"
    time_zone: TimeZone = "UTC"
    time_formats: TimeFormats = ()
    scales: dict[str, tuple[int, int]] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}


def shapes(options: SurveyOptions) -> list[Shape]:
    """Answers inside responses in JSON, and rows of a table."""
    scales = {"nps": (0, 10)} | options.scales

    def read(rows: pl.LazyFrame, clock: Clock) -> pl.LazyFrame:
        """One event per answer."""
        names = rows.collect_schema().names()
        metric = pl.coalesce(pl.col("metric").str.to_lowercase(), pl.lit(options.metric))
        number = pl.col("score").cast(pl.Float64, strict=False)
        low, high = (
            metric.replace_strict({name: scale[end] for name, scale in scales.items()}, default=None) for end in (0, 1)
        )
        flags = [name for name in ("dismissed", "pending") if name in names]
        unanswered = pl.any_horizontal(pl.lit(value=False), *(truth(pl.col(name)) for name in flags))
        by_id = pl.concat_str("response_id", pl.lit(":"), metric)
        by_time = pl.concat_str(
            pl.col("respondent_email").str.strip_chars().str.to_lowercase(),
            "responded_at",
            metric,
            separator="\x1f",
        )
        judged = judge(
            rows,
            skips=[("unanswered", unanswered, "shown but not answered")],
            rejects=[
                *(optional_truth(name) for name in flags),
                ("metric", ~metric.is_in(list(scales)), pl.format("unknown metric '{}'", metric)),
                ("score", pl.col("score").is_null() | number.is_null(), pl.format(
                    "score '{}' is not a number", pl.col("score").fill_null(""))),
                ("score_range", ~number.is_between(low, high), pl.format(
                    "{} score {} outside {}..{}", metric.str.to_uppercase(), pl.col("score"), low, high)),
                ("key", by_id.is_null() & by_time.is_null(), "neither response_id nor e-mail and time"),
            ],
        )  # fmt: skip
        return judged.with_columns(
            event_id=by_id,
            key=by_time,
            version=pl.coalesce(version_of_time(pl.col(name), clock) for name in ("updated_at", "responded_at")),
            occurred_at="responded_at",
            channel=pl.lit("survey"),
            actor=pl.lit("customer"),
            event_type=pl.concat_str(metric, pl.lit("_response")),
            event_name=metric,
            email="respondent_email",
            properties=pl.struct("comment", scale_max=high).struct.json_encode(),
        )

    local = Clock(zone=options.time_zone, formats=options.time_formats)
    return [
        Shape(
            "answer", _ANSWER, lambda rows: read(rows, Clock()), when="response.answers",
            unfold=("", "response.answers"), rest=False,
        ),
        Shape(
            "row", _ROW, lambda rows: read(rows, local), when="score", required=("responded_at", "score"), rest=False,
            occurred=local,
        ),
    ]  # fmt: skip


SOURCE = Source("surveys", shapes, SurveyOptions)
