-- description: How many events and customers of each month the causes of ops.month_changes touched.
-- grain: build, month, and cause that touched events of the month
-- key: build_number, month, cause
-- not_null: events_count, restaged_count, customers_count
-- assert: events_count + restaged_count >= customers_count
-- column: build_number | Build, see ops.builds.
-- column: month | First day of the month in which the events happened, in the business time zone.
-- column: cause | As in ops.month_changes.
-- column: events_count | Events that came, changed, left, or changed their customer.
-- column: restaged_count | Touchpoints that stayed and have another stage, or became or ceased to be interactions.
-- column: customers_count | Customers of all these.
select
    build_number,
    month,
    cause,
    events_count,
    restaged_count,
    customers_count
from state.ops.month_causes
order by build_number, month, cause
