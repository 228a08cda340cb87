"""Points of a map by name."""

from __future__ import annotations

from explorer.maps import find_points

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
