"""Tables are read as what they have to be, and nothing is decoded before it is known what that takes."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer.storage.tables import ANY, MAX_LIST, MAX_TEXT_BYTES, TEXT, Budget, Column, read_table
from tests.helpers import refused

TABLE = pd.DataFrame(
    {
        "id": [7, 8, 9],
        "name": ["a", "b", "a"],
        "row": np.array([0, 2, 1], np.int32),
        "genre": pd.array(["x", None, "y"], "string"),
        "genres": [["x", "y"], [], ["x"]],
        "year": pd.array([1990, None, 2000], "Int64"),
        "share": [0.5, np.nan, 1.0],
        "live": [True, False, True],
    }
)
COLUMNS = {
    "id": Column("id"),
    "name": Column("str"),
    "row": Column("int32", low=0, high="items"),
    "genre": Column("str", among="genres", optional=True),
    "genres": Column("lists"),
    "year": Column("Int64", optional=True, low=0, high=3000),
    "share": Column("float64", optional=True, low=0, high=1),
    "live": Column("bool"),
}
GIVEN = {"items": 3, "genres": {"x", "y", "z"}}


def parquet(table: pd.DataFrame | pa.Table, **how) -> bytes:
    file = io.BytesIO()
    table = table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(table, file, **how)
    return file.getvalue()


def read(data: bytes, columns=COLUMNS, budget: Budget | None = None, rows: int | None = None) -> pd.DataFrame:
    return read_table(data, "the table", columns, budget or Budget(), rows, GIVEN)


@pytest.mark.parametrize(
    "how",
    [
        {"compression": "zstd"},
        {"compression": "none", "use_dictionary": False, "data_page_version": "2.0"},
        {"row_group_size": 1},
    ],
    ids=str,
)
def test_a_table_comes_back_as_it_was(how):
    pd.testing.assert_frame_equal(read(parquet(TABLE, **how), rows=3), TABLE)
    some = TABLE[["share", "id"]]
    pd.testing.assert_frame_equal(
        read(parquet(some, **how), {"id": Column("id"), ANY: Column("number", optional=True)}), some
    )


def test_a_table_without_rows_has_its_columns_as_what_they_are():
    found = read(parquet(TABLE[:0]))
    assert list(found) == list(TABLE) and not len(found)
    assert (found["name"].dtype, found["row"].dtype, found["genre"].dtype) == (TEXT, np.int32, "string")


def test_what_was_not_asked_for_is_left_out_and_not_even_looked_at():
    more = TABLE.assign(x=["y" * 10 * MAX_TEXT_BYTES] * 3)
    pd.testing.assert_frame_equal(read(parquet(more)), TABLE)


WRONG = {
    "a column less": (TABLE.drop(columns="share"), "lacks the column share"),
    "text for numbers": (TABLE.assign(share=["a", "b", "c"]), "share that is not of type float64"),
    "numbers for text": (TABLE.assign(name=[1, 2, 3]), "name that is not text"),
    "numbers for lists": (TABLE.assign(genres=[1, 2, 3]), "genres that does not hold lists"),
    "a number that is missing": (TABLE.assign(row=pd.array([0, None, 1], "Int32")), "row that has missing values"),
    "a text that is missing": (TABLE.assign(name=["a", None, "b"]), "name that has missing values"),
    "a row that is not there": (TABLE.assign(row=[0, 3, 1]), "row that has values above 2"),
    "a negative row": (TABLE.assign(row=[0, -1, 1]), "row that has values below 0"),
    "a row beyond its type": (TABLE.assign(row=[0, 2**40, 1]), "row that cannot be read"),
    "an infinite number": (TABLE.assign(share=[0.5, np.inf, 1.0]), "share that has infinite values"),
    "a share above 1": (TABLE.assign(share=[0.5, 1.5, 1.0]), "share that has values above 1"),
    "a strange year": (TABLE.assign(year=pd.array([1990, None, 2**60], "Int64")), "year that has values above"),
    "an unknown genre": (TABLE.assign(genre=["x", "y", "w"]), "genre that has values that it may not have"),
    "an id twice": (TABLE.assign(id=[7, 7, 8]), "id that has a value twice"),
    "a text id twice": (TABLE.assign(id=["7", "7", "8"]), "id that has a value twice"),
    "a long text": (TABLE.assign(name=["a", "b", "c" * (MAX_TEXT_BYTES + 1)]), "text of more than 10,000 bytes"),
    "a long list": (TABLE.assign(genres=[["x"] * (MAX_LIST + 1), [], []]), "a list of more than 1,000"),
    "other rows": (TABLE[:2], "has 2 rows instead of 3"),
}


@pytest.mark.parametrize(("table", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_the_column(table, words):
    with refused("the table", words, "restore"):
        read(parquet(table), rows=3)


def test_bytes_that_are_not_a_table_are_refused():
    good = parquet(TABLE)
    for data in (b"", b"PAR1", b"PAR1" * 5, good[:-1], good[4:], good[:-8] + b"\xff\xff\xff\x7fPAR1"):
        with refused("the table is not a readable table"):
            read(data)


# --- memory


ROWS = 200_000


def blown_up(kind: str) -> tuple[bytes, Column]:
    """A few kilobytes that are tens of megabytes: equal values, whose number is all that takes bytes."""
    zeros = pa.array(np.zeros(ROWS, np.int32))
    if kind == "text":
        return parquet(pa.table({"x": pa.DictionaryArray.from_arrays(zeros, pa.array(["y" * 1000]))})), Column("str")
    if kind == "text without a dictionary":
        table = pa.table({"x": pa.array(["y" * 1000] * 20_000)})
        return parquet(table, use_dictionary=False, compression="zstd"), Column("str")
    if kind == "lists":
        inside = pa.DictionaryArray.from_arrays(zeros[:1000], pa.array(["y" * 100])).cast(pa.string())
        return parquet(pa.table({"x": pa.ListArray.from_arrays([0, 1000], inside).take(zeros[:1000])})), Column("lists")
    return parquet(pa.table({"x": zeros.cast(pa.int64()).take(zeros)})), Column("int64")


@pytest.mark.parametrize("kind", ["text", "text without a dictionary", "lists", "numbers"])
def test_a_table_that_would_fill_the_memory_is_refused_before_it_does(kind):
    data, column = blown_up(kind)
    assert len(data) < 50_000
    with refused("the table takes more memory than all tables of a run may"):
        read(data, {"x": column}, Budget(1_000_000))


def test_a_summary_that_understates_what_its_pages_hold_is_not_believed():
    """The metadata of a column are the forger's; the pages say by themselves how many values they have."""
    data, column = blown_up("numbers")
    values = pa.Table.from_pandas(pd.DataFrame({"x": [0]}))
    small = parquet(values)
    forged = data[: data.rindex(b"PAR1") - 4 - int.from_bytes(data[-8:-4], "little")]
    footer = small[-8 - int.from_bytes(small[-8:-4], "little") :]  # of one row, over 200,000
    with refused("the table"):
        read(forged + footer, {"x": column}, Budget(1_000_000))


def test_one_budget_is_for_all_tables():
    data, budget = parquet(pd.DataFrame({"x": np.zeros(10_000)})), Budget(100_000)
    read(data, {"x": Column("float64")}, budget)
    with refused("memory"):
        read(data, {"x": Column("float64")}, budget)
