"""What a landing URL says about the campaign: utm parameters and the ad platforms' click ids."""

from urllib.parse import unquote_plus

import polars as pl

from journey_analytics.transform.distinct import per_distinct
from journey_analytics.vocabulary import CLICK_ID_TYPES

_UTM = {
    "campaign_source": "utm_source",
    "campaign_medium": "utm_medium",
    "campaign_name": "utm_campaign",
    "campaign_id": "utm_id",
}
_PLACES = ("click_id", "click_id_type", *_UTM)
_PARAMETERS = (*_UTM.values(), *CLICK_ID_TYPES)


def read_landing(rows: pl.LazyFrame, url: str = "page_url") -> pl.LazyFrame:
    """Fill campaign and click columns from the landing URL where the row does not say them itself.

    Only the query is read: what stands behind ``#``, even if it looks like a query, belongs to the page. Names are
    compared without case, ``&amp;`` from careless e-mails is an ``&``, and of repeated parameters the first that is
    not empty wins. Values are decoded once, ``+`` being a space; a ``%`` that is no escape stays, bytes that are no
    UTF-8 become U+FFFD, control characters and space around a value are dropped.

    A click id and its type come from the same place, the row or the URL. A Google click id with an empty or "organic"
    medium makes the visit google / cpc; a Facebook click id alone does not prove that anything was paid.

    Args:
        rows: Rows with a URL column; campaign and click columns may be there or not.
        url: Name of the URL column.

    Returns:
        The rows with ``campaign_source``, ``campaign_medium``, ``campaign_name``, ``campaign_id``, ``click_id`` and
        ``click_id_type``.
    """
    present = rows.collect_schema().names()
    query = pl.col(url).str.extract(r"(?s)^[^?#]*\?([^#]*)")
    said = rows.with_columns(
        *((_tidy(pl.col(name)) if name in present else pl.lit(None, pl.String)).alias(name) for name in _PLACES),
        __found=per_distinct(query, _parameters, pl.Struct(dict.fromkeys(_PARAMETERS, pl.String))),
    )
    found = {name: pl.col("__found").struct.field(name) for name in _PARAMETERS}
    url_click_type = pl.coalesce(pl.when(found[name].is_not_null()).then(pl.lit(name)) for name in CLICK_ID_TYPES)
    filled = said.with_columns(
        *(pl.coalesce(column, found[name]).alias(column) for column, name in _UTM.items()),
        click_id=pl.coalesce("click_id", *(found[name] for name in CLICK_ID_TYPES)),
        click_id_type=pl.when(pl.col("click_id").is_null()).then(url_click_type).otherwise("click_id_type"),
    )
    from_google = pl.col("click_id_type").is_in(["gclid", "gbraid", "wbraid"]) & (
        pl.col("campaign_medium").fill_null("").str.to_lowercase().is_in(["", "organic"])
    )
    return filled.with_columns(
        campaign_source=pl.when(from_google).then(pl.lit("google")).otherwise("campaign_source"),
        campaign_medium=pl.when(from_google).then(pl.lit("cpc")).otherwise("campaign_medium"),
    ).drop("__found")


def _parameters(query: pl.Expr) -> pl.Expr:
    return pl.struct(_parameter(query, name).alias(name) for name in _PARAMETERS)


def _parameter(query: pl.Expr, name: str) -> pl.Expr:
    """Value of the first parameter of that name that is not empty; null where there is none."""
    letters = name.replace("_", "(?:_|%5f)")
    return _tidy(_decoded(query.str.extract(rf"(?i)(?:^|&)(?:amp;)?{letters}=([^&]+)")))


def _tidy(value: pl.Expr) -> pl.Expr:
    return value.str.replace_all(r"\p{Cc}", "").str.strip_chars().replace("", None)


def _decoded(value: pl.Expr) -> pl.Expr:
    """Percent-decode. Polars has no such function; campaign values repeat, so only the distinct ones are decoded."""

    def decode(values: pl.Series) -> pl.Series:
        encoded = values.filter(values.str.contains(r"[%+]")).unique()
        if encoded.is_empty():
            return values
        decoded = [unquote_plus(text) for text in encoded]
        return values.replace(encoded, pl.Series(decoded, dtype=pl.String))

    return value.map_batches(decode, return_dtype=pl.String)
