-- description: Customers whose events went to others in a build, because identifiers showed who they are: which id they
--   had before, and which after. The first build and one with another key of customer ids change nobody.
-- grain: customer before and customer after, in a build
-- key: build_number, customer_id_before, customer_id_after
-- not_null: run_id, change, events_count
-- assert: change in ('merged', 'split', 'renamed')
-- assert: customer_id_before <> customer_id_after
-- column: run_id | Run.
-- column: build_number | Build, from 1; a run that was tried again may have several.
-- column: change | merged (all went to one other customer), split (a part went to another, or all to several) or
--   renamed (the same customer under another id, as when a visitor first logs in).
-- column: customer_id_before | Pseudonymous id before.
-- column: customer_id_after | Pseudonymous id after.
-- column: events_count | Events of the identifiers that went from the one to the other, with those that are new.
select
    run_id,
    build_number,
    change,
    printf('%016x', customer_key_before) as customer_id_before,
    printf('%016x', customer_key_after) as customer_id_after,
    events_count
from state.ops.identity_changes
order by build_number, customer_id_before, customer_id_after
