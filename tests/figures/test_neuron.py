"""Charts hold what they were given."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pytest

from explorer.figures import PALETTES, audience_figure, decades_figure, popularity_figure, purity_figure
from explorer.figures.neuron import MAX_BARS

THEMES = ["light", "dark"]
DRAWN_ENTITIES = r"&(#\d+|#x[\da-fA-F]+|mu|amp|lt|gt|nbsp|times|plusmn|deg);"
"""The entities that plotly turns into a character; any other stays on the chart as it is written."""


def as_drawn(text: str) -> str:
    assert not re.search(r"<\w", text)  # a tag
    return re.sub(DRAWN_ENTITIES, lambda match: html.unescape(match[0]), text)


def hover(trace, i: int) -> str:
    """What plotly shows over the i-th bar or mark."""
    values = {"x": trace.x[i], "y": trace.y[i]}
    if trace.customdata is not None:
        values |= {f"customdata[{j}]": value for j, value in enumerate(trace.customdata[i])}
    text, extra = trace.hovertemplate.split("<extra>")
    assert extra == "</extra>"  # without it, plotly puts the trace's name beside
    return re.sub(r"%\{([^:}]+):?([^}]*)\}", lambda match: format(values[match[1]], match[2]), text)


def genre_table(names, values) -> pd.DataFrame:
    """A table of genres with an interval, a base rate and a lift that tell the rows apart."""
    values, number = np.asarray(values, float), np.arange(len(names))
    base = 0.05 + 0.01 * number
    return pd.DataFrame(
        {
            "genre": names,
            "value": values,
            "low": values * (0.5 + 0.02 * number),
            "high": 1 - (1 - values) * (0.5 + 0.02 * number),
            "base_rate": base,
            "lift": values / base,
        }
    )


DECADES = pd.DataFrame({"decade": ["1980s", "1990s", "2000s"], "share": [0.0, 0.7, 0.3], "base_rate": [0.2, 0.5, 0.3]})
DECILES = pd.DataFrame({"decile": range(1, 11), "share": [0.0] * 8 + [0.25, 0.75], "base_rate": [0.1] * 10})
GENRES = genre_table(["Horror", "War", "Comedy"], [0.9, 0.4, 0.1])
FIGURES = {
    purity_figure: GENRES,
    audience_figure: GENRES,
    decades_figure: DECADES,
    popularity_figure: DECILES,
}
each_figure = pytest.mark.parametrize(("figure", "table"), FIGURES.items(), ids=[f.__name__ for f in FIGURES])
of_genres = pytest.mark.parametrize("figure", [purity_figure, audience_figure])


@of_genres
@pytest.mark.parametrize("theme", THEMES)
def test_a_chart_of_genres_has_a_bar_an_interval_and_a_mark_per_genre_highest_on_top(figure, theme):
    bars, marks = figure(GENRES, 20, theme).data
    assert bars.type == "bar" and bars.orientation == "h" and marks.mode == "markers"
    assert list(bars.y) == list(marks.y) == ["Comedy", "War", "Horror"]  # the first is drawn at the bottom
    upwards = GENRES[::-1]
    assert list(bars.x) == upwards["value"].tolist()
    assert list(marks.x) == upwards["base_rate"].tolist()
    whiskers = bars.error_x
    assert whiskers.symmetric is False and whiskers.visible is not False
    np.testing.assert_allclose(bars.x + whiskers.array, upwards["high"])
    np.testing.assert_allclose(bars.x - whiskers.arrayminus, upwards["low"])


@pytest.mark.parametrize("theme", THEMES)
def test_over_a_genre_stand_its_share_its_interval_and_its_base_rate(theme):
    bars, marks = purity_figure(GENRES, 20, theme).data
    assert hover(bars, 2) == "Horror: 90% of its 20 strongest items, 95% interval 45% to 95%"
    assert hover(bars, 0) == "Comedy: 10% of its 20 strongest items, 95% interval 5% to 51%"
    assert hover(marks, 1) == "War: 6.0% of all ranked items"
    bars, marks = audience_figure(GENRES, 50, theme).data
    assert hover(bars, 2) == "Horror: 90% of the histories of its 50 strongest users, 95% interval 45% to 95%"
    assert hover(marks, 1) == "War: 6.0% of all users' histories"


def test_a_purity_chart_keeps_the_order_of_its_table_and_an_audience_chart_puts_the_highest_lift_on_top():
    table = genre_table(["Drama", "Horror", "War"], [0.5, 0.3, 0.4]).assign(lift=[0.8, 3.0, 2.0])
    for figure, order in ((purity_figure, ["Drama", "Horror", "War"]), (audience_figure, ["Horror", "War", "Drama"])):
        bars, marks = figure(table, 10).data
        assert list(bars.y) == list(marks.y) == order[::-1]
        rows = table.set_index("genre").loc[order[::-1]]
        assert list(bars.x) == rows["value"].tolist() and list(marks.x) == rows["base_rate"].tolist()
        np.testing.assert_allclose(bars.customdata, rows[["low", "high"]])


@pytest.mark.parametrize("theme", THEMES)
def test_the_decades_chart_has_a_column_and_a_mark_per_decade_in_order(theme):
    columns, marks = decades_figure(DECADES, 50, theme).data
    assert columns.orientation == "v" and marks.mode == "markers"
    assert list(columns.x) == list(marks.x) == DECADES["decade"].tolist()
    assert list(columns.y) == DECADES["share"].tolist()
    assert list(marks.y) == DECADES["base_rate"].tolist()
    assert hover(columns, 1) == "1990s: 70% of its 50 strongest items"
    assert hover(marks, 0) == "1980s: 20.0% of all ranked items"


@pytest.mark.parametrize("theme", THEMES)
def test_the_popularity_chart_has_a_column_and_a_mark_per_decile_from_the_least_to_the_most_popular(theme):
    columns, marks = popularity_figure(DECILES, 50, theme).data
    assert columns.orientation == "v" and marks.mode == "markers"
    names = ["least<br>popular", *map(str, range(2, 10)), "most<br>popular"]
    assert list(columns.x) == list(marks.x) == names
    assert list(columns.y) == DECILES["share"].tolist()
    assert list(marks.y) == DECILES["base_rate"].tolist()
    assert hover(columns, 9) == "most<br>popular: 75% of its 50 strongest items"


@each_figure
@pytest.mark.parametrize("theme", THEMES)
def test_a_chart_has_the_colours_of_its_theme(figure, table, theme):
    drawn, palette = figure(table, 10, theme), PALETTES[theme]
    bars, marks = drawn.data
    assert bars.marker.color == palette.main
    assert marks.marker.color == marks.marker.line.color == palette.text
    assert drawn.layout.font.color == drawn.layout.legend.font.color == palette.text
    if bars.orientation == "h":
        assert bars.error_x.color == palette.muted


@of_genres
@pytest.mark.parametrize(
    "name", ["Action & Adventure", "<b>Bold</b>", "<a href='x'>Sci-Fi</a>", "Children's", 'The "New" Wave', "5 > 4"]
)
def test_names_from_the_data_are_shown_as_they_are_and_never_as_html(figure, name):
    for trace in figure(genre_table([name], [0.5]), 10).data:
        assert as_drawn(trace.y[0]) == name
        assert as_drawn(hover(trace, 0)).startswith(f"{name}: ")


@of_genres
@pytest.mark.parametrize("count", [0, 1, MAX_BARS, MAX_BARS + 5])
def test_no_more_than_the_highest_genres_are_drawn(figure, count):
    names = [f"Genre {i}" for i in range(count)]
    bars, marks = figure(genre_table(names, np.linspace(1, 0.5, count)), 10).data
    assert list(bars.y) == list(marks.y) == names[:MAX_BARS][::-1]
    assert len(bars.error_x.array) == len(bars.error_x.arrayminus) == len(bars.y)


@of_genres
def test_genres_that_nothing_carries_are_left_out(figure):
    bars, marks = figure(genre_table(["Horror", "War"], [0.5, 0.0]), 10).data
    assert list(bars.y) == list(marks.y) == ["Horror"]


@pytest.mark.parametrize("figure", [decades_figure, popularity_figure])
def test_a_profile_without_rows_is_an_empty_chart(figure):
    columns, marks = figure(FIGURES[figure][:0], 50).data
    assert len(columns.x) == len(marks.x) == 0


@of_genres
@pytest.mark.parametrize(
    ("value", "low", "high", "base_rate"),
    [(0.01, 0, 0.02, 0.01), (1, 0.7, 1, 0.1), (0.1, 0, 0.5, 0.1), (0.1, 0, 0.2, 0.6)],
)
def test_the_axis_of_shares_starts_at_zero_and_has_room_for_bar_interval_and_mark(figure, value, low, high, base_rate):
    table = pd.DataFrame(
        {"genre": ["War"], "value": value, "low": low, "high": high, "base_rate": base_rate, "lift": 1}
    )
    start, end = figure(table, 10).layout.xaxis.range
    assert start == 0
    assert max(value, high, base_rate) < end <= max(0.21, 1.1 * max(value, high, base_rate))


@each_figure
def test_shares_are_in_per_cent_and_names_that_look_like_numbers_stay_names(figure, table):
    layout = figure(table, 10).layout
    shares, names = layout.xaxis, layout.yaxis
    if "genre" not in table:
        shares, names = names, shares
    assert names.type == "category"
    assert shares.tickformat == ".0%"


@each_figure
def test_the_table_is_left_as_it_was(figure, table):
    before = table.copy()
    figure(table, 10)
    pd.testing.assert_frame_equal(table, before)
