-- description: The commonest ways of journeys through the stages of the main model, as whole sequences, with what
--   became of them, as analysis.paths counts variants. Rates of outcomes are of the journeys that are decided: one that
--   is open may still be on its way into another variant. Journeys without a stage are left out. marts.wilson gives
--   intervals that take journeys for independent.
-- macro: journey_variants(max_variants := 20)
-- returns: table
-- grain: sequence of stages
-- example: marts.journey_variants()
-- all_arguments: marts.journey_variants(max_variants := 5)
-- column: variant_index | Place by how common it is, from 1; of those as common the first by the names.
-- column: path | Stages in order.
-- column: journeys_count | Journeys that went this way.
-- column: customers_count | Customers with such a journey.
-- column: journey_rate | journeys_count of all journeys with a stage.
-- column: coverage_rate | Share of all journeys that went this way or a more common one.
-- column: completed_count | Journeys that reached the goal.
-- column: dropped_off_count | Journeys that were silent too long without it.
-- column: open_count | Journeys of which neither is known yet.
-- column: completed_rate | completed_count of the decided ones.
-- column: drop_off_rate | dropped_off_count of the decided ones.
with counted as (
    select
        journeys.stages as path,
        count(*) as journeys_count,
        count(distinct journeys.customer_id) as customers_count,
        count(*) filter (where outcomes.outcome = 'completed') as completed_count,
        count(*) filter (where outcomes.outcome = 'dropped_off') as dropped_off_count,
        count(*) filter (where outcomes.outcome = 'open') as open_count
    from journeys.journeys as journeys
    inner join ops.settings as settings on journeys.stage_model = settings.main_stage_model
    inner join marts.journey_outcomes as outcomes
        on journeys.stage_model = outcomes.stage_model and journeys.journey_id = outcomes.journey_id
    where len(journeys.stages) > 0
    group by journeys.stages
),

ranked as (
    select
        *,
        row_number() over (order by journeys_count desc, path) as variant_index,
        sum(journeys_count) over () as total_count
    from counted
),

covered as (
    select
        *,
        sum(journeys_count) over (order by variant_index) as covered_count
    from ranked
)

select
    variant_index,
    path,
    journeys_count,
    customers_count,
    journeys_count / total_count as journey_rate,
    covered_count / total_count as coverage_rate,
    completed_count,
    dropped_off_count,
    open_count,
    completed_count / nullif(completed_count + dropped_off_count, 0) as completed_rate,
    dropped_off_count / nullif(completed_count + dropped_off_count, 0) as drop_off_rate
from covered
where variant_index <= max_variants
order by variant_index
