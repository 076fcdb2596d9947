-- description: Why rows were rejected: rows by source and rule, with the first of each, in the order of the files.
-- grain: source and rule
-- key: source, rule
-- not_null: rows_count, path, line, reason
-- column: source | Name of the source in journey.toml.
-- column: rule | Name of the rule.
-- column: rows_count | Rejected rows.
-- column: path | File of the first of them, relative to the project.
-- column: line | Its line.
-- column: reason | What is wrong with it; what was found stands as '…'.
select
    source,
    rule,
    count(*) as rows_count,
    arg_min(path, (path, line, item)) as path,
    arg_min(line, (path, line, item)) as line,
    arg_min(reason, (path, line, item)) as reason
from ops.rejected_rows
group by source, rule
order by source, rows_count desc, rule
