import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    import os

    import marimo as mo
    import plotly.graph_objects as go

    from journey_analytics import open_warehouse

    warehouse = open_warehouse(os.environ.get("JOURNEY_WAREHOUSE", "warehouse/journey.duckdb"))
    return go, mo, warehouse


@app.cell
def _(mo, warehouse):
    settings = warehouse.table("ops.settings").row(0, named=True)
    mo.md(f"""
    # A first look

    **{settings["project"]}**, data complete until {settings["watermark_at"]:%Y-%m-%d %H:%M} UTC. Outcomes are judged there:
    a journey is *completed*, *dropped off*, or still *open*. Open is not dropped off.
    """)
    return


@app.cell
def _(mo, warehouse):
    mo.vstack([mo.md("## What is in the file"), warehouse.tables()])
    return


@app.cell
def _(mo, warehouse):
    funnel = warehouse.sql("""
        select stage, sum(customers_count)::int as customers, sum(advanced_count)::int as moved_on,
            sum(completed_count)::int as completed, sum(open_count)::int as still_active,
            sum(dropped_off_count)::int as dropped_off
        from marts.stage_funnel
        where stage_model = (select main_stage_model from ops.settings)
        group by stage, stage_index
        order by stage_index
    """)
    mo.vstack([mo.md("## How far do customers get?"), funnel])
    return (funnel,)


@app.cell
def _(funnel, go):
    figure = go.Figure(
        [
            go.Bar(name=name.replace("_", " "), y=funnel["stage"], x=funnel[name], orientation="h")
            for name in ("moved_on", "completed", "still_active", "dropped_off")
        ],
        layout={"barmode": "stack", "yaxis": {"autorange": "reversed"}, "xaxis": {"title": {"text": "customers"}}},
    )
    figure
    return


@app.cell
def _(mo, warehouse):
    mo.vstack([mo.md("## Where do journeys end in silence?"), warehouse.sql("where_customers_drop_off")])
    return


@app.cell
def _(mo, warehouse):
    graph = warehouse.graph()
    leaving = sorted(
        ((data["drop_off_share"], stage) for stage, data in graph.nodes(data=True) if "drop_off_share" in data),
        reverse=True,
    )
    mo.md(
        "## The transition graph\n\nShare of the decided moves out of each stage, loops included, that are drop-offs:\n\n"
        + "\n".join(f"- {stage}: {rate:.1%}" for rate, stage in leaving)
    )
    return


if __name__ == "__main__":
    app.run()
