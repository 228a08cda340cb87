"""Agreement of ranked lists, against LensKit and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from lenskit.data import ItemList
from lenskit.metrics import GeometricRankWeight, rank_biased_overlap
from scipy.stats import kendalltau

from explorer.fidelity import kendall, overlap, rbo
from explorer.recommenders import NOTHING


def random_lists(rng, n: int, catalogue: int, rows: int = 40) -> np.ndarray:
    return np.argsort(rng.random((rows, catalogue)), axis=1)[:, :n]


def near_copies(rng, lists: np.ndarray) -> np.ndarray:
    """The same lists with some places swapped and some items exchanged for others."""
    order = np.argsort(np.arange(lists.shape[1]) + rng.normal(scale=3, size=lists.shape), axis=1)
    shuffled = np.take_along_axis(lists, order, axis=1)
    return np.where(rng.random(lists.shape) < 0.2, shuffled + 1000, shuffled)


@pytest.fixture(params=[(2, 4), (30, 60), (30, 500), "near copies"], ids=str)
def pair(request, rng) -> tuple[np.ndarray, np.ndarray]:
    if request.param == "near copies":
        lists = random_lists(rng, 30, 100)
        return lists, near_copies(rng, lists)
    n, catalogue = request.param
    return random_lists(rng, n, catalogue), random_lists(rng, n, catalogue)


def tau_by_scipy(a: np.ndarray, b: np.ndarray) -> float:
    """Over the union, an item that a list does not have at rank N + 1."""
    n = len(a)
    a, b = a[a != NOTHING].tolist(), b[b != NOTHING].tolist()
    union = sorted({*a, *b})
    ranks = [[row.index(item) + 1 if item in row else n + 1 for item in union] for row in (a, b)]
    return kendalltau(*ranks).statistic


def test_rbo_is_lenskits(pair):
    a, b = pair
    n = a.shape[1]
    weight = GeometricRankWeight(0.9)

    def items(row) -> ItemList:
        return ItemList(item_ids=row, ordered=True)

    expected = [rank_biased_overlap(items(x), items(y), weight, n) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(rbo(a, b), expected)


def test_kendall_is_scipys_on_the_union(pair):
    a, b = pair
    expected = [tau_by_scipy(x, y) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(kendall(a, b), expected, equal_nan=True)


def test_kendall_of_short_lists_is_scipys_on_the_union(rng):
    a, b = random_lists(rng, 12, 20), random_lists(rng, 12, 20)
    for lists in (a, b):
        lists[np.arange(12) >= rng.integers(2, 13, len(lists))[:, None]] = NOTHING
    expected = [tau_by_scipy(x, y) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(kendall(a, b), expected, equal_nan=True)


def test_overlap_is_the_share_of_common_items(pair):
    a, b = pair
    expected = [len(set(x) & set(y)) / len(x) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(overlap(a, b), expected)


def test_agreement_does_not_depend_on_which_list_comes_first(pair):
    a, b = pair
    for measure in (rbo, kendall, overlap):
        np.testing.assert_allclose(measure(a, b), measure(b, a))


def test_identical_lists_agree_entirely_whatever_their_length(rng):
    lists = random_lists(rng, 30, 100)
    for length in (30, 29, 2):
        lists[:, length:] = NOTHING
        for measure in (rbo, kendall, overlap):
            np.testing.assert_allclose(measure(lists, lists.copy()), 1)
    lists[:, 1:] = NOTHING
    np.testing.assert_allclose(rbo(lists, lists.copy()), 1)


def test_disjoint_lists_do_not_agree(rng):
    lists = random_lists(rng, 30, 100)
    assert not rbo(lists, lists + 100).any() and not overlap(lists, lists + 100).any()
    np.testing.assert_allclose(kendall(lists, lists + 100), -0.674, atol=0.001)


def test_reversed_lists_have_the_same_items_in_the_opposite_order(rng):
    lists = random_lists(rng, 30, 100)
    np.testing.assert_allclose(kendall(lists, lists[:, ::-1]), -1)
    np.testing.assert_allclose(overlap(lists, lists[:, ::-1]), 1)


def test_places_without_an_item_never_match_each_other():
    a, b = np.array([[1, 2, NOTHING, NOTHING]]), np.array([[3, 4, NOTHING, NOTHING]])
    nothing = np.full((1, 4), NOTHING)
    for x, y in ((a, b), (a, nothing)):
        assert not overlap(x, y).any()
        assert not rbo(x, y).any()
    shared = np.array([[1, 9, NOTHING, NOTHING]])
    assert overlap(a, shared).item() == 0.5
    assert np.isnan([overlap(nothing, nothing), rbo(nothing, nothing)]).all()
