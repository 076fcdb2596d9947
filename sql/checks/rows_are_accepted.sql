-- description: Rejected rows are few in every file as it was read last; the limit is checks.max_rejected_rate.
-- severity: warning
select
    files.source,
    files.path,
    files.rows_count,
    files.rejected_count
from ops.loaded_files as files
cross join ops.settings as settings
qualify
    files.rejected_count > settings.max_rejected_rate * files.rows_count
    and row_number() over (partition by files.source, files.path order by files.run_id desc) = 1
order by files.source, files.path
