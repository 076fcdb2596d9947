-- description: What the checks of each run found; those of the run that built this file are added once they have run.
-- grain: check of a run
-- key: run_id, check_name
-- not_null: severity, failing_count
-- column: run_id | Run.
-- column: check_name | File in sql/checks/, or table and promise.
-- column: severity | error or warning.
-- column: failing_count | Rows that fail; 0 is good.
-- column: sample | JSON: the first failing rows.
select
    run_id,
    check_name,
    severity,
    failing_count,
    sample
from state.ops.check_results
order by run_id, check_name
