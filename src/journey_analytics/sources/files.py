"""Files as streams of bytes: plain, gzip or zstd; texts with one kind of line end."""

import codecs
import io
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from journey_analytics.errors import SourceFailure
from journey_analytics.places.local import failures_told

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
            case ".gz" | ".zst" as suffix:
                # Arrow's streams read member after member, tell the end from a cut, and are faster than Python's.
                codec = "gzip" if suffix == ".gz" else "zstd"
                yield io.BufferedReader(pa.CompressedInputStream(raw, codec))
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


def blocks(chunks: Iterable[bytes]) -> Generator[bytes]:
    """The same bytes in blocks that end at a line end."""
    rest = b""
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield b"".join((rest, memoryview(chunk)[:cut]))
            rest = chunk[cut:]
        else:
            rest += chunk
    if rest:
        yield rest
