"""Somebody who is not in the data: each base model's own objective, solved for one more user."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from explorer.data import DataConfig, load_dataset
from explorer.recommenders import (
    AlsConfig,
    GmcConfig,
    LightGcnConfig,
    MfConfig,
    NcfConfig,
    accuracy,
    fit_recommender,
    fold_in,
    fold_in_examples,
    recommend,
)
from explorer.recommenders.negatives import NegativeSampler
from explorer.recommenders.new_user import (
    EXAMPLES,
    SHRINKAGE,
    als_embedding,
    blended,
    logistic_embedding,
    similar_users_embedding,
    softmax_embedding,
)

pytestmark = pytest.mark.slow

CONFIGS = {
    "als": AlsConfig(dim=16, regularisation=2.5, weight=3.0, epochs=20, patience=1000),
    "mf": MfConfig(dim=16, epochs=8, batch_size=256, learning_rate=0.01),
    "ncf": NcfConfig(dim=8, epochs=25, batch_size=256, hidden=(8, 4)),
    "lightgcn": LightGcnConfig(dim=16, epochs=20),
    "gmc": GmcConfig(dim=16, epochs=30, batch_size=32),
}


@pytest.fixture(scope="module")
def fitted(little_dataset):
    """The models of `CONFIGS`, each trained when it is first asked for."""
    return functools.cache(lambda kind: fit_recommender(CONFIGS[kind], little_dataset, seed=0)[0])


@pytest.fixture(scope="module")
def popularity(little_dataset) -> np.ndarray:
    return little_dataset.items["popularity"].to_numpy()


def history(dataset, user: int) -> np.ndarray:
    return np.sort(dataset.train.indices[dataset.train.indptr[user] : dataset.train.indptr[user + 1]]).astype(np.int64)


@pytest.mark.parametrize(("weight", "regularisation"), [(1.0, 6.0), (40.0, 0.1)])
def test_als_solves_what_lenskit_solves_for_a_new_user(weight, regularisation):
    from lenskit.als import ImplicitMFScorer
    from lenskit.data import ItemList, from_interactions_df
    from lenskit.training import TrainingOptions

    rng = np.random.default_rng(0)
    cells = np.argwhere(rng.random((40, 30)) < 0.2)
    data = from_interactions_df(pd.DataFrame(cells, columns=["user_id", "item_id"]))
    scorer = ImplicitMFScorer(embedding_size=5, weight=weight, regularization=regularisation, epochs=3)
    scorer.train(data, TrainingOptions(rng=1))
    torch.set_num_threads(1)

    class Model:
        item_embeddings, dim = torch.from_numpy(scorer.item_embeddings), 5

    for items in ([3], [1, 4, 8, 20], list(range(29))):
        rows = scorer.items.numbers(np.array(items))
        theirs, _ = scorer.new_user_embedding(None, ItemList(item_ids=items))
        ours = als_embedding(Model, rows.astype(np.int64), weight, regularisation)
        np.testing.assert_allclose(ours[0].numpy(), theirs, rtol=1e-3, atol=1e-5)


def test_als_gives_a_training_user_nearly_the_embedding_that_the_model_has_for_her(fitted, little_dataset, popularity):
    model = fitted("als")
    users = range(0, little_dataset.n_users, 7)
    ours = torch.cat([fold_in(CONFIGS["als"], model, history(little_dataset, user), popularity) for user in users])
    theirs = model.user_embeddings[list(users)]
    # Nearly: after the users' last half-epoch the items had one more.
    assert torch.cosine_similarity(ours, theirs).min() > 0.98
    assert ((ours.norm(dim=1) / theirs.norm(dim=1)) - 1).abs().max() < 0.1


@pytest.mark.parametrize("kind", CONFIGS)
def test_lists_of_folded_in_users_are_close_to_those_of_the_model(fitted, kind, little_dataset, popularity):
    model, data = fitted(kind), little_dataset
    users = np.arange(0, data.n_users, 7)
    folded = model.user_embeddings.clone()
    for user in users:
        folded[user] = fold_in(CONFIGS[kind], model, history(data, user), popularity)[0]
    assert torch.isfinite(folded).all()
    own = recommend(model, data.seen, 20, users)
    lists = recommend(model, data.seen, 20, users, user_embeddings=folded)
    others = recommend(model, data.seen, 20, users, user_embeddings=model.user_embeddings.roll(1, 0))

    def shared(lists):
        return np.mean([len(set(a) & set(b)) / 20 for a, b in zip(own, lists, strict=True)])

    assert shared(lists) > shared(others) + 0.1
    lengths = folded[users].norm(dim=1) / model.user_embeddings[users].norm(dim=1)
    assert 0.5 < lengths.median() < 2


def test_the_logistic_solution_is_where_the_training_loss_of_many_sampled_negatives_is_least(popularity, fitted):
    model, config = fitted("mf"), CONFIGS["mf"]
    items = np.array([1, 5, 30])
    u = logistic_embedding(model, items, popularity, config.negatives, config.negative_power, config.regularisation)
    sampler = NegativeSampler(
        torch.from_numpy(np.repeat(np.arange(len(popularity)), popularity)), len(popularity), config.negative_power
    )
    draws = 20_000
    negatives = sampler.draw(draws * len(items), config.negatives, torch.Generator().manual_seed(0))
    rows = torch.cat([torch.from_numpy(items).repeat(draws)[:, None], negatives], dim=1)
    target = torch.zeros(rows.shape)
    target[:, 0] = 1

    def loss(x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        logits = (model.item_embeddings @ x + model.item_bias + model.user_bias.mean() + b - sampler.log_odds)[rows]
        squares = x.square().sum() + b.square().sum()
        return binary_cross_entropy_with_logits(logits, target) + SHRINKAGE * config.regularisation * squares

    # The intercept that belongs to it, as the function gives the embedding alone.
    b = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([b], max_iter=50)

    def closure():
        optimiser.zero_grad()
        value = loss(u[0], b)
        value.backward()
        return value

    optimiser.step(closure)
    x = u[0].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(x, b.detach()), x)
    at_zero = torch.zeros_like(x, requires_grad=True)
    (compared,) = torch.autograd.grad(loss(at_zero, b.detach()), at_zero)
    assert gradient.norm() < 0.03 * compared.norm()


def test_the_negatives_of_a_large_catalogue_stand_for_all_of_them(monkeypatch, popularity, fitted):
    model, items = fitted("ncf"), np.array([2, 7, 11])
    whole = logistic_embedding(model, items, popularity, 8, 0.5, 0.01)
    monkeypatch.setattr("explorer.recommenders.new_user._MAX_NEGATIVES", len(popularity) // 2)
    part = logistic_embedding(model, items, popularity, 8, 0.5, 0.01)
    assert not torch.equal(whole, part)
    assert torch.cosine_similarity(whole, part)[0] > 0.95


def test_the_softmax_solution_has_no_gradient(fitted):
    model, items, penalty = fitted("lightgcn"), np.array([0, 3, 9, 40]), 16.0
    u = softmax_embedding(model, items, penalty)[0].double()
    q = model.item_embeddings.double()
    gradient = len(items) * torch.softmax(q @ u, dim=0) @ q - q[items].sum(dim=0) + penalty * u
    assert gradient.norm() < 1e-2 * q[items].sum(dim=0).norm()


@pytest.mark.parametrize("kind", CONFIGS)
def test_it_is_the_same_every_time_and_also_where_gradients_are_off(fitted, kind, popularity):
    model, items = fitted(kind), np.array([1, 2, 3])
    first = fold_in_examples(CONFIGS[kind], model, items, popularity)
    with torch.inference_mode():
        second = fold_in_examples(CONFIGS[kind], model, items, popularity)
    assert torch.equal(first, second)
    assert first.shape == (1, model.dim) and first.dtype == torch.float32 and not first.requires_grad


def test_few_examples_count_less_than_similar_users_and_many_count_more():
    own, similar = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    assert blended(own, similar, EXAMPLES).tolist() == [[0.5, 0.5]]
    assert blended(own, similar, 1)[0, 0] < 0.1 and blended(own, similar, 99 * EXAMPLES)[0, 0] > 0.98


def test_similar_users_are_those_who_point_most_towards_the_items(fitted):
    model, items = fitted("als"), np.array([4, 8])
    towards = [
        float(torch.cosine_similarity(user, model.item_embeddings[items].mean(dim=0), dim=0))
        for user in model.user_embeddings
    ]
    n = min(max(model.n_users // 50, 5), 100)
    expected = model.user_embeddings[np.argsort(towards)[::-1][:n].copy()].mean(dim=0)
    np.testing.assert_allclose(similar_users_embedding(model, items)[0], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", CONFIGS)
def test_one_item_and_the_whole_catalogue_give_a_finite_embedding(fitted, kind, popularity):
    model = fitted(kind)
    longest = model.user_embeddings.norm(dim=1).max()
    for items in (np.array([0]), np.arange(model.n_items)):
        u = fold_in_examples(CONFIGS[kind], model, items, popularity)
        assert torch.isfinite(u).all() and u.norm() < 5 * longest


@pytest.mark.realdata
def test_on_movielens_somebody_new_is_recommended_to_as_well_as_users_are(real_data):
    data = load_dataset(str(real_data / "ml-1m-implicit"), DataConfig(), 0)
    config, counts = AlsConfig(dim=64), data.items["popularity"].to_numpy()
    model = fit_recommender(config, data, 0)[0]
    users = np.sort(np.random.default_rng(0).choice(data.n_users, 300, replace=False))
    rng = np.random.default_rng(1)
    tables = {name: model.user_embeddings.clone() for name in ("own", "all", "three", "three by the model")}
    for user in users:
        items = history(data, user)
        three = np.sort(rng.permutation(items)[:3])
        tables["all"][user] = fold_in(config, model, items, counts)[0]
        tables["three"][user] = fold_in_examples(config, model, three, counts)[0]
        tables["three by the model"][user] = fold_in(config, model, three, counts)[0]
    ndcg = {
        name: accuracy(recommend(model, data.seen, 20, users, user_embeddings=table), data.test[users], 20)["ndcg@20"]
        for name, table in tables.items()
    }
    assert abs(ndcg["all"] - ndcg["own"]) < 0.01
    assert ndcg["three"] > 1.2 * ndcg["three by the model"]
