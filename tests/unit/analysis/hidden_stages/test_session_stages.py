import polars as pl
import pytest

from journey_analytics.analysis.hidden_stages.session_stages import fit_touchpoints, session_stages
from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.errors import UsageError
from journey_analytics.simulate.stage_walks import StageTruth, walk_stages
from journey_analytics.simulate.stage_worlds import RULES, STAGES, WELL_SPECIFIED


@pytest.fixture(scope="module")
def truth() -> StageTruth:
    return walk_stages(WELL_SPECIFIED, 300, 5)


@pytest.fixture(scope="module")
def touchpoints(truth: StageTruth) -> pl.DataFrame:
    """As published: with the stages of rules, a session each, an e-mail that is no interaction, in random order."""
    shown = truth.touchpoints.select(
        pl.format("c{}", "customer_key").alias("customer_id"),
        pl.int_range(1, pl.len() + 1).over("customer_key").alias("touchpoint_index"),
        "occurred_at",
        "event_type",
        pl.lit(value=True).alias("is_interaction"),
        pl.format("{}-{}", "customer_key", pl.int_range(pl.len()).over("customer_key")).alias("session_id"),
        pl.col("event_type").replace_strict(RULES, default="(unmapped)").alias("stage"),
        "true_stage",
    )
    sent = shown.head(5).with_columns(
        is_interaction=pl.lit(value=False), event_type=pl.lit("email_sent"), session_id=pl.lit(None, pl.String)
    )
    return pl.concat([shown, sent]).sample(fraction=1, shuffle=True, seed=1)


@pytest.fixture(scope="module")
def fit(truth: StageTruth, touchpoints: pl.DataFrame) -> StageFit:
    return fit_touchpoints(touchpoints, STAGES, truth.watermark, stage_model="five")


def test_each_session_has_its_likeliest_stage(touchpoints: pl.DataFrame, fit: StageFit) -> None:
    found = session_stages(touchpoints, fit)
    columns = ["session_id", "stage_model", "likely_stage", "probability", "is_uncertain", "fit_version"]
    assert found.columns == columns
    assert set(found["fit_version"]) == {fit.version}
    assert found["session_id"].to_list() == touchpoints["session_id"].drop_nulls().unique().sort().to_list()
    assert set(found["likely_stage"]) == set(STAGES)
    assert (found["is_uncertain"] == (found["probability"] < 0.6)).all()
    both = found.join(touchpoints.select("session_id", "true_stage"), on="session_id")
    certain = both.filter(~pl.col("is_uncertain"))
    right = (certain["likely_stage"] == certain["true_stage"]).mean()
    assert right > (both["likely_stage"] == both["true_stage"]).mean() > 0.6


def test_a_session_counts_as_its_rarest_event_type(touchpoints: pl.DataFrame, fit: StageFit) -> None:
    assert fit.symbols.index("page_view") < fit.symbols.index("review")
    one = touchpoints.filter(pl.col("session_id") == "7-0").with_columns(event_type=pl.lit("review"))
    viewed = one.with_columns(event_type=pl.lit("page_view"), touchpoint_index=pl.col("touchpoint_index") + 1)
    unknown = one.with_columns(event_type=pl.lit("moon_landing"))
    alone, beside = (session_stages(frame, fit) for frame in (one, pl.concat([one, viewed])))
    assert beside.equals(alone)
    assert not session_stages(viewed, fit).equals(alone)
    assert session_stages(unknown, fit).height == 1


def test_sessions_do_not_depend_on_who_else_is_there_or_on_what_comes_later(
    touchpoints: pl.DataFrame, fit: StageFit
) -> None:
    everybody = session_stages(touchpoints, fit)
    one = touchpoints.filter(pl.col("customer_id") == "c7")
    alone = session_stages(one, fit)
    assert alone.equals(everybody.filter(pl.col("session_id").str.starts_with("7-")))
    sessions = one.sort("touchpoint_index")["session_id"].unique(maintain_order=True)
    assert len(sessions) > 2
    earlier = session_stages(one.filter(pl.col("session_id").is_in(sessions.head(2).to_list())), fit)
    assert earlier.equals(alone.filter(pl.col("session_id").is_in(sessions.head(2).to_list())))


def test_the_same_touchpoints_give_the_same_text(truth: StageTruth, touchpoints: pl.DataFrame, fit: StageFit) -> None:
    in_order = touchpoints.sort("customer_id", "touchpoint_index")
    assert fit_touchpoints(in_order, STAGES, truth.watermark, stage_model="five").to_json() == fit.to_json()
    assert (fit.customers_count, fit.sessions_count, fit.touchpoints_count) == (300, *2 * [len(truth.touchpoints)])


def test_each_event_type_of_a_session_is_enough_once(touchpoints: pl.DataFrame, fit: StageFit) -> None:
    one = touchpoints.filter(pl.col("session_id") == "7-0")
    again = one.with_columns(
        touchpoint_index=pl.col("touchpoint_index") + 1, occurred_at=pl.col("occurred_at").dt.offset_by("1s")
    )
    assert session_stages(pl.concat([again, one]), fit).equals(session_stages(one, fit))


def test_nothing_to_fit_to_and_missing_columns_are_told(truth: StageTruth, touchpoints: pl.DataFrame) -> None:
    with pytest.raises(UsageError, match="no sessions"):
        fit_touchpoints(touchpoints.filter(pl.col("session_id").is_null()), STAGES, truth.watermark)
    with pytest.raises(UsageError, match="'stage'"):
        fit_touchpoints(touchpoints.drop("stage"), STAGES, truth.watermark)


def test_nobody_has_no_sessions(touchpoints: pl.DataFrame, fit: StageFit) -> None:
    assert session_stages(touchpoints.head(0), fit).is_empty()
