"""Small charts as SVG: what they show can be read from them, and data in them is text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from explorer.figures.palette import BACKGROUND, PALETTES
from explorer.figures.svg import Bar, bars_svg, histogram_svg

HOSTILE = '<script>&"x'
SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def test_every_chart_is_a_picture_with_a_description_and_data_in_it_is_text():
    for svg in (
        histogram_svg([1, 0, 3], 2.0, HOSTILE, HOSTILE),
        bars_svg([Bar(HOSTILE, 0.5, text=HOSTILE)], HOSTILE),
    ):
        picture = drawn(svg)
        assert (picture.get("role"), picture.get("aria-label")) == ("img", HOSTILE)
        assert {each.tag.removeprefix(SVG) for each in picture.iter()} <= {"svg", "g", "title", "rect", "line", "text"}


def test_columns_are_as_high_as_their_counts_and_none_that_counts_is_invisible():
    picture = drawn(histogram_svg([0, 1, 500, 1000], 8.0, "", "films", line=(2.0, "mean")))
    heights = [float(group.findall(f"{SVG}rect")[1].get("height")) for group in picture.iter(f"{SVG}g")]
    assert heights[0] == 0 and heights[1] == 2
    assert heights[2] == pytest.approx(heights[3] / 2, abs=0.1)
    assert [title.text for title in picture.iter(f"{SVG}title")][1:3] == ["2 to 4, films: 1", "4 to 6, films: 500"]
    assert "mean 2" in [text.text for text in picture.iter(f"{SVG}text")]


def test_bars_end_at_their_value_with_the_mark_and_the_interval_in_place():
    picture = drawn(bars_svg([Bar("Horror", 0.5, 0.1, 0.25, 1.0)], "", width=340, name_width=100, text_width=40))
    bar = picture.findall(f".//{SVG}rect")[1]
    assert (float(bar.get("x")), float(bar.get("width"))) == (100, 100)
    lines = {(float(line.get("x1")), float(line.get("x2"))) for line in picture.iter(f"{SVG}line")}
    assert lines == {(150, 300), (150, 150), (300, 300), (120, 120)}
    assert [text.text for text in picture.iter(f"{SVG}text")] == ["Horror", "50%"]


@pytest.mark.parametrize("name", ["genre " * 400, "恐怖片" * 700, "é" * 2000, "x" * 2000])
def test_a_long_name_is_cut_and_stands_in_full_in_its_tooltip(name):
    picture = drawn(bars_svg([Bar(name, 1.0)], ""))
    label = next(picture.iter(f"{SVG}text")).text
    assert label.endswith("…") and 8 <= len(label) < 25
    assert name in next(picture.iter(f"{SVG}title")).text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_those_of_the_theme_or_of_the_page(theme):
    def colours(theme) -> set[str]:
        charts = histogram_svg([1], 1, "", "", theme), bars_svg([Bar("", 1)], "", theme)
        return set(re.findall(r"(?:fill|stroke):([^\"]+)", "".join(charts)))

    palette = PALETTES[theme]
    assert colours(theme) <= {*palette[:7], BACKGROUND[theme]} and palette.main in colours(theme)
    assert colours(None) == {"var(--main)", "var(--text)", "var(--grid)"}


def test_nothing_to_draw_is_an_empty_picture():
    for svg in (histogram_svg([], 0, "", ""), bars_svg([], "")):
        assert drawn(svg).get("role") == "img"
