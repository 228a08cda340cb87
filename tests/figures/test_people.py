"""A person's chart holds her values and the average user's, in the order given."""

from __future__ import annotations

import pytest

from explorer.figures import PALETTES
from explorer.figures.people import beside_average_figure

NAMES = ["Horror", "<b>War</b>", "x" * 60 + "a", "x" * 60 + "b"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_value_is_a_bar_with_the_average_on_it_the_first_on_top(theme):
    figure = beside_average_figure(NAMES, [0.5, 0.25, 0.1, 0.0], [0.1, 0.3, 0.2, 0.05], "share", theme=theme)
    bars, marks = figure.data
    assert list(bars.x) == [0.0, 0.1, 0.25, 0.5] and list(marks.x) == [0.05, 0.2, 0.3, 0.1]
    assert list(bars.y) == list(marks.y) == [0, 1, 2, 3]
    assert list(figure.layout.yaxis.ticktext)[::-1][:2] == ["Horror", "&lt;b&gt;War&lt;/b&gt;"]
    assert bars.marker.color == PALETTES[theme].main
    assert figure.layout.xaxis.range[1] > 0.5


def test_cut_names_that_are_equal_are_two_bars_and_whole_when_pointed_at():
    figure = beside_average_figure(NAMES, [1, 1, 1, 1], [0, 0, 0, 0], "share")
    assert len(set(figure.layout.yaxis.ticktext)) == 3 and len(set(figure.data[0].customdata)) == 4
    assert max(map(len, figure.layout.yaxis.ticktext)) < 50


def test_bars_have_the_colours_of_their_facets():
    figure = beside_average_figure(["A", "B"], [1, 2], [1, 1], "share", colours={"A": "#111111"})
    assert list(figure.data[0].marker.color) == [PALETTES["light"].main, "#111111"]


def test_nothing_to_show_is_an_empty_chart():
    assert len(beside_average_figure([], [], [], "share").data[0].x) == 0
