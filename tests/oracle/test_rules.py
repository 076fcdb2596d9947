"""Any rules give the stages and conversions that asking them one after the other gives."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.contracts import CONVERSIONS, JOURNEYS, SESSIONS, TOUCHPOINTS
from journey_analytics.stage_model import (
    Comparison,
    Condition,
    Conversion,
    EntryCondition,
    FactCondition,
    KnownCondition,
    NumberCondition,
    PropertyCondition,
    Rule,
    SessionCondition,
    Stage,
    StageModel,
    TextCondition,
    UnlessCondition,
)
from journey_analytics.transform.bucket import BucketTables, transform_bucket
from journey_analytics.transform.stage_codes import stage_code_rows
from journey_analytics.vocabulary import UNMAPPED
from tests.oracle import slow, slow_rules
from tests.strategies import CHANNELS, TYPES, event_frames
from tests.tables import events
from tests.worlds import settings as project_settings

PROJECT = project_settings()
STAGES = ("one", "two", "three")
NUMBERS = st.sampled_from((-1.0, 0.0, 0.5, 1.0, 2.0, 2.5, 9.0, 30.0, 1e30))
COMPARISONS = st.builds(Comparison, st.sampled_from(("<=", ">=", "<", ">", "=")), NUMBERS)
SOME_TYPES = st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True).map(tuple)
TEXTS = st.one_of(
    st.builds(TextCondition, st.just("event_type"), SOME_TYPES),
    st.builds(TextCondition, st.just("event_type"), st.sampled_from((("*_view",), ("page_view", "*e*"), ("never",)))),
    st.builds(TextCondition, st.sampled_from(("channel", "entry_channel")), st.sampled_from([(one,) for one in CHANNELS])),
    st.builds(TextCondition, st.just("page_url"), st.sampled_from((("*/pricing*",), ("https://s.example/",)))),
    st.builds(TextCondition, st.just("page_path"), st.sampled_from((("/",), ("/pricing", "/a/*"), ("*",)))),
    st.builds(TextCondition, st.just("referrer"), st.just(("*",))),
)  # fmt: skip
OF_EVENT = st.one_of(
    TEXTS,
    st.builds(NumberCondition, st.just("score"), COMPARISONS),
    st.builds(PropertyCondition, st.just("plan"), st.sampled_from((("pro", "1*"), ("7",)))),
    st.builds(PropertyCondition, st.just("plan"), st.just(()), COMPARISONS),
)
OTHERS = st.lists(st.lists(OF_EVENT, min_size=1, max_size=2).map(tuple), max_size=1).map(tuple)
SINCE = st.sampled_from(("nth", "days_since_first", "hours_since_first", "days_since_last", "hours_since_last"))
PLAIN: st.SearchStrategy[Condition] = st.one_of(
    OF_EVENT,
    st.builds(FactCondition, st.sampled_from(("before_first", "after_first")), SOME_TYPES, st.none(), OTHERS),
    st.builds(FactCondition, SINCE, SOME_TYPES, COMPARISONS, OTHERS),
    st.builds(KnownCondition, st.sampled_from((("user_id",), ("email",), ("user_id", "email")))),
    st.builds(SessionCondition, st.sampled_from(("index", "position", "days_since_previous")), COMPARISONS),
    st.builds(EntryCondition, TEXTS),
)
CONDITIONS = st.one_of(
    PLAIN, PLAIN, PLAIN, st.builds(UnlessCondition, st.lists(PLAIN, min_size=1, max_size=2).map(tuple))
)
ALL_OF = st.lists(CONDITIONS, min_size=1, max_size=3).map(tuple)


@st.composite
def models(draw: st.DrawFn, max_rules: int = 12) -> StageModel:
    limits = st.sampled_from((None, timedelta(minutes=10), timedelta(days=9)))
    rules = [
        Rule(f"rule {index}", draw(st.sampled_from((*STAGES, UNMAPPED))), conditions, "")
        for index, conditions in enumerate(draw(st.lists(ALL_OF, max_size=max_rules)))
    ]
    conversions = [
        Conversion(f"conversion {index}", draw(ALL_OF), draw(st.sampled_from(("first", "every")))) for index in range(2)
    ]
    stages = [Stage(name, name, "", is_goal=draw(st.booleans()), lapse_after=draw(limits)) for name in STAGES]
    return StageModel("drawn", "", "", tuple(stages), tuple(rules), tuple(conversions))


def with_more(frame: pl.DataFrame) -> pl.DataFrame:
    """Addresses, scores, a property and identifiers, of some events."""
    number = pl.col("event_key")
    return frame.with_columns(
        page_url=pl.when(number % 3 == 0).then(pl.lit("https://s.example/pricing?\n"))
        .when(number % 7 == 1).then(pl.lit("https://s.example/")).when(number % 7 == 2).then(pl.lit("https://s.example#x/a"))
        .when(number % 7 == 3).then(pl.lit("http://s.example/a/b//?q=/c/")),
        score=pl.when(number % 2 == 0).then(number % 11).cast(pl.Decimal(9, 3)),
    ).with_columns(
        pl.when(number % 4 == 0).then(pl.lit("pro")).when(number % 4 == 1).then((number % 13).cast(pl.String))
        .alias("property plan"),
        **{"has user_id": number % 5 == 0, "has email": number % 9 == 4},
    )  # fmt: skip


def stages_of(tables: BucketTables) -> dict[int, list[tuple[str | None, str | None]]]:
    found: dict[int, list[tuple[str | None, str | None]]] = {}
    rows = tables.of(TOUCHPOINTS).sort("customer_key", "touchpoint_index")
    for customer, stage, rule in rows.select("customer_key", "stage", "rule_id").iter_rows():
        found.setdefault(customer, []).append((stage, rule))
    return found


@settings(max_examples=200, deadline=None)
@given(event_frames().map(with_more), models())
def test_stages_rules_and_conversions_equal_the_slow_ones(frame: pl.DataFrame, model: StageModel) -> None:
    fast = transform_bucket(frame, [model], PROJECT)
    points = {customer: slow.touchpoints(own) for customer, own in slow.by_customer(frame.to_dicts()).items()}
    assert stages_of(fast) == {customer: slow_rules.stages(own, model) for customer, own in points.items()}
    ids = dict(frame.select("event_key", "event_id").iter_rows())
    converted = fast.of(CONVERSIONS).select("conversion", "event_key").rows()
    expected = [pair for own in points.values() for pair in slow_rules.conversions(own, model)]
    assert sorted((name, ids[key]) for name, key in converted) == sorted(expected)


@settings(max_examples=50, deadline=None)
@given(event_frames().map(with_more), st.lists(models(max_rules=4), min_size=1, max_size=3))
def test_the_number_of_a_touchpoint_says_the_stage_and_rule_that_each_model_alone_gives_it(
    frame: pl.DataFrame, drawn: list[StageModel]
) -> None:
    beside = [replace(model, name=f"model {index}") for index, model in enumerate(drawn)]
    meaning = {
        model: {row["code"]: (row["unit"], row["codes_count"], row["stage"], row["rule_id"]) for row in rows}
        for (model,), own in stage_code_rows(beside).group_by("stage_model")
        for rows in [own.rows(named=True)]
    }
    numbers = dict(
        transform_bucket(frame, beside, PROJECT).of(TOUCHPOINTS).select("event_key", "stages_code").iter_rows()
    )
    for model in beside:
        unit, count, _, _ = meaning[model.name][0]
        alone = transform_bucket(frame, [model], PROJECT).of(TOUCHPOINTS)
        assert {key: meaning[model.name][number // unit % count][2:] for key, number in numbers.items()} == {
            key: (stage, rule) for key, stage, rule in alone.select("event_key", "stage", "rule_id").iter_rows()
        }


@settings(max_examples=100, deadline=None)
@given(event_frames().map(with_more), models())
def test_journeys_end_after_the_limit_of_the_stage_the_customer_was_in(frame: pl.DataFrame, model: StageModel) -> None:
    """With limits shorter than the timeout too, where one session lies in two journeys and counts in both."""
    fast = transform_bucket(frame, [model], PROJECT)
    own_limits = {stage.name: stage.lapse_after for stage in model.stages if stage.lapse_after}
    expected = []
    for customer, own in sorted(slow.by_customer(frame.to_dicts()).items()):
        points = slow.touchpoints(own)
        session_of = {
            event: index
            for index, session in enumerate(slow.sessions(points, timedelta(minutes=30), timedelta(hours=24)))
            for event in session
        }
        journeys: list[list[str]] = []
        lapses_at, current = None, None
        for event, (stage, _) in zip(points, slow_rules.stages(points, model), strict=True):
            if not slow.is_interaction(event):
                continue
            if lapses_at is None or event["occurred_at"] > lapses_at:
                journeys.append([])
            journeys[-1].append(event["event_id"])
            current = current if stage == UNMAPPED else stage
            lapses_at = event["occurred_at"] + own_limits.get(str(current), timedelta(days=30))
        expected += [
            (customer, len(ids), len({session_of[one] for one in ids if one in session_of})) for ids in journeys
        ]
    found = fast.of(JOURNEYS).sort("customer_key", "journey_index")
    assert found.select("customer_key", "touchpoints_count", "sessions_count").rows() == expected


@settings(max_examples=100, deadline=None)
@given(event_frames().map(with_more), models())
def test_a_session_has_the_stage_of_its_last_mapped_interaction(frame: pl.DataFrame, model: StageModel) -> None:
    expected = []
    for customer, own in slow.by_customer(frame.to_dicts()).items():
        points = slow.touchpoints(own)
        stages = dict(zip([event["event_id"] for event in points], slow_rules.stages(points, model), strict=True))
        for index, session in enumerate(slow.sessions(points, timedelta(minutes=30), timedelta(hours=24)), start=1):
            mapped = [stages[event][0] for event in session if stages[event][0] != UNMAPPED]
            expected.append((customer, index, mapped[-1] if mapped else None))
    found = transform_bucket(frame, [model], PROJECT).of(SESSIONS)
    assert sorted(found.select("customer_key", "session_index", "stage").rows()) == sorted(expected)


def test_a_session_that_two_journeys_share_counts_in_both() -> None:
    """A stage may lapse sooner than a session ends."""
    stage = Stage("one", "", "", lapse_after=timedelta(minutes=10))
    always = Rule("always", "one", (TextCondition("event_type", ("*",)),), "")
    frame = events("customer | at\nana | 10:00\nana | 10:20\nana | 10:25")
    found = transform_bucket(frame, [StageModel("short", "", "", (stage,), (always,), ())], PROJECT)
    assert found.of(SESSIONS)["touchpoints_count"].to_list() == [3]
    assert found.of(JOURNEYS).select("touchpoints_count", "sessions_count").rows() == [(1, 1), (2, 1)]


@pytest.mark.parametrize("rules", [8, 16, 63, 64, 65, 130])
def test_as_many_rules_as_one_likes(rules: int) -> None:
    never = TextCondition("event_type", ("never",))
    always = TextCondition("event_type", ("*",))
    made = [Rule(f"rule {index}", "one", (never,), "") for index in range(rules - 1)]
    model = StageModel("many", "", "", (Stage("one", "", ""),), (*made, Rule("last", "one", (always,), "")), ())
    frame = events("customer | at\nana | 10:00")
    assert transform_bucket(frame, [model], PROJECT).of(TOUCHPOINTS)["rule_id"].to_list() == ["last"]
    none = StageModel("many", "", "", (Stage("one", "", ""),), tuple(made), ())
    assert transform_bucket(frame, [none], PROJECT).of(TOUCHPOINTS)["stage"].to_list() == [UNMAPPED]
