-- description: Sessions: interactions of a customer without a gap longer than the timeout; on one device where
--   session_scope says so, and then they may overlap.
-- grain: session
-- per: customer
-- key: session_id
-- not_null: customer_id, session_index, started_at, ended_at, entry_channel, touchpoints_count
-- assert: ended_at >= started_at
-- assert: touchpoints_count >= 1
-- column: session_id | Stable id, that of its first touchpoint.
-- column: customer_id | Pseudonymous id of the customer.
-- column: session_index | Place among the customer's sessions, from 1.
-- column: started_at | First interaction, in UTC.
-- column: started_on | Its date in the business time zone.
-- column: ended_at | Last interaction, in UTC.
-- column: duration_seconds | From the first to the last interaction.
-- column: entry_channel | Channel that brought the customer.
-- column: entry_source | Campaign source of the first interaction.
-- column: entry_medium | Campaign medium of the first interaction.
-- column: entry_campaign | Campaign name of the first interaction.
-- column: touchpoints_count | Interactions in it.
-- column: stage | Stage of its last mapped interaction, by the main model.
select
    printf('%016x', sessions.session_key) as session_id,
    printf('%016x', sessions.customer_key) as customer_id,
    sessions.session_index,
    sessions.started_at,
    cast(sessions.started_at at time zone settings.time_zone as date) as started_on,
    sessions.ended_at,
    (epoch_us(sessions.ended_at) - epoch_us(sessions.started_at)) / 1e6 as duration_seconds,
    sessions.entry_channel,
    marts.without_addresses(sessions.entry_source) as entry_source,
    marts.without_addresses(sessions.entry_medium) as entry_medium,
    marts.without_addresses(sessions.entry_campaign) as entry_campaign,
    sessions.touchpoints_count,
    sessions.stage
from state.journeys.sessions as sessions
cross join ops.settings as settings
order by customer_id, sessions.session_index
