-- description: Interactions without a stage are few; the limit is checks.max_unmapped_rate.
-- severity: warning
select
    touchpoints.event_type,
    touchpoints.event_name,
    count(*) as touchpoints_count
from journeys.touchpoints as touchpoints
where
    touchpoints.is_interaction
    and touchpoints.stage = '(unmapped)'
    and touchpoints.rule_id is null
    and (
        select
            count(*) filter (where t.stage = '(unmapped)' and t.rule_id is null)
            / nullif(count(*), 0) > any_value(s.max_unmapped_rate)
        from journeys.touchpoints as t
        cross join ops.settings as s
        where t.is_interaction
    )
group by touchpoints.event_type, touchpoints.event_name
order by touchpoints_count desc, touchpoints.event_type, touchpoints.event_name
