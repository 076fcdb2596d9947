from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from journey_analytics.analysis.findings import FindingOptions, ranked_findings, watched_rates
from journey_analytics.errors import UsageError

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NEWEST, BEFORE = (15 + 84, 15), (15 + 168, 15 + 84)
"""Days before the end: the newest period of twelve weeks of which all are watched, and the one before."""


def entered(
    ago: tuple[int, int], count: int, moved: int, segment: str = "ad", stage: str = "see", drops: bool = False
) -> pl.DataFrame:
    """Customers who entered a stage so many days ago, spread evenly; so many moved on, and maybe the others dropped off."""
    first, last = ago
    rows: list[tuple[object, ...]] = []
    for number in range(count):
        at = UNTIL - (first - 0.5) * DAY + (first - last - 1) * DAY * (number / max(count - 1, 1))
        has_moved = number * moved // count < (number + 1) * moved // count
        moved_on = at + 2 * DAY if has_moved else None
        leaves = at + 32 * DAY if drops and not has_moved else None
        rows.append((f"{segment} {stage} {ago} {number}", stage, segment, at, moved_on, leaves))
    times = [pl.Datetime("us", "UTC")] * 3
    names = ["customer_id", "stage", "first_channel", "entered_at", "moved_on_at", "dropped_off_at"]
    return pl.DataFrame(rows, schema=dict(zip(names, [pl.String] * 3 + times, strict=True)), orient="row")


def found(*parts: pl.DataFrame, **options: object) -> pl.DataFrame:
    """The findings of entries, without levels."""
    rates = watched_rates(pl.concat(parts), UNTIL, options=FindingOptions(**options))
    return ranked_findings(rates, "first channels").filter(pl.col("kind") != "level")


def changes(*parts: pl.DataFrame, **options: object) -> list[tuple[str, bool]]:
    """Segments of which a change is told, and whether to the worse."""
    told = found(*parts, **options).filter(kind="change")
    return told.select("segment", "is_worse").rows()


def test_a_fall_of_one_segment_is_told_with_its_numbers() -> None:
    steady = [entered(ago, 800, 400, "web") for ago in (BEFORE, NEWEST)]
    told = found(*steady, entered(BEFORE, 600, 300), entered(NEWEST, 600, 210)).row(0, named=True)
    assert (told["kind"], told["stage"], told["segment"], told["is_worse"]) == ("change", "see", "ad", True)
    assert (told["first_on"], told["last_on"]) == (date(2026, 3, 24), date(2026, 6, 15))
    assert (told["baseline_first_on"], told["baseline_last_on"]) == (date(2025, 12, 30), date(2026, 3, 23))
    assert (told["rate"], told["baseline_rate"]) == (0.35, 0.5)
    assert told["customers_affected"] == pytest.approx(90)
    assert told["customers_affected_low"] == pytest.approx(-600 * told["difference_high"])
    assert told["listed_count"] == 390
    assert told["sentence"] == (
        "Of 600 customers (ad) who entered see 2026-03-24 to 2026-06-15, 35.0% (95% interval 31.3–38.9%) moved on within "
        "15 days; of 600 who did 2025-12-30 to 2026-03-23, 50.0% (95% interval 46.0–54.0%): −15.0 points (−20.4 to −9.4). "
        "At the rate before about 90 more would have, at least 57."
    )


def test_a_rise_is_no_worse() -> None:
    assert changes(entered(BEFORE, 600, 210), entered(NEWEST, 600, 300)) == [("ad", False)]


def test_a_fall_of_all_is_told_once() -> None:
    parts = [entered(BEFORE, 600, 300, name) for name in ("ad", "web", "email")]
    assert changes(*parts, *(entered(NEWEST, 600, 210, name) for name in ("ad", "web", "email"))) == [("(all)", True)]


def test_other_customers_are_no_change_of_all() -> None:
    """Thrice as many come by ads, who never went far: the rate of all falls, and nobody's rate has changed."""
    steady = [entered(ago, 1500, 1000, "web") for ago in (BEFORE, NEWEST)]
    assert changes(*steady, entered(BEFORE, 500, 100), entered(NEWEST, 1500, 300)) == []


