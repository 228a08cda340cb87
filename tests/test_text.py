"""Text from data stays text."""

import numpy as np
import pandas as pd
import pytest

from explorer.text import cell_text, csv_bytes, harmless_cell, md_escape, p_value, percent


def test_a_cell_that_a_spreadsheet_would_run_is_exported_as_text():
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"]
    exported = csv_bytes(pd.DataFrame({"title": cells})).decode().splitlines()[1:]
    assert [line.strip('"') for line in exported] == [f"'{cell}" for cell in cells]


def test_numbers_stay_numbers_and_lists_are_joined():
    exported = csv_bytes(pd.DataFrame({"score": [-0.5], "genres": [["Horror", "War"]]})).decode()
    assert exported.splitlines()[1] == "-0.5,Horror|War"


def test_shares_are_shown_in_per_cent():
    assert [percent(share) for share in (0.5, 0.0, 0.004, 1.0, np.nan)] == ["50%", "0%", "0.4%", "100%", "–"]


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.034, "p = .03"), (0.5, "p = .50"), (0.0042, "p = .004"), (1e-9, "p < .001"), (0, "p < .001"), (1, "p > .99")],
)
def test_p_values_are_shown_without_a_leading_zero_and_never_as_0_or_1(p, text):
    assert p_value(p) == text
    assert p_value(np.nan) == p_value(None) == "p unknown"


def test_escaping_adds_only_backslashes_and_invisible_characters():
    text = "M*A*S*H (1970) :smile: [a](b) -> c"
    assert md_escape(text).replace("\\", "").replace("\u2060", "") == text


@pytest.mark.parametrize("sign", "\\`*_[]<>#|~$&")
def test_a_sign_of_markdown_is_escaped(sign):
    assert md_escape(f"a{sign}b") == f"a\\{sign}b"


def test_headings_are_made_harmless_too_and_numbers_stay_numbers():
    exported = csv_bytes(pd.DataFrame({"=1+1": ["a", None], "n": [-1, 2], "share": [-0.5, None]})).decode()
    assert exported.splitlines() == ["'=1+1,n,share", "a,-1,-0.5", ",2,"]


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "＝1", "\n=1", "'tis", "plain", "-3", ""])
def test_what_was_made_harmless_can_be_read_back(text):
    assert cell_text(harmless_cell(text)) == text
    assert harmless_cell(text)[:1] not in ("=", "-", "＝", "\n")
