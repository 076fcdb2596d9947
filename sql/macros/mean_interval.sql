-- description: 95 % interval of a mean by Student's t, from the sum of the values and of their squares, as {low, high}.
--   Null for fewer than five values, which tell too little of how they scatter. The quantile by its expansion, right to
--   0.01. Source: Abramowitz and Stegun 1964, 26.7.5.
-- macro: mean_interval(total, squares, trials)
-- example: marts.mean_interval(50, 260, 10)
select
    case
        when trials >= 5
            then struct_pack(
                low := total / trials - (
                    1.959963984540054 + 2.372271 / (trials - 1) + 2.822500 / (trials - 1) ^ 2
                    + 2.555850 / (trials - 1) ^ 3
                ) * sqrt(greatest(0, squares - total * total / trials) / (trials - 1) / trials),
                high := total / trials + (
                    1.959963984540054 + 2.372271 / (trials - 1) + 2.822500 / (trials - 1) ^ 2
                    + 2.555850 / (trials - 1) ^ 3
                ) * sqrt(greatest(0, squares - total * total / trials) / (trials - 1) / trials)
            )
    end
