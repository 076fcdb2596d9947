"""What people do in their visits: pages, searches, purchases, logins, each at its time, as rows of one web log."""

import numpy as np
import polars as pl

from journey_analytics.simulate.habits import STAGES, Deed
from journey_analytics.simulate.rhythm import DAY, MINUTE, SECOND, Flags, Integers, stream
from journey_analytics.simulate.world import World

_IN_ANY_ORDER = range(Deed.BROWSE, Deed.FILL_CART)
_FEATURES_TO_SETTLE_IN = 3
_MEAN_PAUSE_SECONDS, _LONGEST_PAUSE = 40.0, 10 * MINUTE
_PAGES_PER_CRAWL = 25


def make_deeds(visits: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Fill visits with deeds.

    Args:
        visits: Visits as ``make_visits`` makes them, and short ones without a stage, as clicks in e-mails lead to.
        world: The world.
        seed: Of chance.

    Returns:
        One row per deed, in the order of time: ``person``, ``visit_row``, ``at``, ``deed``, ``device``, ``arrival``
        and ``campaign`` (of the first deed of a visit, else null), ``names_user`` (the row carries the user id),
        ``detail`` (a number that picks a product, an article, a feature) and ``revenue`` (of orders).
    """
    rng = stream(seed, "deeds")
    counts = _counts(visits, world, rng)
    row = np.concatenate([np.repeat(np.arange(visits.height), count) for count in counts.values()])
    deed = np.concatenate([np.full(count.sum(), deed) for deed, count in counts.items()])
    rank = np.where(np.isin(deed, _IN_ANY_ORDER), _IN_ANY_ORDER.start, deed)
    order = np.lexsort((rng.random(len(row)), rank, row))
    row, deed = row[order], deed[order]
    of_visit = visits.select("person", "device", "arrival", "campaign", "is_logged_in", "converts")[row]
    is_first, is_order = pl.col("deed") == Deed.ARRIVE, pl.col("deed") == Deed.ORDER
    return (
        of_visit.with_columns(
            pl.Series("visit_row", row),
            pl.Series("at", _instants(row, deed, visits["at"].to_numpy(), rng)),
            pl.Series("deed", deed),
            pl.Series("detail", rng.integers(0, 1000, len(row))),
        )
        .with_columns(
            arrival=pl.when(is_first).then("arrival"),
            campaign=pl.when(is_first).then("campaign"),
            names_user=pl.col("is_logged_in") | (pl.col("converts") & (pl.col("deed") >= Deed.REGISTER)),
            revenue=pl.when(is_order).then(_revenues(len(row), world, rng)),
        )
        .drop("is_logged_in", "converts")
        .filter(pl.col("at") < world.ends_at)
        .sort("at", maintain_order=True)
    )


def _counts(visits: pl.DataFrame, world: World, rng: np.random.Generator) -> dict[Deed, Integers]:
    """How often each deed happens in each visit."""
    has_stage = visits["stage"].is_not_null().to_numpy()
    stage = visits["stage"].fill_null(len(STAGES)).to_numpy()
    rates = [*(world.habits[name].deeds for name in STAGES), {Deed.READ_BLOG: world.mail.articles_read}]
    counts: dict[Deed, Integers] = {}
    for deed in Deed:
        mean = np.array([of_stage.get(deed, 0.0) for of_stage in rates])
        counts[deed] = rng.poisson(mean[stage] * visits["zeal"].to_numpy())
    _begin(counts, visits, has_stage, world, rng)
    _convert(counts, visits)
    _show_stage(counts, visits, stage, world, rng)
    # Someone whose first contact is a ticket has not seen the site yet.
    is_offline = has_stage & (visits["arrival"] == "support").to_numpy() & ~visits["converts"].to_numpy()
    return {deed: np.where(is_offline, 0, count) for deed, count in counts.items()}


def _begin(
    counts: dict[Deed, Integers], visits: pl.DataFrame, has_stage: Flags, world: World, rng: np.random.Generator
) -> None:
    """Every visit begins with a page; some customers sign in anew, some others leave their e-mail address."""
    signs_in = visits["is_logged_in"].to_numpy() & has_stage & (rng.random(visits.height) < world.web.signs_in_anew)
    counts[Deed.ARRIVE] = np.ones(visits.height, dtype=np.int64)
    counts[Deed.LEAVE_EMAIL] = visits["leaves_email"].to_numpy().astype(np.int64)
    counts[Deed.IDENTIFY] = counts[Deed.SIGN_IN] = signs_in.astype(np.int64)
    counts[Deed.RENAME] = visits["is_renamed"].to_numpy().astype(np.int64)


def _convert(counts: dict[Deed, Integers], visits: pl.DataFrame) -> None:
    """People become customers by signing up or by a first purchase; both register them."""
    converts, buys_first = visits["converts"].to_numpy(), visits["buys_first"].to_numpy()
    counts[Deed.REGISTER] = converts.astype(np.int64)
    counts[Deed.SIGN_UP] = (converts & ~buys_first).astype(np.int64)
    _buy(counts, converts & buys_first)


def _show_stage(
    counts: dict[Deed, Integers], visits: pl.DataFrame, stage: Integers, world: World, rng: np.random.Generator
) -> None:
    """What someone does in a stage in any case: without it nobody could tell the stage."""
    web, drawn = world.web, rng.random((4, visits.height))
    opens, ends, buys_first = (visits[name].to_numpy() for name in ("opens_stay", "ends_stay", "buys_first"))
    _, acquisition, onboarding, engagement, advocacy = (stage == place for place in range(len(STAGES)))
    intent = counts[Deed.SEE_PRICING] + counts[Deed.SEARCH] + counts[Deed.SEE_PRODUCT]
    counts[Deed.SEE_PRODUCT] += acquisition & opens & (intent == 0)
    counts[Deed.USE_FEATURE] += onboarding & (opens | (ends & (drawn[0] < web.second_feature)))
    features = np.where(engagement & opens, _FEATURES_TO_SETTLE_IN, engagement)
    counts[Deed.USE_FEATURE] = np.maximum(counts[Deed.USE_FEATURE], features)
    _buy(counts, onboarding & ends & ~opens & ~buys_first & (drawn[1] < web.first_order))
    _buy(counts, engagement & (drawn[1] < web.later_order))
    recommends, reviews = advocacy & opens, drawn[2] < web.reviews
    counts[Deed.REVIEW] = (recommends & reviews).astype(np.int64)
    counts[Deed.SHARE] = (recommends & (~reviews | (drawn[3] < web.shares))).astype(np.int64)


def _buy(counts: dict[Deed, Integers], buys: Flags) -> None:
    for deed in (Deed.SEE_PRODUCT, Deed.FILL_CART, Deed.CHECK_OUT, Deed.ORDER):
        counts[deed] = np.maximum(counts[deed], buys)


def _instants(row: Integers, deed: Integers, starts: Integers, rng: np.random.Generator) -> Integers:
    """Deeds follow each other with pauses; what the browser sends by itself comes at once."""
    count = len(row)
    pauses = 3 * SECOND + (rng.exponential(_MEAN_PAUSE_SECONDS, count) * SECOND).astype(np.int64)
    by_itself = np.isin(deed, (Deed.LEAVE_EMAIL, Deed.IDENTIFY, Deed.RENAME))
    pauses = np.where(by_itself, rng.integers(20, 400, count), np.minimum(pauses, _LONGEST_PAUSE))
    since_all = np.cumsum(np.where(deed == Deed.ARRIVE, 0, pauses))
    first = np.searchsorted(row, row, side="left")
    return starts[row] + since_all - since_all[first]


def _revenues(count: int, world: World, rng: np.random.Generator) -> pl.Series:
    """Prices that end in .90, most of them small."""
    drawn = np.exp(rng.normal(np.log(world.web.median_revenue), world.web.revenue_spread, count))
    return pl.Series(np.floor(drawn) + 0.9).round(2)


def add_bots(deeds: pl.DataFrame, first_device: int, world: World, seed: int) -> pl.DataFrame:
    """Add the page views of crawlers: rows without a person, on devices from ``first_device`` on."""
    rng = stream(seed, "bots")
    crawls = int(deeds.height * world.web.bot_rows) // _PAGES_PER_CRAWL
    crawl = np.repeat(np.arange(crawls), _PAGES_PER_CRAWL)
    start = rng.integers(world.starts_at, world.ends_at - DAY, crawls)
    bots = pl.DataFrame(
        {
            "device": first_device + crawl,
            "at": start[crawl] + np.tile(np.arange(_PAGES_PER_CRAWL), crawls) * 7 * SECOND,
            "deed": np.full(len(crawl), Deed.READ_BLOG),
            "detail": rng.integers(0, 1000, len(crawl)),
            "names_user": np.zeros(len(crawl), dtype=np.bool_),
        }
    )
    return pl.concat([deeds, bots], how="diagonal").sort("at", maintain_order=True)
