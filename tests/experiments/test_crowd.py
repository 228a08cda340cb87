"""Lists of many users, against those of one user at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from explorer.experiments import crowd, steered_lists
from explorer.recommenders import NOTHING, DotProductRecommender
from explorer.steering import ConceptEdit, Edit, concepts_of, steer
from tests.helpers import opaque, refused

pytestmark = pytest.mark.slow


def one_by_one(run, users, edits, top, mode="exact") -> np.ndarray:
    lists = np.full((len(users), top), NOTHING)
    for place, user in enumerate(users):
        rows = steer(run, int(user), edits, mode, top).steered["row"]
        lists[place, : len(rows)] = rows
    return lists


SETTINGS = [[], [Edit(3, "set", 1.0)], [Edit(8, "set", -0.5), Edit(3, "add", 0.7), Edit(3, "scale", 2.0)]]


@pytest.mark.parametrize("mode", ["exact", "paper"])
@pytest.mark.parametrize("top", [1, 20, 1000])
def test_lists_are_those_of_steering_each_user_alone_to_the_last_item(tiny_run, mode, top):
    users = np.arange(0, 200, 7)
    found = steered_lists(tiny_run, users, SETTINGS, top, mode)
    for setting, lists in zip(SETTINGS, found, strict=True):
        np.testing.assert_array_equal(lists, one_by_one(tiny_run, users, setting, top, mode))
    assert (found[0] != found[1]).any() and (found[1] != found[2]).any()


def test_concepts_move_together_as_in_steering(tiny_runs):
    tiny_run = tiny_runs("als")
    name = max(concepts_of(tiny_run), key=lambda name: len(concepts_of(tiny_run)[name].neurons))
    for value in (0.0, 0.8, -1.0):
        edits = [ConceptEdit(name, value)]
        found = steered_lists(tiny_run, np.arange(0, 200, 9), [edits], 20)[0]
        np.testing.assert_array_equal(found, one_by_one(tiny_run, np.arange(0, 200, 9), edits, 20))


def test_two_hundred_users_under_random_settings_agree_item_for_item(tiny_run, rng):
    users = np.arange(200)
    for _ in range(3):
        edits = [
            Edit(int(k), "set", float(v)) for k, v in zip(rng.permutation(32)[:4], rng.normal(size=4), strict=True)
        ]
        found = steered_lists(tiny_run, users, [edits], 20)[0]
        np.testing.assert_array_equal(found, one_by_one(tiny_run, users, edits, 20))


def test_chunks_do_not_show(tiny_run, monkeypatch):
    whole = steered_lists(tiny_run, np.arange(50), SETTINGS, 20)
    monkeypatch.setattr(crowd, "CELLS_AT_ONCE", 7 * tiny_run.dataset.n_items)
    assert [len(each) for _, each in crowd.crowds(tiny_run, np.arange(50))] == [7] * 7 + [1]
    np.testing.assert_array_equal(steered_lists(tiny_run, np.arange(50), SETTINGS, 20), whole)


def test_items_that_tie_come_by_row_number_also_for_the_last_place(tiny_runs):
    run = tiny_runs("als")
    items = run.recommender.item_embeddings.clone()
    items[10:90] = 0
    items[100:140] = items[100]
    run = replace(run, recommender=DotProductRecommender.from_arrays(run.recommender.user_embeddings, items))
    users = np.arange(0, 200, 5)
    for top in (1, 7, 40, 80):
        for setting, lists in zip(SETTINGS, steered_lists(run, users, SETTINGS, top), strict=True):
            np.testing.assert_array_equal(lists, one_by_one(run, users, setting, top))


@pytest.mark.parametrize("kind", ["ncf", "squashed"])
def test_other_scores_give_the_same_lists_but_for_rounding(tiny_runs, kind):
    run = tiny_runs("ncf") if kind == "ncf" else opaque(tiny_runs("mf"))
    users = np.arange(0, 200, 10)
    for mode in ("exact", "paper"):
        found = steered_lists(run, users, SETTINGS, 20, mode)
        for setting, lists in zip(SETTINGS, found, strict=True):
            wanted = one_by_one(run, users, setting, 20, mode)
            assert (lists == wanted).all(axis=1).mean() >= 0.9
            assert all(len({*a} & {*b}) >= len({*b}) - 1 for a, b in zip(lists, wanted, strict=True))


@pytest.mark.parametrize("left", [0, 1, 3])
def test_a_user_with_few_unseen_items_gets_those(tiny_run, left):
    seen = tiny_run.dataset.seen.tolil()
    seen[17, :] = 1
    seen[17, :left] = 0
    dataset = replace(tiny_run.dataset)
    dataset.__dict__["seen"] = sp.csr_array(seen)
    found = steered_lists(replace(tiny_run, dataset=dataset), np.array([16, 17]), SETTINGS, 20)
    assert (found[:, 0] != NOTHING).all()
    for lists in found[:, 1]:
        assert sorted(lists[lists != NOTHING]) == list(range(left))
        assert (lists[left:] == NOTHING).all()


def test_moving_along_a_direction_adds_its_product_with_every_item(tiny_run):
    group = crowd.Crowd(tiny_run, np.array([3, 8]))
    shift = torch.randn(2, tiny_run.recommender.dim, generator=torch.Generator().manual_seed(0))
    rows = torch.tensor([3, 8])
    model = tiny_run.recommender
    wanted = model.score(model.user_embeddings[rows] + shift, model.item_embeddings, rows).numpy()
    found, seen = group.moved(shift), tiny_run.dataset.seen[[3, 8]].toarray() > 0
    assert np.isneginf(found[seen]).all()
    np.testing.assert_allclose(found[~seen], wanted[~seen], rtol=1e-4, atol=1e-4)


def test_a_change_of_neurons_is_a_move_by_their_directions(tiny_run):
    group = crowd.Crowd(tiny_run, np.arange(20))
    changes = {3: np.linspace(-1, 1, 20), 8: np.full(20, 0.5)}
    with torch.inference_mode():
        by_direction = group.moved(group.shift(changes))
    np.testing.assert_allclose(group.changed(changes), by_direction, rtol=1e-4, atol=1e-4)


def test_bad_settings_are_said_in_a_sentence(tiny_run):
    with refused("must be at least 1"):
        steered_lists(tiny_run, np.arange(2), SETTINGS, 0)
    with refused("mode 'other' does not exist"):
        steered_lists(tiny_run, np.arange(2), SETTINGS, 20, "other")
    with refused("no neuron 99"):
        steered_lists(tiny_run, np.arange(2), [[Edit(99, "set", 1.0)]], 20)
