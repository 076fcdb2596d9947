import polars as pl
import pytest

from journey_analytics.transform.coded_texts import coded, equals

WORDS = pl.Enum(["x", "b", "a"])
MANY = pl.Enum([str(number) for number in range(256)])


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([], dtype=pl.String),
        pl.Series(["a", None, "b", "a", ""]),
        pl.Series([None, None], dtype=pl.String),
        pl.Series(["a", None, "b"], dtype=WORDS),
        pl.Series(["a", "b"], dtype=pl.Categorical),
        pl.Series(["unseen", "b", None], dtype=pl.Categorical).slice(1),
        pl.Series(["255", None, "0"], dtype=MANY),
        pl.Series([str(number) for number in range(70_000)]),
    ],
    ids=["empty", "texts", "nulls", "enum", "categories", "some categories", "full byte", "many"],
)
def test_codes_lead_back_to_the_texts(column: pl.Series) -> None:
    found = coded(column)
    texts = column.cast(pl.String)
    assert found.texts.gather(found.codes).to_list() == texts.to_list()
    for some in (["a", "255"], [str(number) for number in range(0, 256, 3)]):
        assert found.among(some).tolist() == texts.is_in(some).fill_null(value=False).to_list()


@pytest.mark.parametrize("dtype", [pl.String, WORDS, pl.Categorical])
def test_a_text_equals_another_whatever_its_type_and_null_equals_none(dtype: pl.DataType) -> None:
    column = pl.Series(["a", None, "b"], dtype=dtype)
    assert equals(column, "a").tolist() == [True, False, False]
    assert equals(column, "never there").tolist() == [False, False, False]
