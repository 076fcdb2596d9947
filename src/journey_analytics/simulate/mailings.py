"""E-mails of the company: referral mails, welcome mails and newsletters, and what becomes of each."""

import numpy as np
import polars as pl

from journey_analytics.simulate.calm import Calm
from journey_analytics.simulate.rhythm import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    WAKING_HOURS,
    Flags,
    Integers,
    stream,
    utc,
    within_hours,
)
from journey_analytics.simulate.world import World, months_later
from journey_analytics.vocabulary import Channel

REFERRAL, WELCOME, TIPS, FIRST_NEWSLETTER = 1001, 1002, 1003, 2001
"""Campaign numbers; newsletters count on from month to month."""

_NEWSLETTER_DAY, _NEWSLETTER_HOUR = 9, 9


def make_mailings(visits: pl.DataFrame, names: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Send e-mails, and follow each through delivery, opens and clicks.

    Nobody clicks who has fallen silent: see ``Calm``.

    Args:
        visits: All visits, in the order of people and time.
        names: The people's identifiers.
        world: The world.
        seed: Of chance.

    Returns:
        One row per event, by time: ``mail`` (number), ``person``, ``campaign``, ``names_customer`` (carries the user
        id), ``sent_at``, ``at``, ``event`` (in the vendor's words) and ``by_machine``.
    """
    rng = stream(seed, "mailings")
    mails = _sent(visits, names, world, rng)
    followed = _followed(mails, names.height, Calm(visits, world), world, rng)
    words = {
        "sent_at": pl.lit("processed"),
        "deferred_at": pl.lit("deferred"),
        "ended_at": pl.col("ending"),
        "machine_at": pl.lit("open"),
        "open_at": pl.lit("open"),
        "click_at": pl.lit("click"),
        "left_at": pl.col("leaving"),
    }
    events = [
        followed.filter(pl.col(column).is_not_null()).select(
            "mail",
            "person",
            "campaign",
            "names_customer",
            "sent_at",
            at=column,
            event=word,
            by_machine=pl.lit(column == "machine_at"),
        )
        for column, word in words.items()
    ]
    return pl.concat(events).filter(pl.col("at") < world.ends_at).sort("at", "mail", maintain_order=True)


def _sent(visits: pl.DataFrame, names: pl.DataFrame, world: World, rng: np.random.Generator) -> pl.DataFrame:
    """All e-mails: referrals with the click that leads to the first visit, welcome mails, newsletters."""
    invited = visits.filter((pl.col("visit") == 0) & (pl.col("entry_channel") == Channel.EMAIL.value))
    ahead = pl.Series(rng.integers(5 * MINUTE, 8 * HOUR, invited.height))
    referrals = invited.select(
        "person",
        campaign=pl.lit(REFERRAL),
        sent_at=pl.max_horizontal(pl.col("at") - ahead, pl.lit(world.starts_at)),
        must_click_at=pl.col("at") - pl.Series(rng.integers(10, 40, invited.height)) * SECOND,
    )
    users = names.filter(pl.col("registered_at").is_not_null())
    welcome, tips = (
        users.select("person", campaign=pl.lit(campaign), sent_at=pl.col("registered_at") + after)
        for campaign, after in ((WELCOME, 40 * MINUTE), (TIPS, 3 * DAY))
    )
    mails = (
        pl.concat([referrals, welcome, tips, *_newsletters(visits, world, rng)], how="diagonal_relaxed")
        .filter(pl.col("sent_at") < world.ends_at)
        .sort("person", "sent_at", maintain_order=True)
    )
    names_customer = pl.Series(rng.random(mails.height) < world.mail.names_customer)
    return mails.with_columns(mail=pl.int_range(pl.len()), names_customer=names_customer)


def _newsletters(visits: pl.DataFrame, world: World, rng: np.random.Generator) -> list[pl.DataFrame]:
    """One a month to everybody whose address is known and who was there not too long ago."""
    tells = pl.col("leaves_email") | pl.col("converts")
    known = visits.group_by("person", maintain_order=True).agg(
        known_from=pl.col("at").filter(tells).first() + HOUR, last_at=pl.col("at").last()
    )
    days = [(months_later(world.first_day, month) - world.first_day).days for month in range(world.months)]
    hour = np.full(len(days), _NEWSLETTER_HOUR * HOUR)
    sent: list[pl.DataFrame] = []
    for month, start in enumerate(utc(np.array(days) + _NEWSLETTER_DAY, hour, world).tolist()):
        was_there = pl.col("last_at") + world.mail.newsletter_until_days * DAY > start
        readers = known.filter((pl.col("known_from") < start) & was_there)
        spread = pl.Series(rng.integers(0, 40 * MINUTE, readers.height))
        sent.append(readers.select("person", campaign=pl.lit(FIRST_NEWSLETTER + month), sent_at=start + spread))
    return sent


def _followed(mails: pl.DataFrame, customers: int, calm: Calm, world: World, rng: np.random.Generator) -> pl.DataFrame:
    """What becomes of each e-mail: when each event happens, null where it does not."""
    rates, count, drawn = world.mail, mails.height, rng.random((6, mails.height))
    person, is_newsletter = mails["person"].to_numpy(), mails["campaign"].to_numpy() >= FIRST_NEWSLETTER
    is_referral = (mails["campaign"] == REFERRAL).to_numpy()
    has_no_mailbox = (rng.random(customers) < rates.bounces_always)[person] & ~is_referral
    uses_proxy = (rng.random(customers) < rates.uses_proxy)[person]
    bounces = has_no_mailbox | ((drawn[0] < rates.bounces) & ~is_referral)
    is_deferred = (drawn[1] < rates.deferred) & ~is_referral

    def later(at: Integers, least: int, most: int) -> Integers:
        return at + rng.integers(least, most, count)

    sent_at = mails["sent_at"].to_numpy()
    ended_at = np.where(is_deferred, later(sent_at, 5 * MINUTE, HOUR), later(sent_at, 2 * SECOND, MINUTE))
    waits = MINUTE + (rng.exponential(rates.mean_hours_to_open, count) * HOUR).astype(np.int64)
    open_at = within_hours(ended_at + waits, WAKING_HOURS, world)
    click_at, left_at = later(open_at, 5 * SECOND, 90 * SECOND), later(open_at, 10 * SECOND, 100 * SECOND)
    opens = ~bounces & (drawn[2] < rates.opens) & ~is_referral
    # The rates of clicks and of leaving are shares of all mails; only those who open can do either.
    click_rate = np.where(is_newsletter, rates.newsletter_clicks, rates.welcome_clicks) / rates.opens
    clicks = opens & (drawn[3] < click_rate) & calm.between_visits(person, click_at)
    leaves = opens & (drawn[4] < rates.unsubscribes / rates.opens) & calm.after_visit(person, left_at)
    followed = mails.with_columns(
        deferred_at=_where(is_deferred, later(sent_at, 2 * SECOND, 30 * SECOND)),
        ended_at=pl.Series(ended_at),
        ending=pl.when(pl.Series(bounces)).then(pl.lit("bounce")).otherwise(pl.lit("delivered")),
        machine_at=_where(uses_proxy & ~bounces, later(ended_at, SECOND, 50 * SECOND)),
        open_at=pl.coalesce(pl.col("must_click_at") - 5 * SECOND, _where(opens, open_at)),
        click_at=pl.coalesce("must_click_at", _where(clicks, click_at)),
        left_at=_where(leaves & is_newsletter, left_at),
        leaving=pl.when(pl.Series(drawn[5] < rates.spam_reports))
        .then(pl.lit("spamreport"))
        .otherwise(pl.lit("unsubscribe")),
        is_dropped=pl.Series(has_no_mailbox) & (pl.int_range(pl.len()).over("person") > 0),
    )
    # After a hard bounce the platform drops further mails, and those who left get none.
    has_left = pl.col("left_at").is_not_null().cum_sum().shift(1, fill_value=0).over("person") > 0
    return followed.filter(~has_left).with_columns(
        ending=pl.when("is_dropped").then(pl.lit("dropped")).otherwise("ending"),
        deferred_at=pl.when(~pl.col("is_dropped")).then("deferred_at"),
    )


def _where(happens: Flags, at: Integers) -> pl.Expr:
    return pl.when(pl.Series(happens)).then(pl.Series(at))


def visits_of_clicks(
    mailings: pl.DataFrame, visits: pl.DataFrame, names: pl.DataFrame, world: World, seed: int
) -> pl.DataFrame:
    """The short visits to which clicks in e-mails lead, in the columns of ``visits`` but without a stage.

    The click in a referral is no matter of this: it led to the first visit, which is known.
    """
    rng = stream(seed, "clicks")
    first = visits.group_by("person", maintain_order=True).agg(pl.col("device", "zeal", "buys_first").first())
    clicks = (
        mailings.filter((pl.col("event") == "click") & (pl.col("campaign") != REFERRAL))
        .join(first, on="person", how="left", maintain_order="left")
        .join(names.select("person", "registered_at"), on="person", how="left", maintain_order="left")
    )
    is_user = (pl.col("at") >= pl.col("registered_at")).fill_null(value=False)
    nothing_else = ("opens_stay", "ends_stay", "converts", "leaves_email", "is_renamed")
    return clicks.select(
        "person",
        "device",
        "zeal",
        "buys_first",
        "campaign",
        at=pl.col("at") + 12 * SECOND,
        arrival=pl.lit("email"),
        is_logged_in=is_user & pl.Series(rng.random(clicks.height) < world.web.logged_in),
        **dict.fromkeys(nothing_else, pl.lit(value=False)),
    )
