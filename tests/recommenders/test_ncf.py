"""Neural collaborative filtering against the plain network on concatenated pairs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import safetensors.torch
import torch
from torch.nn.functional import linear
from torch.overrides import TorchFunctionMode

from explorer.errors import UserError
from explorer.recommenders import NcfConfig, NeuralRecommender, accuracy, fit_recommender, neural, recommend, top_items
from explorer.recommenders.ncf import NeuralFiltering

HIDDEN = [(64, 32, 16), (5,), (7, 9)]


@pytest.fixture(params=HIDDEN)
def model(request, normal) -> NeuralRecommender:
    """30 users, 40 items, d = 6."""
    widths = [12, *request.param, 1]
    weights = [normal(after, before) for before, after in pairwise(widths)]
    return NeuralRecommender.from_arrays(normal(30, 6), normal(40, 6), weights, [normal(width) for width in widths[1:]])


@pytest.fixture
def normal():
    """Random normal tensors of a shape, the same in every test."""
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(shape, generator=generator)


@pytest.fixture(scope="module")
def fitted(little_dataset):
    return fit_recommender(NcfConfig(dim=16, learning_rate=0.03, epochs=10), little_dataset, seed=0)


def pair_by_pair(model: NeuralRecommender, u, q) -> torch.Tensor:
    """The formula: every pair concatenated and sent through the network alone."""

    def logit(pair):
        for weight, bias in zip(model.weights[:-1], model.biases[:-1], strict=True):
            pair = torch.clamp(linear(pair, weight, bias), min=0)
        return linear(pair, model.weights[-1], model.biases[-1])[0]

    return torch.stack([torch.stack([logit(torch.cat([x, y])) for y in q]) for x in u])


def test_a_score_is_the_network_on_the_concatenated_pair(model, normal):
    u, q = normal(4, 6), normal(3, 6)
    found = model.score(u, q, torch.arange(4), torch.tensor([7, 0, 39]))
    torch.testing.assert_close(found, pair_by_pair(model, u, q), rtol=1e-4, atol=1e-4)


def test_gradients_flow_to_the_embeddings_given_and_nowhere_else(model, normal):
    before = {name: values.clone() for name, values in model.tensors().items()}
    u, q = normal(4, 6).requires_grad_(), normal(3, 6).requires_grad_()
    direction = normal(4, 3)
    expected = torch.autograd.grad((pair_by_pair(model, u, q) * direction).sum(), (u, q))
    (model.score(u, q, torch.arange(4), torch.arange(3)) * direction).sum().backward()
    torch.testing.assert_close((u.grad, q.grad), expected, rtol=1e-3, atol=1e-4)
    for name, values in model.tensors().items():
        assert not values.requires_grad and values.grad is None and torch.equal(values, before[name])


@pytest.mark.parametrize("cells", [1, 5000, 2**24])
def test_without_gradients_users_are_scored_a_few_at_a_time_and_just_the_same(model, monkeypatch, cells):
    users = torch.arange(model.n_users)
    whole = model.score(model.user_embeddings, model.item_embeddings, users)
    monkeypatch.setattr(neural, "_MAX_CELLS", cells)
    with torch.no_grad():
        parts = model.score(model.user_embeddings, model.item_embeddings, users)
    torch.testing.assert_close(parts, whole, rtol=1e-5, atol=1e-4)


class Largest(TorchFunctionMode):
    """Notes the number of elements of the largest tensor that any operation returns."""

    elements = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.elements = max(self.elements, result.numel())
        return result


def test_without_gradients_no_intermediate_grows_with_the_number_of_users(model, monkeypatch):
    cells = 64 * 40 * 2  # two users' hidden layer of the widest network, and more than the 30 × 40 scores
    monkeypatch.setattr(neural, "_MAX_CELLS", cells)
    with torch.no_grad(), Largest() as largest:
        model.score(model.user_embeddings, model.item_embeddings, torch.arange(30))
    assert 0 < largest.elements <= cells


def test_nobody_at_all_has_no_scores(model):
    with torch.no_grad():
        assert model.score(model.user_embeddings[:0], model.item_embeddings, torch.arange(0)).shape == (0, 40)


def test_a_model_comes_back_from_a_file_byte_for_byte(model):
    saved = safetensors.torch.save(model.tensors())
    again = NeuralRecommender.from_tensors(safetensors.torch.load(saved))
    assert safetensors.torch.save(again.tensors()) == saved
    rows = torch.arange(model.n_users)
    assert torch.equal(*(m.score(m.user_embeddings, m.item_embeddings, rows) for m in (model, again)))


@pytest.mark.parametrize("wrong", ["weight_0", "bias_0", "weight_1", "item_embeddings"])
def test_tensors_that_are_not_a_network_are_refused(model, wrong):
    tensors = model.tensors()
    tensors[wrong] = torch.cat([tensors[wrong], tensors[wrong]], dim=-1)
    with pytest.raises(ValueError, match="not a network"):
        NeuralRecommender.from_tensors(tensors)


def test_a_network_with_two_outputs_is_refused(model):
    tensors = model.tensors()
    last = len(model.weights) - 1
    for name in (f"weight_{last}", f"bias_{last}"):
        tensors[name] = torch.cat([tensors[name], tensors[name]])
    with pytest.raises(ValueError, match="not a network"):
        NeuralRecommender.from_tensors(tensors)


def test_a_frozen_model_does_not_follow_the_arrays_it_was_made_from():
    arrays = [torch.zeros(2, 3), torch.zeros(4, 3), [torch.zeros(1, 6)], [torch.zeros(1)]]
    model = NeuralRecommender.from_arrays(*arrays)
    for array in (*arrays[:2], arrays[2][0], arrays[3][0]):
        array += 1
    assert not any(values.any() for values in model.tensors().values())


@pytest.mark.parametrize("wrong", ["user embeddings", "weight 1", "bias 0"])
def test_numbers_that_are_not_finite_are_refused_by_name(model, wrong):
    tensors = {name: values.clone() for name, values in model.tensors().items()}
    tensors[wrong.replace(" ", "_")].view(-1)[0] = np.nan
    bad = NeuralRecommender.from_tensors(tensors)
    with pytest.raises(UserError, match=wrong):
        NeuralRecommender.from_arrays(bad.user_embeddings, bad.item_embeddings, bad.weights, bad.biases)


def test_the_logits_in_training_are_the_scores_of_the_frozen_model(normal):
    training = NeuralFiltering(9, 11, 6, (7, 5), torch.Generator().manual_seed(1))
    for bias in training.biases:
        bias.data = normal(len(bias))
    users, items = torch.tensor([8, 0, 8]), torch.tensor([[1, 10], [0, 3], [4, 4]])
    logits, squares = training.logits(users, items)
    frozen = training.freeze()
    scores = frozen.score(frozen.user_embeddings, frozen.item_embeddings, torch.arange(9))
    torch.testing.assert_close(logits.detach(), scores[users[:, None], items], rtol=1e-4, atol=1e-5)
    used = frozen.user_embeddings[users].square().sum() + frozen.item_embeddings[items].square().sum()
    network = sum(weight.square().sum() for weight in frozen.weights)
    assert squares.item() == pytest.approx((used + 3 * network).item(), rel=1e-5)  # the network once per positive


def test_every_parameter_of_the_network_learns(little_dataset):
    config = NcfConfig(dim=4, hidden=(8, 6), epochs=1)
    untrained = NeuralFiltering(
        little_dataset.n_users, little_dataset.n_items, 4, (8, 6), torch.Generator().manual_seed(0)
    ).freeze()
    trained, _ = fit_recommender(config, little_dataset, seed=0)
    assert trained.tensors().keys() == untrained.tensors().keys()
    for name, values in trained.tensors().items():
        assert values.shape == untrained.tensors()[name].shape
        assert not torch.equal(values, untrained.tensors()[name]), name


def test_the_same_seed_gives_the_same_tensors_and_another_one_others(little_dataset):
    config = NcfConfig(dim=4, epochs=1)
    first, again, other = (fit_recommender(config, little_dataset, seed)[0].tensors() for seed in (0, 0, 1))
    for name, values in first.items():
        assert torch.equal(values, again[name]) and not torch.equal(values, other[name])


def better_than_popular(model, data) -> float:
    """NDCG of a model's lists as a multiple of that of the most popular items."""
    counts = torch.tensor(data.items["popularity"].to_numpy(np.float32))
    lists = recommend(model, data.seen, 20), top_items(counts.expand(data.n_users, -1), data.seen, 20)
    found, popular = (accuracy(rows, data.test, 20)["ndcg@20"] for rows in lists)
    return found / popular


def test_lists_are_better_than_the_most_popular_items(fitted, little_dataset):
    assert better_than_popular(fitted[0], little_dataset) > 1.2


@pytest.mark.slow
def test_the_default_settings_are_far_better_than_the_most_popular_items_on_a_small_catalogue(little_dataset):
    model, _ = fit_recommender(NcfConfig(dim=16), little_dataset, seed=0)
    assert better_than_popular(model, little_dataset) > 1.4


def test_a_learning_rate_that_is_far_too_large_is_named(little_dataset):
    wild = NcfConfig(dim=4, epochs=1).model_copy(update={"learning_rate": 1e30})
    with pytest.raises(UserError, match="learning rate"):
        fit_recommender(wild, little_dataset, seed=0)
