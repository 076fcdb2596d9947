-- description: Interactions without a stage are few; the limit is checks.max_unmapped_rate.
-- severity: warning
-- found: {unmapped_rate:.1%} of interactions have no stage (limit {limit_rate:.0%}): {listed}; see
--   journey rules coverage.
-- listed: {touchpoints_count:,} {event_type}
with counted as (
    select
        count(*) filter (touchpoints.stage = '(unmapped)' and touchpoints.rule_id is null)
        / nullif(count(*), 0) as unmapped_rate,
        any_value(settings.max_unmapped_rate) as limit_rate
    from journeys.touchpoints as touchpoints
    cross join ops.settings as settings
    where touchpoints.is_interaction
)

select
    touchpoints.event_type,
    touchpoints.event_name,
    count(*) as touchpoints_count,
    any_value(counted.unmapped_rate) as unmapped_rate,
    any_value(counted.limit_rate) as limit_rate
from journeys.touchpoints as touchpoints
cross join counted
where
    touchpoints.is_interaction
    and touchpoints.stage = '(unmapped)'
    and touchpoints.rule_id is null
    and counted.unmapped_rate > counted.limit_rate
group by touchpoints.event_type, touchpoints.event_name
order by touchpoints_count desc, touchpoints.event_type, touchpoints.event_name
