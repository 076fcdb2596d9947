"""What two groups do next, put beside one another: tables of sources and of edges with intervals and findings."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from journey_analytics.analysis.comparison.customer_tests import customer_tests
from journey_analytics.analysis.comparison.steps_within import StepsWithin
from journey_analytics.analysis.comparison.two_groups import Edges, edges_of
from journey_analytics.analysis.intervals import benjamini_hochberg, newcombe_bounds, wilson_bounds
from journey_analytics.arrays.segments import changes
from journey_analytics.errors import UsageError
from journey_analytics.vocabulary import OTHER

_FEWEST_REPLICATES = 99


class Finding(StrEnum):
    """What a comparison says of a source or of an edge."""

    DIFFERS = "differs"
    DIFFERS_LITTLE = "differs_little"
    NOT_SHOWN = "not_shown"
    TOO_LITTLE_HISTORY = "too_little_history"


@dataclass(frozen=True)
class ComparisonOptions:
    """How two groups are compared.

    Attributes:
        level: Share of false findings that is put up with among all findings.
        least_customers: Sources with fewer customers in either group are not judged: too little history.
        least_difference: Smaller differences of shares, though shown, are told as little.
        replicates: How often labels are permuted and customers drawn; a p-value is at least 1 / (1 + replicates).
        seed: Of these draws.
    """

    level: float = 0.05
    least_customers: int = 30
    least_difference: float = 0.01
    replicates: int = 2000
    seed: int = 0

    def check(self) -> None:
        """Check that they can be followed.

        Raises:
            UsageError: One of them cannot.
        """
        if not 0 < self.level < 1:
            raise UsageError(f"A level of {self.level} cannot be.", hint="Give a share between 0 and 1, such as 0.05.")
        if self.replicates < _FEWEST_REPLICATES:
            raise UsageError(f"{self.replicates} replicates tell too little.", hint="Give 2000, or at least 99.")
        if self.least_customers < 1:
            raise UsageError(f"{self.least_customers} customers show nothing.", hint="Give 30, or at least 1.")


@dataclass(frozen=True)
class ComparedEdges:
    """Tables as ``Comparison`` has them, and whether customers were drawn with both halves."""

    sources: pl.DataFrame
    edges: pl.DataFrame
    is_paired: bool


def compared_edges(
    steps: StepsWithin, rows: npt.NDArray[np.int64], is_compared: npt.NDArray[np.bool_], options: ComparisonOptions
) -> ComparedEdges:
    """Compare some of the steps, by whether they are of the compared group.

    Raises:
        UsageError: The options cannot be followed.
    """
    options.check()
    edges = edges_of(steps.source[rows], steps.next_step[rows], is_compared, len(steps.names))
    customer = _without_gaps(steps.customer[rows])
    customers = _customers(edges, is_compared, customer)
    is_judged = customers.min(axis=0) >= options.least_customers
    judged, is_used = edges.only(is_judged)
    tests = customer_tests(
        judged, is_compared[is_used], _without_gaps(customer[is_used]), options.replicates, options.seed
    )
    counts = edges.counts(is_compared)
    trials = edges.per_source(counts)
    is_judged_edge = np.repeat(is_judged, edges.sources.lengths)
    names = pl.Series([*steps.names, OTHER], dtype=pl.String)
    shares = edges.shares(counts)
    difference = np.where(is_judged_edge, shares[1] - shares[0], np.nan)
    g, degrees = edges.g(counts[0], counts[1]), edges.sources.lengths - 1
    far = edges.distance(shares[1] - shares[0], counts.sum(axis=0)) * trials.prod(axis=0) / trials.sum(axis=0) ** 2
    p = _spread(tests.source_p_values, is_judged)
    q = _spread(benjamini_hochberg(tests.source_p_values), is_judged)
    size = np.abs(difference)
    largest = np.maximum.reduceat(size, edges.sources.first) if len(is_judged) else size
    sources = pl.DataFrame(
        {
            "source": names.gather(edges.source[edges.sources.first]),
            "baseline_count": trials[0].astype(np.int64),
            "compared_count": trials[1].astype(np.int64),
            "baseline_customers_count": customers[0],
            "compared_customers_count": customers[1],
            "largest_difference": largest,
            "customers_affected": customers[1] * edges.per_source(size) / 2,
            "cramers_v": np.where(is_judged, np.sqrt(far), np.nan),
            "g": np.where(is_judged, g, np.nan),
            "degrees": degrees,
            "g_p_value": np.where(is_judged, edges.p_values(g), np.nan),
            "p_value": p,
            "q_value": q,
            "finding": _findings(is_judged, q, largest, options),
        }
    )
    is_asked = np.repeat(np.nan_to_num(q, nan=1.0) < options.level, edges.sources.lengths)
    edge_p = np.where(is_asked, _spread(tests.edge_p_values, is_judged_edge), np.nan)
    edge_q = _spread(benjamini_hochberg(edge_p[is_asked]), is_asked)
    of_group = [edges.spread(own) for own in customers]
    ends = [
        _rate_ends(shares[group], of_group[group], _spread(own[0], is_judged_edge), _spread(own[1], is_judged_edge))
        for group, own in enumerate((tests.baseline, tests.compared))
    ]
    whole = edges.spread(trials)
    newcombe = newcombe_bounds(counts[1], whole[1], counts[0], whole[0])
    # Where all do or none, every draw says the same.
    certain = np.isin(shares, (0.0, 1.0)).all(axis=0)
    by_customers = newcombe_bounds(shares[1] * of_group[1], of_group[1], shares[0] * of_group[0], of_group[0])
    drawn = [
        np.where(is_judged_edge, np.where(certain, plain, _spread(own, is_judged_edge)), np.nan)
        for plain, own in zip(by_customers, tests.difference, strict=True)
    ]
    table = pl.DataFrame(
        {
            "source": names.gather(edges.source),
            "next_step": names.gather(edges.next_step),
            "baseline_count": counts[0].astype(np.int64),
            "baseline_trials_count": whole[0].astype(np.int64),
            "baseline_rate": np.where(whole[0] > 0, shares[0], np.nan),
            "baseline_low": ends[0][0],
            "baseline_high": ends[0][1],
            "compared_count": counts[1].astype(np.int64),
            "compared_trials_count": whole[1].astype(np.int64),
            "compared_rate": np.where(whole[1] > 0, shares[1], np.nan),
            "compared_low": ends[1][0],
            "compared_high": ends[1][1],
            "difference": difference,
            "difference_low": drawn[0],
            "difference_high": drawn[1],
            "newcombe_low": np.where(is_judged_edge, newcombe[0], np.nan),
            "newcombe_high": np.where(is_judged_edge, newcombe[1], np.nan),
            "customers_affected": of_group[1] * size,
            "p_value": edge_p,
            "q_value": edge_q,
            "finding": _findings(is_judged_edge, edge_q, size, options),
        }
    )
    return ComparedEdges(_ranked(sources, "source"), _ranked(table, "source", "next_step"), tests.is_paired)


def _findings(
    is_judged: npt.NDArray[np.bool_],
    q: npt.NDArray[np.float64],
    size: npt.NDArray[np.float64],
    options: ComparisonOptions,
) -> npt.NDArray[np.str_]:
    is_shown = np.nan_to_num(q, nan=1.0) < options.level
    is_large = np.nan_to_num(size) >= options.least_difference
    conditions = [~is_judged, is_shown & is_large, is_shown]
    words = [Finding.TOO_LITTLE_HISTORY.value, Finding.DIFFERS.value, Finding.DIFFERS_LITTLE.value]
    return np.select(conditions, [np.array(word) for word in words], np.array(Finding.NOT_SHOWN.value))


def _ranked(table: pl.DataFrame, *names: str) -> pl.DataFrame:
    floats = pl.selectors.float()
    return table.with_columns(floats.fill_nan(None)).sort(
        "customers_affected", *names, descending=[True, *(False for _ in names)], nulls_last=True
    )


def _rate_ends(
    share: npt.NDArray[np.float64],
    customers: npt.NDArray[np.float64],
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Ends as drawn; where nothing was drawn, or all draws say the same, Wilson's by the number of customers."""
    plain = wilson_bounds(share * customers, customers)
    is_drawn = ~np.isnan(low) & ~np.isin(share, (0.0, 1.0))
    return np.where(is_drawn, low, plain[0]), np.where(is_drawn, high, plain[1])


def _spread(values: npt.NDArray[np.float64], places: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Values put to where the flags are set; NaN elsewhere."""
    found = np.full(len(places), np.nan)
    found[places] = values
    return found


def _customers(
    edges: Edges, is_compared: npt.NDArray[np.bool_], customer: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """How many customers of the baseline and of the compared group were at each source: two rows."""
    sources = len(edges.sources)
    of_edge = edges.sources.spread(np.arange(sources))
    cell = of_edge[edges.of_step] + is_compared * sources
    order = np.lexsort((customer, cell))
    is_new = changes(cell[order], customer[order])
    return np.bincount(cell[order][is_new], minlength=2 * sources).reshape(2, sources)


def _without_gaps(numbers: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    present = np.zeros(int(numbers.max(initial=-1)) + 1, dtype=np.bool_)
    present[numbers] = True
    return (np.cumsum(present) - 1)[numbers]
