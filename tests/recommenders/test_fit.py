"""Training the base models on the little demo."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from explorer.data import TRAIN
from explorer.errors import UserError
from explorer.recommenders import (
    AlsConfig,
    DotProductRecommender,
    GmcConfig,
    LightGcnConfig,
    MfConfig,
    accuracy,
    fit_recommender,
    recommend,
    top_items,
)
from explorer.recommenders.mf import MatrixFactorisation

pytestmark = pytest.mark.slow

CONFIGS = {
    "als": AlsConfig(dim=16, patience=1000),
    "mf": MfConfig(dim=16, epochs=6, batch_size=256, learning_rate=0.01, patience=1000),
    "lightgcn": LightGcnConfig(dim=16, epochs=20, patience=1000),
    "gmc": GmcConfig(dim=16, epochs=6, patience=1000),
}


@pytest.fixture(scope="module", params=CONFIGS)
def config(request):
    return CONFIGS[request.param]


@pytest.fixture(scope="module")
def fits(little_dataset):
    """The models of `CONFIGS` with their histories, each trained when it is first asked for."""
    return functools.cache(lambda kind: fit_recommender(CONFIGS[kind], little_dataset, seed=0))


@pytest.fixture(scope="module")
def fitted(config, fits):
    return fits(config.kind)


@pytest.fixture
def normal():
    """Random normal tensors of a shape, the same in every test."""
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(shape, generator=generator)


def short(config):
    return config.model_copy(update={"epochs": 2})


def ndcg_of(data, lists) -> float:
    return accuracy(lists, data.test, 20)["ndcg@20"]


def popularity_lists(data) -> np.ndarray:
    counts = torch.tensor(data.items["popularity"].to_numpy(np.float32))
    return top_items(counts.expand(data.n_users, -1), data.seen, 20)


def test_embeddings_are_finite_and_of_the_right_shape(fitted, config, little_dataset):
    model, _ = fitted
    shapes = {name: tuple(values.shape) for name, values in model.tensors().items()}
    users, items = little_dataset.n_users, little_dataset.n_items
    assert shapes == {
        "user_embeddings": (users, config.dim),
        "item_embeddings": (items, config.dim),
        "user_bias": (users,),
        "item_bias": (items,),
    }
    assert all(values.isfinite().all() and values.dtype == torch.float32 for values in model.tensors().values())


def test_lists_are_far_better_than_the_most_popular_items(fitted, little_dataset):
    data = little_dataset
    ndcg = ndcg_of(data, recommend(fitted[0], data.seen, 20))
    assert ndcg > 1.3 * ndcg_of(data, popularity_lists(data))


@pytest.mark.parametrize("kind", [AlsConfig, pytest.param(MfConfig, marks=pytest.mark.slow)])
def test_the_default_settings_beat_the_most_popular_items_on_a_small_catalogue(kind, little_dataset):
    data = little_dataset
    model, _ = fit_recommender(kind(dim=16), data, seed=0)
    assert ndcg_of(data, recommend(model, data.seen, 20)) > ndcg_of(data, popularity_lists(data))


def test_the_same_seed_gives_the_same_tensors_and_another_one_others(config, little_dataset):
    first, again, other = (fit_recommender(short(config), little_dataset, seed)[0].tensors() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["item_embeddings"], other["item_embeddings"])
    assert not torch.equal(first["user_embeddings"], other["user_embeddings"])


def test_the_model_is_that_of_the_epoch_with_the_best_validation_ndcg(fitted, config, little_dataset):
    model, history = fitted
    data = little_dataset
    assert [record["epoch"] for record in history] == list(range(1, config.epochs + 1))
    measured = accuracy(recommend(model, data.train, 20), data.validation, 20)["ndcg@20"]
    assert measured == pytest.approx(max(record["validation_ndcg@20"] for record in history))


def test_the_best_epoch_is_kept_even_if_it_is_not_the_last(fits, little_dataset):
    long, history = fits("als")
    best = int(np.argmax([record["validation_ndcg@20"] for record in history])) + 1
    assert best < len(history)
    cut, _ = fit_recommender(CONFIGS["als"].model_copy(update={"epochs": best}), little_dataset, seed=0)
    assert torch.equal(long.item_embeddings, cut.item_embeddings)


@pytest.mark.parametrize("patience", [1, 2])
@pytest.mark.parametrize("kind", ["als", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("mf", "lightgcn"))])
def test_training_stops_after_so_many_epochs_without_a_better_one(kind, fits, little_dataset, patience):
    config = CONFIGS[kind]
    whole = fits(kind)[1]
    best, stop = -1.0, None
    for number, record in enumerate(whole, 1):
        if record["validation_ndcg@20"] > best:
            best, at = record["validation_ndcg@20"], number
        if stop is None and number - at >= patience:
            stop = number
    patient = config.model_copy(update={"patience": patience})
    assert fit_recommender(patient, little_dataset, seed=0)[1] == whole[:stop]
    if config.kind == "als":
        assert stop  # otherwise nothing is tested


def test_a_score_is_the_dot_product_and_the_biases(fitted, normal):
    model, _ = fitted
    users, items = torch.tensor([4, 0]), torch.tensor([9, 2, 77])
    u, q = normal(2, model.dim), normal(3, model.dim)
    by_hand = u.numpy() @ q.numpy().T + model.user_bias[users].numpy()[:, None] + model.item_bias[items].numpy()
    np.testing.assert_allclose(model.score(u, q, users, items), by_hand, rtol=1e-4, atol=1e-5)
    everything = model.score(u, model.item_embeddings, users)
    some = model.score(u, model.item_embeddings[items], users, items)
    np.testing.assert_allclose(everything[:, items], some, rtol=1e-4, atol=1e-5)


def test_gradients_flow_through_a_score_to_the_embeddings_it_is_given_and_nowhere_else(fitted, normal):
    model, _ = fitted
    before = {name: values.clone() for name, values in model.tensors().items()}
    u, q = normal(3, model.dim).requires_grad_(), normal(5, model.dim).requires_grad_()
    model.score(u, q, torch.arange(3), torch.arange(5)).sum().backward()
    np.testing.assert_allclose(u.grad, q.detach().sum(0).expand(3, -1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(q.grad, u.detach().sum(0).expand(5, -1), rtol=1e-4, atol=1e-5)
    for name, values in model.tensors().items():
        assert not values.requires_grad and values.grad is None and torch.equal(values, before[name])


def test_a_model_from_its_tensors_scores_identically(fitted):
    model, _ = fitted
    again = type(model).from_tensors({name: values.clone() for name, values in model.tensors().items()})
    rows = torch.arange(model.n_users)
    scores = [m.score(m.user_embeddings, m.item_embeddings, rows) for m in (model, again)]
    assert torch.equal(*scores)


def test_a_frozen_model_does_not_follow_the_arrays_it_was_made_from():
    users, items = torch.zeros(2, 3), np.zeros((4, 3), np.float32)
    model = DotProductRecommender.from_arrays(users, items)
    users += 1
    items += 1
    assert not model.user_embeddings.any() and not model.item_embeddings.any()


@pytest.mark.parametrize("wrong", ["user embeddings", "item embeddings", "user bias", "item bias"])
def test_numbers_that_are_not_finite_are_refused_by_name(wrong):
    arrays = {name: np.zeros(shape) for name, shape in (("user embeddings", (2, 3)), ("item embeddings", (4, 3)))}
    arrays |= {"user bias": np.zeros(2), "item bias": np.zeros(4)}
    for value in (np.nan, np.inf):
        arrays[wrong].flat[0] = value
        with pytest.raises(UserError, match=wrong):
            DotProductRecommender.from_arrays(*arrays.values())


def test_mf_with_a_huge_learning_rate_gives_finite_embeddings_or_says_what_to_lower(little_dataset):
    wild = MfConfig(dim=16, learning_rate=1.0, regularisation=0.0, batch_size=64, epochs=2)
    try:
        model, history = fit_recommender(wild, little_dataset, seed=0)
    except UserError as error:
        assert "learning rate" in str(error)
    else:
        assert all(values.isfinite().all() for values in model.tensors().values())
        assert np.isfinite([record["train_loss"] for record in history]).all()


@pytest.mark.parametrize("regularisation", [0.0, 0.3])
def test_the_loss_of_mf_is_the_corrected_logistic_loss_and_the_penalty_on_what_was_used(normal, regularisation):
    model = MatrixFactorisation(6, 8, 3, torch.Generator().manual_seed(0))
    for bias in (model.user_bias, model.item_bias, model.bias):
        bias.data = normal(*bias.shape)
    users, positives, negatives = np.array([0, 5, 0]), np.array([1, 7, 2]), np.array([[3, 3], [1, 0], [6, 1]])
    log_odds = normal(8).numpy()
    u, q, b_u, b_i, b = (
        p.detach().numpy() for p in (model.user, model.item, model.user_bias, model.item_bias, model.bias)
    )
    loss, penalty = [], 0.0
    for user, positive, others in zip(users, positives, negatives, strict=True):
        penalty += (u[user] ** 2).sum() + b_u[user] ** 2
        for item, sign in ((positive, 1), *((item, -1) for item in others)):
            logit = u[user] @ q[item] + b_u[user] + b_i[item] + b - log_odds[item]
            loss.append(np.log1p(np.exp(-sign * logit)))
            penalty += (q[item] ** 2).sum() + b_i[item] ** 2
    arguments = [torch.from_numpy(values) for values in (users, positives, negatives)]
    found = model.loss(*arguments, torch.from_numpy(log_odds), regularisation)
    assert found.item() == pytest.approx(np.mean(loss) + regularisation * penalty / 3, rel=1e-5)


@pytest.fixture
def drawn(monkeypatch, little_dataset):
    """Train mf and return what its loss was called with: negatives per step, and the correction."""

    def fit(power: float, epochs: int = 1) -> tuple[list[np.ndarray], np.ndarray]:
        calls, loss = [], MatrixFactorisation.loss

        def watched(self, users, positives, negatives, log_odds, regularisation):
            calls.append((negatives.numpy().copy(), log_odds.numpy().copy()))
            return loss(self, users, positives, negatives, log_odds, regularisation)

        monkeypatch.setattr(MatrixFactorisation, "loss", watched)
        fit_recommender(MfConfig(dim=2, epochs=epochs, negatives=50, negative_power=power), little_dataset, seed=0)
        return [negatives for negatives, _ in calls], calls[0][1]

    return fit


@pytest.mark.parametrize("power", [0.5, 2.0])
def test_negatives_are_drawn_in_proportion_to_count_to_a_power_and_corrected_for_it(drawn, little_dataset, power):
    data = little_dataset
    positives = data.interactions.loc[data.interactions["part"] == TRAIN, "item"]
    weight = np.bincount(positives, minlength=data.n_items).astype(float) ** power
    share = weight / weight.sum()

    negatives, log_odds = drawn(power)
    counts = np.bincount(np.concatenate(negatives).ravel(), minlength=data.n_items)
    assert not counts[share == 0].any()
    assert chisquare(counts[share > 0], counts.sum() * share[share > 0]).pvalue > 0.001
    np.testing.assert_allclose(np.exp(log_odds)[share > 0], share[share > 0] * data.n_items, rtol=1e-5)


def test_without_a_power_there_is_nothing_to_correct(drawn):
    assert np.abs(drawn(0.0)[1]).max() < 1e-6


def test_negatives_are_fresh_each_epoch(drawn):
    negatives, _ = drawn(1.0, epochs=2)
    first, second = negatives[0], negatives[len(negatives) // 2]
    assert first.shape == second.shape
    assert (first != second).mean() > 0.5
