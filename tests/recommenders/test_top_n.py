"""Top-N lists and their accuracy, against sorting by hand and the textbook formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from explorer.recommenders import NOTHING, DotProductRecommender, accuracy, recommend, top_items, top_n


def sorted_by_hand(scores: np.ndarray, seen: np.ndarray, n: int) -> np.ndarray:
    lists = np.full((len(scores), n), NOTHING)
    for row, (values, known) in enumerate(zip(scores, seen, strict=True)):
        candidates = sorted(np.flatnonzero(~known), key=lambda item: -values[item])[:n]
        lists[row, : len(candidates)] = candidates
    return lists


@pytest.mark.parametrize(("n", "seen_share"), [(1, 0.3), (7, 0.0), (7, 0.95), (40, 0.3), (60, 0.3), (60, 1.0)])
def test_a_list_is_the_best_unseen_items_padded_with_nothing(rng, n, seen_share):
    scores = rng.permuted(np.tile(np.arange(40, dtype=np.float32), (25, 1)), axis=1)
    seen = rng.random(scores.shape) < seen_share
    found = top_items(torch.from_numpy(scores), csr_array(seen.astype(float)), n)
    assert np.array_equal(found, sorted_by_hand(scores, seen, n))


def test_items_with_the_lowest_finite_scores_are_still_candidates():
    scores = torch.tensor([[-1e30, 0.0, -1e30]])
    assert set(top_items(scores, csr_array(np.array([[0, 1, 0]])), 3)[0]) == {0, 2, NOTHING}


def test_no_list_shows_a_seen_item_and_held_out_positives_may_be_shown(little_dataset, rng):
    data = little_dataset
    model = DotProductRecommender.from_arrays(rng.normal(size=(data.n_users, 6)), rng.normal(size=(data.n_items, 6)))
    lists = recommend(model, data.seen, data.n_items)
    seen, hidden = data.seen.toarray() > 0, data.test.toarray() > 0
    for user, row in enumerate(lists):
        shown = row[row != NOTHING]
        assert set(shown) == set(np.flatnonzero(~seen[user]))
        assert set(np.flatnonzero(hidden[user])) <= set(shown)


def test_lists_of_some_users_are_those_rows_of_everybodys_lists(little_dataset, rng):
    data = little_dataset
    model = DotProductRecommender.from_arrays(rng.normal(size=(data.n_users, 6)), rng.normal(size=(data.n_items, 6)))
    users = np.array([50, 3, 111])
    assert np.array_equal(recommend(model, data.seen, 10, users), recommend(model, data.seen, 10)[users])


def test_lists_over_a_large_catalogue_are_made_in_smaller_parts_and_are_the_same(little_dataset, rng, monkeypatch):
    data = little_dataset
    model = DotProductRecommender.from_arrays(rng.normal(size=(data.n_users, 6)), rng.normal(size=(data.n_items, 6)))
    whole = recommend(model, data.seen, 10)
    monkeypatch.setattr(top_n, "_SCORES_AT_ONCE", 7 * data.n_items)
    assert np.array_equal(recommend(model, data.seen, 10), whole)


@pytest.mark.parametrize("replaced", ["user_embeddings", "item_embeddings"])
def test_given_embeddings_take_the_place_of_the_recommenders_own(little_dataset, rng, replaced):
    data = little_dataset
    arrays = [rng.normal(size=(size, 6)).astype(np.float32) for size in (data.n_users, data.n_items)]
    other = torch.from_numpy(rng.normal(size=arrays[replaced == "item_embeddings"].shape).astype(np.float32))
    lists = recommend(DotProductRecommender.from_arrays(*arrays), data.seen, 10, **{replaced: other})
    changed = arrays[0], other.numpy()
    if replaced == "user_embeddings":
        changed = other.numpy(), arrays[1]
    assert np.array_equal(lists, sorted_by_hand(changed[0] @ changed[1].T, data.seen.toarray() > 0, 10))


def accuracy_by_hand(lists: np.ndarray, hidden: np.ndarray, n: int) -> dict[str, float]:
    rows = []
    for row, positives in zip(lists, hidden, strict=True):
        if not positives.any():
            continue
        gains = [1 / math.log2(rank + 1) for rank, item in enumerate(row[:n], 1) if item >= 0 and positives[item]]
        ideal = [1 / math.log2(rank + 1) for rank in range(1, min(n, positives.sum()) + 1)]
        findable = min(n, positives.sum())  # as LensKit: a list of 5 that holds 5 of 7 positives has recall 1
        rows.append((sum(gains) / sum(ideal), len(gains) / findable, float(bool(gains))))
    return dict(zip((f"ndcg@{n}", f"recall@{n}", f"hit@{n}"), np.mean(rows, axis=0), strict=True))


@pytest.mark.parametrize("n", [5, 10, 20])
@pytest.mark.parametrize("short", [False, True])
def test_accuracy_is_the_textbooks(rng, n, short):
    lists = np.argsort(rng.random((30, 50)), axis=1)[:, :20]
    if short:
        lists[np.arange(20) >= rng.integers(0, 21, 30)[:, None]] = NOTHING
    hidden = np.zeros((30, 50), bool)
    for user, count in enumerate(np.arange(30) % 8):  # from nothing hidden to more hidden than a list of 5 can hold
        hidden[user, rng.choice(50, count, replace=False)] = True
    assert accuracy(lists, csr_array(hidden.astype(float)), n) == pytest.approx(accuracy_by_hand(lists, hidden, n))


def test_users_without_held_out_positives_do_not_count(rng):
    lists = np.array([[0, 1, 2], [3, 4, 5]])
    hidden = csr_array(np.eye(1, 6))
    alone = accuracy(lists[:1], hidden, 3)
    hidden.resize((2, 6))
    assert accuracy(lists, hidden, 3) == alone == {"ndcg@3": 1.0, "recall@3": 1.0, "hit@3": 1.0}


def test_the_second_place_counts_less_than_the_first():
    hidden = csr_array(np.array([[1.0, 0, 0]]))
    assert accuracy(np.array([[1, 0]]), hidden, 2)["ndcg@2"] == pytest.approx(1 / math.log2(3))
