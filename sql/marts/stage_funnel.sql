-- description: How many customers reached each stage, and what became of those who got no further. Each customer has
--   one first channel and one starting month, so counts add up over slices.
-- grain: stage, first channel, month of the first interaction
-- key: stage_model, stage, first_channel, started_month
-- not_null: stage_index, customers_count, skipped_count, advanced_count
-- not_null: completed_count, dropped_off_count, open_count
-- assert: customers_count = advanced_count + completed_count + dropped_off_count + open_count
-- assert: skipped_count <= advanced_count
-- column: stage_model | Name of the stage model.
-- column: stage | Stage.
-- column: stage_index | Its place in the model, from 1.
-- column: first_channel | Channel that brought the customer first.
-- column: started_month | First day of the month of the first interaction, in the business time zone.
-- column: customers_count | Customers who reached the stage: visited it or a later one.
-- column: skipped_count | Of these, customers who passed it over on the way to a later one.
-- column: advanced_count | Of these, customers who reached a later stage.
-- column: completed_count | Got no further, and their last journey reached the goal.
-- column: dropped_off_count | Got no further, and their last journey lapsed without reaching the goal.
-- column: open_count | Got no further so far; too early to tell.
with ends as (
    select
        stage_model,
        customer_id,
        max(stage_index) as furthest_index
    from marts.first_passages
    group by stage_model, customer_id
)

select
    passages.stage_model,
    passages.stage,
    passages.stage_index,
    passages.first_channel,
    passages.started_month,
    count(*) as customers_count,
    count(*) filter (where passages.is_skipped) as skipped_count,
    count(*) filter (where passages.stage_index < ends.furthest_index) as advanced_count,
    count(*) filter (where passages.stage_index = ends.furthest_index and outcomes.outcome = 'completed')
        as completed_count,
    count(*) filter (where passages.stage_index = ends.furthest_index and outcomes.outcome = 'dropped_off')
        as dropped_off_count,
    count(*) filter (where passages.stage_index = ends.furthest_index and outcomes.outcome = 'open') as open_count
from marts.first_passages as passages
inner join ends on passages.stage_model = ends.stage_model and passages.customer_id = ends.customer_id
inner join marts.journey_outcomes as outcomes
    on passages.stage_model = outcomes.stage_model and passages.customer_id = outcomes.customer_id
where outcomes.is_last_journey
group by
    passages.stage_model,
    passages.stage,
    passages.stage_index,
    passages.first_channel,
    passages.started_month
order by passages.stage_model, passages.stage_index, passages.first_channel, passages.started_month
