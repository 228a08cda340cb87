"""Points of a map by name, and those selected on it."""

from __future__ import annotations

from explorer.maps import find_points, positions_of, selected_positions
from tests.maps.conftest import points

NAMES = ["Star Wars (1977)", "A Star Is Born", "STRASSE", "Straße", "M*A*S*H (1970)", "[REC]", "Amélie", ""]
FOUND = {
    "star": [0, 1],
    "  STAR ": [0, 1],
    "is born": [1],
    "strasse": [2, 3],
    "m*a*": [4],
    "[rec]": [5],
    "(19": [0, 4],
    ".": [],
    "AMÉLIE": [6],
    "nobody": [],
    "": [],
    "   ": [],
}
"""Positions in `NAMES` of what each search finds."""


def test_names_are_searched_literally_and_regardless_of_case():
    assert {words: find_points(NAMES, words).tolist() for words in FOUND} == FOUND


def test_names_that_begin_with_the_words_come_first_and_no_more_than_asked_for():
    names = ["The Ring", "Ring", "Boring", "ring cycle"]
    assert find_points(names, "ring").tolist() == [1, 3, 0, 2]
    assert find_points(names, "ring", most=2).tolist() == [1, 3]


def test_a_selection_is_the_ids_without_labels_duplicates_and_points_of_other_maps():
    clicked = [{"customdata": 7}, {"customdata": [2]}, {"customdata": 7.0}, {}, {"customdata": None}]
    clicked += [
        {"customdata": 99},
        {"customdata": -1},
        {"customdata": "3"},
        {"customdata": [1, 2]},
        {"customdata": 1.5},
    ]
    assert selected_positions(clicked, 10).tolist() == [2, 7]
    assert selected_positions([], 10).tolist() == []


def test_rows_are_found_on_a_map_by_entity_and_those_not_on_it_are_left_out():
    table = points(entity=["user", "item", "item", "neuron"], row=[4, 4, 9, 4])
    assert positions_of(table, "item", [9, 7, 4]) == {9: 2, 4: 1}
    assert positions_of(table, "neuron", [4]) == {4: 3} and positions_of(table, "user", []) == {}
