-- description: By which channels, in which order, do customers come to convert, and how often does nothing come of it?
select
    conversion,
    array_to_string(path, ' > ') as path,
    customers_count,
    paths_count,
    conversions_count,
    round(conversion_rate, 3) as conversion_rate,
    round(conversion_low, 3) as low,
    round(conversion_high, 3) as high
from marts.conversion_paths
where stage_model = (select settings.main_stage_model from ops.settings as settings)
order by conversion, customers_count desc, path
limit 25
