"""Inferred stages of sessions: fitting to published touchpoints, and applying a stored fit to them.

What is observed is a session, by the rarest of its event types: what happens within one visit follows from the visit,
not from moves between stages, and a process that looked at each touchpoint would find phases of visits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import check_columns
from journey_analytics.analysis.hidden_stages.fitting import fit_stages
from journey_analytics.analysis.hidden_stages.foresight import compare_foresight
from journey_analytics.analysis.hidden_stages.gaps import PIECEWISE, Spans
from journey_analytics.analysis.hidden_stages.observations import frequent_symbols, observations_of
from journey_analytics.analysis.hidden_stages.priors import keeps_names, prior_of_rules
from journey_analytics.analysis.hidden_stages.rule_stages import last_said
from journey_analytics.analysis.hidden_stages.seeing import see
from journey_analytics.analysis.hidden_stages.stage_fit import StageFit
from journey_analytics.errors import UsageError

UNCERTAIN = 0.6
"""Below this probability of the likeliest stage it is called uncertain."""

DECIMALS = 6
"""To which probabilities are given, and ties found: beyond, processors differ."""

_COLUMNS = ("customer_id", "touchpoint_index", "occurred_at", "event_type", "session_id")


def fit_touchpoints(
    touchpoints: pl.DataFrame,
    stages: Sequence[str],
    watermark: datetime,
    *,
    stage_model: str = "",
    made_of: Mapping[str, str] | None = None,
) -> StageFit:
    """Fit a stage process to sessions, starting from the stages that the rules gave them.

    Args:
        touchpoints: ``journeys.touchpoints``, in any order; only those in sessions are looked at.
        stages: Names of the stages, in order; what else stands in ``stage`` is taken for none.
        watermark: Time up to which the touchpoints are complete.
        stage_model: Name of the stage model.
        made_of: Fingerprints of what decides stages and sessions, to be kept with the fit.

    Raises:
        UsageError: A column is missing, or there are no sessions.
    """
    check_columns(touchpoints.schema, times=["occurred_at"], others=[*_COLUMNS, "stage"])
    in_sessions = touchpoints.filter(pl.col("session_id").is_not_null())
    if not in_sessions.height:
        raise UsageError("There are no sessions to fit to.")
    places = {name: place for place, name in enumerate(stages)}
    mapped = pl.col("stage").cast(pl.String).replace_strict(places, default=None, return_dtype=pl.Int64)
    symbols = frequent_symbols(in_sessions["event_type"])
    sessions = _sessions(in_sessions, symbols, mapped.drop_nulls().last().fill_null(-1).alias("by_rules"))
    observations = observations_of(sessions, pl.Series([watermark]), symbols=symbols)
    by_rules = sessions["by_rules"].to_numpy()
    evidence = np.zeros((len(symbols), len(stages)))
    np.add.at(evidence, (observations.symbol[by_rules >= 0], by_rules[by_rules >= 0]), 1.0)
    parts = observations.sequences()
    process = fit_stages(parts, prior_of_rules(evidence, parts, Spans(PIECEWISE))).process
    return StageFit(
        stages=tuple(stages),
        symbols=symbols,
        process=process,
        foresight=compare_foresight(observations, last_said(by_rules, observations) + 1, evidence),
        keeps_names=keeps_names(process, evidence),
        watermark=watermark.isoformat(),
        customers_count=observations.customers_count,
        sessions_count=len(observations),
        touchpoints_count=in_sessions.height,
        stage_model=stage_model,
        made_of=made_of or {},
    )


def session_stages(touchpoints: pl.DataFrame, fit: StageFit) -> pl.DataFrame:
    """The likeliest stage of each session, by everything that the customer had done up to its end and nothing later.

    What comes out of a customer depends on that customer's touchpoints and the fit alone.

    Args:
        touchpoints: ``journeys.touchpoints``, in any order.
        fit: A stage fit.

    Returns:
        One row per session, by its id: ``session_id``, ``stage_model``, ``likely_stage`` (of equally likely ones the
        earlier), its ``probability``, ``is_uncertain`` (below 0.6) and ``fit_version``.

    Raises:
        UsageError: A column is missing.
    """
    check_columns(touchpoints.schema, times=["occurred_at"], others=_COLUMNS)
    sessions = _sessions(touchpoints.filter(pl.col("session_id").is_not_null()), fit.symbols)
    latest = pl.Series([sessions["occurred_at"].max()], dtype=sessions["occurred_at"].dtype)
    observations = observations_of(sessions, latest, symbols=fit.symbols)
    likely, probability = np.zeros(len(observations), dtype=np.int64), np.zeros(len(observations))
    for part in observations.sequences():
        known = see(fit.process, part).stages().round(DECIMALS)
        likely[part.row], probability[part.row] = known.argmax(axis=0), known.max(axis=0)
    return sessions.select(
        "session_id",
        stage_model=pl.lit(fit.stage_model),
        likely_stage=pl.Series(fit.stages, dtype=pl.String).gather(likely),
        probability=pl.Series(probability),
        is_uncertain=pl.Series(probability < UNCERTAIN),
        fit_version=pl.lit(fit.version),
    ).sort("session_id")


def _sessions(in_sessions: pl.DataFrame, symbols: tuple[str, ...], *further: pl.Expr) -> pl.DataFrame:
    """One row per session, by customer and time; its symbol is the rarest of its event types."""
    places = {name: place for place, name in enumerate(symbols)}
    event_type = pl.col("event_type").cast(pl.String)
    code = event_type.replace_strict(places, default=len(symbols) - 1, return_dtype=pl.Int64)
    return (
        in_sessions.sort("customer_id", "touchpoint_index")
        .with_columns(symbol=code)
        .group_by("session_id", maintain_order=True)
        .agg(
            pl.col("customer_id").first().alias("customer_key"),
            pl.col("occurred_at", "touchpoint_index").first(),
            pl.col("symbol").max(),
            *further,
        )
        .sort("customer_key", "occurred_at", "touchpoint_index")
        .with_columns(pl.col("symbol").replace_strict(dict(enumerate(symbols)), return_dtype=pl.String))
    )
