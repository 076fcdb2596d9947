-- description: Who entered a stage, completed, dropped off or came back in the last 24 hours of the data?
select
    change,
    stage,
    customer_id,
    happened_at,
    first_channel
from marts.customer_changes()
