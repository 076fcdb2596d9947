-- description: Which fields of the sources are new since their first load, and which were not in their last one?
with loads as (
    select
        source,
        min(first_run_id) as first_run_id,
        max(last_run_id) as last_run_id
    from ops.source_fields
    group by source
)

select
    fields.source,
    fields.row_kind,
    fields.field,
    fields.use,
    case when fields.last_run_id < loads.last_run_id then 'stopped' else 'new' end as what,
    fields.first_seen_at,
    fields.last_seen_at
from ops.source_fields as fields
inner join loads on fields.source = loads.source
where fields.first_run_id > loads.first_run_id or fields.last_run_id < loads.last_run_id
order by fields.source, what, fields.row_kind, fields.field
