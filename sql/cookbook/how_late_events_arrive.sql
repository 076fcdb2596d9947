-- description: How late do the events of each source arrive, month by month?
select
    source,
    cast(date_trunc('month', occurred_on) as date) as occurred_month,
    sum(timed_count) as timed_count,
    round(sum(late_count) / nullif(sum(timed_count), 0), 4) as late_rate,
    round(sum(very_late_count) / nullif(sum(timed_count), 0), 4) as very_late_rate
from ops.source_days
group by source, occurred_month
having sum(timed_count) > 0
order by source, occurred_month
