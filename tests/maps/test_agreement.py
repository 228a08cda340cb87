"""How often the nearest on a map are of the same genre."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from explorer.maps import make_map
from explorer.maps.agreement import MIN_LIFT, NEIGHBOURS, clear_genres, purest_genres, same_genre


def test_the_share_is_that_of_the_five_nearest_and_chance_that_of_all_pairs(rng):
    positions, genre = rng.normal(size=(60, 2)), rng.integers(4, size=60)
    found = same_genre(positions, genre)
    near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(positions).kneighbors(return_distance=False)[:, :NEIGHBOURS]
    pairs = genre[:, None] == genre
    assert found.share == pytest.approx((genre[near] == genre[:, None]).mean())
    assert found.chance == pytest.approx((pairs.sum() - 60) / (60 * 59)) and found.points == 60
    assert found.ratio == pytest.approx(found.share / found.chance) and 0.4 < found.ratio < 1.6


def test_where_genres_lie_apart_every_neighbour_is_of_the_same(rng):
    genre = np.repeat(np.arange(5), 10)
    found = same_genre(rng.normal(size=(50, 3)) + 100 * genre[:, None], genre)
    assert found.share == 1 and found.ratio == pytest.approx(1 / found.chance)


def test_points_without_a_genre_are_passed_over(rng):
    positions, genre = rng.normal(size=(40, 2)), np.arange(40) % 3
    more = np.vstack([positions, positions + 1e-6])
    assert same_genre(more, np.append(genre, np.full(40, -1))) == same_genre(positions, genre)


def test_points_at_the_same_place_are_not_their_own_neighbours():
    genre = np.append(np.zeros(20, int), 1)
    found = same_genre(np.zeros((21, 2)), genre)
    assert found.points == 21 and found.share <= 20 / 21  # the odd one is never of its neighbours' genre


@pytest.mark.parametrize("genre", [[0] * 5, list(range(30)), [-1] * 30, []], ids=["few", "no pair", "none", "nobody"])
def test_too_few_points_or_no_two_of_one_genre_say_nothing(genre):
    assert same_genre(np.zeros((len(genre), 2)), np.array(genre, int)) is None


def test_a_clear_genre_is_that_of_half_of_the_twenty_strongest_and_of_twice_as_many_as_of_all(run):
    purest, clear = purest_genres(run), clear_genres(run)
    top, genres = run.index.purity.query("k == 20"), run.dataset.genres
    for neuron, number in enumerate(purest):
        name = run.index.neurons["genre"].iloc[neuron]
        assert pd.isna(name) if number < 0 else genres[number] == name
        row = top[(top["neuron"] == neuron) & (top["genre"] == name)]
        is_clear = len(row) == 1 and row["value"].iloc[0] >= 0.5 and row["lift"].iloc[0] >= MIN_LIFT
        assert clear[neuron] == (number if is_clear else -1)
    assert (clear >= 0).any() and (clear < 0).any()


def test_a_map_of_neurons_says_how_often_neighbours_are_of_one_genre(run, tiny_variants):
    made = make_map(run, "neurons", "pca")
    found = same_genre(made.table[["x", "y"]].to_numpy(), clear_genres(run)[made.table["row"]])
    assert made.parameters["same_genre"] == (found and found._asdict())
    assert ("by chance" in made.describe()) == (found is not None)
    without = make_map(tiny_variants("relu-no-genres"), "neurons", "pca")
    assert without.parameters["same_genre"] is None and "by chance" not in without.describe()
    assert "same_genre" not in make_map(run, "items", "pca").parameters
