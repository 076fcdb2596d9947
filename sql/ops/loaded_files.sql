-- description: Files that were loaded, and what became of their rows.
-- grain: content of a file
-- key: source, content_hash
-- not_null: path, rows_count, loaded_count, duplicates_count, rejected_count, skipped_count, variants_count
-- assert: rows_count = loaded_count + duplicates_count + rejected_count + skipped_count
-- assert: variants_count <= rows_count
-- column: source | Name of the source in journey.toml.
-- column: content_hash | sha256 of the file, and of its path where the names of files mean something.
-- column: path | Where it stood, relative to the project.
-- column: bytes_count | Size.
-- column: rows_count | Rows read, after arrays are unfolded.
-- column: loaded_count | Rows whose key was new.
-- column: duplicates_count | Rows whose key was there already.
-- column: rejected_count | Rows that broke a rule; see ops.rejected_rows.
-- column: skipped_count | Rows that a named rule leaves out; see ops.file_rules.
-- column: variants_count | Rows that say something else than the row that won their key.
-- column: run_id | Run that loaded it.
select
    source,
    content_hash,
    path,
    bytes_count,
    rows_count,
    loaded_count,
    duplicates_count,
    rejected_count,
    skipped_count,
    variants_count,
    run_id
from state.ops.loaded_files
order by source, path, content_hash
