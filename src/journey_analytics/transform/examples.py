"""Examples of a stage model, lived: which stage and rule each event gets, and which other rules would match."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from journey_analytics.config import Settings
from journey_analytics.contracts import EVENTS, MONEY, SCORE
from journey_analytics.stage_model import Example, ExampleEvent, StageModel
from journey_analytics.transform.asked_texts import asked_texts
from journey_analytics.transform.channel_groups import channel_group, entry_channel
from journey_analytics.transform.facts import Facts
from journey_analytics.transform.landing import read_landing
from journey_analytics.transform.rule_columns import identifier_column, property_column, rule_columns
from journey_analytics.transform.sessions import find_sessions
from journey_analytics.transform.stages import find_stages, matching_rules, stage_columns
from journey_analytics.transform.touchpoints import read_events, touchpoints_of

_DEFAULTS = {"channel": "web", "actor": "customer", "source": "example"}


@dataclass(frozen=True)
class LivedEvent:
    """An event of an example, and what came out.

    Attributes:
        event: The event.
        stage: Its stage: ``(unmapped)`` for an interaction without one, None before the first.
        rule: The rule that gave it; None without one.
        matching: All rules that hold for it, in their order; none for what is no interaction.
        is_interaction: Whether rules are asked about it.
    """

    event: ExampleEvent
    stage: str | None
    rule: str | None
    matching: tuple[str, ...]
    is_interaction: bool

    @property
    def is_as_expected(self) -> bool:
        """Whether stage and rule are those that the example names."""
        event = self.event
        return event.stage in (None, self.stage) and event.rule in (None, self.rule)


def live(example: Example, model: StageModel, settings: Settings) -> list[LivedEvent]:
    """Give the events of an example their stages, as a run would."""
    frame = _events(example.events, model)
    email_opens_count = settings.events.email_opens_are_interactions
    read = read_events(frame, asked_texts(model.conditions()), email_opens_count=email_opens_count)
    touchpoints = touchpoints_of(read, np.arange(frame.height))
    cutting = settings.sessions
    sessions = find_sessions(touchpoints, cutting.timeout, cutting.max_duration, cutting.session_scope)
    facts = Facts(touchpoints, sessions)
    found = stage_columns(touchpoints, find_stages(facts, model))
    stages, rules = found["stage"].to_list(), found["rule_id"].to_list()
    matching = matching_rules(facts, model.rules).drop("event_key").rows()
    lived: list[LivedEvent] = []
    for place, row in enumerate(touchpoints.row.tolist()):
        is_asked = bool(touchpoints.is_interaction[place])
        held = [rule.rule_id for rule, holds in zip(model.rules, matching[place], strict=True) if holds and is_asked]
        lived.append(LivedEvent(example.events[row], stages[place], rules[place], tuple(held), is_asked))
    return lived


def _events(events: Sequence[ExampleEvent], model: StageModel) -> pl.DataFrame:
    """Canonical events of one customer; campaign and channels follow from addresses where the example does not say."""
    said = [
        _DEFAULTS
        | {name: text for name, text in event.says.items() if not name.startswith("properties.")}
        | {"event_key": number, "event_id": f"{number:05}", "source_order": number, "occurred_at": event.at}
        for number, event in enumerate(events)
    ]
    texts = {name: pl.String for name in EVENTS.schema if name not in ("event_key", "source_order", "occurred_at")}
    typed = {name: dtype for name, dtype in EVENTS.schema.items() if name not in texts}
    group = channel_group(pl.col("campaign_source"), pl.col("campaign_medium"), pl.col("campaign_name"))
    brought = entry_channel(pl.col("channel"), pl.col("channel_group"), pl.col("referrer"))
    asked = rule_columns([model])
    properties = {
        property_column(path): [event.says.get(f"properties.{path}") for event in events] for path in asked.paths
    }
    return (
        read_landing(pl.DataFrame(said, schema=texts | typed).lazy())
        .with_columns(channel_group=pl.coalesce("channel_group", group))
        .with_columns(
            pl.col("value").cast(MONEY),
            pl.col("score").cast(SCORE),
            *(pl.col(kind).is_not_null().alias(identifier_column(kind)) for kind in asked.identifiers),
            *(pl.Series(name, texts, dtype=pl.String) for name, texts in properties.items()),
            entry_channel=pl.coalesce("entry_channel", brought),
            customer_key=pl.lit(1, pl.UInt64),
            device_key=pl.coalesce("anonymous_id", "device_id").rank("dense").cast(pl.UInt64).fill_null(0),
            is_machine=pl.lit(value=False),
            time_precision=pl.lit("instant"),
        )
        .collect()
    )
