"""Files as streams of bytes: plain, gzip or zstd, with their content hash; texts with one kind of line end."""

import codecs
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from journey_analytics.errors import SourceFailure

CHUNK = 32 * 1024 * 1024
"""Bytes that are read at a time."""

COMPRESSIONS = (".gz", ".zst")


def data_suffix(path: Path) -> str:
    """Suffix that tells the format, without the one of the compression.

    >>> data_suffix(Path("web/2026-03-02.ndjson.gz"))
    '.ndjson'
    """
    return (Path(path.stem) if path.suffix.lower() in COMPRESSIONS else path).suffix.lower()


@contextmanager
def open_bytes(path: Path) -> Generator[BinaryIO]:
    """Open a file, decompressed.

    Raises:
        SourceFailure: The file cannot be read, or its compressed stream is cut short or broken.
    """
    with failures_told(path), path.open("rb") as raw:
        match path.suffix.lower():
            case ".gz":
                yield io.BufferedReader(gzip.GzipFile(fileobj=raw))
            case ".zst":
                # Arrow's stream reads frame after frame and, unlike zstandard's, tells the end from a cut.
                yield io.BufferedReader(pa.CompressedInputStream(raw, "zstd"))  # pyright: ignore[reportArgumentType]
            case _:
                yield raw


def text_chunks(path: Path) -> Iterator[bytes]:
    """A text file in chunks, without its byte order mark; where lines end in CR alone, they end in LF.

    Raises:
        SourceFailure: The file cannot be read, is cut short, or is UTF-16.
    """
    with open_bytes(path) as stream:
        chunk = stream.read(CHUNK)
        if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise SourceFailure(
                f"{path.name}: is UTF-16 text (its first bytes say so); only UTF-8 is read.",
                hint="Export it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW",
            )
        ends_in_cr = b"\n" not in chunk and b"\r" in chunk[:-1]
        chunk = chunk.removeprefix(codecs.BOM_UTF8)
        while chunk:
            yield chunk.replace(b"\r", b"\n") if ends_in_cr else chunk
            chunk = stream.read(CHUNK)


def blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks that end at a line end."""
    rest = b""
    for chunk in chunks:
        block = rest + chunk
        cut = block.rfind(b"\n") + 1
        rest = block[cut:]
        if cut:
            yield block[:cut]
    if rest:
        yield rest


def content_hash(path: Path) -> str:
    """sha256 of a file's bytes.

    Raises:
        SourceFailure: The file cannot be read.
    """
    with failures_told(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown_name(path: Path) -> str:
    """A file's name as it can be printed, even if it is not UTF-8."""
    return os.fsencode(path.name).decode(errors="replace")


@contextmanager
def failures_told(path: Path) -> Generator[None]:
    """Turn whatever goes wrong with a file as a whole into a failure that names it.

    Raises:
        SourceFailure: The file cannot be read, or has a name that no table and no terminal can hold.
    """
    name = shown_name(path)
    if name != path.name:
        raise SourceFailure(f"{name}: the name of the file is not UTF-8.", hint="Rename the file.")
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error, OSError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise SourceFailure(
                f"{name}: cannot be read ({error.strerror}).",
                hint="The file must be there, and the user who runs the pipeline must be allowed to read it.",
            ) from None
        raise SourceFailure(
            f"{name}: the compressed file is broken or cut short ({error}).",
            hint="Copy the file again; nothing of it was loaded.",
        ) from None
