"""The people: how many, who brought them, when they come first, and what sets them apart from each other."""

import numpy as np
import polars as pl

from journey_analytics.simulate.rhythm import Floats, Integers, choose, stream
from journey_analytics.simulate.world import World
from journey_analytics.vocabulary import Channel

_SATURDAY = 5


def draw_people(customers: int, world: World, seed: int) -> pl.DataFrame:
    """Draw the people.

    Returns:
        One row per person: ``person`` (from 0), ``entry_channel``, ``start_day`` (of the period), ``at_work`` (never
        comes at week-ends), ``pace`` (days between visits) and ``zeal`` (deeds per visit), both around 1, ``devices``
        (how many), and ``buys_first`` (becomes a customer by a purchase, not by signing up).
    """
    rng = stream(seed, "people")
    web, rhythm = world.web, world.rhythm
    channels = list(world.entry_shares)
    entry = choose(list(world.entry_shares.values()), rng.random(customers))
    drawn = rng.random(customers)
    by_ad = entry == channels.index(Channel.AD)
    start = np.where(by_ad, _start_days(drawn, world, is_ad=True), _start_days(drawn, world, is_ad=False))
    at_work = rng.random(customers) < rhythm.at_work
    monday = skip_weekend(start, world)
    device = rng.random(customers)
    return pl.DataFrame(
        {
            "person": np.arange(customers),
            "entry_channel": pl.Series([channel.value for channel in channels]).gather(entry),
            "start_day": np.where(at_work & (monday < world.days), monday, start),
            "at_work": at_work,
            "pace": np.exp(rng.normal(0.0, rhythm.pace_spread, customers)),
            "zeal": np.exp(rng.normal(-(web.zeal_spread**2) / 2, web.zeal_spread, customers)),
            "devices": 1 + (device < web.second_device) + (device < web.third_device),
            "buys_first": rng.random(customers) < web.buys_first,
        }
    )


def skip_weekend(day: Integers, world: World) -> Integers:
    """Days of the period, with Saturdays and Sundays moved to the Monday after."""
    weekday = (day + world.first_day.weekday()) % 7
    return day + np.where(weekday >= _SATURDAY, 7 - weekday, 0)


def _start_days(drawn: Floats, world: World, *, is_ad: bool) -> Integers:
    """First days by the rhythm of the week, a growing business and, for ads, the campaigns."""
    days, push = np.arange(world.days), world.ad_push
    weights = np.array(world.rhythm.weekdays)[(days + world.first_day.weekday()) % 7]
    weights = weights * np.linspace(1.0, world.rhythm.growth, world.days)
    if is_ad and push is not None:
        first, last = (push.first_day - world.first_day).days, (push.last_day - world.first_day).days
        weights = weights * np.where((days >= first) & (days <= last), push.factor, 1.0)
    return choose(weights, drawn)
