-- description: Rows that broke a rule: where they stand, which rule, and why. What they say stays in the pipeline's own
--   database, since it may be personal.
-- grain: rejected row
-- key: source, content_hash, line, item
-- not_null: path, rule, reason
-- column: source | Name of the source in journey.toml.
-- column: content_hash | sha256 of the file, and of its path where the names of files mean something.
-- column: path | Where the file stood, relative to the project.
-- column: line | Line (row number in Parquet), from 1.
-- column: item | Place among the rows of that line, from 1.
-- column: rule | Name of the rule.
-- column: reason | What is wrong; what was found stands as '…'.
select
    source,
    content_hash,
    path,
    line,
    item,
    rule,
    marts.without_addresses(regexp_replace(reason, '''.*''', '''…''', 's')) as reason
from state.ops.rejected_rows
order by source, path, content_hash, line, item
