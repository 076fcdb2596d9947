"""The generated pages of docs/, each by its own module."""

from pathlib import Path

from tests.docs import definitions, settings, stage_models, tables

ROOT = Path(__file__).parents[2]
PAGES = {
    "definitions.md": definitions.page,
    "settings.md": settings.page,
    "stage_models.md": stage_models.page,
    "tables.md": tables.page,
}


def main() -> None:
    """Write every generated page."""
    for name, page in PAGES.items():
        (ROOT / "docs" / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
