"""Canonical texts to typed events: the one place where times, money, scores and identifiers are converted.

Sources say what arrived as texts under canonical names; here every text is converted strictly. What cannot be
converted makes a rejected row with its rule and reason, never a silent null.
"""

from collections.abc import Sequence

import polars as pl
from polars.expr.whenthen import ChainedThen, Then

from journey_analytics.contracts import IDENTIFIER_LIST, MONEY, SCORE
from journey_analytics.transform.channel_groups import channel_group, entry_channel
from journey_analytics.transform.distinct import per_distinct
from journey_analytics.transform.times import Clock, parse_time, time_problem
from journey_analytics.vocabulary import Actor, Channel, TimePrecision

TEXTS = (
    "event_id", "key", "version", "partition", "partition_version", "occurred_at", "received_at",
    "time_zone", "source_order", "channel", "actor",
    "event_type", "event_name", "user_id", "email", "phone", "anonymous_id", "device_id", "previous_id", "click_id",
    "click_id_type", "campaign_source", "campaign_medium", "campaign_name", "campaign_id", "page_url", "referrer",
    "value", "currency", "score", "consent", "properties",
)  # fmt: skip
"""What a source may say of an event, each as text; ``vendor_ids`` and ``is_machine`` come typed."""

_TRIMMED = (
    "user_id",
    "phone",
    "anonymous_id",
    "device_id",
    "previous_id",
    "click_id",
    "currency",
    "event_type",
)
_EMPTY_IS_NULL = (
    *_TRIMMED,
    "email",
    "event_name",
    "campaign_source",
    "campaign_medium",
    "campaign_name",
    "value",
    "score",
)

_MOST_SHOWN = 60
_YES, _NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")

Verdict = tuple[str, pl.Expr, pl.Expr | str]
"""A rule's name, where it applies, and the reason to show."""


def judge(rows: pl.LazyFrame, *, rejects: Sequence[Verdict] = (), skips: Sequence[Verdict] = ()) -> pl.LazyFrame:
    """Add ``verdict``, ``rule`` and ``reason`` where a rule applies; the first rule that applies stands.

    Verdicts given before stay. Skips are looked at before rejects: a row that is left out on purpose need not be
    well-formed.
    """
    names = rows.collect_schema().names()
    if "verdict" not in names:
        rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in ("verdict", "rule", "reason"))
    undecided = pl.col("verdict").is_null()
    columns: dict[str, Then | ChainedThen] = {
        name: pl.when(~undecided).then(name) for name in ("verdict", "rule", "reason")
    }
    labelled = [("skipped", rule) for rule in skips] + [("rejected", rule) for rule in rejects]
    for verdict, (rule, applies, reason) in labelled:
        texts = {"verdict": verdict, "rule": rule, "reason": reason}
        for column, text in texts.items():
            value = pl.lit(text) if isinstance(text, str) else text
            columns[column] = columns[column].when(applies.fill_null(value=False)).then(value)
    return rows.with_columns(columns[name].otherwise(None).alias(name) for name in columns)


def to_canonical(rows: pl.LazyFrame, occurred: Clock, received: Clock, zones: Sequence[str] = ()) -> pl.LazyFrame:
    """Convert canonical texts to the columns of ``staging.events`` (without source and keys).

    Args:
        rows: Texts under the names of ``TEXTS``, ``vendor_ids``, ``is_machine``, and verdicts so far.
        occurred: How ``occurred_at`` is written.
        received: How ``received_at`` is written.
        zones: The zones that occur in ``time_zone``.

    Returns:
        The rows with typed columns and a verdict; columns of a row with a verdict mean nothing.
    """
    rows = _with_all_texts(rows)
    zone = pl.coalesce("time_zone", pl.lit(occurred.zone or "UTC"))
    per_row_zone = zone if occurred.unit == "day" and zones else None
    at = parse_time(pl.col("occurred_at"), occurred, per_row_zone, zones)
    typed = rows.with_columns(
        _occurred=at,
        _received=parse_time(pl.col("received_at"), received),
        _value=_decimal(pl.col("value"), MONEY),
        _score=_decimal(pl.col("score"), SCORE),
        _order=pl.col("source_order").cast(pl.Int64, strict=False),
    )
    judged = judge(
        typed,
        rejects=[
            _unconverted("occurred_at", time_problem(pl.col("occurred_at"), pl.col("_occurred"), occurred)),
            _unconverted("received_at", _given(time_problem(pl.col("received_at"), pl.col("_received"), received))),
            ("value", _lost("value"), pl.format("value '{}' is not an amount of money", shown("value"))),
            ("score", _lost("score"), pl.format("score '{}' is not a number", shown("score"))),
            (
                "source_order",
                pl.col("source_order").is_not_null() & pl.col("_order").is_null(),
                pl.format("order '{}' is not a whole number", shown("source_order")),
            ),
            _one_of("channel", [channel.value for channel in Channel]),
            _one_of("actor", [actor.value for actor in Actor]),
            ("event_type", pl.col("event_type").is_null(), "the row does not say what happened"),
        ],
    )
    # Rows that were kept as text and come back as ISO times have said their precision before.
    said = pl.col("time_precision") if "time_precision" in rows.collect_schema() else pl.lit(None, pl.String)
    precision = said.fill_null((TimePrecision.DAY if occurred.unit == "day" else TimePrecision.INSTANT).value)
    group = channel_group(pl.col("campaign_source"), pl.col("campaign_medium"), pl.col("campaign_name"))
    return (
        judged.with_columns(
            occurred_at="_occurred",
            received_at="_received",
            value="_value",
            score="_score",
            source_order="_order",
            time_precision=precision,
            time_zone=pl.when(precision == TimePrecision.DAY).then(zone),
            channel_group=group,
        )
        .with_columns(entry_channel=entry_channel(pl.col("channel"), pl.col("channel_group"), pl.col("referrer")))
        .drop("_occurred", "_received", "_value", "_score", "_order")
    )


