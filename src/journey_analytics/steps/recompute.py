"""Recompute: who is who, sessions, stages and journeys of the customers whom something touched since the last build."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import polars as pl

from journey_analytics.config import Settings
from journey_analytics.stage_model import StageModel
from journey_analytics.steps import fingerprints
from journey_analytics.steps.asked_columns import asked_columns
from journey_analytics.steps.runs import Run
from journey_analytics.transform.bucket import BucketTables, transform_bucket
from journey_analytics.warehouse import identity_tables, journey_tables
from journey_analytics.warehouse.builds import Build, find_recomputed, last_build, record_build
from journey_analytics.warehouse.connection import Connection
from journey_analytics.warehouse.identity_changes import IdentityChanges, note_identity_changes
from journey_analytics.warehouse.identity_tables import IdentityRules
from journey_analytics.warehouse.journey_tables import Scope
from journey_analytics.warehouse.memory import events_at_a_time
from journey_analytics.warehouse.month_changes import Comparison, keep_before, record_changes


@dataclass(frozen=True)
class Inputs:
    """What decides the journey tables beside the data.

    Attributes:
        settings: Of the project.
        models: Stage models; the first is the main one.
        sources: Names of the sources that count.
        required: Those for which the watermark waits.
        key: Secret of customer ids.
    """

    settings: Settings
    models: Sequence[StageModel]
    sources: Sequence[str]
    required: Sequence[str]
    key: bytes

    @property
    def identity_rules(self) -> IdentityRules:
        """What decides who is who."""
        identity = self.settings.identity
        return IdentityRules(identity.blocked_values, identity.max_values, self.key, identity.shared_device)


@dataclass(frozen=True)
class Recomputed:
    """What was recomputed: the build as noted, the state of each source, how many customers merged or were split."""

    build: Build
    status: pl.DataFrame
    changes: IdentityChanges


def recompute(
    connection: Connection,
    inputs: Inputs,
    run: Run,
    *,
    whole: bool = False,
    published_run: str | None = None,
    events_per_bucket: int | None = None,
) -> Recomputed:
    """Bring the journey tables up to date.

    Customers are recomputed as a whole whom anything touched: events that came, changed or left, an identity that
    changed, the watermark. The tables are then what recomputing everybody would give. Everybody is recomputed where
    what decides it changed: settings, stage models, sources, the software itself.

    Args:
        connection: Inside a transaction.
        inputs: What decides the tables beside the data.
        run: The run; what happened after its ``as_of`` is not looked at.
        whole: Recompute everybody whatever changed.
        published_run: Run that the published file shows; None without one that tonight's could begin with.
        events_per_bucket: How many events are transformed at a time; by default as many as memory allows. It changes
            nothing else.
    """
    status = journey_tables.source_status(connection, inputs.sources, inputs.required, run.as_of)
    until = journey_tables.watermark(status)
    before = last_build(connection)
    rules = inputs.identity_rules
    of_key = fingerprints.of_key(inputs.key)
    of_identities = fingerprints.of_identities(rules, inputs.sources)
    of_journeys = fingerprints.of_journeys(inputs.settings, inputs.models, inputs.sources)
    if before is not None:
        identity_tables.note_sets_between(connection, before.as_of, run.as_of)
    identity_tables.refresh_identities(
        connection, inputs.sources, run.as_of, rules,
        whole=whole or before is None or before.identities_fingerprint != of_identities,
    )  # fmt: skip
    number = before.build_number + 1 if before else 1
    changes = IdentityChanges()
    if before is not None and before.key_fingerprint == of_key:
        changes = note_identity_changes(connection, inputs.sources, run.as_of, run.run_id, number)
    is_whole = whole or before is None or before.journeys_fingerprint != of_journeys
    is_whole = is_whole or None in (until, before and before.watermark_at)
    customers = find_recomputed(connection, before and before.watermark_at, until, whole=is_whole)
    decisive = fingerprints.inputs(inputs.settings, inputs.models, inputs.sources, inputs.key)
    decisive_before = json.loads((before and before.inputs) or "{}")
    comparison = Comparison(before and before.watermark_at, until, decisive_before, decisive, is_whole)
    keep_before(connection, comparison)
    journey_tables.save_source_status(connection, status, run.as_of, until)
    journey_tables.save_stages(connection, inputs.models, inputs.settings.journeys)
    scope = Scope(inputs.sources, run.as_of, until)
    events = journey_tables.recomputed_events_count(connection, scope)
    buckets = max(1, ceil(events / (events_per_bucket or events_at_a_time(events))))
    journey_tables.replace_journeys(connection, _transformed(connection, inputs, scope, buckets), whole=is_whole)
    build = Build(
        number, run.run_id, run.as_of, until, of_identities, of_key, of_journeys, is_whole, customers, events,
        inputs=json.dumps(decisive, sort_keys=True),
    )  # fmt: skip
    record_build(connection, build, published_run)
    record_changes(connection, number, comparison)
    return Recomputed(build, status, changes)


def _transformed(connection: Connection, inputs: Inputs, scope: Scope, buckets: int) -> Iterator[BucketTables]:
    asked = asked_columns(inputs.settings, inputs.models)
    for bucket in range(buckets):
        # Events have no name here: they would stay in memory while what follows from them is written.
        yield transform_bucket(
            journey_tables.bucket_events(connection, scope, bucket, buckets, asked), inputs.models, inputs.settings
        )
