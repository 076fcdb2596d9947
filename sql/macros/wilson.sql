-- description: 95 % interval of a rate by Wilson's score method (without continuity correction), as {low, high}. Null
--   when there are no trials. Source: Wilson 1927, JASA 22:209.
-- macro: wilson(successes, trials)
-- example: marts.wilson(50, 100)
select
    case
        when trials > 0
            then struct_pack(
                low := least(successes / trials, greatest(0, (
                    successes + 1.959963984540054 ^ 2 / 2
                    - 1.959963984540054 * sqrt(
                        successes * (trials - successes) / trials + 1.959963984540054 ^ 2 / 4
                    )
                ) / (trials + 1.959963984540054 ^ 2))),
                high := greatest(successes / trials, least(1, (
                    successes + 1.959963984540054 ^ 2 / 2
                    + 1.959963984540054 * sqrt(
                        successes * (trials - successes) / trials + 1.959963984540054 ^ 2 / 4
                    )
                ) / (trials + 1.959963984540054 ^ 2)))
            )
    end
