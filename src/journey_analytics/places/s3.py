"""Objects of S3-compatible storage: listed by pattern, fetched one at a time into a copy of this machine.

A listing tells size and time of change, to the second; whether an object changed while it was fetched is told by its
ETag. Credentials come from the environment alone, and stand in no message.
"""

import hashlib
import os
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pyarrow import fs

from journey_analytics.config.places import S3Section
from journey_analytics.errors import SourceFailure
from journey_analytics.places.key_patterns import SCHEME, KeyPattern
from journey_analytics.places.place import AtHand, FileStamp, Listing, copy_folder
from journey_analytics.places.s3_failures import no_credentials, told_by_storage

_CHUNK = 16 * 1024 * 1024
_BEGINNING = 64 * 1024 * 1024
"""Enough for the first rows of any file of lines; a Parquet file is needed whole."""

_CONNECT_SECONDS, _SILENCE_SECONDS, _ATTEMPTS = 10, 30, 3
_UNSETTLED_NANOSECONDS = 60 * 10**9


class S3Objects:
    """Objects that match patterns."""

    def __init__(
        self,
        source: str,
        patterns: Sequence[KeyPattern],
        settings: S3Section,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.source, self.patterns, self.settings, self.environment = source, patterns, settings, environment

    def owns(self, path: str) -> bool:
        """Whether a path begins with the scheme."""
        return path.startswith(SCHEME)

    def whole(self, path: str) -> str:
        """An object is whole."""
        return path

    def listed(self, since: str | None) -> Listing:
        """Objects that match; a pattern whose bucket cannot be listed is a failure of its own."""
        found: dict[str, FileStamp] = {}
        listing = Listing()
        for pattern in self.patterns:
            try:
                found |= {info.path: _stamp_of(info) for info in self._infos(pattern) if pattern.matches(info.path)}
            except SourceFailure as failure:
                listing.failures.append(failure)
        listing.stamps = [found[path] for path in sorted(found)]
        return listing

    def stamp(self, path: str) -> FileStamp | None:
        """What tells the object apart now."""
        with told_by_storage(self.source, path):
            info = self._storage.get_file_info(path.removeprefix(SCHEME))
        return _stamp_of(info) if info.type == fs.FileType.File else None

    @contextmanager
    def at_hand(self, stamp: FileStamp, folder: Path, *, beginning: bool = False) -> Generator[AtHand]:
        """A copy of the object."""
        with copy_folder(folder) as own:
            copy = own / Path(stamp.path).name
            digest = self._fetch(stamp, copy, _BEGINNING if beginning and ".parquet" not in copy.name else None)
            yield AtHand(copy, _settled(stamp), digest)

    def check_unchanged(self, stamp: FileStamp) -> None:
        """What was read was a copy, and that was checked when it was made."""

    def _infos(self, pattern: KeyPattern) -> list[Any]:
        with told_by_storage(self.source, SCHEME + pattern.base):
            try:
                if pattern.is_one_object:
                    infos = self._storage.get_file_info([pattern.base])
                else:
                    infos = self._storage.get_file_info(fs.FileSelector(pattern.base, recursive=pattern.is_deep))
            except FileNotFoundError:
                return []
        return [info for info in infos if info.type == fs.FileType.File]

    def _fetch(self, stamp: FileStamp, copy: Path, most: int | None) -> str:
        """Write the object's bytes; returns their hash."""
        path, digest, left = stamp.path.removeprefix(SCHEME), hashlib.sha256(), most or stamp.bytes_count
        with told_by_storage(self.source, stamp.path), copy.open("wb") as file:
            with self._opened(path) as stream:
                mark = stream.metadata()
                while chunk := stream.read(min(_CHUNK, left)):
                    digest.update(chunk)
                    file.write(chunk)
                    left -= len(chunk)
            with self._opened(path) as stream:
                is_same = stream.metadata() == mark
        if not is_same or int(mark["Content-Length"]) != stamp.bytes_count or (most is None and left):
            raise SourceFailure(f"{stamp.path}: changed while it was being read; it will be read by the next run.")
        return digest.hexdigest()

    def _opened(self, path: str) -> Any:
        # The library would decompress by the ending of the name, and what is read would not be what stands there.
        return self._storage.open_input_stream(path, compression=None)

    @cached_property
    def _storage(self) -> Any:
        settings, environment = self.settings, self.environment
        options: dict[str, Any] = {
            "region": settings.region
            or environment.get("AWS_REGION")
            or environment.get("AWS_DEFAULT_REGION")
            or "us-east-1",
            "connect_timeout": _CONNECT_SECONDS,
            "request_timeout": _SILENCE_SECONDS,
            "retry_strategy": fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
            "force_virtual_addressing": settings.virtual_hosts,
        }
        if settings.endpoint:
            parts = urlsplit(settings.endpoint)
            options |= {"scheme": parts.scheme, "endpoint_override": parts.netloc}
        if settings.anonymous:
            return fs.S3FileSystem(anonymous=True, **options)
        # Always given: on its own the library would look into files of the user and ask a cloud's metadata service.
        key, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
        if not key or not secret:
            raise no_credentials(self.source)
        return fs.S3FileSystem(
            access_key=key, secret_key=secret, session_token=environment.get("AWS_SESSION_TOKEN") or None, **options
        )


def _stamp_of(info: Any) -> FileStamp:
    return FileStamp(SCHEME + info.path, info.size, info.mtime_ns)


def _settled(stamp: FileStamp) -> FileStamp:
    """The stamp to remember. Times are whole seconds: what changed just now may do so again, and look the same."""
    if abs(time.time_ns() - stamp.modified_nanoseconds) > _UNSETTLED_NANOSECONDS:
        return stamp
    return replace(stamp, modified_nanoseconds=stamp.modified_nanoseconds - 1)
