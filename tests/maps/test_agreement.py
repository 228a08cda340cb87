"""How often the nearest on a map are of the same genre."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from explorer.data.genres import main_genres
from explorer.maps import MAP_KINDS, make_map
from explorer.maps.agreement import (
    MIN_LIFT,
    NEIGHBOURS,
    clear_genres,
    genres_of,
    neighbour_purity,
    purest_genres,
)
from explorer.maps.colours import colour_values, item_genres, user_genres


def test_the_share_is_that_of_the_five_nearest_and_chance_that_of_all_pairs(rng):
    positions, genre = rng.normal(size=(60, 2)), rng.integers(4, size=60)
    found = neighbour_purity(positions, genre)
    near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(positions).kneighbors(return_distance=False)[:, :NEIGHBOURS]
    pairs = genre[:, None] == genre
    assert found.share == pytest.approx((genre[near] == genre[:, None]).mean())
    assert found.chance == pytest.approx((pairs.sum() - 60) / (60 * 59)) and found.points == 60
    assert found.ratio == pytest.approx(found.share / found.chance) and 0.4 < found.ratio < 1.6


def test_where_genres_lie_apart_every_neighbour_is_of_the_same(rng):
    genre = np.repeat(np.arange(5), 10)
    found = neighbour_purity(rng.normal(size=(50, 3)) + 100 * genre[:, None], genre)
    assert found.share == 1 and found.ratio == pytest.approx(1 / found.chance)


def test_points_without_a_genre_are_passed_over(rng):
    positions, genre = rng.normal(size=(40, 2)), np.arange(40) % 3
    more = np.vstack([positions, positions + 1e-6])
    assert neighbour_purity(more, np.append(genre, np.full(40, -1))) == neighbour_purity(positions, genre)


def test_points_at_the_same_place_are_not_their_own_neighbours():
    genre = np.append(np.zeros(20, int), 1)
    found = neighbour_purity(np.zeros((21, 2)), genre)
    assert found.points == 21 and found.share <= 20 / 21  # the odd one is never of its neighbours' genre


@pytest.mark.parametrize("genre", [[0] * 5, list(range(30)), [-1] * 30, []], ids=["few", "no pair", "none", "nobody"])
def test_too_few_points_or_no_two_of_one_genre_say_nothing(genre):
    assert neighbour_purity(np.zeros((len(genre), 2)), np.array(genre, int)) is None


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


@pytest.mark.parametrize("kind", MAP_KINDS)
def test_every_map_says_how_often_neighbours_are_of_one_genre(run, tiny_variants, kind):
    made = make_map(run, kind, "pca")
    found = neighbour_purity(made.table[["x", "y"]].to_numpy(), genres_of(run, made.table))
    said = made.parameters["neighbour_purity"]
    assert said == (found and {**found._asdict(), "what": said["what"]})
    assert found is not None or kind == "neurons"  # of which too few have a clear genre here
    assert found is None or f"{found.ratio:.1f} × what chance gives ({found.chance:.0%})" in made.describe()
    without = make_map(tiny_variants("relu-no-genres"), kind, "pca")
    assert without.parameters["neighbour_purity"] is None and "chance" not in without.describe()


def test_items_count_with_the_genre_of_their_colour_and_users_with_their_favourite(run):
    table = make_map(run, "together", "pca").table
    names = np.array([*run.dataset.genres, None], object)[genres_of(run, table)]
    item = (table["entity"] == "item").to_numpy()
    row = table["row"].to_numpy()
    of_items = np.array(item_genres(run.dataset), object)[row[item]]
    known = np.isin(of_items, run.dataset.genres)
    assert (names[item][known] == of_items[known]).all() and not any(names[item][~known])
    of_users = np.array(user_genres(run.dataset), object)[row[~item]]
    assert (names[~item] == of_users).all() and set(of_users) <= set(main_genres(run.dataset))
    coloured = colour_values(run, table, "genre")
    assert (coloured.value[item] == of_items).all() and (coloured.value[~item] == of_users).all()
