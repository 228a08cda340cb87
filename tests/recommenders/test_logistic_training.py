"""The loop that mf and ncf share, watched through a model that notes what it is shown."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explorer.data import TRAIN
from explorer.recommenders import BASE_MODELS, DotProductRecommender, MfConfig, NcfConfig
from explorer.recommenders.logistic_training import MIN_STEPS, LogisticConfig, LogisticModel, fit_logistic


class Watched(LogisticModel):
    """Logits `weight · item`, and a note of every step."""

    def __init__(self, data):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.1))
        self.data, self.steps, self.frozen = data, [], 0

    def logits(self, users, items):
        self.steps.append((users.numpy().copy(), items.numpy().copy()))
        return self.weight * items, self.weight.square() * items.numel()

    def freeze(self):
        self.frozen += 1
        generator = torch.Generator().manual_seed(self.frozen)
        sizes = self.data.n_users, self.data.n_items
        return DotProductRecommender.from_arrays(*(torch.randn(n, 3, generator=generator) for n in sizes))


@pytest.fixture
def watch(little_dataset):
    def fit(seed: int = 0, **settings):
        model = Watched(little_dataset)
        config = LogisticConfig(kind="watched", **{"epochs": 1, "patience": 1000, **settings})
        return model, *fit_logistic(lambda _: model, config, little_dataset, seed)

    return fit


@pytest.mark.parametrize("batch_size", [300, 10**6])
def test_an_epoch_shows_every_positive_once_in_a_shuffled_order(watch, little_dataset, batch_size):
    rows = little_dataset.interactions
    rows = rows.loc[rows["part"] == TRAIN, ["user", "item"]].to_numpy()
    model, *_ = watch(batch_size=batch_size)
    shown = np.concatenate([np.column_stack([users, items[:, 0]]) for users, items in model.steps])
    assert not np.array_equal(shown, rows)
    assert np.array_equal(shown[np.lexsort(shown.T[::-1])], rows)


def test_an_epoch_of_little_data_has_as_many_steps_as_it_takes_to_learn(watch):
    assert MIN_STEPS <= len(watch(batch_size=10**6)[0].steps) <= MIN_STEPS + 1
    assert len(watch(batch_size=100)[0].steps) > MIN_STEPS + 1


def test_every_positive_has_as_many_negatives_as_the_settings_say(watch):
    model, *_ = watch(negatives=7)
    assert {items.shape[1] for _, items in model.steps} == {8}


def test_the_seed_decides_the_order_and_the_negatives(watch):
    first, again, other = (watch(seed)[0].steps for seed in (0, 0, 1))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0][0], other[0][0])
    assert not np.array_equal(first[0][1][:, 1:], other[0][1][:, 1:])


@pytest.mark.parametrize("regularisation", [0.0, 0.2])
def test_the_loss_is_the_logistic_loss_of_corrected_logits_and_the_penalty_per_positive(
    little_dataset, rng, regularisation
):
    model = Watched(little_dataset)
    users, positives, negatives = np.array([0, 1]), np.array([2, 0]), np.array([[1, 3], [3, 2]])
    log_odds = rng.normal(size=4)
    signs = np.array([1, -1, -1])
    items = np.column_stack([positives, negatives])
    by_hand = np.log1p(np.exp(-signs * (0.1 * items - log_odds[items]))).mean() + regularisation * 0.01 * 6 / 2
    arguments = [torch.from_numpy(values) for values in (users, positives, negatives, log_odds)]
    assert model.loss(*arguments, regularisation).item() == pytest.approx(by_hand, rel=1e-5)


def test_the_model_is_the_one_frozen_after_the_epoch_with_the_best_validation_ndcg(watch, little_dataset):
    model, best, history = watch(epochs=4)
    ndcgs = [record["validation_ndcg@20"] for record in history]
    model.frozen = int(np.argmax(ndcgs))  # the next one it freezes is that epoch's again
    assert len(set(ndcgs)) == 4 and torch.equal(best.item_embeddings, model.freeze().item_embeddings)


@pytest.mark.parametrize("config", [MfConfig, NcfConfig])
def test_every_setting_says_what_it_is(config):
    assert next(iter(config.model_fields)) == "kind"
    assert all(field.description for name, field in config.model_fields.items() if name != "kind")


def test_the_kinds_whose_scores_are_logits_are_those_trained_here():
    assert {name for name, kind in BASE_MODELS.items() if kind.logits} == {
        name for name, kind in BASE_MODELS.items() if issubclass(kind.config, LogisticConfig)
    }
