"""The chart that compares runs holds what each of them reaches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.figures import MAX_RUNS, PALETTES, genre_comparison_figure
from tests.figures.drawn import THEMES, as_drawn, hover
from tests.helpers import refused


def table_of(*rows: tuple) -> pd.DataFrame:
    """What `detector_table` gives, from run, genre, average precision and base rate."""
    table = pd.DataFrame(rows, columns=["run", "genre", "ap", "base_rate"]).astype({"base_rate": float})
    table["ap"] = table["ap"].astype(float)
    table["neuron"] = pd.array([7 + i for i in range(len(table))], dtype="Int64")
    table["label"] = [f"Name {i}" for i in range(len(table))]
    table.loc[table["ap"].isna(), ["neuron", "label"]] = pd.NA
    return table


TABLE = table_of(
    ("one", "Comedy", 0.2, 0.3),
    ("one", "Horror", 0.9, 0.1),
    ("one", "War", 0.5, 0.05),
    ("two", "Comedy", 0.4, 0.3),
    ("two", "Horror", 0.7, 0.12),
    ("two", "War", np.nan, np.nan),
)


@pytest.mark.parametrize("theme", THEMES)
def test_every_run_has_a_bar_per_genre_that_it_has_and_the_best_detected_genre_is_on_top(theme):
    figure = genre_comparison_figure(TABLE, theme)
    one, two, _ = figure.data
    assert [(bars.type, bars.orientation, bars.name) for bars in (one, two)] == [
        ("bar", "h", "one"),
        ("bar", "h", "two"),
    ]
    assert (list(one.y), list(one.x)) == (["Horror", "War", "Comedy"], [0.9, 0.5, 0.2])
    assert (list(two.y), list(two.x)) == (["Horror", "Comedy"], [0.7, 0.4])
    axis = figure.layout.yaxis
    assert list(axis.categoryarray) == ["Horror", "War", "Comedy"] and axis.autorange == "reversed"
    assert axis.type == "category" and figure.layout.barmode == "group"


@pytest.mark.parametrize("theme", THEMES)
def test_runs_have_colours_of_the_theme_each_its_own(theme):
    figure = genre_comparison_figure(TABLE, theme)
    palette = PALETTES[theme]
    assert [bars.marker.color for bars in figure.data[:2]] == list(palette.series[:2])
    assert figure.data[2].marker.line.color == palette.text
    assert figure.layout.legend.font.color == figure.layout.font.color == palette.text


def test_base_rates_are_marks_one_for_all_runs_that_have_the_same():
    marks = genre_comparison_figure(TABLE).data[-1]
    assert marks.mode == "markers"
    drawn = {(genre, rate): runs[0] for genre, rate, runs in zip(marks.y, marks.x, marks.customdata, strict=True)}
    assert drawn == {
        ("Comedy", 0.3): "one, two",
        ("Horror", 0.1): "one",
        ("Horror", 0.12): "two",
        ("War", 0.05): "one",
    }


def test_over_a_bar_stand_the_neuron_and_its_name():
    one, _, marks = genre_comparison_figure(TABLE).data
    assert hover(one, 0) == "Horror: average precision 90% of neuron 8 (Name 1)<br>one"
    assert hover(marks, 0) == "Comedy: 30.0% of all ranked items<br>one, two"


def test_the_chart_grows_with_its_genres_and_runs():
    def height(genres: int, runs: int) -> int:
        rows = [(f"run {r}", f"Genre {g}", 0.5, 0.1) for r in range(runs) for g in range(genres)]
        return genre_comparison_figure(table_of(*rows)).layout.height

    assert height(3, 1) < height(10, 1) < height(10, 2) < height(20, 2)


@pytest.mark.parametrize("name", ["R&B", "<b>Bold</b>", "Children's", "5 > 4"])
def test_names_are_shown_as_they_are_and_never_as_html(name):
    bars, marks = genre_comparison_figure(table_of((name, name, 0.5, 0.1)).assign(label=name)).data
    assert as_drawn(bars.name) == as_drawn(bars.y[0]) == as_drawn(marks.y[0]) == name
    assert (
        as_drawn(bars.customdata[0][0]) == as_drawn(bars.customdata[0][2]) == as_drawn(marks.customdata[0][0]) == name
    )


def test_a_genre_that_no_run_has_measured_is_left_out():
    figure = genre_comparison_figure(table_of(("one", "War", np.nan, np.nan), ("one", "Horror", 0.5, 0.1)))
    assert list(figure.layout.yaxis.categoryarray) == ["Horror"]


def test_a_table_without_rows_is_an_empty_chart():
    (marks,) = genre_comparison_figure(TABLE[:0]).data
    assert len(marks.x) == 0


def test_more_runs_than_the_chart_has_room_for_are_refused():
    rows = [(f"run {i}", "War", 0.5, 0.1) for i in range(MAX_RUNS + 1)]
    assert len(genre_comparison_figure(table_of(*rows[:MAX_RUNS])).data) == MAX_RUNS + 1
    with refused(str(MAX_RUNS), "fewer"):
        genre_comparison_figure(table_of(*rows))


def test_the_table_is_left_as_it_was():
    before = TABLE.copy()
    genre_comparison_figure(TABLE)
    pd.testing.assert_frame_equal(TABLE, before)
