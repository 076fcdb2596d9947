-- description: What became of the rows of each source, over all of its files, and when rows came last. Rows read =
--   loaded + duplicates + rejected + skipped. A source that journey.toml no longer names keeps its rows and is in no
--   journey.
-- grain: source
-- key: source
-- not_null: is_configured, files_count, rows_count, loaded_count, duplicates_count, rejected_count, skipped_count
-- not_null: unusable_files_count
-- assert: rows_count = loaded_count + duplicates_count + rejected_count + skipped_count
-- column: source | Name of the source.
-- column: is_configured | journey.toml names it.
-- column: files_count | Files loaded.
-- column: rows_count | Rows read from them, after arrays are unfolded.
-- column: loaded_count | Rows whose key was new.
-- column: duplicates_count | Rows whose key was there already.
-- column: rejected_count | Rows that broke a rule; see ops.rejected_rows.
-- column: skipped_count | Rows that a named rule leaves out; see ops.file_rules.
-- column: unusable_files_count | Files not loaded, because every row of them is rejected.
-- column: last_loaded_at | Start of the last run that found a new file.
-- column: last_load_files_count | Files that it loaded.
-- column: last_load_rows_count | Rows that it read from them.
with loads as (
    select
        files.source,
        files.run_id,
        max(runs.started_at) as loaded_at,
        count(*) as files_count,
        cast(sum(files.rows_count) as bigint) as rows_count,
        cast(sum(files.loaded_count) as bigint) as loaded_count,
        cast(sum(files.duplicates_count) as bigint) as duplicates_count,
        cast(sum(files.rejected_count) as bigint) as rejected_count,
        cast(sum(files.skipped_count) as bigint) as skipped_count
    from ops.loaded_files as files
    left join ops.runs as runs
        on
            files.run_id = runs.run_id
            and (runs.step = 'ingest:' || files.source or runs.step = 'replay:' || files.source)
    group by files.source, files.run_id
),

accounts as (
    select
        source,
        cast(sum(files_count) as bigint) as files_count,
        cast(sum(rows_count) as bigint) as rows_count,
        cast(sum(loaded_count) as bigint) as loaded_count,
        cast(sum(duplicates_count) as bigint) as duplicates_count,
        cast(sum(rejected_count) as bigint) as rejected_count,
        cast(sum(skipped_count) as bigint) as skipped_count,
        max(loaded_at) as last_loaded_at,
        arg_max(files_count, loaded_at) as last_load_files_count,
        arg_max(rows_count, loaded_at) as last_load_rows_count
    from loads
    group by source
),

unusable as (
    select
        source,
        count(distinct path) as files_count
    from ops.rejected_rows
    where (source, content_hash) not in (select (files.source, files.content_hash) from ops.loaded_files as files)
    group by source
),

named as (
    select source from state.ops.source_status
    union
    select source from accounts
    union
    select source from unusable
)

select
    named.source,
    named.source in (select status.source from state.ops.source_status as status) as is_configured,
    coalesce(accounts.files_count, 0) as files_count,
    coalesce(accounts.rows_count, 0) as rows_count,
    coalesce(accounts.loaded_count, 0) as loaded_count,
    coalesce(accounts.duplicates_count, 0) as duplicates_count,
    coalesce(accounts.rejected_count, 0) as rejected_count,
    coalesce(accounts.skipped_count, 0) as skipped_count,
    coalesce(unusable.files_count, 0) as unusable_files_count,
    accounts.last_loaded_at,
    accounts.last_load_files_count,
    accounts.last_load_rows_count
from named
left join accounts on named.source = accounts.source
left join unusable on named.source = unusable.source
order by named.source
