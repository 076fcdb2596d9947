-- description: What advertising cost, day by day, as platforms restated it last. Costs are no touchpoints: nobody did
--   anything. Days are those of the ad account's time zone. Never add up different currencies.
-- grain: platform, account, campaign and day
-- key: source, platform, account_id, campaign_id, cost_on
-- not_null: cost
-- assert: cost_on is not null
-- column: source | Name of the source in journey.toml.
-- column: platform | google_ads, meta_ads.
-- column: account_id | Ad account; empty where the export does not name it.
-- column: campaign_id | Campaign.
-- column: campaign_name | Its newest name; names change.
-- column: cost_on | Day in the account's time zone.
-- column: cost | Money spent, in currency.
-- column: currency | ISO 4217 code.
-- column: clicks_count | Clicks that the platform counted.
-- column: impressions_count | Impressions that the platform counted.
select
    costs.source,
    costs.platform,
    costs.account_id,
    costs.campaign_id,
    marts.without_addresses(
        last_value(costs.campaign_name ignore nulls) over (
            partition by costs.source, costs.platform, costs.account_id, costs.campaign_id
            order by costs.cost_on rows between unbounded preceding and unbounded following
        )
    ) as campaign_name,
    costs.cost_on,
    costs.cost,
    costs.currency,
    costs.clicks_count,
    costs.impressions_count
from state.staging.ad_costs as costs
where costs.source in (select status.source from state.ops.source_status as status)
order by costs.source, costs.platform, costs.account_id, costs.campaign_id, costs.cost_on
