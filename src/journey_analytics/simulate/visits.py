"""Visits: when exactly people come, on which device, how they got there, and in which visit they become customers."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from journey_analytics.simulate.habits import STAGES
from journey_analytics.simulate.paths import GONE
from journey_analytics.simulate.rhythm import HOUR, Integers, choose, stream, time_of_day, utc
from journey_analytics.simulate.world import World
from journey_analytics.vocabulary import Channel

ARRIVALS = ("direct", "search", "referral", "ad", "social", "email", "support")
"""How a visit can begin."""

DEVICES_PER_PERSON = 3
"""Devices are numbered from person to person, whether somebody has all of them or not."""

_RENAMED_AT_LOGIN = 3
_SHORTEST_PAUSE = 2 * HOUR


def make_visits(people: pl.DataFrame, path: pl.DataFrame, world: World, seed: int) -> pl.DataFrame:
    """Place the visits of hidden paths in time and say how each goes.

    Args:
        people: The people.
        path: Their visits, as ``walk`` makes them.
        world: The world.
        seed: Of chance.

    Returns:
        The visits of ``path`` with ``at`` (milliseconds), ``converts`` (signs up or buys for the first time),
        ``is_customer`` (did so in an earlier visit), ``device``, ``is_logged_in``, ``is_renamed`` (gets another user
        id), ``arrival`` (one of ``ARRIVALS``), ``leaves_email`` (tells the address without being a customer), and some
        traits of the person.
    """
    rng = stream(seed, "visits")
    count = path.height
    visits = (
        path.join(people, on="person", how="left", maintain_order="left")
        .with_columns(pl.Series("at", _instants(path, people, world, rng)), may_convert=_may_convert(count, world, rng))
        .with_columns(is_customer=pl.col("may_convert").cum_sum().shift(1, fill_value=0).over("person") > 0)
        .with_columns(converts=pl.col("may_convert") & ~pl.col("is_customer"))
    )
    slot = _slots(visits, world, rng)
    own_device = visits["person"].to_numpy() * DEVICES_PER_PERSON + slot
    never_identified = rng.random(people.height * DEVICES_PER_PERSON) < world.web.never_identified
    may_log_in = (slot == 0) | ~never_identified[own_device]
    stays_logged_in = pl.Series(may_log_in & (rng.random(count) < world.web.logged_in))
    return (
        visits.with_columns(
            pl.Series("device", _with_households(visits, people.height, world, rng)[own_device]),
            pl.Series("arrival", _arrivals(visits, world, rng)),
            is_logged_in=pl.col("is_customer") & stays_logged_in,
            leaves_email=_leaves_email(count, world, rng),
        )
        .with_columns(is_renamed=_is_renamed(count, world, rng))
        .filter(pl.col("at") < world.ends_at)
        .drop("day", "start_day", "at_work", "pace", "devices", "may_convert")
    )


def _instants(path: pl.DataFrame, people: pl.DataFrame, world: World, rng: np.random.Generator) -> Integers:
    """Instants of visits: by the hours of the day, and never two visits of a person at once."""
    person = path["person"].to_numpy()
    at = utc(path["day"].to_numpy(), time_of_day(people["at_work"].to_numpy()[person], world, rng), world)
    # A running maximum within each person: people are lifted out of each other's reach before, and lowered after.
    lift = person * (2 * (world.ends_at - world.starts_at)) - path["visit"].to_numpy() * _SHORTEST_PAUSE
    return np.maximum.accumulate(at + lift) - lift


def _may_convert(count: int, world: World, rng: np.random.Generator) -> pl.Expr:
    """The last visit before onboarding, and for some the last one before silence; several of one person may qualify."""
    onboarding, acquisition = STAGES.index("onboarding"), STAGES.index("acquisition")
    moves_on = (pl.col("stage") < onboarding) & pl.col("next_stage").is_between(onboarding, GONE - 1)
    leaves = (pl.col("stage") == acquisition) & (pl.col("next_stage") == GONE)
    signs_up = pl.Series(rng.random(count) < world.web.signs_up_and_leaves)
    return pl.col("ends_stay") & (moves_on | (leaves & signs_up))


def _slots(visits: pl.DataFrame, world: World, rng: np.random.Generator) -> Integers:
    """Which of a person's devices; people become customers on their first one."""
    is_customer, converts, devices = (visits[name].to_numpy() for name in ("is_customer", "converts", "devices"))
    share = np.where(is_customer, world.web.other_device_after_sign_up, world.web.other_device_before_sign_up)
    elsewhere = rng.random(visits.height) < share
    other = 1 + (rng.random(visits.height) * (devices - 1)).astype(np.int64)
    return np.where(elsewhere & (devices > 1) & ~converts, other, 0)


def _with_households(visits: pl.DataFrame, customers: int, world: World, rng: np.random.Generator) -> Integers:
    """All devices, the first one of some customers replaced by another's: two people of one household."""
    users = rng.permutation(visits.filter("converts")["person"].to_numpy()) * DEVICES_PER_PERSON
    households = min(len(users) // 2, round(len(users) * world.odd.shared_devices))
    device = np.arange(customers * DEVICES_PER_PERSON)
    device[users[:households]] = users[households : 2 * households]
    return device


def _arrivals(visits: pl.DataFrame, world: World, rng: np.random.Generator) -> pl.Series:
    """How each visit begins: the very first by the entry channel, later ones mostly directly."""
    drawn = rng.random(visits.height)

    def by_chance(shares: Mapping[str, float]) -> Integers:
        return choose([shares.get(arrival, 0.0) for arrival in ARRIVALS], drawn)

    channel = visits["entry_channel"].to_numpy()
    first = by_chance(world.web.first_by_web)
    for entry_channel in world.entry_shares:
        if entry_channel is not Channel.WEB:
            first = np.where(channel == entry_channel.value, ARRIVALS.index(entry_channel.value), first)
    is_customer = visits["is_customer"].to_numpy()
    later = np.where(is_customer, by_chance(world.web.after_sign_up), by_chance(world.web.before_sign_up))
    return pl.Series(ARRIVALS).gather(np.where(visits["visit"].to_numpy() == 0, first, later))


def _leaves_email(count: int, world: World, rng: np.random.Generator) -> pl.Expr:
    """E-mail addresses told before signing up: by those who subscribe, and by links that name their recipient."""
    entry, visit = pl.col("entry_channel"), pl.col("visit")
    from_support = entry == Channel.SUPPORT.value
    by_link = ((entry == Channel.EMAIL.value) & (visit == 0)) | (from_support & (visit == 1))
    share = pl.when(by_link).then(world.web.link_names_recipient).otherwise(world.web.leaves_email)
    is_on_site = ~from_support | (visit > 0)
    return is_on_site & ~pl.col("is_customer") & ~pl.col("converts") & (pl.Series(rng.random(count)) < share)


def _is_renamed(count: int, world: World, rng: np.random.Generator) -> pl.Expr:
    """A few customers get another user id when they have come back for the third time."""
    logins = pl.col("is_logged_in").cum_sum().over("person")
    chosen = pl.Series(rng.random(count) < world.odd.renamed_users)
    return pl.col("is_logged_in") & (logins == _RENAMED_AT_LOGIN) & chosen
