"""Charts hold what they were given."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pytest

from explorer.figures import PALETTES, decades_figure, purity_figure
from explorer.figures.neuron import MOST_BARS

THEMES = ["light", "dark"]
DRAWN_ENTITIES = r"&(#\d+|#x[\da-fA-F]+|mu|amp|lt|gt|nbsp|times|plusmn|deg);"
"""The entities that plotly turns into a character; any other stays on the chart as it is written."""


def as_drawn(text: str) -> str:
    assert not re.search(r"<\w", text)  # a tag
    return re.sub(DRAWN_ENTITIES, lambda match: html.unescape(match[0]), text)


def purity_table(names, values) -> pd.DataFrame:
    base = np.linspace(0.05, 0.2, len(names))
    return pd.DataFrame({"genre": names, "value": values, "base_rate": base})


@pytest.mark.parametrize("theme", THEMES)
def test_the_purity_chart_has_a_bar_and_a_mark_per_genre_highest_on_top(theme):
    table = purity_table(["Horror", "War", "Comedy"], [0.9, 0.4, 0.1])
    bars, marks = purity_figure(table, 20, theme).data
    assert bars.type == "bar" and bars.orientation == "h" and marks.mode == "markers"
    assert list(bars.y) == list(marks.y) == ["Comedy", "War", "Horror"]  # the first is drawn at the bottom
    assert list(bars.x) == [0.1, 0.4, 0.9]
    assert list(marks.x) == pytest.approx(table["base_rate"][::-1])
    assert list(bars.text) == ["10%", "40%", "90%"]
    assert "top 20" in bars.name


@pytest.mark.parametrize("theme", THEMES)
def test_the_decades_chart_has_a_column_and_a_mark_per_decade_in_order(theme):
    table = pd.DataFrame(
        {"decade": ["1980s", "1990s", "2000s"], "share": [0.0, 0.7, 0.3], "base_rate": [0.2, 0.5, 0.3]}
    )
    columns, marks = decades_figure(table, 50, theme).data
    assert columns.orientation == "v" and marks.mode == "markers"
    assert list(columns.x) == list(marks.x) == table["decade"].tolist()
    assert list(columns.y) == table["share"].tolist()
    assert list(marks.y) == table["base_rate"].tolist()
    assert "top 50" in columns.name


@pytest.mark.parametrize("theme", THEMES)
def test_a_chart_has_the_colours_of_its_theme(theme):
    figure = purity_figure(purity_table(["Horror"], [1.0]), 10, theme)
    palette = PALETTES[theme]
    assert figure.data[0].marker.color == palette.main
    assert figure.data[1].marker.color == palette.second
    assert figure.layout.font.color == palette.text


@pytest.mark.parametrize(
    "name", ["Action & Adventure", "<b>Bold</b>", "<a href='x'>Sci-Fi</a>", "Children's", 'The "New" Wave', "5 > 4"]
)
def test_names_from_the_data_are_shown_as_they_are_and_never_as_html(name):
    figure = purity_figure(purity_table([name], [0.5]), 10)
    for trace in figure.data:
        assert as_drawn(trace.y[0]) == name


@pytest.mark.parametrize("count", [0, 1, MOST_BARS, MOST_BARS + 5])
def test_no_more_than_the_purest_genres_are_drawn(count):
    names = [f"Genre {i}" for i in range(count)]
    bars, marks = purity_figure(purity_table(names, np.linspace(1, 0.5, count)), 10).data
    assert list(bars.y) == list(marks.y) == names[:MOST_BARS][::-1]


def test_genres_that_no_top_item_carries_are_left_out():
    bars, _ = purity_figure(purity_table(["Horror", "War"], [0.5, 0.0]), 10).data
    assert list(bars.y) == ["Horror"]


def test_the_axis_of_shares_is_the_same_on_every_chart():
    small, large = (purity_figure(purity_table(["War"], [value]), 10) for value in (0.01, 1.0))
    assert small.layout.xaxis.range == large.layout.xaxis.range
    assert small.layout.xaxis.range[0] == 0 and small.layout.xaxis.range[1] >= 1


def test_names_that_look_like_numbers_stay_names():
    figure = purity_figure(purity_table(["1984", "3"], [0.5, 0.4]), 10)
    assert figure.layout.yaxis.type == "category"


def test_the_table_is_left_as_it_was():
    table = purity_table(["<b>", "War"], [0.5, 0.4])
    before = table.copy()
    purity_figure(table, 10)
    pd.testing.assert_frame_equal(table, before)
