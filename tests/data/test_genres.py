"""The main genres of a data set, and under which of them each genre is shown."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from explorer.data.genres import MAX_GROUPS, OTHER, broadest_genres, genre_groups, main_genres


def with_genres(dataset, genres: list[list[str]], parents: dict[str, str] | None = None):
    items = pd.DataFrame({"genres": genres})
    return replace(dataset, items=items, genre_parents=parents or {})


def test_the_main_genres_are_the_most_common_ones_and_equals_go_by_alphabet(little_dataset):
    dataset = with_genres(little_dataset, [["B", "A"], ["C"], ["C", "B"], ["A"], []] + [[f"G{i}"] for i in range(9)])
    assert main_genres(dataset) == ("A", "B", "C", "G0", "G1", "G2", "G3")
    assert len(main_genres(dataset)) == MAX_GROUPS
    assert main_genres(with_genres(little_dataset, [[], []])) == ()


def test_a_finer_genre_is_shown_under_its_broader_one_and_the_rest_under_other(little_dataset):
    common = [[letter] for letter in "ABCDEFG" for _ in range(2)]
    parents = {"Slasher": "A", "Clown": "Slasher", "Sea": "Land", "Round": "Round"}
    dataset = with_genres(little_dataset, [*common, ["Slasher"], ["Clown"], ["Sea"], ["Round"], ["Land"]], parents)
    groups = genre_groups(dataset)
    assert groups == {
        **{letter: letter for letter in "ABCDEFG"},
        **{"Slasher": "A", "Clown": "A"},
        **dict.fromkeys(("Sea", "Round", "Land"), OTHER),
    }


def test_the_broadest_genre_is_at_the_top_of_the_tree_even_if_that_has_a_circle(little_dataset):
    parents = {"Slasher": "Horror", "Clown": "Slasher", "Round": "Circle", "Circle": "Round"}
    dataset = with_genres(little_dataset, [["Clown"], ["Horror", "Slasher"], ["War", "Round"]], parents)
    broadest = dict(zip(dataset.genres, broadest_genres(dataset), strict=True))
    assert broadest.pop("Round") in ("Round", "Circle")
    assert broadest == {"Clown": "Horror", "Horror": "Horror", "Slasher": "Horror", "War": "War"}
