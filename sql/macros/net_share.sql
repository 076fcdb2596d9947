-- description: Share of those for minus share of those against, such as promoters minus detractors, with its 95 %
--   interval, as {difference, low, high}. Null when there are no trials. Wald's interval with half an answer more on
--   either side and one more in between, which keeps its promise for few answers. Source: Agresti and Min 2005, Stat.
--   Med. 24:729.
-- macro: net_share(successes, failures, trials)
-- example: marts.net_share(50, 20, 100)
select
    case
        when trials > 0
            then struct_pack(
                difference := (successes - failures) / trials,
                low := least((successes - failures) / trials, greatest(-1, (
                    successes - failures
                    - 1.959963984540054 * sqrt(
                        successes + failures + 1 - (successes - failures) ^ 2 / (trials + 2)
                    )
                ) / (trials + 2))),
                high := greatest((successes - failures) / trials, least(1, (
                    successes - failures
                    + 1.959963984540054 * sqrt(
                        successes + failures + 1 - (successes - failures) ^ 2 / (trials + 2)
                    )
                ) / (trials + 2)))
            )
    end
