-- description: Rules by which rows of a file were rejected or skipped.
-- grain: file and rule
-- key: source, content_hash, verdict, rule
-- not_null: rows_count
-- column: source | Name of the source in journey.toml.
-- column: content_hash | sha256 of the file, and of its path where the names of files mean something.
-- column: verdict | rejected (broken) or skipped (left out on purpose).
-- column: rule | Name of the rule.
-- column: rows_count | Rows.
select
    source,
    content_hash,
    verdict,
    rule,
    rows_count
from state.ops.file_rules
order by source, content_hash, verdict, rule
