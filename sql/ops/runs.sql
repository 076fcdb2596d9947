-- description: Steps of the pipeline's runs, with rows and seconds. The steps after the last build are in
--   the next file.
-- grain: step of a run
-- key: run_id, step
-- not_null: as_of, started_at, seconds, status
-- column: run_id | Run, named by its start.
-- column: step | ingest:<source>, build, check, report, publish, or replay:<source>.
-- column: as_of | Up to when the run was asked to look.
-- column: started_at | Start of the step.
-- column: seconds | Duration.
-- column: status | succeeded or failed.
-- column: rows_count | Rows read or made.
-- column: detail | What a person wants to know about it; of a failed step, why.
select
    run_id,
    step,
    as_of,
    started_at,
    seconds,
    status,
    rows_count,
    marts.without_addresses(
        if(status = 'failed', regexp_replace(detail, '''.*''', '''…''', 's'), detail)
    ) as detail
from state.ops.runs
order by started_at, step
