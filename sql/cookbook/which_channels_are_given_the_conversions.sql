-- description: Which channels are given the conversions by which model, and what do they cost? Shares of what was
--   seen, not causal effects: where models differ much, only an experiment can tell.
select
    conversion,
    credited_to,
    round(max(credited_conversions) filter (where model = 'first'), 1) as first,
    round(max(credited_conversions) filter (where model = 'last'), 1) as last,
    round(max(credited_conversions) filter (where model = 'linear'), 1) as linear,
    round(max(credited_conversions) filter (where model = 'shapley'), 1) as shapley,
    round(max(credited_conversions) filter (where model = 'markov_1'), 1) as markov,
    round(max(credited_low) filter (where model = 'markov_1'), 1) as markov_low,
    round(max(credited_high) filter (where model = 'markov_1'), 1) as markov_high,
    any_value(conversions_count) as conversions,
    any_value(cost) as cost,
    round(max(cost_per_conversion) filter (where model = 'markov_1'), 2) as cost_per_conversion,
    any_value(cost_currency) as currency
from marts.attribution
where
    dimension = 'channel'
    and stage_model = (select settings.main_stage_model from ops.settings as settings)
group by conversion, credited_to
order by conversion, markov desc, credited_to
