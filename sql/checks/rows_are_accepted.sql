-- description: Rejected rows are few in every file; the limit is checks.max_rejected_rate.
-- severity: warning
select
    files.source,
    files.path,
    files.rows_count,
    files.rejected_count
from ops.loaded_files as files
cross join ops.settings as settings
where files.rejected_count > settings.max_rejected_rate * files.rows_count
order by files.source, files.path