def test_who_entered_too_late_to_be_watched_is_in_no_rate() -> None:
    """Of the last two weeks nobody has moved on yet."""
    young = entered((15, 0), 300, 0)
    assert changes(entered(BEFORE, 600, 300), entered(NEWEST, 600, 300), young) == []
    slow = entered((15, 0), 300, 0).with_columns(moved_on_at=pl.col("entered_at") + 14 * DAY)
    rates = watched_rates(pl.concat([entered(BEFORE, 600, 300), entered(NEWEST, 600, 300), slow]), UNTIL)
    assert rates.filter(kind="change", segment="ad")["customers_count"].to_list() == [600]


def test_moving_on_later_than_watched_is_not_moving_on() -> None:
    late = entered(NEWEST, 600, 300).with_columns(pl.col("moved_on_at") + 14 * DAY)
    assert changes(entered(BEFORE, 600, 300), late) == [("ad", True)]
    assert changes(entered(BEFORE, 600, 300), late, within=timedelta(days=17)) == []


def test_a_customer_counts_once_per_period_at_the_first_entry() -> None:
    again = entered(NEWEST, 600, 0).with_columns(pl.col("entered_at") + timedelta(hours=1))
    rates = watched_rates(pl.concat([entered(BEFORE, 600, 300), entered(NEWEST, 600, 300), again]), UNTIL)
    row = rates.filter(kind="change", segment="ad").row(0, named=True)
    assert (row["customers_count"], row["happened_count"]) == (600, 300)


def test_the_shortest_period_with_enough_customers_counts() -> None:
    old, new = (15 + 56, 15 + 28), (15 + 28, 15)
    parts = [entered(BEFORE, 3000, 1500), entered((15 + 84, 15 + 56), 1000, 500), entered(old, 1000, 500)]
    rates = watched_rates(pl.concat([*parts, entered(new, 1000, 400)]), UNTIL).filter(kind="change")
    assert rates.select("period_days", "customers_count", "rate", "baseline_rate").rows() == [(28, 1000, 0.4, 0.5)]
    fewer = watched_rates(pl.concat([*parts, entered(new, 900, 360)]), UNTIL).filter(kind="change")
    assert fewer["period_days"].to_list() == [84]


def test_few_customers_are_too_little_history() -> None:
    rates = watched_rates(pl.concat([entered(BEFORE, 99, 90), entered(NEWEST, 600, 60)]), UNTIL).filter(kind="change")
    assert rates["finding"].to_list() == ["too_little_history"]
    assert rates.select("difference", "p_value", "q_value").row(0) == (None, None, None)


def test_without_two_periods_nothing_is_compared() -> None:
    rates = watched_rates(entered((15 + 55, 15), 600, 300), UNTIL)
    assert "change" not in rates["kind"].to_list()
    assert watched_rates(entered((15 + 55, 15), 600, 300).clear(), UNTIL).is_empty()
    assert ranked_findings(rates.clear()).is_empty()


def test_a_difference_below_the_least_is_shown_and_no_finding() -> None:
    rates = watched_rates(
        pl.concat([entered(BEFORE, 40_000, 20_000), entered(NEWEST, 40_000, 19_400)]),
        UNTIL,
        options=FindingOptions(period_days=(84,)),
    )
    change = rates.filter(kind="change").row(0, named=True)
    assert (change["finding"], change["q_value"] < 0.01) == ("differs_little", True)
    assert changes(entered(BEFORE, 40_000, 20_000), entered(NEWEST, 40_000, 19_000), period_days=(84,)) == [
        ("ad", True)
    ]


def test_a_segment_that_lags_is_told_and_not_the_one_that_leads() -> None:
    both = [entered(ago, 600, moved, name) for ago in (BEFORE, NEWEST) for name, moved in (("ad", 180), ("web", 300))]
    told = found(*both)
    assert told.select("kind", "segment", "baseline_customers_count").rows() == [("gap", "ad", 600)]


