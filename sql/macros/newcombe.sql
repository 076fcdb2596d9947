-- description: Difference of two independent rates, first minus second, with its 95 % interval by Newcombe's hybrid
--   score method, as {difference, low, high}. Null when either has no trials. Source: Newcombe 1998, Stat. Med. 17:873,
--   method 10.
-- macro: newcombe(successes, trials, other_successes, other_trials)
-- example: marts.newcombe(56, 70, 48, 80)
select
    case
        when trials > 0 and other_trials > 0
            then struct_pack(
                difference := successes / trials - other_successes / other_trials,
                low := successes / trials - other_successes / other_trials - sqrt(
                    (successes / trials - marts.wilson(successes, trials).low) ^ 2
                    + (marts.wilson(other_successes, other_trials).high - other_successes / other_trials) ^ 2
                ),
                high := successes / trials - other_successes / other_trials + sqrt(
                    (marts.wilson(successes, trials).high - successes / trials) ^ 2
                    + (other_successes / other_trials - marts.wilson(other_successes, other_trials).low) ^ 2
                )
            )
    end
