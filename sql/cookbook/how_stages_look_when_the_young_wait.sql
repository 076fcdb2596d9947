-- description: How many visits of each stage moved on within 60 days, of those that have had 60 days; and how much less
--   does it seem when all are counted?
select
    stage,
    mature_count,
    round(advanced_rate, 3) as moved_on,
    round(marts.wilson(advanced_count, mature_count).low, 3) as low,
    round(marts.wilson(advanced_count, mature_count).high, 3) as high,
    round(drop_off_rate, 3) as dropped_off,
    entered_count,
    round(naive_advanced_rate, 3) as naively_moved_on,
    round(naive_drop_off_rate, 3) as naively_dropped_off
from marts.mature_progress()
