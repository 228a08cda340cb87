"""Text from data stays text."""

import pandas as pd
import pytest

from explorer.text import csv_bytes, md_escape, percent


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_a_cell_that_a_spreadsheet_would_run_is_exported_as_text(cell):
    exported = csv_bytes(pd.DataFrame({"title": [cell]})).decode()
    assert exported.splitlines()[1].strip('"').startswith("'")


def test_numbers_stay_numbers_and_lists_are_joined():
    exported = csv_bytes(pd.DataFrame({"score": [-0.5], "genres": [["Horror", "War"]]})).decode()
    assert exported.splitlines()[1] == "-0.5,Horror|War"


@pytest.mark.parametrize(
    ("share", "text"), [(0.5, "50%"), (0.0, "0%"), (0.004, "0.4%"), (1.0, "100%"), (float("nan"), "–")]
)
def test_shares_are_shown_in_per_cent(share, text):
    assert percent(share) == text


def test_escaping_adds_only_backslashes_and_invisible_characters():
    text = "M*A*S*H (1970) :smile: [a](b) -> c"
    assert md_escape(text).replace("\\", "").replace("\u2060", "") == text
