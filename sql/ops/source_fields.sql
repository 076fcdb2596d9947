-- description: Fields that rows of a source had: columns of a table, keys of JSON at most two levels deep. No values.
--   Which are new, and which have stopped coming: journey query fields_that_come_and_go.
-- grain: field of a source's rows
-- key: source, row_kind, field
-- not_null: use, first_run_id, first_seen_at, first_rows_count, last_run_id, last_seen_at
-- assert: first_seen_at <= last_seen_at
-- column: source | Name of the source in journey.toml.
-- column: row_kind | Which kind of the source's rows has it.
-- column: field | Column, or path with dots between its keys; e-mail addresses in it are blanked out.
-- column: use | read, kept (in properties), ignored (known and of no use) or left_out (neither read nor known, in a
--   source that keeps only what it reads).
-- column: first_run_id | Run that first loaded a row with it.
-- column: first_seen_at | When that was.
-- column: first_rows_count | Rows of that load that have it.
-- column: last_run_id | Run that last loaded a row with it.
-- column: last_seen_at | When that was.
select
    source,
    row_kind,
    marts.without_addresses(field) as field,
    use,
    first_run_id,
    first_seen_at,
    first_rows_count,
    last_run_id,
    last_seen_at
from state.ops.source_fields
order by source, row_kind, field
