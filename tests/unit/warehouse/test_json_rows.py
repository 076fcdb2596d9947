import polars as pl

from journey_analytics.warehouse.connection import opened
from journey_analytics.warehouse.json_rows import RowPattern, unfold

TALK = RowPattern("talk", ("source",), "talks")
PART = RowPattern("part", ("parts",), "talks", ("parts",), beside=True)
RATING = RowPattern("rating", ("rating",), "talks", beside=True)


def unfolded(document: str, *patterns: RowPattern) -> list[tuple[int, str | None, str | None]]:
    """Item, shape and rule of each row of a document."""
    documents = pl.DataFrame({"line": [1], "raw": [document], "document": [document]}).with_columns(
        rule=pl.lit(None, pl.String), reason=pl.lit(None, pl.String)
    )
    with opened() as connection:
        return unfold(connection, documents, patterns).select("item", "shape", "rule").rows()


def test_an_object_is_also_a_row_of_every_shape_beside() -> None:
    document = '{"talks":[{"source":1,"parts":[{"id":1},{"id":2}],"rating":{"r":5}},{"source":2,"parts":[]}]}'
    assert unfolded(document, TALK, PART, RATING) == [
        (1, "talk", None),
        (2, "part", None),
        (3, "part", None),
        (4, "rating", None),
        (5, "talk", None),
    ]


def test_a_shape_beside_stands_alone_where_no_other_fits() -> None:
    assert unfolded('{"rating":5}', TALK, PART, RATING) == [(1, "rating", None)]


def test_without_a_shape_beside_the_first_that_fits_takes_the_object() -> None:
    other = RowPattern("other", ("rating",), "talks")
    assert unfolded('{"source":1,"rating":5}', TALK, other) == [(1, "talk", None)]


def test_an_object_whose_nested_rows_are_no_list_is_rejected_not_lost() -> None:
    audit = RowPattern("audit", ("parts",), "", ("parts",))
    assert unfolded('{"parts":{"id":1}}', audit) == [(1, None, "shape")]
