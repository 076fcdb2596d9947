-- description: The last complete day and week of each source have about as many events as the weeks before let expect.
-- severity: warning
-- found: The last complete day or week has unusually many or few events: {listed}; see journey status.
-- listed: {events_count:,} of {source} in the {period} that ends on {ends_on}, where {expected_low:,} to
--   {expected_high:,} are usual
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
