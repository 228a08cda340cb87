"""What a Parquet file says of itself is read as pyarrow reads it, and a made-up summary is refused."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer.storage.parquet import Unreadable, read_leaves
from tests.storage.test_tables import TABLE, parquet


@pytest.mark.parametrize(
    "how", [{}, {"use_dictionary": False, "data_page_version": "2.0"}, {"row_group_size": 2}], ids=str
)
def test_columns_and_their_sizes_are_those_that_pyarrow_tells(how):
    data = parquet(TABLE, **how)
    about = pq.read_metadata(io.BytesIO(data))
    n, leaves = read_leaves(data)
    assert n == about.num_rows == 3
    assert [leaf.path for leaf in leaves] == [about.schema.column(i).path for i in range(about.num_columns)]
    for i, leaf in enumerate(leaves):
        chunks = [about.row_group(group).column(i) for group in range(about.num_row_groups)]
        assert leaf.n_values == sum(chunk.num_values for chunk in chunks)
        # pyarrow counts the headers of the pages too.
        assert 0 < leaf.size < sum(chunk.total_uncompressed_size for chunk in chunks)


def test_any_byte_of_a_summary_may_be_another():
    """Some of these end the whole process when pyarrow is asked for the columns."""
    data = parquet(TABLE[["id", "genres"]])
    length = int.from_bytes(data[-8:-4], "little")
    for place in range(len(data) - 8 - length, len(data) - 8, 3):
        for value in (0, 0x19, 0x1C, 0xFF):
            changed = bytearray(data)
            changed[place] = value
            try:
                n, leaves = read_leaves(bytes(changed))
            except Unreadable:
                continue
            assert n == 3 and len(leaves) == 2


def test_columns_within_columns_are_refused():
    deep = pa.array([[[["x"]]]])
    for array in (deep, pa.array([{"a": 1, "b": 2}]), pa.array([{"a": {"b": {"c": 1}}}])):
        with pytest.raises(Unreadable):
            read_leaves(parquet(pa.table({"x": array})))


def test_pages_that_hold_more_than_their_column_says_are_refused():
    """A few bytes are a million zeros; the summary of a table of one row says nothing of them."""
    many, one = (parquet(pd.DataFrame({"x": [0] * n}), use_dictionary=False) for n in (1_000_000, 1))
    length = int.from_bytes(one[-8:-4], "little")
    start = pq.read_metadata(io.BytesIO(one)).row_group(0).column(0)
    pages = many[4 : 4 + start.total_compressed_size]
    with pytest.raises(Unreadable):
        read_leaves(b"PAR1" + pages + one[-8 - length :])
