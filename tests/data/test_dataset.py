"""What `build_dataset` makes of checked tables: positives, split, popularity, fingerprint."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from explorer.data import TEST, TRAIN, VALIDATION, DataConfig, build_dataset, demo
from tests.helpers import refused

LENGTHS = range(1, 41)
"""Users with every length of history up to the whole catalogue."""


def tables(lengths=LENGTHS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """User u has the first `lengths[u]` items and rates item i with i."""
    pairs = [(f"u{user}", item) for user, length in enumerate(lengths) for item in range(1, length + 1)]
    interactions = pd.DataFrame(pairs, columns=["user_id", "item_id"])
    interactions["rating"] = interactions["item_id"].astype(float)
    item_id = np.arange(1, max(lengths) + 1)
    items = pd.DataFrame({"item_id": item_id, "title": [f"Film {i}" for i in item_id]})
    items["genres"] = [["Odd"] if i % 2 else ["Even", "Whole"] for i in item_id]
    items["year"] = pd.array(1950 + item_id, dtype="Int64")
    return interactions, items


def build(interactions=None, items=None, seed=0, **config):
    usual = tables()
    return build_dataset(
        "films",
        usual[0] if interactions is None else interactions,
        usual[1] if items is None else items,
        DataConfig(**config),
        seed,
    )


def pairs_of(dataset) -> set[tuple]:
    rows = dataset.interactions
    users, items = dataset.users["user_id"], dataset.items["item_id"]
    return set(zip(users.iloc[rows["user"]], items.iloc[rows["item"]], strict=True))


def held_out(dataset, part) -> pd.Series:
    """Positives per user in a part."""
    rows = dataset.interactions
    return (rows["part"] == part).groupby(rows["user"]).sum()


@pytest.fixture(scope="module")
def films():
    return build()


def test_every_pair_of_the_tables_is_in_the_data_set_once(films):
    interactions, _ = tables()
    assert pairs_of(films) == set(interactions[["user_id", "item_id"]].itertuples(index=False, name=None))
    assert len(films.interactions) == len(interactions)


@pytest.mark.parametrize("name", ["films", "little_dataset"])
def test_training_validation_and_test_are_disjoint_and_together_everything(name, request):
    dataset = request.getfixturevalue(name)
    parts = [dataset.train, dataset.validation, dataset.test]
    assert all(part.nnz > 0 for part in parts)
    together = sum(part.toarray() for part in parts)
    expected = np.zeros_like(together)
    expected[dataset.interactions["user"], dataset.interactions["item"]] = 1
    np.testing.assert_array_equal(together, expected)
    np.testing.assert_array_equal(dataset.seen.toarray(), (dataset.train + dataset.validation).toarray())


def test_users_lose_five_to_testing_and_two_to_validation_but_never_more_than_a_third_to_each(films):
    lengths = films.interactions.groupby("user").size()
    for part, asked in ((TEST, 5), (VALIDATION, 2)):
        taken = held_out(films, part)
        assert (taken <= asked).all()
        assert (taken[lengths >= 3] <= lengths[lengths >= 3] / 3).all()
        assert (taken[lengths >= 3 * asked] == asked).all()
        assert (taken[lengths < 3] == 0).all()
    assert (held_out(films, TRAIN) >= lengths / 3).all()


def test_the_numbers_of_held_out_positives_can_be_set():
    dataset = build(test_positives=1, validation_positives=4)
    assert held_out(dataset, TEST).max() == 1
    assert held_out(dataset, VALIDATION).max() == 4


def test_the_same_seed_gives_the_same_split_and_another_seed_another(films):
    assert build(seed=0).interactions.equals(films.interactions)
    other = build(seed=1).interactions
    assert other.drop(columns="part").equals(films.interactions.drop(columns="part"))
    assert not other["part"].equals(films.interactions["part"])


def test_the_order_of_rows_in_the_file_does_not_matter(films):
    interactions, items = tables()
    shuffled = build(interactions.sample(frac=1, random_state=3), items)
    assert shuffled.fingerprint == films.fingerprint
    assert shuffled.interactions.equals(films.interactions)


def test_popularity_counts_training_positives_only(films):
    popularity = films.items["popularity"].to_numpy()
    np.testing.assert_array_equal(popularity, films.train.sum(axis=0))
    assert popularity.sum() < len(films.interactions)


def test_the_ranked_items_are_those_with_enough_training_positives(films):
    popularity = films.items["popularity"]
    for least in (0, int(popularity.median()), int(popularity.max()) + 1):
        assert films.ranked(least).tolist() == [count >= least for count in popularity]


def test_min_rating_keeps_the_positives_that_reach_it_and_says_how_many_it_dropped():
    dataset = build(min_rating=10)
    interactions, _ = tables()
    kept = interactions[interactions["rating"] >= 10]
    assert pairs_of(dataset) == set(kept[["user_id", "item_id"]].itertuples(index=False, name=None))
    assert any(f"{len(interactions) - len(kept):,} ratings" in note for note in dataset.notes)


def test_min_item_interactions_leaves_out_rare_items_and_the_users_who_had_nothing_else():
    interactions, items = tables()
    last = items["item_id"].max()
    lone = pd.DataFrame({"user_id": ["lone"], "item_id": [last], "rating": [1.0]})
    dataset = build(pd.concat([interactions, lone]), items, min_item_interactions=5)
    counts = interactions["item_id"].value_counts()
    assert set(dataset.items["item_id"]) == set(counts.index[counts >= 5])
    assert dataset.interactions.groupby("item").size().min() >= 5
    assert "lone" not in set(dataset.users["user_id"])


def test_items_without_users_are_left_out_and_the_rows_still_fit():
    interactions, items = tables()
    dataset = build(interactions[interactions["item_id"] != 3], items)
    assert 3 not in set(dataset.items["item_id"])
    assert ("u39", 4) in pairs_of(dataset)
    assert any("1 items without any positive" in note for note in dataset.notes)


def test_a_user_who_has_too_little_is_kept_for_training(films):
    assert films.train[[films.user_row("u0")]].nnz == 1


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"min_rating": 1e6}, ["min_rating", "lower"]),
        ({"min_item_interactions": 10**6}, ["min_item_interactions", "lower"]),
    ],
)
def test_limits_that_leave_nothing_are_refused(config, words):
    with refused("films", *words):
        build(**config)


def test_a_min_rating_for_data_without_ratings_is_refused():
    interactions, items = tables()
    with refused("films", "min_rating", "no ratings", "leave"):
        build(interactions.drop(columns="rating"), items, min_rating=3)


def test_data_without_a_user_with_three_positives_are_refused():
    with refused("films", "Too little data", "3 positives"):
        build(*tables([2, 2, 1]))


@pytest.mark.parametrize(
    "config",
    [
        {"min_item_interactions": 0},
        {"min_rating": "good"},
        {"min_rating": float("nan")},
        {"duplicates": "ignore"},
        {"test_positives": 0},
        {"validation_positives": -1},
        {"unknown": 1},
    ],
    ids=str,
)
def test_nonsense_settings_are_refused(config):
    with pytest.raises(ValidationError):
        DataConfig(**config)


def test_the_fingerprint_does_not_depend_on_seed_or_numbers_of_held_out_positives(films):
    assert build(seed=7).fingerprint == build(test_positives=1).fingerprint == films.fingerprint


def fewer_pairs(interactions, items):
    return interactions.iloc[:-1], items


def other_user(interactions, items):
    return interactions.replace({"user_id": {"u3": "u3b"}}), items


def other_pair(interactions, items):
    changed = interactions.copy()
    changed.loc[0, "item_id"] = 2
    return changed, items


def other_cell(column, value):
    def change(interactions, items):
        cells = pd.Series([value, *items[column][1:]], dtype=items[column].dtype)
        return interactions, items.assign(**{column: cells})

    change.__name__ = f"other_{column}"
    return change


@pytest.mark.parametrize(
    "change",
    [fewer_pairs, other_user, other_pair, *(other_cell(*c) for c in (("title", "X"), ("genres", []), ("year", pd.NA)))],
)
def test_the_fingerprint_changes_with_the_data(change, films):
    assert build(*change(*tables())).fingerprint != films.fingerprint


@pytest.mark.parametrize("user_id", [7, "7", np.int64(7)], ids=repr)
def test_a_user_is_found_by_number_and_by_text(user_id, little_dataset):
    row = little_dataset.user_row(user_id)
    assert little_dataset.users["user_id"].iloc[row] == 7


@pytest.mark.parametrize("user_id", ["nobody", "", 10**9, "007", None], ids=repr)
def test_an_unknown_user_is_refused_with_examples_of_ids(user_id, little_dataset):
    with refused(repr(str(user_id)), "little", str(little_dataset.users["user_id"].iloc[0])):
        little_dataset.user_row(user_id)


def test_a_history_has_all_that_is_seen_and_nothing_that_is_held_out_for_testing(films):
    user = films.n_users - 1
    seen = films.items["item_id"].iloc[films.seen[[user]].indices]
    assert set(films.history(user)["item_id"]) == set(seen)


def test_the_genre_matrix_says_what_the_lists_say(little_dataset):
    for genres, row in zip(little_dataset.items["genres"], little_dataset.genre_matrix, strict=True):
        assert {genre for genre, there in zip(little_dataset.genres, row, strict=True) if there} == set(genres)
    assert set(little_dataset.genres) == {*demo.GENRE_TREE, *demo.genre_parents()}
