"""The parts of a score, against the score itself and against steering."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
import torch

from explorer.recommenders import Recommender
from explorer.steering import Edit, affinity, main_neurons, reasons, score_parts, steer

SOME_USERS = range(0, 200, 20)


def lift(run, user: int) -> np.ndarray:
    """What each neuron adds to each item's score beyond the average item, `[n_items, n]`."""
    sae, q = run.sae, run.recommender.item_embeddings.numpy().astype(float)
    z = run.reconstruction.user_activations[user].numpy()
    return (q - q.mean(axis=0)) @ sae.W_dec.numpy().T * z * sae.scale[0].item()


def test_the_parts_add_up_to_the_score_for_every_user_and_item(tiny_run):
    model, items = tiny_run.recommender, np.arange(tiny_run.dataset.n_items)
    users = torch.arange(model.n_users)
    scores = model.score(model.user_embeddings, model.item_embeddings, users).numpy()
    for user in users.tolist():
        parts = score_parts(tiny_run, user, items)
        total = parts.concepts.sum(axis=1) + parts.mean + parts.unexplained + parts.biases
        np.testing.assert_allclose(total, parts.score, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(parts.score, scores[user], rtol=1e-3, atol=1e-4)


def test_the_parts_are_what_they_are_called(tiny_run):
    model, sae, rebuilt = tiny_run.recommender, tiny_run.sae, tiny_run.reconstruction
    items = np.array([3, 70, 12])
    q = model.item_embeddings[items].numpy()
    for user in SOME_USERS:
        parts = score_parts(tiny_run, user, items)
        assert parts.concepts.shape == (3, sae.n)
        silent = (rebuilt.user_activations[user] == 0).numpy()
        assert not parts.concepts[:, silent].any()
        np.testing.assert_allclose(parts.mean, q @ sae.mean[0].numpy(), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(parts.biases, model.item_bias[items] + model.user_bias[user], rtol=1e-5)
        error = (model.user_embeddings[user] - rebuilt.user_embeddings[user]).numpy()
        np.testing.assert_allclose(parts.unexplained, q @ error, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("neuron", [0, 5, 31])
@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_affinity_is_what_raising_the_neuron_by_a_unit_adds_to_every_score(tiny_run, neuron, mode):
    gain = affinity(tiny_run, neuron)
    for user in SOME_USERS:
        plain, raised = (
            steer(tiny_run, user, edits, mode, top=1000).steered.set_index("row")["score"]
            for edits in ([], [Edit(neuron, "add", 1.0)])
        )
        np.testing.assert_allclose(raised - plain[raised.index], gain[raised.index], rtol=1e-3, atol=1e-4)


def test_a_part_is_what_switching_the_neuron_off_takes_away(tiny_run):
    for user in SOME_USERS:
        parts = score_parts(tiny_run, user, np.arange(tiny_run.dataset.n_items))
        neuron = int(parts.concepts.any(axis=0).argmax())
        plain = steer(tiny_run, user, top=1000).steered.set_index("row")["score"]
        without = steer(tiny_run, user, [Edit(neuron, "set", 0.0)], top=1000).steered.set_index("row")["score"]
        taken = plain[without.index] - without
        np.testing.assert_allclose(taken, parts.concepts[without.index, neuron], rtol=1e-3, atol=1e-4)


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


class Opaque(Recommender):
    """A recommender whose score is no dot product, of which nothing but the score is known."""

    def __init__(self, inner):
        self.inner = inner
        self.user_embeddings, self.item_embeddings = inner.user_embeddings, inner.item_embeddings

    def score(self, u, q, users, items=None):
        return self.inner.score(u, q, users, items).tanh()

    def tensors(self):
        return {}

    @classmethod
    def from_tensors(cls, tensors):
        raise NotImplementedError


def test_a_score_that_is_no_dot_product_is_not_split(tiny_run):
    run = dataclasses.replace(tiny_run, recommender=Opaque(tiny_run.recommender))
    assert score_parts(run, 0, np.arange(5)) is None and affinity(run, 0) is None
    assert reasons(run, 0, np.arange(5)) == [None] * 5
    found = main_neurons(run, 0)
    assert found["activation"].is_monotonic_decreasing and found["lift"].isna().all() and len(found)
