"""The frontier's chart holds what it was given."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest

from explorer.figures import PALETTES, frontier_figure
from tests.figures.drawn import DRAWN_ENTITIES, THEMES

ODD = 'data.min_rating=5 > 4, "k" & <b>bold</b>, it\'s'


def table_of(*rows: dict) -> pd.DataFrame:
    """What `frontier` gives, from the cells that matter."""
    usual = {"base": "als", "activation": "topk", "n": 1, "best": False, "purity@10": 0.5, "rbo@30": 0.6}
    table = pd.DataFrame([{**usual, "about": f"sae.k={i}", **row} for i, row in enumerate(rows)])
    for axis in ("purity@10", "rbo@30"):
        for end in ("low", "high"):
            table[f"{axis}_{end}"] = table.get(f"{axis}_{end}", table[axis]).fillna(table[axis])
    return table


def marks(figure) -> list:
    return [trace for trace in figure.data if trace.mode == "markers"]


def read_by_a_person(text: str) -> str:
    """Text as plotly draws it, after checking that it makes no tag."""
    assert not re.search(r"<\w", text)
    return re.sub(DRAWN_ENTITIES, lambda match: html.unescape(match[0]), text)


@pytest.mark.parametrize("theme", THEMES)
def test_every_configuration_is_one_mark_that_tells_its_settings(theme):
    table = table_of(
        {"purity@10": 0.1, "rbo@30": 0.9},
        {"purity@10": 0.2, "rbo@30": 0.8, "base": "mf"},
        {"purity@10": 0.3, "rbo@30": 0.7, "activation": "relu"},
        {"purity@10": 0.4, "rbo@30": 0.6},
    )
    traces = marks(frontier_figure(table, theme=theme))
    assert [trace.name for trace in traces] == ["als · relu", "als · topk", "mf · topk"]
    assert len({(trace.marker.color, trace.marker.symbol) for trace in traces}) == 3
    drawn = [mark for trace in traces for mark in zip(trace.x, trace.y, trace.text, strict=True)]
    assert sorted(drawn) == [tuple(row) for row in table[["purity@10", "rbo@30", "about"]].to_numpy()]
    assert all("%{text}" in trace.hovertemplate for trace in traces)


def test_text_is_shown_as_it_is_and_never_as_html():
    published = pd.DataFrame({"name": [ODD], "purity": [0.5], "rbo": [0.5]})
    figure = frontier_figure(table_of({"about": ODD, "base": ODD}), published, title=ODD)
    _, mark, others = figure.data
    for text in (mark.text[0], others.text[0], figure.layout.title.text):
        assert read_by_a_person(text) == ODD
    assert read_by_a_person(mark.name) == f"{ODD} · topk"


def test_bars_go_from_the_least_to_the_largest_seed():
    spread = {"purity@10_low": 0.4, "purity@10_high": 0.7, "rbo@30_low": 0.55, "rbo@30_high": 0.6, "n": 3}
    (trace,) = marks(frontier_figure(table_of(spread, {})))
    assert list(trace.error_x.array) == pytest.approx([0.2, 0])
    assert list(trace.error_x.arrayminus) == pytest.approx([0.1, 0])
    assert list(trace.error_y.array) == pytest.approx([0, 0])
    assert list(trace.error_y.arrayminus) == pytest.approx([0.05, 0])
    assert trace.error_x.symmetric is trace.error_y.symmetric is False


def test_one_seed_has_no_bars():
    (trace,) = marks(frontier_figure(table_of({}, {})))
    assert trace.error_x.array is None and trace.error_y.array is None


def test_the_line_goes_through_the_best_from_left_to_right():
    table = table_of(
        {"purity@10": 0.9, "rbo@30": 0.2, "best": True},
        {"purity@10": 0.4, "rbo@30": 0.5},
        {"purity@10": 0.1, "rbo@30": 0.8, "best": True},
        {"purity@10": 0.5, "rbo@30": 0.6, "best": True},
    )
    line, *_ = frontier_figure(table).data
    assert line.mode == "lines"
    assert list(zip(line.x, line.y, strict=True)) == [(0.1, 0.8), (0.5, 0.6), (0.9, 0.2)]


@pytest.mark.parametrize("theme", THEMES)
def test_published_points_are_shown_with_their_names(theme):
    published = pd.DataFrame({"name": ["A et al.", "B et al."], "purity": [0.3, 0.4], "rbo": [0.5, 0.6]})
    figure = frontier_figure(table_of({}), published, theme=theme)
    (trace,) = [trace for trace in figure.data if trace.name == "published"]
    assert (list(trace.x), list(trace.y), list(trace.text)) == ([0.3, 0.4], [0.5, 0.6], ["A et al.", "B et al."])
    assert "text" in trace.mode and trace.textfont.color == PALETTES[theme].text


@pytest.mark.parametrize("published", [None, pd.DataFrame(columns=["name", "purity", "rbo"])], ids=["none", "empty"])
def test_without_published_points_there_is_no_trace_of_them(published):
    assert "published" not in [trace.name for trace in frontier_figure(table_of({}), published).data]


@pytest.mark.parametrize("theme", THEMES)
def test_the_chart_has_the_colours_of_its_theme_and_says_its_axes(theme):
    figure = frontier_figure(table_of({}), theme=theme)
    palette = PALETTES[theme]
    assert figure.layout.font.color == palette.text
    assert {figure.layout.xaxis.gridcolor, figure.layout.yaxis.gridcolor} == {palette.grid}
    assert marks(figure)[0].marker.color == palette.main
    assert "Purity@10" in figure.layout.xaxis.title.text and "RBO@30" in figure.layout.yaxis.title.text


def test_more_kinds_than_colours_still_differ():
    table = table_of(*({"base": f"base{i}"} for i in range(9)))
    looks = [(trace.marker.color, trace.marker.symbol) for trace in marks(frontier_figure(table))]
    assert len(set(looks)) == 9


def test_the_table_is_left_as_it_was():
    table = table_of({"best": True, "about": "<b>"}, {"n": 2})
    before = table.copy()
    frontier_figure(table)
    pd.testing.assert_frame_equal(table, before)
