"""Points by name, by a line drawn around them and by nearness, against the plainest way to find them."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.maps import find_points, in_box, in_polygon, map_vectors, nearest_points, selected_positions
from tests.helpers import refused

NAMES = ["Star Wars (1977)", "A Star Is Born", "STRASSE", "Straße", "M*A*S*H (1970)", "[REC]", "Amélie", ""]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("star", [0, 1]),
        ("  STAR ", [0, 1]),
        ("is born", [1]),
        ("strasse", [2, 3]),
        ("m*a*", [4]),
        ("[rec]", [5]),
        ("(19", [0, 4]),
        (".", []),
        ("AMÉLIE", [6]),
        ("nobody", []),
        ("", []),
        ("   ", []),
    ],
)
def test_names_are_searched_literally_and_whatever_the_case(words, found):
    assert find_points(NAMES, words).tolist() == found


def test_names_that_begin_with_the_words_come_first_and_no_more_than_asked_for():
    names = ["The Ring", "Ring", "Boring", "ring cycle"]
    assert find_points(names, "ring").tolist() == [1, 3, 0, 2]
    assert find_points(names, "ring", most=2).tolist() == [1, 3]


def inside(px: float, py: float, corners: np.ndarray) -> bool:
    """Even-odd, one point and one edge at a time."""
    odd = False
    for i in range(len(corners)):
        (ax, ay), (bx, by) = corners[i - 1], corners[i]
        if (ay > py) != (by > py) and px < (bx - ax) * (py - ay) / (by - ay) + ax:
            odd = not odd
    return odd


@pytest.mark.parametrize("n_corners", [3, 4, 12, 60])
def test_a_lasso_holds_what_a_loop_over_its_edges_says_even_if_it_crosses_itself(rng, n_corners):
    points, corners = rng.uniform(-1, 1, (400, 2)), rng.uniform(-1, 1, (n_corners, 2))
    found = in_polygon(points[:, 0], points[:, 1], corners[:, 0], corners[:, 1])
    assert found.tolist() == [inside(*point, corners) for point in points]
    assert 0 < found.sum() < 400


def test_points_level_with_a_corner_are_counted_once():
    x, y = np.array([0.0, -2.0, 2.0]), np.zeros(3)
    assert in_polygon(x, y, [0, 1, 0, -1], [1, 0, -1, 0]).tolist() == [True, False, False]


def test_a_lasso_around_a_disc_holds_the_disc(rng):
    x, y = rng.uniform(-1, 1, (2, 2_000))
    angle = np.linspace(0, 2 * np.pi, 500)
    found = in_polygon(x, y, 0.5 * np.cos(angle), 0.5 * np.sin(angle))
    radius = np.hypot(x, y)
    assert found[radius < 0.499].all() and not found[radius > 0.501].any()


@pytest.mark.parametrize("corners", [[], [0.0], [0.0, 1.0]])
def test_a_line_of_fewer_than_three_corners_holds_nothing(corners):
    assert not in_polygon(np.zeros(3), np.zeros(3), corners, corners).any()


def test_a_broken_line_is_refused():
    with refused("draw"):
        in_polygon(np.zeros(3), np.zeros(3), [0, 1, 1], [0, 1])


def test_a_box_holds_its_edges_whichever_corners_are_named():
    x, y = np.array([0.0, 1.0, 0.5, 1.1]), np.array([0.0, 1.0, -0.1, 0.5])
    for ends_x, ends_y in (([0, 1], [0, 1]), ([1, 0], [0, 1]), ([1, 0], [1, 0])):
        assert in_box(x, y, ends_x, ends_y).tolist() == [True, True, False, False]


def test_a_selection_is_the_ids_without_labels_doubles_and_strangers():
    points = [{"customdata": 7}, {"customdata": [2]}, {"customdata": 7.0}, {}, {"customdata": None}]
    points += [{"customdata": 99}, {"customdata": -1}, {"customdata": "3"}, {"customdata": [1, 2]}, {"customdata": 1.5}]
    assert selected_positions(points, 10).tolist() == [2, 7]
    assert selected_positions([], 10).tolist() == []


def test_the_nearest_are_those_among_the_vectors_not_on_the_map(run):
    vectors = map_vectors(run, "together")
    position = vectors.position("item", 3)
    near = nearest_points(vectors, position, 5, "item")
    cosine = vectors.x @ vectors.x[position]
    items = np.flatnonzero((vectors.entity == "item") & (np.arange(len(vectors)) != position))
    assert near["position"].tolist() == items[np.argsort(-cosine[items], kind="stable")[:5]].tolist()
    assert set(near["entity"]) == {"item"} and position not in near["position"].tolist()
    assert near["cosine"].is_monotonic_decreasing and (near["row"] == vectors.row[near["position"]]).all()
    both = nearest_points(vectors, position, len(vectors) + 5)
    assert len(both) == len(vectors) - 1 and set(both["entity"]) == {"item", "user"}


def test_a_point_that_is_not_there_is_refused(run):
    with refused("no point"):
        nearest_points(map_vectors(run, "neurons"), 10_000)
