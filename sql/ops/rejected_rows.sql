-- description: Rows that broke a rule: where they stand and which rule. What they say stays in the pipeline's own
--   database, since it may be personal.
-- grain: rejected row
-- key: source, content_hash, line, item
-- not_null: path, rule
-- column: source | Name of the source in journey.toml.
-- column: content_hash | sha256 of the file, and of its path where the names of files mean something.
-- column: path | Where the file stood, relative to the project.
-- column: line | Line (row number in Parquet), from 1.
-- column: item | Place among the rows of that line, from 1.
-- column: rule | Name of the rule.
select
    source,
    content_hash,
    path,
    line,
    item,
    rule
from state.ops.rejected_rows
order by source, path, content_hash, line, item
