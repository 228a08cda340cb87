"""LightGCN against the dense formulas and autograd through them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from explorer.errors import UserError
from explorer.recommenders import LightGcnConfig, accuracy, fit_recommender, lightgcn, recommend, top_items
from explorer.recommenders.early_stopping import BestEpoch
from explorer.recommenders.lightgcn import MIN_STEPS, Propagation, softmax_loss


def graph(rng, n_users: int = 7, n_items: int = 5) -> csr_array:
    """Random positives; the last user and the last item have none."""
    positives = rng.random((n_users, n_items)) < 0.5
    positives[-1], positives[:, -1] = False, False
    return csr_array(positives.astype(np.float32))


def dense_propagation(positives: csr_array, layers: int) -> torch.Tensor:
    """The matrix `(I + A + … + A^layers) / (layers + 1)`, entry by entry as in the paper, float64."""
    n_users, n_items = positives.shape
    adjacency = torch.zeros(n_users + n_items, n_users + n_items, dtype=torch.float64)
    dense = torch.from_numpy(positives.toarray()).double()
    for user, item in dense.nonzero():
        weight = 1 / (dense[user].sum().sqrt() * dense[:, item].sum().sqrt())
        adjacency[user, n_users + item] = adjacency[n_users + item, user] = weight
    return sum(torch.linalg.matrix_power(adjacency, power) for power in range(layers + 1)) / (layers + 1)


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_propagation_is_the_mean_of_the_powers_of_the_normalised_graph(rng, layers):
    positives = graph(rng)
    start = rng.normal(size=(12, 4)).astype(np.float32)
    found = Propagation(positives, layers)(torch.from_numpy(start))
    by_hand = dense_propagation(positives, layers).numpy() @ start
    np.testing.assert_allclose(found, by_hand, rtol=1e-5, atol=1e-6)


def test_propagation_leaves_its_argument_alone(rng):
    start = torch.ones(12, 4)
    Propagation(graph(rng), 2)(start)
    assert torch.equal(start, torch.ones(12, 4))


@pytest.mark.parametrize("layers", [0, 2, 3])
def test_the_gradient_before_the_propagation_is_the_propagated_gradient_after_it(rng, layers):
    positives = graph(rng)
    start = torch.from_numpy(rng.normal(size=(12, 4))).requires_grad_()
    after = dense_propagation(positives, layers) @ start
    direction = torch.from_numpy(rng.normal(size=(12, 4)))
    (after.square() * direction).sum().backward()
    gradient_after = (2 * after * direction).detach().float()
    np.testing.assert_allclose(Propagation(positives, layers)(gradient_after), start.grad, rtol=1e-4, atol=1e-5)


def test_the_loss_is_the_negative_log_likelihood_of_every_positive_among_the_whole_catalogue(rng):
    positives = graph(rng)
    u, q = rng.normal(size=(7, 4)), rng.normal(size=(5, 4))
    by_hand = 0.0
    for user, item in zip(*positives.toarray().nonzero(), strict=True):
        scores = np.exp(q @ u[user])
        by_hand -= np.log(scores[item] / scores.sum())
    found = softmax_loss(torch.from_numpy(u).float(), torch.from_numpy(q).float(), positives)
    assert found.item() == pytest.approx(by_hand, rel=1e-5)


@pytest.fixture
def offered(monkeypatch):
    """The models that a fit offers for selection, one per pass."""
    models, offer = [], BestEpoch.offer

    def watched(self, epoch, model):
        models.append(model)
        return offer(self, epoch, model)

    monkeypatch.setattr(BestEpoch, "offer", watched)
    return models


@pytest.mark.parametrize("batch_size", [10**6, pytest.param(30, marks=pytest.mark.slow)])
def test_training_is_adam_on_the_dense_formula(little_dataset, offered, batch_size):
    data = little_dataset
    config = LightGcnConfig(dim=4, epochs=2, batch_size=batch_size, regularisation=3.0, learning_rate=0.05)
    fit_recommender(config, data, seed=5)

    generator = torch.Generator().manual_seed(5)
    positives = torch.from_numpy(data.train.toarray())
    matrix = dense_propagation(data.train, config.layers).float()
    start = (torch.randn(data.n_users + data.n_items, 4, generator=generator) * 0.1).requires_grad_()
    optimiser = torch.optim.Adam([start], lr=0.05)
    for model in offered:
        order = torch.randperm(data.n_users, generator=generator)
        for users in order.tensor_split(MIN_STEPS if batch_size > data.n_users else 7):
            final = matrix @ start
            chances = torch.log_softmax(final[users] @ final[data.n_users :].T, dim=1)
            loss = -(positives[users] * chances).sum() * data.n_users / len(users) / positives.sum()
            loss = loss + 3.0 / 2 * start.square().sum() / positives.sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        final = (matrix @ start).detach()
        torch.testing.assert_close(model.user_embeddings, final[: data.n_users], rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(model.item_embeddings, final[data.n_users :], rtol=1e-3, atol=1e-3)


def test_scoring_a_steps_users_in_parts_changes_nothing(little_dataset, monkeypatch):
    config = LightGcnConfig(dim=4, epochs=2)
    whole, history = fit_recommender(config, little_dataset, seed=0)
    monkeypatch.setattr(lightgcn, "_MAX_CELLS", 7 * little_dataset.n_items)
    parts, history_of_parts = fit_recommender(config, little_dataset, seed=0)
    torch.testing.assert_close(parts.item_embeddings, whole.item_embeddings, rtol=1e-3, atol=1e-3)
    losses = [[record["train_loss"] for record in records] for records in (history, history_of_parts)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@pytest.mark.slow
def test_the_default_settings_are_far_better_than_the_most_popular_items_on_a_small_catalogue(little_dataset):
    data = little_dataset
    model, _ = fit_recommender(LightGcnConfig(dim=16), data, seed=0)
    counts = torch.tensor(data.items["popularity"].to_numpy(np.float32))
    popular = accuracy(top_items(counts.expand(data.n_users, -1), data.seen, 20), data.test, 20)
    found = accuracy(recommend(model, data.seen, 20), data.test, 20)
    assert found["ndcg@20"] > 1.3 * popular["ndcg@20"]


def test_a_learning_rate_that_is_far_too_large_is_named(little_dataset):
    wild = LightGcnConfig(dim=4, epochs=1).model_copy(update={"learning_rate": 1e30})
    with pytest.raises(UserError, match="learning rate"):
        fit_recommender(wild, little_dataset, seed=0)


def test_every_setting_says_what_it_is():
    assert all(field.description for name, field in LightGcnConfig.model_fields.items() if name != "kind")
