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
from explorer.recommenders import (
    DotProductRecommender,
    NcfConfig,
    NeuralRecommender,
    accuracy,
    fit_recommender,
    neural,
    recommend,
    top_items,
)
from explorer.recommenders.ncf import NeuralFiltering

HIDDEN = [(64, 32, 16), (5,), (7, 9)]
PATHS = ["both", "network"]


@pytest.fixture(params=PATHS)
def paths(request) -> str:
    return request.param


@pytest.fixture(params=HIDDEN)
def model(request, paths, normal) -> NeuralRecommender:
    """30 users, 40 items, d = 6."""
    widths = [12, *request.param, 1]
    weights = [normal(after, before) for before, after in pairwise(widths)]
    of_sides = [normal(30), normal(40)] if paths == "both" else []
    return NeuralRecommender.from_arrays(
        normal(30, 6), normal(40, 6), weights, [normal(width) for width in widths[1:]], *of_sides
    )


@pytest.fixture
def normal():
    """Random normal tensors of a shape, the same in every test."""
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(shape, generator=generator)


@pytest.fixture(scope="module")
def fitted(little_dataset):
    return fit_recommender(NcfConfig(dim=16, learning_rate=0.03, epochs=10), little_dataset, seed=0)


def pair_by_pair(model: NeuralRecommender, u, q, users, items) -> torch.Tensor:
    """The formula: every pair concatenated and sent through the network alone, plus its product and biases."""

    def logit(x, y, user, item):
        pair = torch.cat([x, y])
        for weight, bias in zip(model.weights[:-1], model.biases[:-1], strict=True):
            pair = torch.clamp(linear(pair, weight, bias), min=0)
        of_network = linear(pair, model.weights[-1], model.biases[-1])[0]
        if model.item_bias is None:
            return of_network
        return of_network + (x * y).sum() + model.user_bias[user] + model.item_bias[item]

    rows = [
        [logit(x, y, user, item) for y, item in zip(q, items, strict=True)] for x, user in zip(u, users, strict=True)
    ]
    return torch.stack([torch.stack(row) for row in rows])


def test_a_score_is_the_network_on_the_concatenated_pair_plus_its_product_and_biases(model, normal):
    u, q, users, items = normal(4, 6), normal(3, 6), torch.tensor([29, 3, 0, 3]), torch.tensor([7, 0, 39])
    found = model.score(u, q, users, items)
    torch.testing.assert_close(found, pair_by_pair(model, u, q, users, items), rtol=1e-4, atol=1e-4)


def test_without_a_layer_that_passes_anything_on_both_paths_are_matrix_factorisation(normal):
    """The network is what is added to a dot product: with a last layer of zeros nothing is."""
    u, q, of_users, of_items = normal(30, 6), normal(40, 6), normal(30), normal(40)
    network = [normal(5, 12), torch.zeros(1, 5)], [normal(5), torch.zeros(1)]
    users = torch.tensor([4, 0, 29])
    found, plain = (
        model.score(u[users], q, users)
        for model in (
            NeuralRecommender.from_arrays(u, q, *network, of_users, of_items),
            DotProductRecommender.from_arrays(u, q, of_users, of_items),
        )
    )
    torch.testing.assert_close(found, plain)


def test_gradients_flow_to_the_embeddings_given_and_nowhere_else(model, normal):
    before = {name: values.clone() for name, values in model.tensors().items()}
    u, q = normal(4, 6).requires_grad_(), normal(3, 6).requires_grad_()
    direction = normal(4, 3)
    users, items = torch.arange(4), torch.arange(3)
    expected = torch.autograd.grad((pair_by_pair(model, u, q, users, items) * direction).sum(), (u, q))
    (model.score(u, q, users, items) * direction).sum().backward()
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


@pytest.mark.parametrize("wrong", [{"user_bias": 30}, {"item_bias": 40}, {"user_bias": 40, "item_bias": 30}])
def test_biases_that_are_not_one_per_user_and_item_are_refused(model, wrong):
    tensors = {name: values for name, values in model.tensors().items() if name not in ("user_bias", "item_bias")}
    with pytest.raises(ValueError, match="not those of its users and items"):
        NeuralRecommender.from_tensors(tensors | {name: torch.zeros(length) for name, length in wrong.items()})


def test_the_network_alone_has_no_biases_of_users_and_items(little_dataset):
    alone, _ = fit_recommender(NcfConfig(dim=4, epochs=1, paths="network"), little_dataset, seed=0)
    assert alone.item_bias is None and not {"user_bias", "item_bias"} & alone.tensors().keys()


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


def test_the_logits_in_training_are_the_scores_of_the_frozen_model(normal, paths):
    config = NcfConfig(dim=6, hidden=(7, 5), paths=paths, network_penalty=0.4)
    training = NeuralFiltering(9, 11, config, torch.Generator().manual_seed(1))
    of_sides = [training.user_bias, training.item_bias] if paths == "both" else []
    for bias in (*training.biases, *of_sides):
        bias.data = normal(len(bias))
    users, items = torch.tensor([8, 0, 8]), torch.tensor([[1, 10], [0, 3], [4, 4]])
    logits, squares = training.logits(users, items)
    frozen = training.freeze()
    scores = frozen.score(frozen.user_embeddings, frozen.item_embeddings, torch.arange(9))
    torch.testing.assert_close(logits.detach(), scores[users[:, None], items], rtol=1e-4, atol=1e-5)
    used = frozen.user_embeddings[users].square().sum() + frozen.item_embeddings[items].square().sum()
    network = sum(weight.square().sum() for weight in frozen.weights)
    if paths == "both":
        used = used + frozen.user_bias[users].square().sum() + frozen.item_bias[items].square().sum()
    assert squares.item() == pytest.approx((used + 0.4 * 3 * network).item(), rel=1e-5)  # the network once per positive


def test_every_parameter_of_the_network_learns(little_dataset, paths):
    config = NcfConfig(dim=4, hidden=(8, 6), epochs=1, paths=paths)
    untrained = NeuralFiltering(
        little_dataset.n_users, little_dataset.n_items, config, torch.Generator().manual_seed(0)
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


@pytest.mark.slow
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
