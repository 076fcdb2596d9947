"""The truth: who is who, where people really were and what became of them, and what stands in the files."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

from journey_analytics.simulate.files import Written, compressed
from journey_analytics.simulate.habits import STAGES
from journey_analytics.simulate.paths import GONE
from journey_analytics.simulate.rhythm import iso
from journey_analytics.simulate.world import World
from journey_analytics.vocabulary import BLOCKED_IDENTIFIERS, Outcome

UNDER_WAY = "under_way"
"""What became of those who have neither reached the goal nor fallen silent."""

_GOAL = STAGES.index("engagement")
_PLANTED = {
    "channel": pl.String,
    "stage": pl.String,
    "month": pl.Date,
    "normal_probability": pl.Float64,
    "raised_probability": pl.Float64,
}
_KINDS = {
    "user_id": "user_id",
    "previous_id": "user_id",
    "email": "email",
    "zendesk_user_id": "zendesk_user_id",
    "anonymous_id": "anonymous_id",
    "gclid": "gclid",
}


@dataclass(frozen=True)
class Truth:
    """What is true of the simulated world.

    Attributes:
        identities: ``person`` (from 1), ``kind``, ``value``, ``is_linkable``: whether good rows connect the identifier,
            through others that are the person's alone, with what else is known of the person.
        stages: ``person``, ``journey`` (from 1), ``stage``, ``entered_at``: the hidden path.
        persons: ``person``, ``entry_channel``, ``started_at``, ``outcome`` (completed, dropped_off or under_way),
            ``drop_off_stage`` (of those who dropped off), ``is_silent`` (will not come again in the period).
        planted: ``channel``, ``stage``, ``month``, ``normal_probability`` and ``raised_probability`` of dropping out.
        files: ``source``, ``file``, ``rows_count`` and of these ``good_count``, ``duplicates_count`` (further
            deliveries and later states of a row), ``skipped_count`` (rows that a rule leaves out: they are no contact
            of a customer) and ``bad_count``.
        dirt: ``source``, ``kind``, ``rows_count``: what is wrong with rows, and how often.
    """

    identities: pl.DataFrame
    stages: pl.DataFrame
    persons: pl.DataFrame
    planted: pl.DataFrame
    files: pl.DataFrame
    dirt: pl.DataFrame


def make_truth(
    visits: pl.DataFrame, evidence: Sequence[pl.DataFrame], written: Sequence[Written], world: World
) -> Truth:
    """Put together what is known.

    Args:
        visits: All visits of hidden paths.
        evidence: What good rows say of who is who, as ``identifier_sets`` gives it.
        written: What stands in the files.
        world: The world.
    """
    dirt = pl.concat([feed.dirt for feed in written])
    return Truth(
        _identities(evidence),
        visits.filter("opens_stay").select(
            pl.col("person") + 1, "journey", _named("stage").alias("stage"), iso("at").alias("entered_at")
        ),
        _persons(visits),
        _planted(world),
        pl.concat([feed.files for feed in written]).sort("source", "file"),
        dirt.group_by("source", "kind").agg(pl.col("rows_count").sum()).sort("source", "kind"),
    )


def write_truth(truth: Truth, folder: Path) -> None:
    """Write each table as ``truth/<name>.csv.gz``."""
    folder = folder / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    for field in fields(truth):
        frame: pl.DataFrame = getattr(truth, field.name)
        (folder / f"{field.name}.csv.gz").write_bytes(compressed(frame.write_csv().encode()))


def _named(stage: str) -> pl.Expr:
    return pl.col(stage).replace_strict(dict(enumerate(STAGES)), default=None, return_dtype=pl.String)


def _persons(visits: pl.DataFrame) -> pl.DataFrame:
    last = visits.group_by("person", maintain_order=True).agg(
        pl.col("entry_channel").first(),
        pl.col("at").first(),
        pl.col("stage", "ends_stay", "next_stage").last(),
        completed=(pl.col("stage") >= _GOAL).any(),
    )
    outcome = (
        pl.when("completed")
        .then(pl.lit(Outcome.COMPLETED.value))
        .when("is_silent")
        .then(pl.lit(Outcome.DROPPED_OFF.value))
        .otherwise(pl.lit(UNDER_WAY))
    )
    return (
        last.with_columns(is_silent=pl.col("ends_stay") & (pl.col("next_stage") == GONE))
        .with_columns(outcome=outcome)
        .select(
            pl.col("person") + 1,
            "entry_channel",
            iso("at").alias("started_at"),
            "outcome",
            drop_off_stage=pl.when(pl.col("outcome") == Outcome.DROPPED_OFF.value).then(_named("stage")),
            is_silent="is_silent",
        )
    )


def _planted(world: World) -> pl.DataFrame:
    rows = [
        {
            "channel": planted.channel.value,
            "stage": planted.stage,
            "month": planted.month,
            "normal_probability": world.drop_off_probability(planted.stage, planted.channel),
            "raised_probability": planted.drop_off_probability,
        }
        for planted in (world.planted,)
        if planted is not None
    ]
    return pl.DataFrame(rows, schema=_PLANTED)


def identifier_sets(rows: pl.DataFrame) -> pl.DataFrame:
    """The distinct sets of identifiers that rows carry, each with its person; rows of nobody are left out."""
    columns = [column for column in _KINDS if column in rows.columns]
    return rows.filter(pl.col("person").is_not_null()).select("person", *columns).unique(maintain_order=True)


def _identities(evidence: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Who has which identifier, and which of them can be connected."""
    sets = pl.concat(evidence, how="diagonal_relaxed").with_row_index("set")
    members = pl.concat(
        sets.select("set", "person", kind=pl.lit(kind), value=pl.col(column).cast(pl.String))
        for column, kind in _KINDS.items()
    ).drop_nulls("value")
    typed = pl.when(pl.col("kind") == "email").then(pl.col("value").str.to_lowercase()).otherwise("value")
    members = members.with_columns(value=typed).filter(~pl.col("value").is_in(BLOCKED_IDENTIFIERS))
    is_own = pl.col("person").n_unique().over("kind", "value") == 1
    linked = _main_components(members.filter(is_own)).with_columns(is_linkable=pl.lit(value=True))
    return (
        members.select("person", "kind", "value")
        .unique()
        .join(linked, on=["kind", "value"], how="left")
        .sort("person", "kind", "value")
        .select(pl.col("person") + 1, "kind", "value", pl.col("is_linkable").fill_null(value=False))
    )


def _main_components(own: pl.DataFrame) -> pl.DataFrame:
    """Identifiers in each person's largest connected group; in the one with the user id where there is one.

    Every identifier takes over the least number among those it is seen with, until nothing changes any more.
    """
    labels = own.select("set", "person", "kind", "value", label=pl.struct("kind", "value").rank("dense"))
    while True:
        least = pl.col("label").min().over("set")
        spread = labels.with_columns(least=least).with_columns(pl.col("least").min().over("kind", "value"))
        if spread["least"].equals(spread["label"]):
            break
        labels = spread.drop("label").rename({"least": "label"})
    groups = labels.unique(["kind", "value"], maintain_order=True)
    main = (
        groups.group_by("person", "label")
        .agg(size=pl.len(), has_user=(pl.col("kind") == "user_id").any())
        .filter(pl.col("size") > 1)
        .sort("has_user", "size", "label", descending=[True, True, False])
        .unique("person", keep="first", maintain_order=True)
    )
    return groups.join(main, on=["person", "label"], how="semi").select("kind", "value")
