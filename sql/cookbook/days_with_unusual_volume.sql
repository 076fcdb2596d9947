-- description: On which days and in which weeks had a source fewer or more events than the weeks before let expect?
select
    source,
    period,
    ends_on,
    verdict,
    events_count,
    expected_low,
    expected_high,
    weeks_count
from ops.source_volumes
where verdict in ('low', 'high')
order by ends_on desc, source, period
