"""How a name is made from shares and chances."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.neurons.names import UNCLEAR, propose_label

GENRES, DECADES = ["horror", "Slasher", "Comedy"], ["1970s", "1980s"]
SURE, CHANCE = 1e-9, 0.5
SLASHER_IS_HORROR = np.array([[1, 0.3, 0.1], [1, 1, 0.1], [0.1, 0.05, 1]])


def label(
    genre=(0, 0, 0), genre_p=(1, 1, 1), decade=(0, 0), decade_p=(1, 1), popularity=50.0, implied=SLASHER_IS_HORROR
):
    arrays = (np.array(values, float) for values in (genre, genre_p, decade, decade_p))
    genre, genre_p, decade, decade_p = arrays
    return propose_label(genre, genre_p, GENRES, implied, decade, decade_p, DECADES, popularity)


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ({}, UNCLEAR),
        ({"genre": (1, 0, 0), "genre_p": (SURE, 1, 1)}, "Horror"),
        ({"genre": (0.5, 0, 0), "genre_p": (SURE, 1, 1)}, "Horror"),
        ({"genre": (0.45, 0, 0), "genre_p": (SURE, 1, 1)}, UNCLEAR),
        ({"genre": (1, 0, 0), "genre_p": (CHANCE, 1, 1)}, UNCLEAR),
        ({"genre": (0.9, 0, 0.8), "genre_p": (SURE, 1, SURE / 9)}, "Comedy, horror"),
        ({"decade": (0, 0.8), "decade_p": (1, SURE)}, "1980s"),
        ({"decade": (0.3, 0.4), "decade_p": (SURE, SURE)}, UNCLEAR),
        ({"genre": (1, 0, 0), "genre_p": (SURE, 1, 1), "decade": (1, 0), "decade_p": (SURE, 1)}, "Horror, 1970s"),
        ({"popularity": 90}, "Popular"),
        ({"popularity": 20}, "Little known"),
        ({"popularity": 89}, UNCLEAR),
        ({"genre": (0, 0, 1), "genre_p": (1, 1, SURE), "popularity": 95}, "Comedy, popular"),
        ({"genre": (np.nan,) * 3, "genre_p": (np.nan,) * 3, "popularity": np.nan}, UNCLEAR),
        ({"decade": (np.nan,) * 2, "decade_p": (np.nan,) * 2}, UNCLEAR),
    ],
)
def test_a_neuron_is_named_for_what_most_of_its_top_items_share_beyond_chance(what, name):
    assert label(**what) == name


@pytest.mark.parametrize(
    ("p", "name"), [((1e-9, 1e-12, 1), "Slasher"), ((1e-12, 1e-9, 1), "Horror")], ids=["leaf", "genre"]
)
def test_a_genre_that_follows_from_the_first_is_not_said_again(p, name):
    assert label(genre=(1, 0.9, 0), genre_p=p) == name


def test_no_more_than_two_genres_are_named():
    name = label(genre=(0.9, 0.8, 0.7), genre_p=(3e-9, 2e-9, 1e-9), implied=np.eye(3))
    assert name == "Comedy, Slasher"
