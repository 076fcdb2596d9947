"""The site: every page, its data files, one shared copy of plotly.js; no server, no network."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs, get_plotlyjs_version

from journey_analytics.readable import age
from journey_analytics.reports import discover
from journey_analytics.reports.report import Section, Tables, TableTwin

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_STALE_AFTER_SECONDS = 48 * 3600


def needed_tables(only: str | None = None) -> list[str]:
    """Tables of the published file that the site, or only one page of it, is drawn from."""
    drawn = [report for report in discover() if only in (None, report.name)]
    return sorted({name for report in drawn for name in report.needs} | {"ops.settings"})


def write_site(
    tables: Tables, folder: Path, extra_files: Mapping[str, str] | None = None, only: str | None = None
) -> Path:
    """Write the whole site, or one page of it.

    Args:
        tables: The tables named by ``needed_tables``.
        folder: Where to write; created when missing.
        extra_files: Further files of the data folder, by name.
        only: Name of the one page to write; the others stay as they stand in the folder.

    Returns:
        The folder.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "assets").mkdir(exist_ok=True)
    loader = PackageLoader("journey_analytics.reports")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["json_data"] = _json_data
    plotly = f"plotly-{get_plotlyjs_version()}.min.js"
    (folder / "assets" / plotly).write_text(get_plotlyjs(), encoding="utf-8")
    for asset in ("app.css", "app.js"):
        source, _, _ = loader.get_source(environment, asset)
        (folder / "assets" / asset).write_text(source, encoding="utf-8")
    drawn = [report for report in discover() if only in (None, report.name)]
    reports = [report for report in discover() if report in drawn or (folder / f"{report.name}.html").exists()]
    template = environment.get_template("page.html.j2")
    for report in drawn:
        sections = report.draw(tables)
        html = template.render(
            report=report,
            reports=reports,
            sections=sections,
            figures=_figures(sections),
            plotly=plotly,
            **_header(tables),
        )
        (folder / f"{report.name}.html").write_text(html, encoding="utf-8")
        for table in (table for section in sections for table in section.tables):
            _write_csv(table, folder / "data" / f"{table.name}.csv")
    for name, content in (extra_files or {}).items():
        (folder / "data" / name).write_text(content, encoding="utf-8")
    return folder


def _figures(sections: list[Section]) -> dict[str, object]:
    return {section.figure.name: section.figure.looks for section in sections if section.figure}


def _header(tables: Tables) -> dict[str, object]:
    """What stands above every page: project, how fresh the data are, and when this was made."""
    settings = tables["ops.settings"].row(0, named=True)
    until = settings["watermark_at"]
    age_seconds = (settings["as_of"] - until).total_seconds() if until else None
    return {
        "project": settings["project"],
        "version": settings["version"],
        "run_id": settings["run_id"],
        "data_until": f"{until:%Y-%m-%d %H:%M} UTC" if until else "no data yet",
        "as_of": f"{settings['as_of']:%Y-%m-%d %H:%M} UTC" if _is_past(settings["as_of"]) else None,
        "age": None if age_seconds is None else age(age_seconds),
        "is_stale": age_seconds is not None and age_seconds > _STALE_AFTER_SECONDS,
        "created_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }


def _is_past(as_of: datetime) -> bool:
    """Whether the tables were made to look at a time before this one."""
    return datetime.now(UTC) - as_of > timedelta(days=1)


def _json_data(value: object) -> str:
    """JSON for a script element: nothing in it can end the element."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\!--")


def _write_csv(table: TableTwin, path: Path) -> None:
    """CSV that Excel opens in the right encoding; a cell that looks like a formula is text."""
    is_text = [name for name, dtype in table.data.schema.items() if dtype == pl.String]
    looks_like_formula = [pl.col(name).str.slice(0, 1).is_in(_DANGEROUS) for name in is_text]
    safe = table.data.with_columns(
        pl.when(dangerous).then(pl.concat_str(pl.lit("'"), name)).otherwise(pl.col(name)).alias(name)
        for name, dangerous in zip(is_text, looks_like_formula, strict=True)
    )
    safe.write_csv(path, include_bom=True)
