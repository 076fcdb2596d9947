-- description: Rejected rows are few in every file as it was read last; the limit is checks.max_rejected_rate.
-- severity: warning
-- found: Of some files more than {limit_rate:.0%} of the rows were rejected: {listed}; see journey rejected.
-- listed: {rejected_count:,} of {rows_count:,} in {path} ({source})
select
    files.source,
    files.path,
    files.rows_count,
    files.rejected_count,
    settings.max_rejected_rate as limit_rate
from ops.loaded_files as files
cross join ops.settings as settings
qualify
    files.rejected_count > settings.max_rejected_rate * files.rows_count
    and row_number() over (partition by files.source, files.path order by files.run_id desc) = 1
order by files.source, files.path
