-- description: Builds of these tables, the one that made this file last. A build compares itself with the one before:
--   ops.month_changes says by how much numbers changed and why. What a run showed is the sum up to its build.
-- grain: build
-- key: build_number
-- not_null: run_id, as_of, is_whole, customers_count, events_count
-- column: build_number | From 1.
-- column: run_id | Run. One that was tried again may have built twice.
-- column: as_of | Up to when the run was asked to look.
-- column: watermark_at | Data were complete up to here; outcomes were judged here. Null without events.
-- column: is_whole | All customers were recomputed, not only those whom something touched.
-- column: customers_count | Customers that were recomputed.
-- column: events_count | Events of theirs.
-- column: inputs | JSON: what decided the tables beside the data, each by its name or a fingerprint; null for builds
--   of a version that kept no changes.
select
    build_number,
    run_id,
    as_of,
    watermark_at,
    is_whole,
    customers_count,
    events_count,
    inputs
from state.ops.builds
order by build_number
