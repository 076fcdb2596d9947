"""What can go wrong with a storage, in words of ours: the library's repeat requests, and say little."""

import re
from collections.abc import Generator
from contextlib import contextmanager

from journey_analytics.errors import ConfigurationError, JourneyError, SourceFailure, Unavailable, storage_failure

_VARIABLES = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_PERMANENT = {
    "NO_SUCH_BUCKET": ("there is no such bucket.", "Look at the name, and at endpoint and region under [s3]."),
    "ACCESS_DENIED": (
        "access is denied.",
        f"The user of {_VARIABLES} needs the rights to list the bucket (ListBucket) and to read objects (GetObject).",
    ),
    "INVALID_ACCESS_KEY_ID": (
        "the storage does not know the access key.",
        f"Look at {_VARIABLES}; temporary credentials also need AWS_SESSION_TOKEN.",
    ),
    "SIGNATURE_DOES_NOT_MATCH": ("the secret key is wrong.", f"Look at {_VARIABLES}."),
    "INVALID_CLIENT_TOKEN_ID": ("the session token is wrong.", "Renew AWS_SESSION_TOKEN with the keys it belongs to."),
    "EXPIRED_TOKEN": ("the credentials have expired.", "Renew them, AWS_SESSION_TOKEN with them."),
    "REQUEST_EXPIRED": ("the credentials have expired.", "Renew them, AWS_SESSION_TOKEN with them."),
    "REQUEST_TIME_TOO_SKEWED": ("the clock of this machine differs from the storage's.", "Set the clock."),
    "RESOURCE_NOT_FOUND": (
        "it is not there.",
        "It was there when it was listed; it will be looked for by the next run.",
    ),
    "NO_SUCH_KEY": ("it is not there.", "It was there when it was listed; it will be looked for by the next run."),
    "INVALID_BUCKET_NAME": ("no bucket can have this name.", "Look at the pattern in journey.toml."),
}
_PASSING = (
    "NETWORK_CONNECTION", "SERVICE_UNAVAILABLE", "SLOW_DOWN", "THROTTLING", "INTERNAL_FAILURE", "REQUEST_TIMEOUT",
)  # fmt: skip


@contextmanager
def told_by_storage(source: str, what: str) -> Generator[None]:
    """Turn errors of the library into ours.

    Raises:
        SourceFailure: The storage refuses, or does not have it.
        Unavailable: The storage cannot be reached, or is busy; the library has tried again by then.
        StorageFailure: The copy cannot be written.
    """
    try:
        yield
    except FileNotFoundError:
        raise _permanent(source, what, "NO_SUCH_KEY") from None
    except OSError as error:
        raise _failure(source, what, error) from None


def no_credentials(source: str) -> ConfigurationError:
    """What to say where the environment holds none."""
    return ConfigurationError(
        f"{source}: there are no credentials for s3:// in the environment.",
        hint=f"Set {_VARIABLES}; or write anonymous = true under [s3] for public buckets.",
    )


def _failure(source: str, what: str, error: OSError) -> JourneyError:
    if error.errno is not None and (told := storage_failure(error)) is not None:
        return told
    found = re.search(r"AWS Error ([A-Z_]+)", str(error))
    code = found[1] if found else "UNKNOWN"
    if code in _PERMANENT:
        return _permanent(source, what, code)
    if code in _PASSING:
        return Unavailable(
            f"{source}: {what}: the storage cannot be reached, or is busy.",
            hint="Look at endpoint and region under [s3] and at the network, then try again.",
        )
    status = re.search(r"HTTP status (\d+)", str(error))
    return SourceFailure(
        f"{source}: {what}: the storage refuses it ({code.lower().replace('_', ' ')}"
        + (f", HTTP {status[1]})." if status else ")."),
        hint="Look at endpoint and region under [s3]: a bucket of another region answers like this.",
    )


def _permanent(source: str, what: str, code: str) -> SourceFailure:
    told, hint = _PERMANENT[code]
    return SourceFailure(f"{source}: {what}: {told}", hint=hint)
