"""Curves as SVG: where values lie can be read from the picture, and names never overlap."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from explorer.figures.curve import Curve, curves_svg

SVG = "{http://www.w3.org/2000/svg}"
NAN = float("nan")
CURVES = [Curve("A", [0.1, NAN, 0.5], [0.1, NAN, 0.4], [0.1, NAN, 0.6]), Curve("B", [0.2, 0.4, 0.8], main=True)]


def drawn(curves=CURVES, at=(10, 100, 1000), **more) -> ElementTree.Element:
    return ElementTree.fromstring(curves_svg(at, curves, "about", "neurons", "light", most=1.0, **more))


def test_points_lie_where_their_values_are_on_a_logarithmic_axis():
    picture = drawn()
    lines = [line.get("points").split() for line in picture.iter(f"{SVG}polyline")]
    (_, missing), (b0, b1, b2) = lines[0], [tuple(map(float, point.split(","))) for point in lines[1]]
    assert len(lines[0]) == 2 and missing
    assert b1[0] - b0[0] == pytest.approx(b2[0] - b1[0], abs=0.2)
    assert (b0[1] - b1[1]) * 2 == pytest.approx(b1[1] - b2[1], abs=0.2)
    titles = [title.text for title in picture.iter(f"{SVG}title")]
    assert titles == ["A, 10: 0.10", "A, 1,000: 0.50 (0.40 to 0.60)", "B, 10: 0.20", "B, 100: 0.40", "B, 1,000: 0.80"]


def test_every_curve_has_its_name_and_last_value_and_no_two_names_overlap():
    many = [Curve(f"curve {i}", [0.5, 0.5, 0.5]) for i in range(7)]
    picture = drawn(many, reference=("own", 0.5))
    names = {t.text: float(t.get("y")) for t in picture.iter(f"{SVG}text") if "0.50" in t.text}
    assert set(names) == {*(f"curve {i} 0.50" for i in range(7)), "own 0.50"}
    heights = sorted(names.values())
    assert min(b - a for a, b in pairwise(heights)) >= 14
    assert heights[0] > 0 and heights[-1] < float(picture.get("height"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_point_and_hostile_names_are_drawn(theme):
    svg = curves_svg([5], [Curve("<b>&", [0.0])], '"<i>', "x", theme)
    picture = ElementTree.fromstring(svg)
    assert picture.get("aria-label") == '"<i>' and "<b>& 0.00" in [t.text for t in picture.iter(f"{SVG}text")]