def test_a_month_stands_out_unless_its_change_is_told() -> None:
    months = [((183 - 30 * place, 153 - 30 * place), 500, 250) for place in range(5)]
    steady = [entered(*month) for month in months]
    march = entered((122, 92), 500, 100)
    told = found(steady[0], steady[1], march, *steady[3:])
    assert told.filter(kind="month", is_worse=True)["first_on"].to_list() == [date(2026, 3, 1)]
    newest = found(*steady[:3], entered((93, 63), 500, 100), entered((63, 33), 500, 100))
    assert newest["kind"].to_list()[0] == "change"
    assert newest.filter(kind="month", is_worse=True).is_empty()


def test_many_looks_need_a_stronger_sign() -> None:
    alone = [entered(BEFORE, 500, 250), entered(NEWEST, 500, 216)]
    steady = [entered(ago, 500, 250, stage=f"stage {number}") for number in range(40) for ago in (BEFORE, NEWEST)]
    assert changes(*alone) == [("ad", True)]
    assert changes(*alone, *steady) == []


def test_levels_are_the_stages_where_most_drop_off() -> None:
    parts = [
        entered((150, 60), 300, 150, stage="see", drops=True),
        entered((150, 60), 200, 20, stage="try", drops=True),
    ]
    told = ranked_findings(watched_rates(pl.concat(parts), UNTIL))
    assert told.select("kind", "stage", "outcome", "watched_days").rows() == [
        ("level", "try", "dropped_off", 45.0), ("level", "see", "dropped_off", 45.0)
    ]  # fmt: skip
    assert told["customers_affected"].to_list() == told["listed_count"].to_list()
    assert told["q_value"].null_count() == told["is_worse"].null_count() == 2


def test_a_finding_has_the_same_id_tomorrow() -> None:
    today = found(entered(BEFORE, 600, 300), entered(NEWEST, 600, 210)).row(0, named=True)
    other = found(entered(BEFORE, 700, 360), entered(NEWEST, 650, 200)).row(0, named=True)
    rise = found(entered(BEFORE, 600, 210), entered(NEWEST, 600, 300)).row(0, named=True)
    assert today["finding_id"] == other["finding_id"] == "F-adf8e6"
    assert rise["finding_id"] != today["finding_id"]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = pl.concat([entered(BEFORE, 300, 150), entered(NEWEST, 300, 90), entered(NEWEST, 400, 190, "web")])
    assert_frame_equal(watched_rates(rows.sample(fraction=1, shuffle=True, seed=1), UNTIL), watched_rates(rows, UNTIL))


def test_a_day_is_one_of_the_business() -> None:
    """At ten in the evening in UTC it is the next day in Prague."""
    late = entered((100, 99), 200, 100).with_columns(entered_at=pl.lit(datetime(2026, 3, 31, 22, 30, tzinfo=UTC)))
    other = entered((150, 140), 200, 100)
    by_month = {
        zone: watched_rates(pl.concat([late, other, entered((70, 60), 200, 100)]), UNTIL, time_zone=zone)
        .filter(kind="month", first_on=date(2026, 4, 1))
        .height
        for zone in ("UTC", "Europe/Prague")
    }
    assert by_month == {"UTC": 1, "Europe/Prague": 1}
    counts = {
        zone: watched_rates(pl.concat([late, other, entered((70, 60), 200, 100)]), UNTIL, time_zone=zone)
        .filter(kind="month", first_on=date(2026, 3, 1))
        .height
        for zone in ("UTC", "Europe/Prague")
    }
    assert counts == {"UTC": 1, "Europe/Prague": 0}


@pytest.mark.parametrize(
    ("entries", "options", "told"),
    [
        (entered(NEWEST, 9, 4).drop("moved_on_at"), {}, "no column 'moved_on_at'"),
        (entered(NEWEST, 9, 4).drop("first_channel"), {}, "no column 'first_channel'"),
        (entered(NEWEST, 9, 4), {"level": 1.5}, "A level of 1.5 cannot be"),
        (entered(NEWEST, 9, 4), {"period_days": ()}, r"Periods of \(\) days"),
        (entered(NEWEST, 9, 4), {"within": timedelta(0)}, "for no time"),
        (entered(NEWEST, 9, 4), {"least_customers": 0}, "0 customers"),
    ],
)
def test_mistakes_are_told(entries: pl.DataFrame, options: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        watched_rates(entries, UNTIL, options=FindingOptions(**options))
