-- description: Whether a source has about as many events as its history says: every day, and every seven days that end
--   with a day, with the range that the weeks before let expect. On the scale of Anscombe's root (1948, Biometrika
--   35:246), on which the noise of counts does not depend on their size, a count is compared with the median of the
--   same weekday of the eight weeks before; the range is 3.5 times the noise of earlier such comparisons, at least that
--   of a Poisson count, and always takes in what happened twice in a quarter of a year. No event at all is too few
--   where at least 20 are expected and there always were some. Days of which not everything may have been delivered yet
--   are left out.
-- grain: source, period and last day
-- key: source, period, ends_on
-- not_null: events_count, weeks_count, verdict, is_latest
-- assert: (expected_low is null) = (verdict = 'too_little_history')
-- column: source | Name of the source in journey.toml.
-- column: period | day or week.
-- column: ends_on | Last day of the period, in the business time zone.
-- column: events_count | Events that happened in it.
-- column: expected_count | What the weeks before let expect.
-- column: expected_low | Least count that is usual. Null where history is too short for a verdict.
-- column: expected_high | Greatest count that is usual.
-- column: weeks_count | Whole weeks of history before the period.
-- column: verdict | usual, low, high or too_little_history (fewer than ten weeks).
-- column: is_latest | The last period of the source that is complete.
with newest as (
    select
        max(source_status.watermark_at) as watermark_at,
        any_value(settings.as_of) as as_of,
        any_value(settings.time_zone) as time_zone
    from ops.source_status
    cross join ops.settings as settings
),

-- A project that is run every night ends now; a sample, or one that is looked at later, ends where its data end.
ends as (
    select
        time_zone,
        if(watermark_at > as_of - interval 36 hours, as_of, watermark_at) as now_at
    from newest
),

-- A day is complete when the source's data reach about its end, or when they would usually have come by now.
reach as (
    select
        status.source,
        cast(status.first_occurred_at at time zone ends.time_zone as date) as first_on,
        least(
            cast(ends.now_at at time zone ends.time_zone as date),
            greatest(
                cast((status.watermark_at + interval 2 hours) at time zone ends.time_zone as date),
                cast(
                    (
                        ends.now_at
                        - to_seconds(greatest(86400, least(coalesce(status.arrival_p95_seconds, 0), 14 * 86400)))
                    ) at time zone ends.time_zone as date
                )
            )
        ) - 1 as last_on
    from ops.source_status as status
    cross join ends
    where status.watermark_at is not null
),

days as (
    select
        spine.source,
        spine.ends_on,
        row_number() over (partition by spine.source order by spine.ends_on) as days_count,
        spine.ends_on = spine.last_on as is_latest,
        coalesce(counted.events_count, 0) as events_count
    from (
        select
            reach.source,
            reach.last_on,
            cast(unnest(generate_series(reach.first_on, reach.last_on, interval 1 day)) as date) as ends_on
        from reach
    ) as spine
    left join ops.source_days as counted on spine.source = counted.source and spine.ends_on = counted.occurred_on
),

periods as (
    select
        source,
        'day' as period,
        ends_on,
        days_count,
        is_latest,
        events_count
    from days
    union all
    select
        source,
        'week' as period,
        ends_on,
        days_count,
        is_latest,
        cast(sum(events_count) over (
            partition by source order by ends_on rows between 6 preceding and current row
        ) as bigint) as events_count
    from days
    qualify days_count >= 7
),

centred as (
    select
        *,
        2 * sqrt(events_count + 0.375) as root,
        median(root) over same_weekday as centre,
        count(*) over same_weekday as weekdays_count
    from periods
    window same_weekday as (
        partition by source, period, (ends_on - date '2000-01-03') % 7
        order by ends_on rows between 8 preceding and 1 preceding
    )
),

compared as (
    select
        *,
        if(weekdays_count >= 4, root - centre, null) as residual
    from centred
),

-- The last two weeks are no measure yet: a source that fell silent would soon make its silence usual.
spread as (
    select
        *,
        count(residual) over before as residuals_count,
        median(residual) over before as shift,
        quantile_cont(residual, 0.75) over before - quantile_cont(residual, 0.25) over before as quartiles,
        list(residual) over before as residuals,
        min(events_count) over before as least_count
    from compared
    window before as (
        partition by source, period order by ends_on rows between 105 preceding and 15 preceding
    )
),

ranged as (
    select
        *,
        weekdays_count >= 4 and residuals_count >= 28 as is_known,
        centre + shift as middle,
        greatest(quartiles / 1.349, sqrt(1 + 1.57 / weekdays_count)) as noise,
        list_sort(list_filter(residuals, lambda r: r is not null)) as ordered
    from spread
),

bounded as (
    select
        *,
        least_count > 0 and middle >= 2 * sqrt(20.375) as never_empty,
        middle - greatest(3.5 * noise, 1.15 * (shift - ordered[2]) + noise) as low,
        middle + greatest(3.5 * noise, 1.15 * (ordered[-2] - shift) + noise) as high
    from ranged
)

select
    source,
    period,
    ends_on,
    events_count,
    if(is_known, cast(round(greatest(0, greatest(middle, 0) ^ 2 / 4 - 0.375)) as bigint), null) as expected_count,
    if(is_known, cast(greatest(if(never_empty, 1, 0), ceil(greatest(low, 0) ^ 2 / 4 - 0.375)) as bigint), null)
        as expected_low,
    if(is_known, cast(floor(high ^ 2 / 4 - 0.375) as bigint), null) as expected_high,
    (days_count - if(period = 'day', 1, 7)) // 7 as weeks_count,
    case
        when not is_known then 'too_little_history'
        when events_count < expected_low then 'low'
        when events_count > expected_high then 'high'
        else 'usual'
    end as verdict,
    is_latest
from bounded
order by source, period, ends_on
