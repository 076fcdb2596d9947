-- description: Which ways do journeys take through the stages, how many does each cover, and where do they end?
select
    variant_index,
    array_to_string(path, ' > ') as path,
    journeys_count,
    round(coverage_rate, 3) as coverage_rate,
    completed_count,
    dropped_off_count,
    open_count,
    round(drop_off_rate, 3) as drop_off_rate,
    round(marts.wilson(dropped_off_count, completed_count + dropped_off_count).low, 3) as low,
    round(marts.wilson(dropped_off_count, completed_count + dropped_off_count).high, 3) as high
from marts.journey_variants(max_variants := 15)
order by variant_index
