"""Lists from other bases at equal sparsity, against putting users and items together by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.fidelity import Lists, compared_users, measure_lists
from explorer.fidelity.baselines import MAX_USERS
from explorer.neurons import Baselines
from tests.helpers import Opaque


def bases_of(run, seed: int = 0) -> Baselines:
    z = run.reconstruction
    return Baselines.of(
        run.sae,
        z.item_activations.numpy(),
        z.user_activations.numpy(),
        item_embeddings=run.recommender.item_embeddings.numpy(),
        user_embeddings=run.recommender.user_embeddings.numpy(),
        seed=seed,
    )


@pytest.fixture
def lists(tiny_run) -> Lists:
    return Lists.of(tiny_run.dataset, tiny_run.recommender)


def test_the_largest_raw_dimensions_give_the_lists_of_cut_embeddings(tiny_run, lists):
    made, model, sae = bases_of(tiny_run), tiny_run.recommender, tiny_run.sae
    cut = []
    for x, side, k in ((model.user_embeddings, "user", made.k_users), (model.item_embeddings, "item", made.k_items)):
        length, mean = sae.lengths(x, side), sae.mean[("user", "item").index(side)]
        centred = (x / length - mean).numpy()
        for row, count in zip(centred, k, strict=True):
            row[np.argsort(-np.abs(row))[count:]] = 0
        cut.append(length * (torch.from_numpy(centred) + mean))
    assert measure_lists(sae, made, lists)["raw"] == pytest.approx(lists.agreement(*cut), abs=1e-3)


def test_with_every_coordinate_an_orthonormal_basis_and_fastica_give_the_recommenders_own_lists(tiny_run, lists):
    made = bases_of(tiny_run)
    whole = Baselines(made.bases, made.items, made.users, tiny_run.recommender.dim, tiny_run.recommender.dim)
    found = measure_lists(tiny_run.sae, whole, lists)
    for name in ("raw", "pca", "rotation", "fastica"):
        assert found[name]["rbo@30"] == pytest.approx(1, abs=0.01), name
    fewer = measure_lists(tiny_run.sae, made, lists)
    assert all(fewer[name]["rbo@30"] < 0.9 for name in ("raw", "pca", "rotation"))


def test_a_basis_that_cannot_be_made_has_no_lists(tiny_run, lists):
    made = bases_of(tiny_run)
    without = Baselines({**made.bases, "fastica": None}, made.items, made.users, made.k_items, made.k_users)
    assert measure_lists(tiny_run.sae, without, lists)["fastica"] is None


def test_all_users_with_held_out_positives_are_compared_but_a_sample_where_scores_are_not_dot_products(
    tiny_run, monkeypatch
):
    data, model = tiny_run.dataset, tiny_run.recommender
    everyone = np.flatnonzero(np.diff(data.test.indptr))
    np.testing.assert_array_equal(compared_users(data, model, 0), everyone)
    np.testing.assert_array_equal(compared_users(data, Opaque(model), 0), everyone)
    assert len(everyone) < MAX_USERS
    monkeypatch.setattr("explorer.fidelity.baselines.MAX_USERS", 50)
    first, again, other = (compared_users(data, Opaque(model), seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert len(first) == 50 and set(first) <= set(everyone) and set(first) != set(other)


def test_lists_of_some_users_are_those_rows(tiny_run, lists):
    users = lists.users[[3, 7, 50]]
    some, anew = lists.of_some(users), Lists.of(tiny_run.dataset, tiny_run.recommender, users)
    np.testing.assert_array_equal(some.users, anew.users)
    np.testing.assert_array_equal(some.own, anew.own)
