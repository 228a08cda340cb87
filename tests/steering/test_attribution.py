"""The parts of a score, against the score itself and against steering."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.steering import DOSES, Edit, affinity, contributions, main_neurons, reasons, steer, strongest_effects
from tests.helpers import opaque

SOME_USERS = range(0, 200, 20)


def lift(run, user: int) -> np.ndarray:
    """What each neuron adds to each item's score beyond the average item, `[n_items, n]`."""
    sae, q = run.sae, run.recommender.item_embeddings.numpy().astype(float)
    z = run.reconstruction.user_activations[user].numpy()
    return (q - q.mean(axis=0)) @ sae.W_dec.numpy().T * z * sae.scale[0].item() * length_of(run, user)


def length_of(run, user: int) -> float:
    """By what a user's score is divided before the autoencoder reads it."""
    x = run.recommender.user_embeddings[user]
    return float(x.norm()) if run.sae.unit_length[0] else 1.0


def test_the_parts_add_up_to_the_score_for_every_user_and_item(tiny_run):
    model, sae = tiny_run.recommender, tiny_run.sae
    q, unexplained = model.item_embeddings, model.user_embeddings - tiny_run.reconstruction.user_embeddings
    scores = model.score(model.user_embeddings, q, torch.arange(model.n_users)).numpy()
    for user in range(model.n_users):
        neurons, parts = contributions(tiny_run, user)
        assert neurons.tolist() == np.flatnonzero(tiny_run.reconstruction.user_activations[user]).tolist()
        rest = (
            q @ (length_of(tiny_run, user) * sae.mean[0] + unexplained[user]) + model.item_bias + model.user_bias[user]
        )
        np.testing.assert_allclose(parts.sum(axis=0) + rest.numpy(), scores[user], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("neuron", [0, 5, 31])
@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_affinity_is_what_raising_the_neuron_by_each_dose_adds_to_every_score(tiny_run, neuron, mode):
    gains = affinity(tiny_run, neuron)
    assert gains.shape == (len(DOSES), tiny_run.dataset.n_items)
    mean_length = np.mean([length_of(tiny_run, user) for user in range(tiny_run.dataset.n_users)])
    for user in SOME_USERS:
        of_user = gains * length_of(tiny_run, user) / mean_length
        plain = steer(tiny_run, user, [], mode, top=1000).steered.set_index("row")["score"]
        for dose, gain in zip(DOSES, of_user, strict=True):
            lists = steer(tiny_run, user, [Edit(neuron, "add", dose)], mode, top=1000)
            raised = lists.steered.set_index("row")["score"]
            np.testing.assert_allclose(raised - plain[raised.index], gain[raised.index], rtol=1e-3, atol=1e-4)


def test_a_part_is_what_switching_the_neuron_off_takes_away(tiny_run):
    for user in SOME_USERS:
        (neuron, *_), (part, *_) = contributions(tiny_run, user)
        plain = steer(tiny_run, user, top=1000).steered.set_index("row")["score"]
        without = steer(tiny_run, user, [Edit(int(neuron), "set", 0.0)], top=1000).steered.set_index("row")["score"]
        np.testing.assert_allclose(plain[without.index] - without, part[without.index], rtol=1e-3, atol=1e-4)


def test_reasons_name_the_active_neuron_that_lifts_the_item_most(tiny_run):
    labels = tiny_run.index.neurons["label"]
    named = 0
    for user in SOME_USERS:
        items = steer(tiny_run, user).recommender["row"].to_numpy()
        expected = lift(tiny_run, user)[items]
        for reason, row in zip(reasons(tiny_run, user, items), expected, strict=True):
            if reason is None:
                assert row.max() < 1e-6
                continue
            number, label = re.fullmatch(r"(\d+) · (.+)", reason).groups()
            assert label == labels[int(number)]
            assert tiny_run.reconstruction.user_activations[user, int(number)] > 0
            assert row[int(number)] == pytest.approx(row.max(), rel=1e-3)
            named += 1
    assert named > 50


@pytest.mark.parametrize("top", [5, 20])
def test_the_main_neurons_of_a_user_are_the_active_ones_by_what_they_do_for_the_list(tiny_run, top):
    for user in SOME_USERS:
        found = main_neurons(tiny_run, user, top)
        z = tiny_run.reconstruction.user_activations[user].numpy()
        assert sorted(found["neuron"]) == np.flatnonzero(z).tolist()
        np.testing.assert_allclose(found["activation"], z[found["neuron"]], rtol=1e-5)
        assert found["lift"].is_monotonic_decreasing
        own = steer(tiny_run, user, top=top).recommender["row"]
        expected = lift(tiny_run, user)[own].mean(axis=0)
        np.testing.assert_allclose(found["lift"], expected[found["neuron"]], rtol=1e-3, atol=1e-5)


@pytest.fixture(params=["a squashed dot product", "ncf"])
def curved(request, tiny_runs):
    """A run whose score is not a dot product."""
    return tiny_runs("ncf") if request.param == "ncf" else opaque(tiny_runs("mf"))


def without(run, user: int, neuron: int):
    """Scores of everything once the neuron is switched off."""
    steered = steer(run, user, [Edit(neuron, "set", 0.0)], top=1000).steered
    return steered.set_index("row")["score"]


def test_a_score_that_is_not_a_dot_product_is_split_by_switching_neurons_off(curved):
    assert not curved.recommender.dot_product
    for user in SOME_USERS:
        plain = steer(curved, user, top=1000).steered.set_index("row")["score"]
        neurons, parts = contributions(curved, user)
        assert neurons.tolist() == np.flatnonzero(curved.reconstruction.user_activations[user]).tolist()
        for neuron, part in zip(neurons, parts, strict=True):
            rest = without(curved, user, int(neuron))
            np.testing.assert_allclose(plain[rest.index] - rest, part[rest.index], rtol=1e-3, atol=1e-4)


def test_the_reasons_and_main_neurons_of_such_a_score_are_those_parts(curved):
    for user in SOME_USERS:
        items = steer(curved, user).recommender["row"].to_numpy()
        neurons, parts = contributions(curved, user)
        beyond = parts - parts.mean(axis=1, keepdims=True)
        best = dict(zip(items, neurons[beyond[:, items].argmax(axis=0)], strict=True))
        for item, reason in zip(items, reasons(curved, user, items), strict=True):
            if reason is None:
                assert (beyond[:, item] <= 0).all()
            else:
                assert int(reason.split(" · ")[0]) == best[item]
        found = main_neurons(curved, user)
        expected = dict(zip(neurons, beyond[:, items].mean(axis=1), strict=True))
        assert found["lift"].is_monotonic_decreasing and set(found["neuron"]) == set(neurons)
        np.testing.assert_allclose(found["lift"], [expected[k] for k in found["neuron"]], rtol=1e-3, atol=1e-5)


def test_the_effect_on_such_a_score_is_the_mean_over_users_at_each_dose(curved):
    everyone = np.linspace(0, curved.dataset.n_users - 1, 32).astype(int)
    found = affinity(curved, 5)
    for dose, effect in zip(DOSES, found, strict=True):
        scores = [
            [steer_everything(curved, user, edits) for user in everyone] for edits in ([Edit(5, "add", dose)], [])
        ]
        np.testing.assert_allclose(np.mean(scores[0], axis=0) - np.mean(scores[1], axis=0), effect, atol=1e-4)
    assert not np.allclose(found[1], 2 * found[0], rtol=1e-2)  # twice the dose is not twice the effect


@pytest.mark.parametrize("exact", [True, False], ids=["a dot product", "another score"])
def test_the_strongest_effects_are_those_of_the_full_dose_on_ranked_items_with_the_half_dose_beside(exact, tiny_runs):
    popularity = tiny_runs("mf").dataset.items["popularity"]
    support = int(popularity.quantile(0.3))
    config = tiny_runs("mf").config
    config = config.model_copy(update={"neurons": config.neurons.model_copy(update={"min_support": support})})
    run = replace(tiny_runs("mf") if exact else opaque(tiny_runs("mf")), config=config)
    half, whole = affinity(run, 5)
    ranked = np.flatnonzero(popularity >= support)
    assert not {*np.argsort(whole)[:7], *np.argsort(whole)[-7:]} <= set(ranked)
    order = ranked[np.argsort(whole[ranked], kind="stable")]
    for table, rows in zip(strongest_effects(run, 5, 7), (order[::-1], order), strict=True):
        assert table["title"].tolist() == run.dataset.items["title"].iloc[rows[:7]].tolist()
        np.testing.assert_array_equal(table["effect"], whole[rows[:7]])
        np.testing.assert_array_equal(table["half"], half[rows[:7]])
        assert np.allclose(table["effect"], 2 * table["half"]) == exact


def steer_everything(run, user: int, edits) -> np.ndarray:
    """Scores of all items, seen ones too, which lists leave out."""
    sae, x = run.sae, run.recommender.user_embeddings[[user]]
    for edit in edits:
        x = x + sae.scale[0] * edit.value * float(run.units[edit.neuron]) * sae.W_dec[edit.neuron]
    return run.recommender.score(x, run.recommender.item_embeddings, torch.tensor([user]))[0].numpy()
