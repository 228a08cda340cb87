"""What goes on a map, and what is left out and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from explorer.maps import MAP_KINDS
from explorer.maps.store import OF_KIND
from explorer.maps.vectors import centroids, fired_on, map_vectors, unit_vectors, whitened
from explorer.sae.codes import SparseCodes
from tests.helpers import refused


@pytest.mark.parametrize("kind", MAP_KINDS)
def test_every_vector_has_length_one_and_says_whose_it_is(run, kind):
    vectors = map_vectors(run, kind)
    np.testing.assert_allclose(np.linalg.norm(vectors.x, axis=1), 1, rtol=1e-5)
    assert vectors.x.dtype == np.float32 and vectors.row.dtype == np.int32
    assert len(vectors.entity) == len(vectors.row) == len(vectors)
    assert set(OF_KIND[kind]) == set(vectors.entity)


def test_a_neuron_is_what_it_fires_on_and_the_dead_are_left_out_and_listed(half_dead):
    vectors = map_vectors(half_dead, "neurons")
    dead = np.flatnonzero(half_dead.index.neurons["max_activation"].to_numpy() == 0).tolist()
    assert {3, 7} <= set(dead) and not {3, 7} & set(vectors.row.tolist())
    assert vectors.left_out == ({"entity": "neuron", "why": "never fire", "count": len(dead), "rows": dead},)
    model, code, parts = half_dead.recommender, half_dead.reconstruction, []
    for side, x, z in (
        ("item", model.item_embeddings, code.item_activations),
        ("user", model.user_embeddings, code.user_activations),
    ):
        white = PCA(whiten=True).fit_transform(half_dead.sae.normalise(x, side).double().numpy())
        mean = z.double().numpy().T @ white
        parts.append(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12))
    # scikit-learn's axes are ours but for order and signs, which no cosine depends on.
    expected = np.hstack(parts)[vectors.row]
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors.x @ vectors.x.T, expected @ expected.T, atol=1e-4)


def test_two_neurons_that_fire_on_the_same_lie_together_whatever_their_directions(run):
    code, sae = run.reconstruction, run.sae
    items, users = code.item_activations.clone(), code.user_activations.clone()
    items[:, 1], users[:, 1] = 2 * items[:, 0], 2 * users[:, 0]
    changed = replace(run)
    changed.__dict__["reconstruction"] = replace(
        code, item_codes=SparseCodes.of(items), user_codes=SparseCodes.of(users)
    )
    fired = fired_on(changed)
    assert fired[0] @ fired[1] == pytest.approx(fired[0] @ fired[0]) and not torch.equal(sae.W_dec[0], sae.W_dec[1])


def test_whitened_coordinates_have_variance_one_along_the_axes_that_vary(rng):
    x = rng.normal(size=(200, 6)) @ rng.normal(size=(6, 6))
    x[:, 5] = x[:, 0] + x[:, 1]
    white = whitened(np.hstack([x, np.full((200, 1), 7.0)]))
    assert white.shape == (200, 5)
    np.testing.assert_allclose(np.cov(white.T, bias=True), np.eye(5), atol=1e-6)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-9)
    assert whitened(np.ones((4, 3))).shape == (4, 0) and whitened(np.empty((0, 3))).shape[0] == 0


def test_a_neuron_that_fires_on_no_user_has_its_place_from_items_and_one_on_nobody_is_zero(rng):
    x, z = rng.normal(size=(50, 4)), rng.random((50, 3))
    z[:, 1] = 0
    found = centroids(x, z)
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 1])


def test_users_and_items_are_each_read_as_the_autoencoder_reads_them(run):
    vectors = map_vectors(run, "together")
    for side, embeddings in (("user", run.recommender.user_embeddings), ("item", run.recommender.item_embeddings)):
        x = run.sae.normalise(embeddings, side).numpy()
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        here = vectors.entity == side
        np.testing.assert_allclose(vectors.x[here], x[vectors.row[here]], atol=1e-5)
    assert list(vectors.entity[: run.dataset.n_users]) == ["user"] * run.dataset.n_users


def test_of_many_users_a_sample_is_drawn_by_the_seed_and_no_item_is_lost(run):
    vectors, again, other = (map_vectors(run, "together", seed, max_users=50) for seed in (0, 0, 1))
    users = vectors.row[vectors.entity == "user"]
    assert len(users) == 50 == len(set(users.tolist())) and (vectors.entity == "item").sum() == run.dataset.n_items
    assert np.array_equal(vectors.row, again.row) and not np.array_equal(vectors.row, other.row)
    (left_out,) = vectors.left_out
    assert left_out == {"entity": "user", "why": "are not in the random sample", "count": run.dataset.n_users - 50}
    assert map_vectors(run, "users", max_users=50).row.tolist() == users.tolist()


def test_vectors_without_a_direction_are_left_out_and_listed():
    x = np.ones((5, 3))
    x[[1, 4]] = 0
    vectors = unit_vectors(x)
    assert vectors.row.tolist() == [0, 2, 3]
    assert vectors.left_out == ({"entity": "item", "why": "have no direction", "count": 2, "rows": [1, 4]},)


@pytest.mark.parametrize("x", [np.zeros((4, 3)), np.empty((0, 3))], ids=["zeros", "none"])
def test_nothing_to_show_is_said(x):
    with refused("nothing", "direction"):
        unit_vectors(x)


def test_vectors_that_are_not_finite_and_unknown_kinds_are_refused(run):
    with refused("not finite"):
        unit_vectors(np.array([[1.0, np.nan]]))
    with refused("genres", "together"):
        map_vectors(run, "genres")
