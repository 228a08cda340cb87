"""The browser gets every point once, at its place, with its number and colour; a saved page needs nothing else."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pandas as pd
import pytest

from explorer.data.genres import OTHER
from explorer.figures import PALETTES
from explorer.figures.map_data import (
    ENTITIES,
    NOTHING,
    bits_of,
    colour_bytes,
    colour_look,
    colour_range,
    colour_scale,
    group_labels,
    map_title,
    point_bytes,
    positions_of_bits,
)
from explorer.figures.map_page import map_page, page_template
from explorer.maps import Colours

NASTY = "</script><b>\"Bold\"</b> & '5 > 4' __DATA__ \u2028 ימין 🎬"
TABLE = pd.DataFrame(
    {
        "entity": pd.array(["user", "item", "neuron", "item", "item"], dtype="string"),
        "row": np.array([7, 0, 3, 2**20, 5], np.int32),
        "x": np.array([-1, 0.25, np.nan, np.inf, 1e-3], np.float32),
        "y": np.array([1, -0.5, 0, 0, -1e-3], np.float32),
    }
)


def genres(*values: str | None) -> Colours:
    array = np.empty(len(values), object)
    array[:] = values
    return Colours("genre", "main genre", "", array, ("Horror", "War", OTHER))


def test_points_are_packed_as_the_script_reads_them():
    packed, n = point_bytes(TABLE), len(TABLE)
    assert len(packed) == 4 + 13 * n
    assert np.frombuffer(packed, "<u4", 1)[0] == n
    x, y = (np.frombuffer(packed, "<f4", n, 4 + 4 * n * part) for part in (0, 1))
    assert x[[0, 1, 4]].tolist() == TABLE["x"][[0, 1, 4]].tolist() and y.tolist() == TABLE["y"].tolist()
    assert x[2] == 0 and np.isfinite(x).all()  # what is no number has a place, or nothing would be drawn
    assert np.frombuffer(packed, "<i4", n, 4 + 8 * n).tolist() == TABLE["row"].tolist()
    assert [ENTITIES[number] for number in packed[4 + 12 * n :]] == TABLE["entity"].tolist()
    assert point_bytes(TABLE.iloc[:0]) == b"\0\0\0\0"


def test_a_category_is_a_byte_and_what_is_not_known_is_no_category():
    colours = genres("War", None, OTHER, "Horror", "War")
    assert list(colour_bytes(colours)) == [1, NOTHING, 2, 0, 1]
    look = colour_look(colours, "dark")
    assert [name for name, _ in look["categories"]] == ["Horror", "War", OTHER]
    assert dict(look["categories"])[OTHER] == PALETTES["dark"].muted


def test_numbers_keep_their_gaps_and_a_few_extreme_ones_do_not_use_up_the_scale():
    values = np.array([np.nan, *np.linspace(1950, 2000, 200), 1e6])
    colours = Colours("year", "release year", "", values)
    packed = np.frombuffer(colour_bytes(colours), "<f4")
    assert np.isnan(packed[0]) and packed[1:] == pytest.approx(values[1:])
    look = colour_look(colours, "light")
    assert 1950 < look["low"] < 1952 and 1998 < look["high"] < 2001
    assert look["stops"] == [list(stop) for stop in colour_scale(PALETTES["light"])]
    for same in ([], [np.nan], [3.0, 3.0]):
        low, high = colour_range(np.array(same, float))
        assert high > low


def test_groups_without_a_name_are_not_named():
    names = pd.DataFrame({"zoom": [0, 1], "x": [0.1, 0.2], "y": 0.0, "radius": 0.1, "size": [9, 4]})
    assert group_labels(names.assign(name=["Horror", ""])) == [[0, 0.1, 0.0, 0.1, 9, "Horror"]]


@pytest.mark.parametrize("n", [1, 8, 13, 1000])
def test_positions_become_bits_and_come_back(n):
    positions = np.flatnonzero(np.random.default_rng(n).random(n) < 0.4)
    assert positions_of_bits(bits_of(positions, n), n).tolist() == positions.tolist()
    assert bits_of(np.empty(0, int), n) == ""


@pytest.mark.parametrize("bits", [None, 7, [], "", "%", "AAAA" * 50, "ü"])
def test_what_a_browser_sends_that_is_no_selection_selects_nothing(bits):
    assert positions_of_bits(bits, 5).tolist() == []


def test_maps_are_called_as_the_data_set_calls_what_is_on_them(tiny_runs):
    nouns = tiny_runs("als").dataset.nouns
    assert map_title("items", nouns) == nouns.items.capitalize() and nouns.items in map_title("together", nouns)


def test_a_page_holds_the_points_and_its_titles_are_data():
    colours = genres("War", None, OTHER, "Horror", "War")
    words = {"names": [NASTY] * len(TABLE), "about": [], "ids": [], "strongest": {}}
    picture = {"title": NASTY, "caption": NASTY, "colours": colour_look(colours, "light"), "words": words}
    page = map_page(picture, point_bytes(TABLE), colour_bytes(colours))
    (written,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    data = json.loads(written)
    assert data["title"] == NASTY and set(data["words"]["names"]) == {NASTY}
    assert base64.b64decode(data["points"]) == point_bytes(TABLE)
    assert base64.b64decode(data["colours"]["bytes"]) == colour_bytes(colours)
    assert "<b>" not in page and page.count("</script>") == page_template().count("</script>")
    assert not re.search(r"(?:src|href)=\"?https?:", page) and "default-src 'none'" in page
