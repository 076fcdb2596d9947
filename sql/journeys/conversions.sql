-- description: Events that a stage model declares conversions.
-- grain: conversion
-- per: customer
-- key: stage_model, conversion, touchpoint_id
-- not_null: customer_id, occurred_at
-- column: stage_model | Name of the stage model.
-- column: conversion | Name of the conversion in the model.
-- column: touchpoint_id | Touchpoint that converted.
-- column: customer_id | Pseudonymous id of the customer.
-- column: occurred_at | When, in UTC.
-- column: occurred_on | Its date in the business time zone.
select
    conversions.stage_model,
    conversions.conversion,
    printf('%016x', conversions.event_key) as touchpoint_id,
    printf('%016x', conversions.customer_key) as customer_id,
    conversions.occurred_at,
    cast(conversions.occurred_at at time zone settings.time_zone as date) as occurred_on
from state.journeys.conversions as conversions
cross join ops.settings as settings
order by conversions.stage_model, conversions.conversion, customer_id, conversions.occurred_at, touchpoint_id
