-- description: Every contact of a known customer with the business, up to the watermark, whoever acted.
-- grain: touchpoint
-- per: customer
-- key: touchpoint_id
-- not_null: customer_id, touchpoint_index, occurred_at, source, channel, actor, event_type, is_interaction
-- not_null: stages_code, purchase_phase, is_indirect_contact, is_direct_traffic
-- assert: session_id is null or is_interaction
-- assert: touchpoint_index >= 1
-- column: touchpoint_id | Stable id, a hash of the event's own id.
-- column: customer_id | Pseudonymous id of the customer.
-- column: touchpoint_index | Place among the customer's touchpoints, from 1.
-- column: occurred_at | When, in UTC; the start of the local day where only the day is known.
-- column: occurred_on | Date in the business time zone.
-- column: time_precision | instant, or day where only the day is known.
-- column: source | Name of the source in journey.toml.
-- column: channel | Where it happened: web, email, ad, support, survey, social, store or other.
-- column: entry_channel | Channel that brought the customer there: ad for a landing from a paid click.
-- column: actor | Who acted: customer, company or system.
-- column: event_type | What happened, in canonical words where there is one.
-- column: event_name | The same in the vendor's words.
-- column: campaign_source | Campaign source, such as google.
-- column: campaign_medium | Campaign medium, such as cpc.
-- column: campaign_name | Campaign name.
-- column: channel_group | Default channel group of the campaign by Google's rules.
-- column: value | Money, in currency. Never add up different currencies.
-- column: currency | ISO 4217 code.
-- column: score | Answer to a survey, on the survey's own scale.
-- column: score_max | Best answer on that scale, where the source says it.
-- column: is_interaction | A deliberate act of the customer; only these make sessions, stages and journeys.
-- column: purchase_phase | during: in a session that holds a purchase, up to its last one; before: before the first
--   such session, or of a customer without a purchase; after: the rest.
-- column: is_indirect_contact | Reached through others: a social network, a link of another site, a review, word of
--   mouth.
-- column: is_direct_traffic | An interaction on the web whose source is not known.
-- column: session_id | Session; null outside sessions.
-- column: stage | Stage by the main model, (unmapped) if no rule matched, null before the first stage.
-- column: rule_id | Rule of the main model that matched.
-- column: stages_code | What all stage models say of it: journeys.touchpoint_stages has stage and rule by each.
select
    printf('%016x', touchpoints.event_key) as touchpoint_id,
    printf('%016x', touchpoints.customer_key) as customer_id,
    touchpoints.touchpoint_index,
    events.occurred_at,
    cast(events.occurred_at at time zone settings.time_zone as date) as occurred_on,
    events.time_precision,
    events.source,
    events.channel,
    events.entry_channel,
    events.actor,
    events.event_type,
    marts.without_addresses(events.event_name) as event_name,
    marts.without_addresses(events.campaign_source) as campaign_source,
    marts.without_addresses(events.campaign_medium) as campaign_medium,
    marts.without_addresses(events.campaign_name) as campaign_name,
    events.channel_group,
    events.value,
    events.currency,
    events.score,
    case
        when events.score is not null
            then try_cast(json_extract_string(events.properties, '$.scale_max') as decimal(9, 3))
    end as score_max,
    touchpoints.is_interaction,
    touchpoints.purchase_phase,
    touchpoints.is_indirect_contact,
    touchpoints.is_direct_traffic,
    printf('%016x', touchpoints.session_key) as session_id,
    touchpoints.stage,
    touchpoints.rule_id,
    touchpoints.stages_code
from state.journeys.touchpoints as touchpoints
inner join state.staging.events as events on touchpoints.event_key = events.event_key
cross join ops.settings as settings
order by touchpoints.customer_key, touchpoints.touchpoint_index
