"""Zendesk's ticket events: acts on tickets as audits, each with the child events that it consists of."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from journey_analytics.simulate.dirt import NOT_UTF8, Damage, deliver
from journey_analytics.simulate.rhythm import SECOND, iso_seconds, one_of
from journey_analytics.simulate.tickets import ACTS
from journey_analytics.simulate.world import World

SUBJECTS = ("Order is late", "Cannot log in", "Wrong invoice", "How do I start?", "Return of a product", "A question")
FIRST_TICKET, FIRST_AGENT = 1_001, 900_001
"""Numbers of the first ticket and of the first agent."""

_PAGE, _OVERLAP = 100, 2
# Beyond 2**53, where floating point numbers lose whole numbers.
_FIRST_AUDIT, _IDS_PER_AUDIT = 36_028_797_018_963_968, 8
_LEFT_OUT = ("prioritised", "noted")
_IS_ONE_EVENT = pl.col("events") == 1

AUDIT_DAMAGES = (
    Damage("not_json", '":', '" '),
    Damage("not_utf8", '"via":"', f'"via":"{NOT_UTF8}'),
    Damage("no_id", r'("child_events":\[\{)"id":[0-9]+,', r"\1", _IS_ONE_EVENT),
    Damage("no_ticket", '"ticket_id":[0-9]+,', "", _IS_ONE_EVENT),
    Damage("no_time", '"timestamp":[0-9]+', '"timestamp":"soon"', _IS_ONE_EVENT),
    Damage("milliseconds", '"timestamp":([0-9]+)', r'"timestamp":\g<1>000', _IS_ONE_EVENT),
    Damage("author_is_object", '"author_id":([0-9]+)', r'"author_id":{"id":\1}', pl.col("act") == "replied"),
)
"""How audits can be bad; those of one event are, as a whole, where the damage is in a field."""


def in_pages(acts: pl.DataFrame, world: World, rng: np.random.Generator) -> pl.DataFrame:
    """Audits in pages; each page begins with the end of the one before, as pages by time do."""
    children = pl.col("act").replace_strict({act: len(_children(act)) for act in ACTS}, return_dtype=pl.Int64)
    is_left_out = pl.col("act").is_in(_LEFT_OUT)
    rows = acts.with_columns(
        key=pl.int_range(pl.len()),
        events=pl.when(is_left_out).then(0).otherwise(children),
        skipped=pl.when(is_left_out).then(children).otherwise(0),
    )
    place = pl.int_range(pl.len()).over("file")
    paged = (
        deliver(rows, world, rng).sort("order", "key").with_columns(batch=(place % _PAGE == 0).cum_sum().cast(pl.Int64))
    )
    pages = paged.group_by("batch", maintain_order=True)
    starts = pages.agg(pl.col("file", "order").first())
    overlap = (
        pages.tail(_OVERLAP)
        .drop("file", "order")
        .with_columns(pl.col("batch") + 1, cause=pl.lit("overlap"))
        .join(starts, on="batch", how="inner", maintain_order="left")
    )
    return pl.concat([overlap.select(paged.columns), paged])


def encode_audits(rows: pl.DataFrame) -> pl.Series:
    """Audits as JSON, act by act."""
    by_agent = pl.when(pl.col("act") == "closed").then(-1).otherwise(pl.col("agent") + FIRST_AGENT)
    numbered = rows.with_row_index("row").with_columns(
        id=_FIRST_AUDIT + pl.col("key") * _IDS_PER_AUDIT,
        updater_id=pl.when("by_customer").then("zendesk_user_id").otherwise(by_agent),
    )
    audit = pl.struct(
        "id",
        (pl.col("ticket") + FIRST_TICKET).alias("ticket_id"),
        (pl.col("at") // SECOND).alias("timestamp"),
        iso_seconds("at").alias("created_at"),
        "updater_id",
        via=pl.lit("Web form"),
        event_type=pl.lit("Audit"),
    )
    encoded = [
        numbered.filter(pl.col("act") == act).select(
            "row",
            text=pl.concat_str(
                audit.struct.json_encode().str.strip_suffix("}"),
                pl.lit(',"child_events":['),
                pl.concat_str(*(child.struct.json_encode() for child in _children(act)), separator=","),
                pl.lit("]}"),
            ),
        )
        for act in ACTS
    ]
    return pl.concat(encoded).sort("row")["text"]


def _children(act: str) -> list[pl.Expr]:
    """The child events of an act."""
    body = pl.when("by_customer").then(pl.lit("Can you help me?")).otherwise(pl.lit("We are looking into it."))
    comment = {"author_id": pl.col("updater_id"), "public": pl.lit(act != "noted"), "body": body}
    subject = one_of(SUBJECTS, pl.col("subject"))
    create = {"requester_id": pl.col("zendesk_user_id"), "subject": subject, "status": pl.lit("new")}
    raise_priority = {"priority": pl.lit("high"), "previous_value": pl.lit("normal")}
    kinds: dict[str, list[tuple[str, Mapping[str, pl.Expr]]]] = {
        "opened": [("Create", create), ("Comment", comment)],
        "prioritised": [("Change", raise_priority)],
        "answered": [("Comment", comment), ("Change", _moved("new", "open"))],
        "noted": [("Comment", comment)],
        "replied": [("Comment", comment)],
        "solved": [("Comment", comment), ("Change", _moved("open", "solved"))],
        "reopened": [("Comment", comment), ("Change", _moved("solved", "open"))],
        "solved_again": [("Comment", comment), ("Change", _moved("open", "solved"))],
        "closed": [("Change", _moved("solved", "closed"))],
    }
    return [
        pl.struct(
            (pl.col("id") + nth).alias("id"),
            *(expression.alias(name) for name, expression in fields.items()),
            pl.lit(event_type).alias("event_type"),
        )
        for nth, (event_type, fields) in enumerate(kinds[act], start=1)
    ]


def _moved(previous: str, status: str) -> Mapping[str, pl.Expr]:
    return {"status": pl.lit(status), "previous_value": pl.lit(previous)}
