-- description: Identifiers that the identity rules could not give to one profile, counted. Which they are stays in the
--   pipeline's own database.
-- grain: finding and kind of identifier
-- key: finding, kind
-- not_null: identifiers_count
-- column: finding | shared (seen with several profiles, so it links none of them), over_connected (with too many
--   values to link anybody) or conflict (it links profiles that are apart by their user ids).
-- column: kind | Kind of the identifiers.
-- column: identifiers_count | Identifiers.
select
    finding,
    kind,
    count(*) as identifiers_count
from state.ops.identity_findings
group by finding, kind
order by finding, kind