def snake_case(name: pl.Expr) -> pl.Expr:
    """A vendor's name as an event type: ``Order Completed`` and ``orderCompleted`` become ``order_completed``."""
    return per_distinct(
        name,
        lambda text: (
            text.str.replace_all(r"([a-z0-9])([A-Z])", "${1}_${2}")
            .str.to_lowercase()
            .str.replace_all(r"[^\p{L}\p{N}]+", "_")
            .str.strip_chars("_")
            .replace("", None)
        ),
        pl.String,
    )


def truth(text: pl.Expr) -> pl.Expr:
    """Whether a text says yes; null where it says neither yes nor no."""
    lower = text.str.to_lowercase()
    return pl.when(lower.is_in(_YES)).then(pl.lit(value=True)).when(lower.is_in(_NO)).then(pl.lit(value=False))


def in_properties(path: str) -> pl.Expr:
    """Text of a value that stays in ``properties``, by its JSONPath: for what is of use here and worth keeping."""
    return pl.col("properties").str.json_path_match(path).replace("", None)


def joined_key(*parts: str | pl.Expr) -> pl.Expr:
    """What tells rows without an id apart, as one text that no other parts make; a missing part keeps its place."""
    texts = [pl.col(part) if isinstance(part, str) else part for part in parts]
    return pl.concat_str([text.fill_null("") for text in texts], separator="\x1f")


def optional_time(name: str, clock: Clock) -> Verdict:
    """The rule for a time that may be missing, but not be anything else."""
    problem = time_problem(pl.col(name), parse_time(pl.col(name), clock), clock)
    return name, pl.col(name).is_not_null() & problem.is_not_null(), pl.format("{}: {}", pl.lit(name), problem)


def optional_truth(name: str, field: str = "") -> Verdict:
    """The rule for what may be missing, but not be anything but yes or no; ``field`` is the vendor's name of it."""
    told = pl.format(f"{field or name} '{{}}' is neither true nor false", shown(name))
    return "type", pl.col(name).is_not_null() & truth(pl.col(name)).is_null(), told


def shown(name: str) -> pl.Expr:
    """A text of a row as messages show it: not too long."""
    return pl.col(name).fill_null("").str.slice(0, _MOST_SHOWN)


def vendor_ids(kind: str, value: pl.Expr) -> pl.Expr:
    """A list of one vendor id; null where there is none."""
    one = pl.concat_list(pl.struct(pl.lit(kind).alias("kind"), value.alias("value")))
    return pl.when(value.is_not_null()).then(one)


def joined_objects(*objects: pl.Expr) -> pl.Expr:
    """One JSON object with the entries of several, given as texts.

    A null, or what is no object, adds nothing; all null make null.
    """
    insides = [
        pl.when(text.str.starts_with("{") & text.str.ends_with("}")).then(
            text.str.strip_prefix("{").str.strip_suffix("}").str.strip_chars().replace("", None)
        )
        for text in (text.str.strip_chars() for text in objects)
    ]
    entries = pl.concat_str(insides, separator=",", ignore_nulls=True)
    present = pl.any_horizontal(text.is_not_null() for text in objects)
    return pl.when(present).then(pl.concat_str(pl.lit("{"), entries.fill_null(""), pl.lit("}")))


def _with_all_texts(rows: pl.LazyFrame) -> pl.LazyFrame:
    present = rows.collect_schema()
    absent = [pl.lit(None, pl.String).alias(name) for name in TEXTS if name not in present]
    if "vendor_ids" not in present:
        absent.append(pl.lit(None, IDENTIFIER_LIST).alias("vendor_ids"))
    if "is_machine" not in present:
        absent.append(pl.lit(value=False).alias("is_machine"))
    return rows.with_columns(
        *absent,
    ).with_columns(
        pl.col(_TRIMMED).str.strip_chars(),
        pl.col("email").str.strip_chars().str.to_lowercase(),
        pl.col("channel", "actor").str.to_lowercase(),
        pl.col("is_machine").fill_null(value=False),
    ).with_columns(
        pl.col(_EMPTY_IS_NULL).replace("", None),
    )  # fmt: skip


def _decimal(text: pl.Expr, dtype: pl.Decimal) -> pl.Expr:
    """Decimals of texts such as 59.9 or 1e3; null where the text is no number or does not fit."""
    plain = text.str.strip_chars()
    exponent = plain.str.contains(r"^-?\d+(\.\d+)?[eE][+-]?\d+$")
    from_float = pl.when(exponent).then(plain).cast(pl.Float64, strict=False).cast(dtype, strict=False)
    return pl.coalesce(plain.cast(dtype, strict=False), from_float)


def _lost(column: str) -> pl.Expr:
    return pl.col(column).is_not_null() & pl.col(f"_{column}").is_null()


def _given(problem: pl.Expr) -> pl.Expr:
    """A time that may be missing."""
    return pl.when(pl.col("received_at").is_not_null()).then(problem)


def _unconverted(rule: str, problem: pl.Expr) -> Verdict:
    return rule, problem.is_not_null(), problem


def _one_of(column: str, allowed: list[str]) -> Verdict:
    message = pl.format(f"unknown {column} '{{}}'; allowed: {', '.join(allowed)}", shown(column))
    return column, ~pl.col(column).is_in(allowed).fill_null(value=False), message
