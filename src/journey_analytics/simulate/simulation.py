"""The simulation from end to end: people, what they do, the files of every vendor, the truth."""

from pathlib import Path

import polars as pl

from journey_analytics.simulate.answers import make_answers
from journey_analytics.simulate.deeds import add_bots, make_deeds
from journey_analytics.simulate.google_ads import ad_clicks, write_clicks, write_costs
from journey_analytics.simulate.identifiers import name_people
from journey_analytics.simulate.landings import with_landings
from journey_analytics.simulate.mailings import make_mailings, visits_of_clicks
from journey_analytics.simulate.paths import walk
from journey_analytics.simulate.people import draw_people
from journey_analytics.simulate.segment import segment_rows, write_segment
from journey_analytics.simulate.sendgrid import sendgrid_rows, write_sendgrid
from journey_analytics.simulate.surveys import survey_rows, write_surveys
from journey_analytics.simulate.tickets import make_ratings, make_tickets
from journey_analytics.simulate.truth import Truth, identifier_sets, make_truth, write_truth
from journey_analytics.simulate.visits import DEVICES_PER_PERSON, make_visits
from journey_analytics.simulate.world import World
from journey_analytics.simulate.zendesk import write_zendesk, zendesk_users


def simulate(folder: Path, customers: int = 5000, seed: int = 7, world: World | None = None) -> Truth:
    """Simulate customers and write what five systems would have logged of them.

    The same arguments always make the same files, byte by byte.

    Args:
        folder: Where ``web/``, ``email/``, ``ads/``, ``support/``, ``surveys/`` and ``truth/`` are written.
        customers: How many people there are.
        seed: Of chance.
        world: Every probability and rate, to try another world.

    Returns:
        The truth, as it is also written to ``truth/``.
    """
    world = world or World()
    people = draw_people(customers, world, seed)
    visits = make_visits(people, walk(people, world, seed), world, seed)
    names = name_people(visits, customers, world, seed)
    mailings = make_mailings(visits, names, world, seed)
    clicks = visits_of_clicks(mailings, visits, names, world, seed)
    deeds = make_deeds(pl.concat([visits, clicks], how="diagonal"), world, seed)
    responses = survey_rows(make_answers(visits, deeds, world, seed), names, world, seed)
    deeds = with_landings(add_bots(deeds, customers * DEVICES_PER_PERSON, world, seed), world, seed)
    acts = make_tickets(visits, world, seed)

    web = segment_rows(deeds, names, world, seed)
    mails = sendgrid_rows(mailings, names, world, seed)
    users = zendesk_users(acts, names, world)
    ads = ad_clicks(web, world)
    written = [
        write_segment(web, folder, world, seed),
        write_sendgrid(mails, folder, world, seed),
        write_clicks(ads, folder, world, seed),
        write_costs(ads, folder, world, seed),
        *write_zendesk(acts, make_ratings(acts, world, seed), users, folder, world, seed),
        write_surveys(responses, folder, world, seed),
    ]
    # A support user's last state is what links; the others only stand in older files.
    known_users = users.unique("person", keep="last", maintain_order=True)
    evidence = [identifier_sets(rows) for rows in (web, mails, known_users, responses)]
    truth = make_truth(visits, evidence, written, world)
    write_truth(truth, folder)
    return truth
