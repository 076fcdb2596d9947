"""Identifiers: how people and devices are called in the files; which of them are not what they should be."""

import numpy as np
import polars as pl

from journey_analytics.simulate.rates import Odd
from journey_analytics.simulate.rhythm import Floats, Integers, one_of, stream
from journey_analytics.simulate.world import World
from journey_analytics.vocabulary import Channel

_WORDS = (
    "amber", "aspen", "birch", "brook", "cedar", "cloud", "coral", "delta", "ember", "fern", "frost", "grove", "hazel",
    "heath", "islet", "ivory", "lake", "larch", "linden", "maple", "meadow", "mist", "moss", "ocean", "olive", "pebble",
    "pine", "quartz", "river", "sand", "slate", "willow",
)  # fmt: skip
_DOMAINS = ("example.com", "example.org", "example.net")
_NOTHING = ("undefined", "0", "")
_FIRST_USER, _FIRST_OLD_USER, _FIRST_SUPPORT_USER = 10_001, 501, 20_000_003
_THREE_DIGITS = pl.Series([f"{number:03x}" for number in range(16**3)])
_HALF, _MASK = np.uint64(24), np.uint64(2**48 - 1)
_FACTORS = (np.uint64(0x9E3779B97F4B), np.uint64(0xC2B2AE3D27D5))


def hex_ids(numbers: Integers, seed: int, kind: str) -> pl.Series:
    """Twelve hexadecimal digits for each number: they look random, and different numbers never give the same.

    Multiplying by an odd number and folding the upper half into the lower one can both be undone, so nothing collides.
    """
    start = np.random.default_rng([seed, *kind.encode()]).integers(0, 2**48, dtype=np.uint64)
    mixed = (numbers.astype(np.uint64) + start) & _MASK
    for factor in _FACTORS:
        mixed = (mixed * factor) & _MASK
        mixed ^= mixed >> _HALF
    parts = [_THREE_DIGITS.gather(mixed >> np.uint64(shift) & np.uint64(0xFFF)) for shift in (36, 24, 12, 0)]
    return pl.select(pl.concat_str(parts)).to_series()


def name_people(visits: pl.DataFrame, customers: int, world: World, seed: int) -> pl.DataFrame:
    """Give people their identifiers.

    Args:
        visits: All visits; they say who signs up and who gets another user id.
        customers: How many people there are.
        world: The world.
        seed: Of chance.

    Returns:
        One row per person: ``person``, ``email``, ``user_id`` and ``registered_at`` (null for those who never sign up),
        ``old_user_id`` and ``renamed_at`` (of the few who get another user id), ``zendesk_user_id``.
    """
    rng = stream(seed, "identifiers")
    marked = visits.group_by("person", maintain_order=True).agg(
        registered_at=pl.col("at").filter("converts").first(),
        renamed_at=pl.col("at").filter("is_renamed").first(),
        entry_channel=pl.col("entry_channel").first(),
    )
    drawn = pl.DataFrame(
        {
            "person": np.arange(customers),
            "number": rng.permutation(customers),
            "word": rng.integers(0, len(_WORDS), customers),
            "domain": rng.integers(0, len(_DOMAINS), customers),
        }
    )
    rank = pl.col("registered_at").rank("ordinal").cast(pl.Int64) - 1
    own_email = pl.concat_str(one_of(_WORDS, pl.col("word")), "number", pl.lit("@"), one_of(_DOMAINS, pl.col("domain")))
    return drawn.join(marked, on="person", how="left", maintain_order="left").select(
        "person",
        "registered_at",
        "renamed_at",
        email=pl.when(_uses_mailbox(world.odd)).then(pl.lit(world.odd.shared_mailbox)).otherwise(own_email),
        user_id=pl.format("u-{}", rank + _FIRST_USER),
        old_user_id=pl.when(pl.col("renamed_at").is_not_null()).then(pl.format("shop-{}", rank + _FIRST_OLD_USER)),
        zendesk_user_id=_FIRST_SUPPORT_USER + pl.col("number") * 7,
    )


def _uses_mailbox(odd: Odd) -> pl.Expr:
    """The first few who sign up and came by themselves write from one common mailbox."""
    may = pl.col("registered_at").is_not_null() & (pl.col("entry_channel") == Channel.WEB.value)
    return may & (may.cum_sum() <= odd.mailbox_users)


def user_id_at(at: str) -> pl.Expr:
    """The user id by which a person goes at an instant, given the columns of ``name_people``; null before sign-up."""
    now = pl.when(pl.col(at) < pl.col("renamed_at")).then("old_user_id").otherwise("user_id")
    return pl.when(pl.col(at) >= pl.col("registered_at")).then(now)


def with_capitals(email: str, drawn: Floats, world: World) -> pl.Expr:
    """E-mail addresses as people type them: some with a capital letter."""
    typed = pl.col(email).str.slice(0, 1).str.to_uppercase() + pl.col(email).str.slice(1)
    return pl.when(pl.Series(drawn < world.odd.capitals)).then(typed).otherwise(pl.col(email))


def blocked_instead(user_id: str, drawn: Floats, world: World) -> pl.Expr:
    """User ids, and here and there, where there is none, what careless programs write instead of nothing."""
    nothing = one_of(_NOTHING, pl.lit(pl.Series((drawn * 1e6).astype(np.int64))))
    return pl.coalesce(user_id, pl.when(pl.Series(drawn < world.odd.blocked_values)).then(nothing))
