-- description: By how much the numbers of each month changed from build to build, and why. The changes of all builds up
--   to one add up to the number of that build; journey diff puts two runs side by side.
-- grain: build, number of a month, and cause for which it changed
-- key: build_number, month, measure, stage_model, name, cause
-- not_null: change_count
-- assert: change_count <> 0
-- column: build_number | Build, see ops.builds; the oldest one kept has the sum of all before it, as period.
-- column: month | First day of the month, in the business time zone of that build.
-- column: measure | touchpoints, interactions, customers_active (with an interaction in the month), customers_started
--   (with their first one), sessions and journeys (that started), conversions, customers_reached (a stage or a later
--   one, by the month in which the customer started).
-- column: stage_model | Stage model of journeys, conversions and stages; else empty.
-- column: name | Outcome of journeys, conversion, or stage; else empty.
-- column: cause | period (behind the earlier watermark), outcomes (known, or open again, as the watermark moved), late
--   (events that came later), changed (events that another version replaced), gone (events that left), identity
--   (customers merged or split), rules (models, settings, sources, software); joined by + where they cannot be told
--   apart.
-- column: change_count | How many more there are; negative where fewer.
select
    build_number,
    month,
    measure,
    stage_model,
    name,
    cause,
    change_count
from state.ops.month_changes
order by build_number, month, measure, stage_model, name, cause
