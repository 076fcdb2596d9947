import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    from datetime import datetime, timedelta
    from pathlib import Path

    import marimo as mo
    import polars as pl

    from journey_analytics.analysis.funnels import Funnel, funnel_steps
    from journey_analytics.analysis.next_steps import next_step_scores, step_sequences
    from journey_analytics.analysis.paths import conformance, directly_follows, eventually_follows, rework, variants
    from journey_analytics.analysis.survival import kaplan_meier, log_rank, survival_summary
    from journey_analytics.analysis.usage import retention

    return (
        Funnel,
        Path,
        conformance,
        datetime,
        directly_follows,
        eventually_follows,
        funnel_steps,
        kaplan_meier,
        log_rank,
        mo,
        next_step_scores,
        pl,
        retention,
        rework,
        step_sequences,
        survival_summary,
        timedelta,
        variants,
    )


@app.cell
def _(Path, mo, pl):
    log = pl.read_parquet(Path(__file__).parent / "data" / "incidents.parquet")
    same = pl.col("event_type") == pl.col("event_type").shift().over("incident")
    moves = log.filter(~same.fill_null(value=False))
    of_incident = {"entity": "incident", "order": ["update"], "replicates": 200}
    mo.md(f"""
    # A help desk

    {moves["incident"].n_unique():,} incidents of an IT company (UCI, CC BY 4.0; see `data/README.md`), {log.height:,}
    updates, {moves.height:,} changes of state. Each analysis below is two lines on a plain event log: who, when, what.
    """)
    return log, moves, of_incident


@app.cell
def _(conformance, mo, moves, of_incident, pl, variants):
    ways = variants(moves, top=6, **of_incident)
    fit = conformance(moves, ["New", "Active", "Resolved", "Closed"], **of_incident).summary.row(0, named=True)
    mo.vstack(
        [
            mo.md(f"""
    ## The way it should go is one of many

    New, Active, Resolved, Closed: **{fit["estimate"]:.0%}** of the incidents ({fit["low"]:.1%} to {fit["high"]:.1%}) go
    exactly so. The four most common ways are those of {ways["coverage_rate"][3]:.0%}, and three of them leave out a step:
    as many go from New to Resolved without ever being Active, and others begin as Active, or as Resolved: a call answered
    at once, and written down afterwards.
            """),
            ways.select(pl.col("path").list.join(" → "), "entities_count", "entity_rate", "entity_low", "entity_high"),
        ]
    )
    return


@app.cell
def _(directly_follows, mo, moves, of_incident, pl):
    edges = directly_follows(moves, **of_incident).edges
    closing = edges.filter(from_event="Resolved", to_event="Closed").row(0, named=True)
    again = edges.filter(from_event="Resolved", to_event="Active").row(0, named=True)
    mo.vstack(
        [
            mo.md(f"""
    ## Resolved is not closed, and closing is a clock

    From Resolved to Closed it takes {closing["median_seconds"] / 86400:.1f} days in the median, and
    {closing["p90_seconds"] / 86400:.1f} at the ninth decile: incidents close by themselves after five days. Meanwhile
    {again["transition_rate"]:.1%} ({again["transition_low"]:.1%} to {again["transition_high"]:.1%}) are taken up again.
            """),
            edges.sort("transitions_count", descending=True)
            .head(8)
            .select(
                "from_event",
                "to_event",
                "transitions_count",
                "transition_rate",
                "transition_low",
                "transition_high",
                hours=pl.col("median_seconds") / 3600,
            ),
        ]
    )
    return


