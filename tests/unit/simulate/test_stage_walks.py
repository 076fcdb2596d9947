from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from journey_analytics.simulate.stage_walks import walk_stages
from journey_analytics.simulate.stage_worlds import MISSPECIFIED, WELL_SPECIFIED, WORLDS, Disturbances, StageWorld


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_the_numbers_of_a_world_are_probabilities(world: StageWorld) -> None:
    for rows in ((world.start,), world.move, world.happens):
        assert [sum(row) for row in rows] == pytest.approx([1.0] * len(rows))
    assert len(world.move) == len(world.drop) == len(world.gap_days) == len(world.happens) == len(world.hidden)


def test_the_same_seed_gives_the_same_customers() -> None:
    one, other, third = (walk_stages(MISSPECIFIED, 50, seed).touchpoints for seed in (1, 1, 2))
    assert one.equals(other)
    assert not one.equals(third)


def test_people_drop_off_and_act_as_often_as_their_world_says() -> None:
    truth = walk_stages(WELL_SPECIFIED, 4000, 1)
    happened = truth.touchpoints.filter(pl.col("true_stage") == "awareness")["event_type"]
    expected = WELL_SPECIFIED.happens[0][WELL_SPECIFIED.event_types.index("ad_click")]
    assert (happened == "ad_click").mean() == pytest.approx(expected, abs=0.01)
    first = truth.touchpoints.group_by("customer_key").agg(pl.col("true_stage").first())
    assert (first["true_stage"] == "awareness").mean() == pytest.approx(0.8, abs=0.02)
    assert truth.touchpoints["occurred_at"].max() < truth.watermark


def test_disturbances_are_there() -> None:
    calm = replace(MISSPECIFIED, disturbances=Disturbances())
    counts = {
        name: walk_stages(world, 1000, 4).touchpoints["event_type"].value_counts().rows()
        for name, world in (("calm", calm), ("disturbed", MISSPECIFIED))
    }
    calm_counts, disturbed = (dict(counts[name]) for name in ("calm", "disturbed"))
    assert disturbed["email_open"] > 3 * calm_counts["email_open"]
    truth = walk_stages(MISSPECIFIED, 1000, 4)
    bots = truth.touchpoints.filter(pl.col("true_stage").is_null())
    assert bots["customer_key"].n_unique() == 30
    assert set(bots["customer_key"]).isdisjoint(truth.customers["customer_key"])
    lost = walk_stages(replace(calm, disturbances=Disturbances(missing={"purchase": 1.0})), 200, 4)
    assert "purchase" not in lost.touchpoints["event_type"].to_list()
    assert np.isin("review", lost.touchpoints["event_type"])
