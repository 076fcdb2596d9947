"""What it costs to decide who is who among many identifiers, all at once.

    python benchmarks/identity.py --links 1000000 10000000

Of five links one is between a customer's id and an address, two between the id and browsers, one between a browser and
the click on an ad, one between the address and a number of the shop. Every fiftieth browser serves two customers.
"""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from measuring import measured, measurement

from journey_analytics.warehouse.connection import transaction
from journey_analytics.warehouse.identifier_sets import set_key_sql
from journey_analytics.warehouse.identity_tables import IdentityRules, refresh_identities
from journey_analytics.warehouse.memory import for_building, spilling
from journey_analytics.warehouse.state_tables import create_state_tables

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
LINE = "{links:>12,} {identifiers:>14,} {customers:>12,} {seconds:>9.1f} {cpu_seconds:>9.1f} {megabytes:>9,.0f}\n"
_PEOPLE = """
insert into staging.events by name
with people as (select range as n from range($1)),
said as (
    select 'user-' || n as user_id, 'person.' || n || '@mail.example' as email, null as anonymous_id,
        null as click_id, null as vendor, n * 5 as number from people
    union all
    select 'user-' || n, null, '1700000000.' || (n * 2), null, null, n * 5 + 1 from people
    union all
    select 'user-' || n, null, '1700000000.' || if(n % 50 = 0, n * 2 + 2, n * 2 + 1), null, null, n * 5 + 2 from people
    union all
    select null, null, '1700000000.' || (n * 2), 'Cj0KCQ' || hash(n), null, n * 5 + 3 from people
    union all
    select null, 'person.' || n || '@mail.example', null, null, 'shop-' || n, n * 5 + 4 from people
),
events as (
    select * exclude (vendor, number), 'web:' || number as event_id, number as event_key, 'web' as source,
        timestamptz '2026-01-01' + to_seconds(number % 8000000) as occurred_at, 'instant' as time_precision,
        'web' as channel, 'web' as entry_channel, 'customer' as actor, 'page_view' as event_type, false as is_machine,
        case when click_id is not null then 'gclid' end as click_id_type,
        case when vendor is not null then [{'kind': 'shop_id', 'value': vendor}] end as vendor_ids,
        null::varchar as phone, null::varchar as device_id, null::varchar as previous_id
    from said
)
select *, @set_key as set_key from events
"""


def decide(folder: Path) -> dict[str, int]:
    """Decide who is who among the events of a folder's database."""
    with spilling(folder / "state.duckdb", for_building()) as connection:
        with transaction(connection):
            refresh_identities(connection, ["web"], AS_OF, IdentityRules((), 5, b"key"), whole=True)
        counts = "select count(*), count(distinct customer_key) from journeys.identities"
        identifiers, customers = connection.sql(counts).fetchall()[0]
    return {"identifiers": identifiers, "customers": customers}


def main() -> None:
    """Make links, decide, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, nargs="+", default=[1_000_000], help="about so many links")
    parser.add_argument("--measure", metavar="FOLDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measured(decide, Path(arguments.measure))
        return
    sys.stdout.write("       links    identifiers    customers   seconds  cpu secs   peak MB\n")
    for links in arguments.links:
        with tempfile.TemporaryDirectory() as temporary:
            database = Path(temporary) / "state.duckdb"
            with spilling(database, for_building()) as connection:
                create_state_tables(connection)
                connection.execute(_PEOPLE.replace("@set_key", set_key_sql()), [links // 5])
            found = measurement([sys.executable, __file__, "--measure", temporary])
        sys.stdout.write(LINE.format(links=links, **found, **found["result"]))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
