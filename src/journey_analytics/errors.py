"""Errors that a user can cause and mend: what was found, what is allowed, what to do next.

Each family has its exit code. The command line prints these without a traceback; anything else is a bug of ours.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class JourneyError(Exception):
    """Base of every error shown to the user without a traceback.

    Attributes:
        message: What is wrong, with the name of the thing.
        hint: What to do next; empty when the message says it all.
        exit_code: Process exit code of the family.
        code: Stable identifier of the family, shown as ``error[CODE]``.
    """

    exit_code = 2
    code = "E-USAGE"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(JourneyError):
    """The command was called with words that do not fit."""


class ConfigurationError(JourneyError):
    """journey.toml or a stage model says something that cannot be."""

    code = "E-CONFIG"


class SourceFailure(JourneyError):
    """A file as a whole is unusable: all rows bad, a declared column missing, cut short while being read."""

    exit_code = 1
    code = "E-SOURCE"


class ChecksFailed(JourneyError):
    """A check of error level found rows: nothing is published, yesterday's numbers stay."""

    exit_code = 1
    code = "E-CHECK"


class Unavailable(JourneyError):
    """Something is locked or out of reach; the same call may work later."""

    exit_code = 3
    code = "E-BUSY"


class ContractBroken(JourneyError):
    """A frame or a SQL model does not have the columns that its contract promises."""

    code = "E-CONTRACT"


def did_you_mean(found: str, allowed: Iterable[str]) -> str:
    """A hint that names the nearest allowed word, or all of them when nothing is near.

    >>> did_you_mean("e-mail", ["ad", "email", "web"])
    "Did you mean 'email'?"
    >>> did_you_mean("xyz", ["ad", "web"])
    'Allowed: ad, web.'
    """
    words = sorted(allowed)
    near = get_close_matches(found, words, n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else f"Allowed: {', '.join(words)}."
