"""Files as streams of bytes: plain, gzip or zstd, with their content hash."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import zstandard

from journey_analytics.errors import SourceFailure

_BLOCK = 32 * 1024 * 1024


def data_suffix(path: Path) -> str:
    """Suffix that tells the format, without the one of the compression.

    >>> data_suffix(Path("web/2026-03-02.ndjson.gz"))
    '.ndjson'
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


@contextmanager
def open_bytes(path: Path) -> Generator[BinaryIO]:
    """Open a file, decompressed.

    Raises:
        SourceFailure: The file cannot be read, or its compressed stream is cut short or broken.
    """
    try:
        with path.open("rb") as raw:
            match path.suffix.lower():
                case ".gz":
                    yield io.BufferedReader(gzip.GzipFile(fileobj=raw))
                case ".zst":
                    yield io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
                case _:
                    yield raw
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise SourceFailure(
            f"{path.name}: the compressed file is broken or cut short ({error}).",
            hint="Copy the file again; nothing of it was loaded.",
        ) from None
    except OSError as error:
        raise SourceFailure(f"{path.name}: cannot be read ({error.strerror}).") from None


def blocks(stream: BinaryIO, size: int = _BLOCK) -> Iterator[bytes]:
    """Blocks of about ``size`` bytes that end at a line end."""
    rest = b""
    while block := stream.read(size):
        block = rest + block
        cut = block.rfind(b"\n") + 1
        rest = block[cut:]
        if cut:
            yield block[:cut]
    if rest:
        yield rest


def content_hash(path: Path) -> str:
    """sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
