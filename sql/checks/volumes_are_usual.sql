-- description: The last complete day and week of each source have about as many events as the weeks before let expect.
-- severity: warning
select
    source,
    period,
    ends_on,
    events_count,
    expected_low,
    expected_high,
    weeks_count
from ops.source_volumes
where is_latest and verdict in ('low', 'high')
order by source, period
