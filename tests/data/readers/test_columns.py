"""Columns of text that become ids, numbers and times. What is refused is tested with the readers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from explorer.data.readers import columns
from tests.helpers import refused

FILE = Path("file.csv")


def table(*cells: str) -> pd.DataFrame:
    """One column, whose rows are 2, 3 and so on as in a file."""
    return pd.DataFrame({"x": cells}, index=pd.RangeIndex(2, len(cells) + 2))


def test_a_column_keeps_the_order_and_the_row_numbers_of_its_cells():
    ids = columns.ids(FILE, table("7", " 5", "7 ", "-3"), "x")
    assert ids.to_dict() == {2: 7, 3: 5, 4: 7, 5: -3}
    assert ids.dtype == "int64"


@pytest.mark.parametrize("digits", [18, 19])
def test_integers_of_up_to_18_digits_are_integers(digits):
    ids = columns.ids(FILE, table("9" * digits, "-" + "9" * digits), "x")
    assert (ids.dtype == "int64") == (digits == 18)
    assert ids.astype(str).tolist() == ["9" * digits, "-" + "9" * digits]


@pytest.mark.parametrize("cell", ["1", " 1.50 ", "-.5", "2.", "1e3", "+7"])
def test_numbers_are_read_as_python_reads_them(cell):
    assert columns.numbers(FILE, table(cell), "x").tolist() == [float(cell)]


@pytest.mark.parametrize("cell", ["", "nan", "inf", "1e999", "1_0", "0x1", "1,5", "５", "٥", "True", "--1", "1e"])
def test_what_is_not_a_finite_number_of_ascii_digits_is_refused_by_its_first_row(cell):
    with refused(f"file.csv: row 3 has x '{cell}', which is not a number"):
        columns.numbers(FILE, table("1", cell, "2", cell), "x")


def test_each_item_has_a_list_of_genres_of_its_own():
    first, second = columns.genre_lists(FILE, table("A|B", "A|B").rename(columns={"x": "genres"}))
    assert first == second == ["A", "B"]
    assert first is not second