@app.cell
def _(kaplan_meier, log_rank, mo, moves, pl, survival_summary):
    end = moves["occurred_at"].max()
    resolved = pl.col("occurred_at").filter(pl.col("event_type") == "Resolved").min()
    waits = moves.group_by("incident").agg(
        is_observed=resolved.is_not_null(),
        duration=(resolved.fill_null(end) - pl.col("occurred_at").min()).dt.total_minutes() / 60,
        asked=pl.when((pl.col("event_type") == "Awaiting User Info").any())
        .then(pl.lit("asked back"))
        .otherwise(pl.lit("not asked back")),
        hands=pl.col("reassignments").max().clip(0, 2).replace_strict({0: "one group", 1: "two", 2: "three or more"}),
    )
    by_hands = survival_summary(kaplan_meier(waits, by=["hands"]), by=["hands"])
    by_asking = survival_summary(kaplan_meier(waits, by=["asked"]), by=["asked"])
    hours = {row["hands"]: row["median"] for row in by_hands.iter_rows(named=True)}
    differs = log_rank(waits.rename({"hands": "group"}))
    mo.vstack(
        [
            mo.md(f"""
    ## Being handed on goes with waiting

    Half of the incidents that stay with one group are resolved within {hours["one group"]:.1f} hours, of those handed on
    once within {hours["two"]:.0f}, of those handed on more often within {hours["three or more"]:.0f} (hours from the first
    entry; incidents without a resolution count as long as they were watched; log-rank p < {max(differs.p_value, 1e-12):.0e}).
    Likewise where the caller was asked back. Associated with: harder incidents are handed on more, and the groups do not
    say how much of the waiting that is.
            """),
            by_hands.select("hands", "subjects_count", "median", "median_low", "median_high"),
            by_asking.select("asked", "subjects_count", "median", "median_low", "median_high"),
        ]
    )
    return


@app.cell
def _(Funnel, eventually_follows, funnel_steps, mo, moves, of_incident, pl, rework, timedelta):
    week = funnel_steps(moves, Funnel(["New", "Resolved", "Closed"], timedelta(days=14)), entity="incident")
    repeated = rework(moves, **of_incident).sort("rework_count", descending=True)
    comes_back = eventually_follows(moves, **of_incident).filter(from_event="Resolved", to_event="Resolved")
    mo.vstack(
        [
            mo.md(f"""
    ## Within two weeks

    Rates are over incidents whose two weeks were over when the log ended; the others are open, not lost. Of all that were
    ever resolved, {comes_back["follows_rate"][0]:.1%} were resolved twice.
            """),
            week.select(
                "step_name",
                "reached_count",
                "dropped_count",
                "open_count",
                "rate_from_previous",
                "rate_from_previous_low",
                "rate_from_previous_high",
                days=pl.col("median_seconds_from_previous") / 86400,
            ),
            repeated.select("event", "entities_count", "rework_count", "rework_rate", "rework_low", "rework_high"),
        ]
    )
    return


@app.cell
def _(datetime, log, mo, pl, retention):
    opened = log.filter(pl.col("event_type") == "New", pl.col("customer_id").is_not_null()).unique(
        "incident", keep="first"
    )
    back = retention(opened, every="month", periods=2, complete_until=datetime(2016, 6, 1), before=datetime(2016, 6, 1))
    late = opened.filter(pl.col("occurred_at") >= datetime(2016, 6, 1)).height
    mo.vstack(
        [
            mo.md(f"""
    ## Who calls again, and where the log really ends

    From June 2016 on there are only {late} new incidents: the log goes on to follow old ones, but takes in no new ones.
    Whoever counts callers until its last day finds that nobody ever comes back. With `complete_until` at the end of May the
    months after it are null, not zero.
            """),
            back,
        ]
    )
    return


@app.cell
def _(mo, moves, next_step_scores, step_sequences, timedelta):
    known = step_sequences(moves, lapse_after=timedelta(days=90), entity="incident", case="incident", ties=["update"])
    scored = next_step_scores(known)
    drift = scored.trust.row(0, named=True)
    mo.vstack(
        [
            mo.md(f"""
    ## What comes next

    Learned from two thirds of the incidents, scored on those that began after. Of the memories offered, the one of
    {scored.order} did best: the states before the last one say little more. {drift["known_beginnings_rate"]:.0%} of the
    beginnings had occurred before as they were, so the score says more of the process than of the model.
            """),
            scored.scores.select("guess", "steps_count", "top1_rate", "top1_rate_low", "top1_rate_high", "log_loss"),
        ]
    )
    return


if __name__ == "__main__":
    app.run()
