import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    from datetime import datetime, timedelta
    from pathlib import Path

    import marimo as mo
    import polars as pl

    from journey_analytics.analysis.chains import absorbing_chain, outlook, to_graphml
    from journey_analytics.analysis.comparison import compare_periods, compare_segments, rate_change
    from journey_analytics.analysis.findings import FindingOptions, ranked_findings, watched_rates
    from journey_analytics.analysis.funnels import (
        Funnel,
        funnel_correlation,
        funnel_customers,
        funnel_steps,
        funnel_trend,
        time_to_convert,
    )
    from journey_analytics.analysis.leaving import last_contacts, returns
    from journey_analytics.analysis.next_steps import next_step_scores, next_steps, step_sequences
    from journey_analytics.analysis.paths import (
        Paths,
        conformance,
        directly_follows,
        eventually_follows,
        path_flows,
        rework,
        stage_moves,
        top_paths,
        variants,
    )
    from journey_analytics.analysis.precursors import preceding_patterns, precursors
    from journey_analytics.analysis.survival import (
        LearningOptions,
        back_test,
        cumulative_incidence,
        kaplan_meier,
        learned_thresholds,
        log_rank,
        mature_progress,
        survival_summary,
    )
    from journey_analytics.analysis.usage import lifecycle, retention

    return (
        FindingOptions,
        Funnel,
        LearningOptions,
        Path,
        Paths,
        absorbing_chain,
        back_test,
        compare_periods,
        compare_segments,
        conformance,
        cumulative_incidence,
        datetime,
        directly_follows,
        eventually_follows,
        funnel_correlation,
        funnel_customers,
        funnel_steps,
        funnel_trend,
        kaplan_meier,
        last_contacts,
        learned_thresholds,
        lifecycle,
        log_rank,
        mature_progress,
        mo,
        next_step_scores,
        next_steps,
        outlook,
        path_flows,
        pl,
        preceding_patterns,
        precursors,
        ranked_findings,
        rate_change,
        retention,
        returns,
        rework,
        stage_moves,
        step_sequences,
        survival_summary,
        time_to_convert,
        timedelta,
        to_graphml,
        top_paths,
        variants,
        watched_rates,
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
    return (opened,)


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
    return (scored,)


@app.cell
def _(datetime, mo, moves, next_steps, pl, scored, step_sequences, timedelta):
    morning = datetime(2016, 5, 2, 6)
    past = moves.filter(pl.col("occurred_at") < morning)
    case = {"lapse_after": timedelta(days=90), "entity": "incident", "case": "incident", "ties": ["update"]}
    still_open = past.filter((pl.col("event_type").last() != "Closed").over("incident"))
    likely = next_steps(step_sequences(still_open, **case), scored.order, learned=step_sequences(past, **case))
    came = moves.filter(pl.col("occurred_at") >= morning).group_by("incident", maintain_order=True).first()
    checked = likely.join(came.select(customer="incident", came_step="event_type"), on="customer")
    right = (checked["likely_step"] == checked["came_step"]).mean()
    unsettled = checked.filter(pl.col("likely_step") != "Closed")
    right_there = (unsettled["likely_step"] == unsettled["came_step"]).mean()
    given_up = checked.filter(likely_step="(dropped_off)").height
    mo.vstack(
        [
            mo.md(f"""
    ## A list for the morning

    On {morning:%A, %-d %B %Y} at {morning:%H}:00 {likely.height:,} incidents were not closed. For {right:.0%} of the
    {checked.height:,} that were heard of again the likeliest step was the one that came; without those that had only to be
    closed, for {right_there:.0%} of {unsettled.height:,}. For {given_up} the likeliest was that nothing would come any more,
    so long had they been silent, and yet something came: they are not lost, they are the ones to look at first.
            """),
            checked.group_by("likely_step")
            .agg(
                incidents_count=pl.len(),
                was_right_rate=(pl.col("likely_step") == pl.col("came_step")).mean(),
                mean_probability=pl.col("likely_probability").mean(),
            )
            .sort("incidents_count", descending=True),
        ]
    )
    return


@app.cell
def _(Paths, mo, moves, of_incident, path_flows, pl, stage_moves, timedelta, top_paths):
    whole = Paths(gap=timedelta(days=400), steps=4, order=["update"])
    flows = path_flows(moves, whole, entity="incident", top=4)
    after_asking = Paths(gap=timedelta(days=400), start="Awaiting User Info", order=["update"])
    ends = top_paths(moves, after_asking, entity="incident", top=4)
    steps = stage_moves(moves, ["New", "Active", "Resolved", "Closed"], **of_incident)
    undone = steps.filter(stage="Resolved", move="back").row(0, named=True)
    asked_total, straight = ends["paths_count"].sum(), ends.row(0, named=True)
    mo.vstack(
        [
            mo.md(f"""
    ## Where the ways part, and where they meet

    Of {asked_total:,} incidents whose caller was asked back, {straight["paths_count"] / asked_total:.0%} go the same way
    from then on: {", ".join(straight["path"])}. Asking back is for most the last thing that happens before the answer, not
    the beginning of a long exchange. Of resolved ones {undone["move_rate"]:.1%} ({undone["move_low"]:.1%} to
    {undone["move_high"]:.1%}, n = {undone["from_count"]:,}) go back to work.
            """),
            flows.filter(pl.col("step_index") <= 2).select(
                "step_index",
                "from_item",
                "to_item",
                "paths_count",
                "customers_share",
                "customers_share_low",
                "customers_share_high",
            ),
            ends.select(pl.col("path").list.join(" → "), "paths_count", "customers_share"),
        ]
    )
    return


@app.cell
def _(cumulative_incidence, datetime, mature_progress, mo, moves, pl, timedelta):
    following = {"left_at": pl.col("occurred_at"), "next_state": pl.col("event_type")}
    visits = moves.with_columns(
        column.shift(-1).over("incident", order_by="update").alias(name) for name, column in following.items()
    ).filter(pl.col("event_type") != "Closed")
    named = {"Resolved": "completed", "Closed": "completed"}
    became = pl.col("next_state").replace_strict(named, default="moved_on", return_dtype=pl.String).fill_null("open")
    visits = visits.with_columns(
        outcome=became, hours=(pl.col("left_at") - pl.col("occurred_at")).dt.total_minutes() / 60
    )
    first_news = cumulative_incidence(visits.filter(event_type="New"), duration="hours", cause="next_state")
    day = {row["next_state"]: row for row in first_news.filter(pl.col("hours") <= 24).iter_rows(named=True)}
    columns = {"stage": "event_type", "entered": "occurred_at", "ended": "left_at", "customer": "incident"}
    week_on = mature_progress(visits, datetime(2016, 5, 1), timedelta(days=7), replicates=200, **columns)
    stuck = {row["stage"]: row for row in week_on.iter_rows(named=True)}["Awaiting User Info"]
    mo.vstack(
        [
            mo.md(f"""
    ## The first day, and the first week

    Of {visits.filter(event_type="New").height:,} new incidents {day["Resolved"]["incidence_rate"]:.0%}
    ({day["Resolved"]["incidence_low"]:.1%} to {day["Resolved"]["incidence_high"]:.1%}) are resolved within 24 hours as the
    first thing that happens to them, {day["Active"]["incidence_rate"]:.0%} are taken up, and
    {day["Active"]["undecided_rate"]:.0%} wait without a change. States compete: one minus a survival curve per state would add
    up to more than all.

    Seen on 1 May, of {stuck["mature_count"]:,} that had been put to *Awaiting User Info* at least a week before,
    {stuck["advanced_rate"]:.0%} ({stuck["advanced_low"]:.1%} to {stuck["advanced_high"]:.1%}) had left it within seven days.
            """),
            week_on.select(
                "stage",
                "entered_count",
                "mature_count",
                "advanced_rate",
                "advanced_low",
                "advanced_high",
                "undecided_count",
            ),
        ]
    )
    return (visits,)


@app.cell
def _(log, mo, pl, timedelta):
    pause = timedelta(days=7)
    resolved_at = (
        pl.col("occurred_at").filter(pl.col("event_type").is_in(["Resolved", "Closed"])).min().over("incident")
    )
    work = log.with_columns(resolved_at=resolved_at).filter(pl.col("occurred_at") < pl.col("resolved_at"))
    until_next = pl.coalesce(pl.col("occurred_at").shift(-1).over("incident", order_by="update"), "resolved_at")
    work = work.with_columns(is_left_lying=until_next - pl.col("occurred_at") > pause)
    stays = work.group_by("incident", maintain_order=True).agg(
        stage=pl.lit("unresolved"),
        started_at=pl.col("occurred_at").min(),
        ended_at=pl.coalesce(pl.col("occurred_at").filter("is_left_lying").min(), pl.col("resolved_at").first()),
        is_dropped=pl.col("is_left_lying").any(),
    )
    left = stays["is_dropped"].sum()
    mo.md(f"""
    ## Left lying

    What a customer who leaves is to a shop, an incident that lies for a week without any entry, unresolved, is to a help
    desk: {left:,} of {stays.height:,} ({left / stays.height:.0%}) do so at least once. The next three answers are those to
    the question why customers leave, asked of incidents: what came last, what went before, and what ended it.
    """)
    return pause, stays, work


@app.cell
def _(last_contacts, mo, moves, pause, pl, precursors, preceding_patterns, returns, stays, timedelta, work):
    end_of_log = moves["occurred_at"].max()
    common = {"until": end_of_log, "window": pause, "entity": "incident", "order": ["update"]}
    last = last_contacts(stays, work, channel="priority", stage="stage", **common)
    patterns = preceding_patterns(stays, work, **common)
    spans = {"landmark": timedelta(days=1), "horizon": timedelta(days=30)}
    early = precursors(stays, work, until=end_of_log, entity="incident", **spans)
    back_at_work = returns(
        stays, moves, horizon=timedelta(days=90), until=end_of_log, entity="incident", channel="priority"
    )
    asked_last = last.sort("excess_count", descending=True).row(0, named=True)
    asked_early = early.filter(event="Awaiting User Info").row(0, named=True)
    rates, first_act = back_at_work.rates.row(0, named=True), back_at_work.contacts.row(0, named=True)
    mo.vstack(
        [
            mo.md(f"""
    The last entry before such a week is *{asked_last["event"]}* ({asked_last["channel"]}) in
    {asked_last["dropped_rate"]:.0%} of {asked_last["matched_count"]:,} cases; where others, at the same point, went on, in
    {asked_last["control_rate"]:.0%}: odds {asked_last["odds_ratio"]:.1f} times as high ({asked_last["odds_low"]:.1f} to
    {asked_last["odds_high"]:.1f}). The most common last entry says less: *{last["event"][0]}* stands before the week in
    {last["dropped_rate"][0]:.0%}, and where others went on in {last["control_rate"][0]:.0%}. Of whole patterns
    *{" → ".join(patterns["pattern"][0])}* is the most telling.

    Yet of incidents still worked on after a day, those whose caller had been asked back by then lie for a week **less**
    often in the month after: {asked_early["exposed_rate"]:.1%} of {asked_early["exposed_count"]:,}, the others
    {asked_early["other_rate"]:.1%} of {asked_early["other_count"]:,}, a difference of {100 * asked_early["difference"]:.1f}
    points ({100 * asked_early["difference_low"]:.1f} to {100 * asked_early["difference_high"]:.1f}). Both are true: a question
    without an answer is associated with lying; one that was asked early, and was answered, with being past it.

    {rates["return_rate"]:.0%} of {rates["watched_count"]:,} move again within 90 days, after {rates["median_days"]:.0f} days
    in the median, and the first change is most often to *{first_act["event"]}* ({first_act["share"]:.0%}).
            """),
            patterns.head(5).select(
                pl.col("pattern").list.join(" → "),
                "dropped_count",
                "dropped_rate",
                "control_rate",
                "odds_ratio",
                "odds_low",
                "odds_high",
                "q_value",
            ),
            early.select(
                "event", "exposed_count", "exposed_rate", "other_rate", "difference", "difference_low", "difference_high",
                "q_value", "is_few",
            ),
        ]
    )  # fmt: skip
    return


@app.cell
def _(absorbing_chain, directly_follows, mo, moves, of_incident, outlook, pl, stays, to_graphml):
    graph = directly_follows(moves, **of_incident)
    rate = {(a, b): r for a, b, r in graph.edges.select("from_event", "to_event", "transition_rate").iter_rows()}
    chain = absorbing_chain({step: r for step, r in rate.items() if step[0] != "Closed"}, ["Closed"])
    steps_left = dict(zip(chain.transient, chain.expected_steps.tolist(), strict=True))
    became_of = stays.select(
        "incident", "ended_at", outcome=pl.col("is_dropped").replace_strict({True: "dropped_off", False: "completed"})
    )
    on_the_way = moves.join(became_of, on="incident").filter(
        pl.col("occurred_at") <= pl.col("ended_at"), ~pl.col("event_type").is_in(["Resolved", "Closed"])
    )
    ahead = outlook(on_the_way, outcome="outcome", time="occurred_at", event="event_type", **of_incident)
    least = ahead.stages.filter(~pl.col("has_few")).sort("completed_rate").row(0, named=True)
    best = ahead.improvements.row(0, named=True)
    mo.vstack(
        [
            mo.md(f"""
    ## What lies ahead, from each state

    As a Markov chain that ends with Closed: {steps_left["New"]:.1f} changes of state are to be expected from New,
    {steps_left["Resolved"]:.2f} from Resolved. The chain takes the next state to depend on the last one alone, as the scores
    above say it nearly does. Its graph, {len(to_graphml(graph.graph())):,} characters of GraphML, opens in Gephi or yEd.

    With a week of silence as the other end: from *{least["stage"]}* {least["completed_rate"]:.0%}
    ({least["completed_low"]:.1%} to {least["completed_high"]:.1%}, {least["moves_count"]:,} entries) are resolved without
    one, the least of all. If one more of a hundred entries in *{best["from_stage"]}* were
    {best["to_stage"].replace("(completed)", "resolved").strip("()")} next, {100 * best["gain_rate"]:.2f} points more of all
    incidents would be ({100 * best["gain_low"]:.2f} to {100 * best["gain_high"]:.2f}): there help would count for most, *if*
    the chain is right and help changes nothing else.
            """),
            ahead.stages.select(
                "stage", "moves_count", "has_few", "completed_rate", "completed_low", "completed_high", "expected_moves"
            ),
            ahead.improvements.head(4),
        ]
    )
    return


@app.cell
def _(Funnel, compare_periods, compare_segments, datetime, funnel_trend, log, mo, moves, pl, rate_change, timedelta):
    march, may = (datetime(2016, 3, 1), datetime(2016, 4, 1)), (datetime(2016, 5, 1), datetime(2016, 6, 1))
    two_days = Funnel(["New", "Resolved"], timedelta(days=2), since=datetime(2016, 3, 1), before=datetime(2016, 6, 1))
    by_month = funnel_trend(moves, two_days, every="month", entity="incident")
    following_week = {"window": timedelta(days=7), "entity": "incident", "order": ["update"]}
    changed = compare_periods(moves, baseline=march, compared=may, **following_week).edges.filter(finding="differs")
    urgent = compare_segments(
        moves, segment="priority", baseline="3 - Moderate", compared="1 - Critical", **following_week
    )
    done = pl.col("occurred_at").filter(pl.col("event_type") == "Resolved").min()
    groups = {0: "one group", 1: "two groups", 2: "three or more"}
    trials = log.group_by("incident", maintain_order=True).agg(
        month=pl.col("occurred_at").min().dt.strftime("%B"),
        is_success=(done - pl.col("occurred_at").min() <= timedelta(days=2)).fill_null(value=False),
        hands=pl.col("reassignments").max().clip(0, 2).replace_strict(groups, return_dtype=pl.String),
    )
    parts = rate_change(trials, group="month", baseline="March", compared="May", segment="hands", customer="incident")
    total = parts.row(-1, named=True)
    critical = urgent.sources.filter(source="Awaiting User Info").row(0, named=True)
    words = {"differs": "differs", "differs_little": "differs little", "not_shown": "is not shown to differ"}
    clock = changed.filter(source="Resolved", next_step="Closed").row(0, named=True)
    mo.vstack(
        [
            mo.md(f"""
    ## May was faster than March

    Of incidents that began in March {total["baseline_rate"]:.0%} were resolved within two days
    (n = {total["baseline_trials_count"]:,}), of May's {total["compared_rate"]:.0%} (n = {total["compared_trials_count"]:,}). Of these
    {100 * (total["compared_rate"] - total["baseline_rate"]):.1f} points, {100 * total["mix_change"]:.1f}
    ({100 * total["mix_low"]:.1f} to {100 * total["mix_high"]:.1f}) go with fewer incidents being handed on, and
    {100 * total["rate_change"]:.1f} ({100 * total["rate_low"]:.1f} to {100 * total["rate_high"]:.1f}) with incidents of as many
    groups being resolved sooner. Whether fewer hands make it
    faster, or easier incidents need fewer, this does not say; and the log begins with March, whose first days may differ for that alone.

    {changed.height} moves differ between the months at a false discovery rate of 5 %. The largest: within a week of
    Resolved, {clock["baseline_rate"]:.0%} were closed in March and {clock["compared_rate"]:.0%} in May, as if the
    clock that closes them had been set shorter. What critical incidents do after *Awaiting User Info*
    {words[critical["finding"]]} from moderate ones (q = {critical["q_value"]:.3f}), on {critical["compared_customers_count"]}
    critical ones: few.
            """),
            by_month.select("period_start", "entered_count", "converted_count", "open_count", "rate", "rate_low", "rate_high"),
            parts.select(
                "segment", "baseline_share", "compared_share", "baseline_rate", "compared_rate", "mix_change", "rate_change",
                "rate_low", "rate_high",
            ),
            changed.head(6).select(
                "source", "next_step", "baseline_rate", "compared_rate", "difference", "difference_low", "difference_high",
                "q_value",
            ),
        ]
    )  # fmt: skip
    return


@app.cell
def _(FindingOptions, datetime, mo, pl, ranked_findings, timedelta, visits, watched_rates):
    entries = visits.filter(pl.col("event_type") != "Resolved").select(
        "priority", customer_id="incident", stage="event_type", entered_at="occurred_at", moved_on_at="left_at",
        dropped_off_at=pl.lit(None, dtype=pl.Datetime),
    )  # fmt: skip
    options = FindingOptions(within=timedelta(days=5), lapse_after=timedelta(0), period_days=(28,))
    ranked = ranked_findings(
        watched_rates(entries, datetime(2016, 6, 1), segment="priority", options=options), "priorities"
    )
    told = "\n".join(f"    {row['rank']}. {row['sentence']}" for row in ranked.head(4).iter_rows(named=True))
    mo.md(f"""
    ## A morning's findings

    What the pages of a project say of its stages, said of states that are left within five days, all watched equally long
    ({ranked.height} findings at a false discovery rate of 10 %; a customer is an incident here):

{told}

    A fast month and a slow one are one finding told twice: with two whole months, each is the other's rest.
    """)
    return


@app.cell
def _(kaplan_meier, log_rank, mo, moves, opened, pl, survival_summary):
    last_known = opened["occurred_at"].max().replace(year=2016, month=6, day=1, hour=0, minute=0)
    calls = opened.select("customer_id", called_at="occurred_at").sort("called_at")
    handled = moves.group_by("incident", maintain_order=True).agg(
        pl.col("customer_id").first(),
        resolved_at=pl.col("occurred_at").filter(pl.col("event_type") == "Resolved").min(),
        group=pl.when(pl.col("reassignments").max() > 0).then(pl.lit("handed on")).otherwise(pl.lit("one group")),
    )
    first_ones = (
        handled.filter(pl.col("resolved_at") < last_known)
        .sort("resolved_at", "incident")
        .unique("customer_id", keep="first", maintain_order=True)
        .join_asof(
            calls,
            left_on="resolved_at",
            right_on="called_at",
            by="customer_id",
            strategy="forward",
            check_sortedness=False,
        )
        .with_columns(is_observed=(pl.col("called_at") < last_known).fill_null(value=False))
        .with_columns(until_at=pl.when("is_observed").then("called_at").otherwise(last_known))
        .with_columns(duration=(pl.col("until_at") - pl.col("resolved_at")).dt.total_minutes() / 1440)
    )
    again_after = survival_summary(kaplan_meier(first_ones, by=["group"]), by=["group"])
    days_until = {row["group"]: row for row in again_after.iter_rows(named=True)}
    chance = log_rank(first_ones).p_value
    mo.vstack(
        [
            mo.md(f"""
    ## How soon they call again

    Half of {days_until["one group"]["subjects_count"]:,} callers whose first incident stayed with one group call with
    another one within {days_until["one group"]["median"]:.0f} days ({days_until["one group"]["median_low"]:.0f} to
    {days_until["one group"]["median_high"]:.0f}); of {days_until["handed on"]["subjects_count"]:,} whose first one was handed
    on, within {days_until["handed on"]["median"]:.0f} ({days_until["handed on"]["median_low"]:.0f} to
    {days_until["handed on"]["median_high"]:.0f}; log-rank p = {chance:.4f}). Those who have not called again count as
    long as they were watched. A repeated contact may be friction, or a caller with more to call about: the log does not
    say what a call is about.
            """),
            again_after.select("group", "subjects_count", "observed_count", "median", "median_low", "median_high"),
        ]
    )  # fmt: skip
    return (last_known,)


@app.cell
def _(LearningOptions, back_test, last_known, learned_thresholds, lifecycle, mo, opened, pl, timedelta):
    months = lifecycle(opened, every="month", complete_until=last_known, before=last_known)
    newest = months.row(-1, named=True)
    learning = LearningOptions(horizon=timedelta(days=21), most_returning=0.2)
    limits = learned_thresholds(opened, last_known, options=learning, stage="priority")
    tried = back_test(opened, last_known, options=learning, stage="priority").filter(stage="(all)").row(0, named=True)
    limit = limits.filter(stage="3 - Moderate").row(0, named=True)
    mo.vstack(
        [
            mo.md(f"""
    ## When a caller is gone

    In {newest["period_start"]:%B} {newest["new_count"]:,} callers were new, {newest["returning_count"]:,} had called the month
    before and {newest["resurrecting_count"]:,} earlier; {newest["dormant_count"]:,} of {newest["previous_count"]:,} stayed away.
    That every month has fewer new ones is to be expected: whoever called before the log began is taken for new.

    After {limit["lapse_after_seconds"] / 86400:.0f} days without a call fewer than one in five come back within three weeks
    ({limit["at_risk_count"]:,} silences were seen that long). Three months are short to learn it from: three weeks earlier
    nobody could have been judged gone ({tried["dropped_off_count"]} of {tried["customers_count"]:,}), so the limit is untried.
    And for a help desk a silent caller may be the best of news.
            """),
            months.select(
                "period_start", "new_count", "returning_count", "resurrecting_count", "dormant_count", "returning_rate",
                "returning_rate_low", "returning_rate_high",
            ),
            limits.select("stage", days=pl.col("lapse_after_seconds") / 86400, pooled="is_pooled", silences="silences_count"),
        ]
    )  # fmt: skip
    return


@app.cell
def _(Funnel, funnel_correlation, funnel_customers, mo, moves, pl, time_to_convert, timedelta):
    two_weeks = Funnel(["New", "Resolved"], timedelta(days=14))
    passing = funnel_correlation(moves, two_weeks, entity="incident")
    times = time_to_convert(moves, two_weeks, entity="incident", bins=14)
    unresolved = funnel_customers(moves, two_weeks, entity="incident").filter(
        pl.col("furthest_step") == 1, ~pl.col("is_open")
    )
    telling = passing.row(0, named=True)
    mo.vstack(
        [
            mo.md(f"""
    ## What goes with being late

    {unresolved.height:,} incidents were not resolved within two weeks; `funnel_customers` lists them by number.
    *{telling["item"]}* was on the way of {telling["unfinished_count"] / telling["unfinished_total"]:.1%} of these and of
    {telling["finished_count"] / telling["finished_total"]:.1%} of the others: odds of being resolved in time
    {telling["odds_ratio"]:.2f} times as high ({telling["odds_ratio_low"]:.2f} to {telling["odds_ratio_high"]:.2f}). Who
    waits for others waits; and who takes longer has more time to be put there. Of those that were in time,
    {times["customers_count"][0] / times["customers_count"].sum():.0%} took less than a day.
            """),
            passing.select(
                "item",
                "finished_count",
                "unfinished_count",
                "odds_ratio",
                "odds_ratio_low",
                "odds_ratio_high",
                "q_value",
            ),
        ]
    )
    return


@app.cell
def _(log, mo, pl):
    ended = log.group_by("incident").agg(pl.col("event_type").sort_by("update").last() == "Closed")["event_type"]
    mo.md(f"""
    ## What is not here, and why

    * **Credit** (`conversion_paths`, `attribution`, `path_table`, `counted_paths`): there is nothing to share out.
      {ended.sum():,} of {len(ended):,} incidents end as Closed, and no state was somebody's choice of how to reach a caller. A
      removal effect of *Active* would be a number, and would mean nothing.
    * **Hidden stages**: a state is written down by the desk itself; there is nothing behind it to infer.
    * **The same in other words**: `stage_progress` is `cumulative_incidence` by stage, and `to_json` writes what `to_graphml`
      does. `transition_graph` and `outcome_chain` read the moves of a project's stages; `directly_follows(...).graph()` and
      `absorbing_chain` say the same of a plain log. `dropped_probability` asks a curve of silences about one customer.
    * **Annotations** (`annotations_in_periods`): nobody wrote down what happened at that company between March and May. It is
      the first thing to ask for.
    """)
    return


if __name__ == "__main__":
    app.run()
