"""Planted truth is found, and where nothing is planted little is: whole simulated projects, seeds fixed beforehand.

``JOURNEY_PROJECTS`` says how many projects have a planted change; four times as many have none. ``make soak`` asks for
50 and 200.
"""

import os

import polars as pl

from journey_analytics.analysis.findings import ranked_findings, watched_rates
from tests.stage_projects import UNTIL, StageProject

PROJECTS = int(os.environ.get("JOURNEY_PROJECTS", "10"))


def found(project: StageProject, seed: int) -> pl.DataFrame:
    """The findings of a simulated project, as the mart has them."""
    return ranked_findings(watched_rates(project.entries(seed), UNTIL))


def test_a_planted_drop_is_the_first_finding() -> None:
    """Nine points fewer of those whom ads brought move on from acquisition: no. 1 in nine projects of ten."""
    planted = StageProject(planted=0.09)
    first = [found(planted, seed).row(0, named=True) for seed in range(PROJECTS)]
    about = [(row["kind"], row["stage"], row["segment"], row["is_worse"]) for row in first]
    assert about.count(("change", "acquisition", "ad", True)) >= 0.9 * PROJECTS


def test_without_an_effect_few_projects_tell_of_a_change() -> None:
    """Of 200 at most 28, where a level of 10 % lets expect 20; first channels differ in all, which is no change."""
    nothing = StageProject()
    told = [(found(nothing, seed)["kind"] == "change").any() for seed in range(4 * PROJECTS)]
    assert sum(told) <= 0.14 * len(told)
