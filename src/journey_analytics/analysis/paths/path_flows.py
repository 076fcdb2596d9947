"""How many customers go from what to what, and by which whole paths."""

import numpy as np
import polars as pl

from journey_analytics.analysis.event_log import LogColumns
from journey_analytics.analysis.intervals import with_rate
from journey_analytics.analysis.paths.ordering import Numbers
from journey_analytics.analysis.paths.paths import PathItems, Paths, path_items
from journey_analytics.arrays.segments import Rows, Segments, changes
from journey_analytics.arrays.sorting import counted, rows_by_key
from journey_analytics.errors import UsageError
from journey_analytics.vocabulary import OTHER

END, MORE = "(end)", "(more)"


def path_flows(
    events: pl.DataFrame | pl.LazyFrame,
    paths: Paths | None = None,
    *,
    top: int = 10,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Count how many paths go from which item to which, at each place of the path.

    Args:
        events: Any event log, rows in any order.
        paths: What makes a path; by default five events without a gap of more than 30 minutes.
        top: How many items are told apart at each place; the rest, by the number of paths, is ``(other)``.
        entity: Column of the customer.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per place and pair, by place and count: ``step_index`` of the first item, from 1, ``from_item``,
        ``to_item``, ``paths_count``, ``customers_count``, ``customers_share`` of ``customers_total`` (all customers
        with an item, whether in a path or not) with its 95 % interval (``_low``, ``_high``), ``mean_seconds``. What
        ends at an item goes to ``(end)``, what goes on beyond the last one to ``(more)``: so as many paths leave an
        item as come to it.

    Raises:
        UsageError: A column is missing or of another kind, an expression does not fit, or ``top`` is not positive.
    """
    _checked(top)
    items = path_items(events, paths or Paths(), LogColumns(entity, time, event))
    edge, micros, size = _moves(items, top)
    counted_moves = _counts(edge, items.paths.spread(items.customer), micros)
    names = pl.concat([items.names, pl.Series([OTHER, END, MORE])])
    step, pair = counted_moves["edge"] // size**2, counted_moves["edge"] % size**2
    told = counted_moves.select(
        "paths_count", "customers_count", "seconds", step_index=step.cast(pl.UInt32),
        from_item=names.gather(pair // size), to_item=names.gather(pair % size),
    )  # fmt: skip
    is_move = ~pl.col("to_item").is_in([END, MORE])
    shared = _shared(told, items.customers_count).with_columns(
        mean_seconds=pl.when(is_move).then(pl.col("seconds") / pl.col("paths_count"))
    )
    order = ["step_index", "paths_count", "from_item", "to_item"]
    return (
        shared.select("step_index", "from_item", "to_item", pl.exclude("step_index", "from_item", "to_item", "seconds"))
        .sort(order, descending=[False, True, False, False])
    )  # fmt: skip


def top_paths(
    events: pl.DataFrame | pl.LazyFrame,
    paths: Paths | None = None,
    *,
    top: int = 15,
    entity: str = "customer_id",
    time: str = "occurred_at",
    event: str = "event_type",
) -> pl.DataFrame:
    """Count the commonest whole paths.

    Args:
        events: Any event log, rows in any order.
        paths: What makes a path; by default five events without a gap of more than 30 minutes.
        top: How many paths are told apart; the rest is one row, ``(other)``.
        entity: Column of the customer.
        time: Column of the time.
        event: Column of the name.

    Returns:
        One row per path, the commonest first and ``(other)`` last: ``path`` (a list of items), ``paths_count``,
        ``customers_count``, ``customers_share`` of ``customers_total`` with its 95 % interval (``_low``, ``_high``).

    Raises:
        UsageError: A column is missing or of another kind, an expression does not fit, or ``top`` is not positive.
    """
    _checked(top)
    items = path_items(events, paths or Paths(), LogColumns(entity, time, event))
    whole = _whole(items)
    columns = whole.columns[:-1]
    counts = whole.group_by(columns).len().sort("len", *columns, descending=[True, *[False] * len(columns)])
    commonest = counts.head(top).select(*columns, rank=pl.int_range(pl.len(), dtype=pl.UInt32))
    ranked = whole.join(commonest, on=columns, how="left").select("customer", pl.col("rank").fill_null(top))
    found = ranked.group_by("rank").agg(paths_count=pl.len(), customers_count=pl.col("customer").n_unique())
    lists = commonest.select("rank", path=pl.concat_list(_named(items, name) for name in columns).list.drop_nulls())
    shared = _shared(found, items.customers_count).join(lists, on="rank", how="left").sort("rank")
    path = pl.when(pl.col("rank") == top).then(pl.lit([OTHER])).otherwise("path")
    return shared.select(path.alias("path"), pl.exclude("rank", "path"))


def _moves(items: PathItems, top: int) -> tuple[Rows, Rows, int]:
    """Of each item a number for its place, itself and what follows, and after how many microseconds that does.

    The number is the place, times the square of how many codes there are, plus the code of the item times that, plus
    the code of what follows. The codes of ``(other)``, ``(end)`` and ``(more)`` follow those of the names.
    """
    other = len(items.names)
    size = other + 3
    code, position = items.code, items.paths.numbers().astype(np.int64)
    places, count = counted(position * size + code)
    ranked = pl.DataFrame({"place": places, "position": places // size, "count": count}).sort(
        "position", "count", "place", descending=[False, True, False]
    )
    kept = ranked.group_by("position", maintain_order=True).head(top)["place"].to_numpy()
    is_known = np.zeros(int(places.max(initial=0)) + 1, dtype=np.bool_)
    is_known[kept] = True
    code = np.where(is_known[position * size + code], code, other)
    last = items.paths.last
    following, micros = np.roll(code, -1), np.roll(items.at, -1) - items.at
    following[last] = np.where(items.goes_on, other + 2, other + 1)
    micros[last] = 0
    return (position * size + code) * size + following, micros, size


def _counts(edge: Rows, customer: Numbers, micros: Rows) -> pl.DataFrame:
    """How many paths and customers each number has: ``edge``, ``paths_count``, ``customers_count``, ``seconds``."""
    # Numbers of few bytes are fetched faster.
    number = edge.astype(np.min_scalar_type(int(edge.max(initial=0))))
    if (customer[1:] >= customer[:-1]).all():
        row = rows_by_key(number)
    else:
        row = rows_by_key(customer.view(np.uint32))
        row = row[rows_by_key(number[row])]
    own = number[row]
    edges = Segments.starting(changes(own))
    first_of_customer = changes(own, customer[row])
    return pl.DataFrame(
        {
            "edge": own[edges.first].astype(np.int64),
            "paths_count": edges.lengths.astype(np.uint32),
            "customers_count": edges.counts(first_of_customer).astype(np.uint32),
            "seconds": (np.add.reduceat(micros[row], edges.first) if len(edges) else micros) / 1e6,
        }
    )


def _whole(items: PathItems) -> pl.DataFrame:
    """One row per path: for each place that of the name in the alphabet, -1 where it has ended; its ``customer``."""
    in_alphabet = items.names.rank("ordinal").to_numpy().astype(np.int64) - 1
    count, steps = len(items.paths), int(items.paths.lengths.max(initial=1))
    table = np.full((count, steps), -1, dtype=np.int64)
    table[items.paths.spread(np.arange(count)), items.paths.numbers() - 1] = in_alphabet[items.code]
    places = {f"place_{place:03}": table[:, place] for place in range(steps)}
    return pl.DataFrame({**places, "customer": items.customer})


def _named(items: PathItems, column: str) -> pl.Expr:
    """Names by their places in the alphabet; null where a path has ended."""
    return pl.col(column).replace_strict(
        pl.int_range(len(items.names), eager=True), items.names.sort(), default=None, return_dtype=pl.String
    )


def _checked(top: int) -> None:
    if top < 1:
        raise UsageError(f"The {top} commonest are asked for.", hint="Give 1 or more.")


def _shared(found: pl.DataFrame, customers: int) -> pl.DataFrame:
    found = found.with_columns(customers_total=pl.lit(customers, pl.UInt32))
    return with_rate(found, "customers_share", "customers_count", "customers_total")
