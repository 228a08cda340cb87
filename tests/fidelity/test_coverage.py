"""What named neurons explain, against sums by hand on dot products and against switching them off."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.fidelity import Lists, carried_lift, measure_coverage, measure_fidelity
from explorer.sae import AmortisedAutoencoder
from tests.helpers import Opaque


@pytest.fixture
def lists(tiny_run) -> Lists:
    return Lists.of(tiny_run.dataset, tiny_run.recommender)


def covered(run, named: np.ndarray, lists: Lists) -> dict:
    return measure_coverage(run.recommender, run.sae, run.reconstruction, named, lists)


def test_all_neurons_carry_all_energy_and_their_lists_are_those_of_the_reconstruction(tiny_run, lists):
    found = covered(tiny_run, np.ones(tiny_run.index.n, bool), lists)
    fidelity = measure_fidelity(tiny_run.dataset, tiny_run.recommender, tiny_run.reconstruction)
    assert found["energy"] == 1
    assert (found["rbo@30"], found["ndcg@20"]) == pytest.approx((fidelity["rbo@30"], fidelity["ndcg@20"]))


def test_no_neuron_carries_nothing(tiny_run, lists):
    found = covered(tiny_run, np.zeros(tiny_run.index.n, bool), lists)
    assert (found["energy"], found["lift"]) == (0, 0)
    assert found["rbo@30"] < covered(tiny_run, np.ones(tiny_run.index.n, bool), lists)["rbo@30"]


def test_energy_is_the_share_of_squares(tiny_run, lists, rng):
    named = rng.random(tiny_run.index.n) < 0.5
    squares = tiny_run.reconstruction.user_activations.numpy().astype(float) ** 2
    assert covered(tiny_run, named, lists)["energy"] == pytest.approx(squares[:, named].sum() / squares.sum())


def test_of_dot_products_the_lift_is_the_sum_of_each_neurons_part(tiny_run, lists, rng):
    named = rng.random(tiny_run.index.n) < 0.5
    model, sae = tiny_run.recommender, tiny_run.sae
    parts = (sae.scale[0] * sae.W_dec @ model.item_embeddings.T).numpy().astype(float)  # [n, n_items]
    lengths = sae.lengths(model.user_embeddings, "user")
    z = (lengths * tiny_run.reconstruction.user_activations).numpy()
    scores = model.score(model.user_embeddings, model.item_embeddings, torch.arange(model.n_users)).numpy()
    carried = whole = 0.0
    for user, row in zip(lists.users, lists.own, strict=True):
        top = row[row >= 0][:20]
        whole += scores[user, top].mean() - scores[user].mean()
        lift = parts[:, top].mean(axis=1) - parts.mean(axis=1)
        carried += (z[user] * lift)[named].sum()
    assert covered(tiny_run, named, lists)["lift"] == pytest.approx(carried / whole, rel=1e-3)


def test_the_lift_of_two_sets_of_neurons_adds_up_on_dot_products_and_not_elsewhere(tiny_run, lists):
    one = np.arange(tiny_run.index.n) % 2 == 0
    masks = [torch.from_numpy(mask) for mask in (one, ~one, one | ~one)]
    z = tiny_run.reconstruction.user_activations

    def carried(model):
        of_model = Lists(lists.dataset, model, lists.users, lists.own)
        return [carried_lift(model, tiny_run.sae, z, mask, of_model) for mask in masks]

    first, second, both = carried(tiny_run.recommender)
    assert first + second == pytest.approx(both, rel=1e-3)
    first, second, both = carried(Opaque(tiny_run.recommender))
    assert abs(first + second - both) > 1e-4


def test_an_autoencoder_that_reads_users_at_unit_length_has_its_parts_multiplied_by_the_length(tiny_runs, rng):
    """Users whose embeddings are three times as long have the same lists, so neurons carry as much of them."""
    run = tiny_runs("als")
    model = run.recommender
    users = torch.nn.functional.normalize(model.user_embeddings, dim=1)
    sae = AmortisedAutoencoder.initialised(users, model.item_embeddings, 12, torch.Generator().manual_seed(0))
    sae.measure_sides(users, model.item_embeddings, unit_users=True)
    sae = sae.freeze()
    named, found = torch.from_numpy(rng.random(12) < 0.5), []
    for length in (1.0, 3.0):
        same = type(model).from_arrays(length * users, model.item_embeddings)
        z = sae.encode(same.user_embeddings, "user")
        found.append(carried_lift(same, sae, z, named, Lists.of(run.dataset, same)))
    assert abs(found[0]) > 0 and found[0] == pytest.approx(found[1], rel=1e-4)


def test_a_recommender_that_gives_every_item_the_same_score_has_no_lift(tiny_runs, lists):
    run = tiny_runs("als")
    model = type(run.recommender).from_arrays(run.recommender.user_embeddings * 0, run.recommender.item_embeddings)
    flat = Lists(run.dataset, model, lists.users, lists.own)
    z = run.reconstruction.user_activations * 0
    assert np.isnan(carried_lift(model, run.sae, z, torch.zeros(run.index.n, dtype=torch.bool), flat))
