-- description: The commonest ways through sessions, as analysis.paths counts them: what customers did first, second and
--   so on within a session, up to max_steps; the same again counts once. Paths of fewer than min_customers are one row,
--   (other), so that all sessions are there. item is event_type, event_name, channel or stage; null is left out.
-- macro: paths(max_steps := 5, min_customers := 50, item := 'event_type')
-- returns: table
-- grain: path
-- example: marts.paths()
-- all_arguments: marts.paths(max_steps := 3, min_customers := 20, item := 'stage')
-- column: path | Items in order; (other) for all rarer paths together.
-- column: paths_count | Sessions with the path.
-- column: customers_count | Customers with such a session.
-- column: customers_total | Customers with any session that has an item.
-- column: customers_share | customers_count of customers_total; marts.wilson gives its interval.
with changes as (
    select
        customer_id,
        entity_id,
        touchpoint_index,
        item_name
    from marts.items(item := item, within := 'session')
    qualify
        item_name is distinct from lag(item_name) over (
            partition by customer_id, entity_id order by touchpoint_index
        )
),

walked as (
    select
        customer_id,
        list(item_name order by touchpoint_index) as whole
    from changes
    group by customer_id, entity_id
),

cut as (
    select
        customer_id,
        whole[1:max_steps] as path
    from walked
),

counted as (
    select
        path,
        count(distinct customer_id) as customers_count
    from cut
    group by path
),

common as (
    select path
    from counted
    where customers_count >= min_customers
),

everybody as (
    select count(distinct customer_id) as customers_total
    from cut
),

labelled as (
    select
        cut.customer_id,
        coalesce(common.path, ['(other)']) as path
    from cut
    left join common on cut.path = common.path
),

summed as (
    select
        path,
        count(*) as paths_count,
        count(distinct customer_id) as customers_count
    from labelled
    group by path
)

select
    summed.path,
    summed.paths_count,
    summed.customers_count,
    everybody.customers_total,
    summed.customers_count / everybody.customers_total as customers_share
from summed
cross join everybody
order by summed.path = ['(other)'], summed.customers_count desc, summed.paths_count desc, summed.path
