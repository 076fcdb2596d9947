"""What a row of a table says of an event, and several events of one row."""

from collections.abc import Mapping

import polars as pl

from journey_analytics.sources.table_columns import all_vendor_ids, column_of, field_of, holds, mapped
from journey_analytics.sources.table_mappings import EventMapping, FieldMapping
from journey_analytics.sources.table_options import TableOptions
from journey_analytics.transform.canonical import Verdict, joined_key, judge, snake_case, to_canonical, truth
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.times import Clock, iso_text, parse_time
from journey_analytics.vocabulary import TimePrecision

_ROW = "row_number"
_NOTHING = pl.lit(None, pl.String)


def with_event(
    rows: pl.LazyFrame, options: TableOptions, fields: Mapping[str, FieldMapping], name: str = ""
) -> pl.LazyFrame:
    """Add the canonical texts of an event but its time: what is mapped, and what the source says of every event.

    Args:
        rows: Rows with the texts of their columns, and verdicts so far.
        options: Options of the source.
        fields: The mapped fields.
        name: Name of one of several events of a row.
    """
    texts = {field: mapped(mapping) for field, mapping in fields.items()}
    event_type = texts.get("event_type")
    event_name = texts.get("event_name", pl.lit(name) if name or event_type is None else event_type)
    is_machine = texts.get("is_machine")
    columns = texts | {
        "channel": texts.get("channel", pl.lit(options.channel and options.channel.value, pl.String)),
        "actor": texts.get("actor", pl.lit(options.actor.value)),
        "event_type": snake_case(event_type) if event_type is not None else snake_case(event_name),
        "event_name": event_name,
        "received_at": column_of(str(options.received.column)) if options.received else _NOTHING,
        "source_order": column_of(options.order) if options.order else _NOTHING,
        "vendor_ids": all_vendor_ids(options.ids),
    }
    if is_machine is not None:
        rows = judge(rows, rejects=[_no_truth(is_machine)])
        columns["is_machine"] = truth(is_machine)
    with_texts = rows.with_columns(**columns)
    return read_landing(with_texts) if "page_url" in fields else with_texts


def judge_events(rows: pl.LazyFrame, options: TableOptions) -> pl.LazyFrame:
    """Reject rows of which an event cannot be read, or that make none."""
    numbered = rows.with_row_index(_ROW)
    received = options.received.clock() if options.received else Clock()
    problems = pl.concat(
        [
            to_canonical(_texts(numbered, options, event), _clock(options, event), received).select(
                _ROW, "rule", pl.format("{}: {}", pl.lit(event.name), "reason").alias("reason"), is_made=True
            )
            for event in options.events
        ]
    )
    first = problems.group_by(_ROW).agg(pl.col("rule", "reason").drop_nulls().first(), pl.col("is_made").first())
    found = numbered.join(first, on=_ROW, how="left", maintain_order="left", suffix="_found").with_columns(
        verdict=pl.coalesce("verdict", pl.when(pl.col("rule_found").is_not_null()).then(pl.lit("rejected"))),
        rule=pl.coalesce("rule", "rule_found"),
        reason=pl.coalesce("reason", "reason_found"),
    )
    times = ", ".join(dict.fromkeys(str(event.time.column) for event in options.events))
    told = f"the row makes none of its events: no time in {times}, or no 'when' that holds"
    judged = judge(found, rejects=[("events", pl.col("is_made").is_null(), told)])
    return judged.drop(_ROW, "rule_found", "reason_found", "is_made")


def events_of_rows(rows: pl.LazyFrame, options: TableOptions) -> pl.LazyFrame:
    """Canonical texts of all events that rows make, with times in ISO 8601. The key is that of the row and the name."""
    received = options.received.clock() if options.received else Clock()
    frames: list[pl.LazyFrame] = []
    for event in options.events:
        clock = _clock(options, event)
        precision = TimePrecision.DAY if clock.unit == "day" else TimePrecision.INSTANT
        frames.append(
            _texts(rows, options, event).with_columns(
                key=joined_key("row_key", pl.lit(event.name)),
                occurred_at=iso_text(parse_time(pl.col("occurred_at"), clock)),
                received_at=iso_text(parse_time(pl.col("received_at"), received)),
                time_precision=pl.lit(precision.value),
                time_zone=pl.lit(clock.zone, pl.String),
            )
        )
    events = pl.concat(frames, how="diagonal_relaxed")
    read = (field_of(column) for column in options.columns())
    return events.drop("partition", "partition_version", *read, strict=False)


def _texts(rows: pl.LazyFrame, options: TableOptions, event: EventMapping) -> pl.LazyFrame:
    """The rows that make an event, with its texts; its time is as it stands in the row."""
    time = column_of(str(event.time.column))
    applies = time.is_not_null() if event.when is None else time.is_not_null() & holds(event.when)
    if "verdict" in rows.collect_schema():
        applies &= pl.col("verdict").is_null()
    made = with_event(rows.filter(applies), options, options.fields | event.fields, event.name)
    return made.with_columns(occurred_at=time)


def _clock(options: TableOptions, event: EventMapping) -> Clock:
    """How the time of an event is written: as it says itself, else as the source says."""
    says_only_column = event.time.model_fields_set == {"column"}
    return options.time.clock() if says_only_column and options.time else event.time.clock()


def _no_truth(text: pl.Expr) -> Verdict:
    told = pl.format("is_machine '{}' is neither true nor false", text.str.slice(0, 60))
    return "is_machine", text.is_not_null() & truth(text).is_null(), told
