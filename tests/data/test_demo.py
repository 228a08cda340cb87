"""The invented catalogue: what was planted is really there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.data import demo, load_dataset

pytestmark = pytest.mark.slow

PARENTS = demo.genre_parents()


@pytest.fixture(scope="module")
def generated():
    return demo.generate()


@pytest.fixture(scope="module")
def dataset():
    return load_dataset("demo")


@pytest.fixture(scope="module")
def concepts(dataset):
    return demo.planted_concepts(dataset)


def share_of_favourites(items_per_user: pd.DataFrame, leaf_of: pd.Series, n: int) -> float:
    """Mean share of a user's items that come from the n leaves the user has most of."""
    counts = pd.crosstab(items_per_user["user_id"], items_per_user["item_id"].map(leaf_of)).to_numpy()
    return float((np.sort(counts, axis=1)[:, -n:].sum(axis=1) / counts.sum(axis=1)).mean())


def test_the_same_seed_gives_the_same_data_and_another_seed_others(generated):
    for table, again, other in zip(generated, demo.generate(), demo.generate(seed=1), strict=True):
        pd.testing.assert_frame_equal(table, again)
        assert not table.equals(other)


def test_it_is_large_enough_to_learn_from(generated):
    interactions, items = generated
    assert len(items) >= 600
    assert interactions["user_id"].nunique() >= 1500


def test_users_have_an_item_once_and_only_items_of_the_catalogue(generated):
    interactions, items = generated
    assert not interactions.duplicated().any()
    assert set(interactions["item_id"]) <= set(items["item_id"])


def test_titles_are_unique_and_ids_too(generated):
    _, items = generated
    assert items["title"].is_unique
    assert items["item_id"].is_unique


def test_every_item_has_a_leaf_and_each_leaf_comes_with_its_parent(generated):
    for genres in generated[1]["genres"]:
        leaves = [genre for genre in genres if genre in PARENTS]
        assert leaves
        assert {PARENTS[leaf] for leaf in leaves} == set(genres) - set(leaves)


def test_every_leaf_of_the_tree_has_items_and_some_items_have_two(generated):
    leaves = generated[1]["genres"].map(lambda genres: [genre for genre in genres if genre in PARENTS])
    assert set(leaves.explode()) == set(PARENTS) == {leaf for leaves in demo.GENRE_TREE.values() for leaf in leaves}
    assert {1, 2} == set(leaves.map(len))


def test_years_lie_in_the_range(generated):
    assert generated[1]["year"].between(*demo.YEARS).all()


def test_popularity_has_a_long_tail(generated):
    counts = generated[0]["item_id"].value_counts()
    top_fifth = counts.nlargest(len(counts) // 5).sum()
    assert top_fifth > 1.5 * counts.sum() / 5
    assert counts.mean() > counts.median()
    assert counts.max() > 4 * counts.median()


def test_the_items_of_a_user_concentrate_on_few_leaves(generated, rng):
    interactions, items = generated
    leaf_of = items.set_index("item_id")["genres"].map(lambda genres: next(g for g in genres if g in PARENTS))
    by_chance = interactions.assign(item_id=rng.permutation(interactions["item_id"]))
    # A fan of two broad genres has two genres' leaves, so that many are few.
    few = 2 * max(len(leaves) for leaves in demo.GENRE_TREE.values())
    assert share_of_favourites(interactions, leaf_of, few) > 1.5 * share_of_favourites(by_chance, leaf_of, few)


def test_planted_concepts_are_both_levels_of_the_tree_the_decades_and_popular(dataset, concepts):
    decades = {f"{year // 10 * 10}s" for year in dataset.items["year"]}
    assert set(concepts) == {*demo.GENRE_TREE, *PARENTS, *decades, "popular"}
    assert all(mask.shape == (dataset.n_items,) and mask.dtype == bool and mask.any() for mask in concepts.values())


def test_a_planted_genre_marks_the_items_that_carry_it(dataset, concepts):
    for genre in (*demo.GENRE_TREE, *PARENTS):
        assert concepts[genre].tolist() == [genre in genres for genres in dataset.items["genres"]]


def test_planted_decades_share_the_items_among_them(dataset, concepts):
    decades = {name: mask for name, mask in concepts.items() if name[:-1].isdecimal()}
    assert (sum(mask.astype(int) for mask in decades.values()) == 1).all()
    for name, mask in decades.items():
        assert dataset.items["year"][mask].between(int(name[:-1]), int(name[:-1]) + 9).all()


def test_popular_is_the_most_popular_tenth(dataset, concepts):
    popularity, popular = dataset.items["popularity"], concepts["popular"]
    assert popularity[popular].min() > popularity[~popular].max()
    assert popular.mean() == pytest.approx(0.1, abs=0.02)
