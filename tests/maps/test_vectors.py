"""What goes on a map, and what is left out and why."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.maps import MAP_KINDS
from explorer.maps.vectors import map_vectors, unit_vectors
from tests.helpers import refused


@pytest.mark.parametrize("kind", MAP_KINDS)
def test_every_vector_has_length_one_and_says_whose_it_is(run, kind):
    vectors = map_vectors(run, kind)
    np.testing.assert_allclose(np.linalg.norm(vectors.x, axis=1), 1, rtol=1e-5)
    assert vectors.x.dtype == np.float32 and vectors.row.dtype == np.int32
    assert len(vectors.entity) == len(vectors.row) == len(vectors)
    assert {"neurons": {"neuron"}, "items": {"item"}, "together": {"user", "item"}}[kind] == set(vectors.entity)


def test_a_neuron_is_its_decoder_direction_and_the_dead_are_left_out_and_listed(half_dead):
    vectors = map_vectors(half_dead, "neurons")
    dead = np.flatnonzero(half_dead.index.neurons["max_activation"].to_numpy() == 0).tolist()
    assert {3, 7} <= set(dead) and not {3, 7} & set(vectors.row.tolist())
    np.testing.assert_allclose(vectors.x, half_dead.sae.W_dec.numpy()[vectors.row], atol=1e-5)
    assert vectors.left_out == ({"entity": "neuron", "why": "never fire", "count": len(dead), "rows": dead},)


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
    assert left_out == {"entity": "user", "why": "are not in the sample", "count": run.dataset.n_users - 50}


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
