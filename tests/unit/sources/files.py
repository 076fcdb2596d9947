"""Small files, and what is read from them."""

from pathlib import Path

from journey_analytics.sources.documents import read_documents


def rows(path: Path) -> list[tuple[int, str | None, str | None]]:
    """Line, document and rule of every row of a file."""
    frames = [batch.documents for batch in read_documents(path)]
    return [row for frame in frames for row in frame.select("line", "document", "rule").iter_rows()]


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
