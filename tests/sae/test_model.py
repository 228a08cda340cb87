"""Encoding and decoding, against the formulas in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import r2_score

from explorer.sae import SIDES, SparseAutoencoder, Trainer, explained_variance


@pytest.fixture
def sae(trained) -> SparseAutoencoder:
    return trained[0]


@pytest.fixture
def embeddings(recommender) -> dict[str, torch.Tensor]:
    return {"user": recommender.user_embeddings, "item": recommender.item_embeddings}


@pytest.mark.parametrize("side", SIDES)
def test_encode_and_decode_are_the_formulas(sae, embeddings, side):
    x, i = embeddings[side], SIDES.index(side)
    weights = {name: values.numpy().astype(float) for name, values in sae.tensors().items()}
    pre = (x.numpy() - weights["mean"][i]) / weights["scale"][i] @ weights["W_enc"] + weights["b_enc"]
    z = np.where(pre > max(weights["threshold"][i], 0), pre, 0)
    found = sae.encode(x, side)
    clear = np.abs(pre - weights["threshold"][i]) > 1e-4  # rounding may decide at the threshold itself
    np.testing.assert_allclose(found.numpy()[clear], z[clear], rtol=1e-3, atol=1e-5)
    decoded = sae.decode(found, side)
    assert found.shape == (len(x), sae.n) and decoded.shape == x.shape
    by_hand = weights["scale"][i] * (found.numpy() @ weights["W_dec"]) + weights["mean"][i]
    np.testing.assert_allclose(decoded, by_hand, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("side", SIDES)
def test_mean_and_scale_are_those_of_the_side(sae, embeddings, side):
    normalised = sae.normalise(embeddings[side], side)
    np.testing.assert_allclose(normalised.mean(dim=0), 0, atol=1e-5)
    assert normalised.square().mean().item() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(sae.denormalise(normalised, side), embeddings[side], atol=1e-5)


def test_directions_are_unit_vectors_after_training(sae):
    np.testing.assert_allclose(sae.W_dec.norm(dim=1), 1, atol=1e-6)


@pytest.mark.parametrize("side", SIDES)
def test_one_row_is_encoded_as_it_is_within_a_batch(sae, embeddings, side):
    x = embeddings[side]
    together = sae.encode(x, side)
    alone = torch.cat([sae.encode(row[None], side) for row in x])
    at_threshold = (sae.pre_activations(sae.normalise(x, side)) - sae.threshold[SIDES.index(side)]).abs() < 1e-5
    assert at_threshold.sum() < 5
    assert not (((together > 0) != (alone > 0)) & ~at_threshold).any()
    np.testing.assert_allclose(alone[~at_threshold], together[~at_threshold], rtol=1e-4, atol=1e-5)


def test_calls_for_users_and_items_do_not_disturb_each_other(sae, embeddings):
    users, items = embeddings["user"], embeddings["item"]
    fresh = SparseAutoencoder.from_tensors(sae.tensors())
    user_copy = fresh.decode(fresh.encode(users, "user"), "user")
    z_users = sae.encode(users, "user")
    z_items = sae.encode(items[:7], "item")
    sae.decode(z_items, "item")
    assert torch.equal(sae.decode(z_users, "user"), user_copy)
    assert torch.equal(sae.encode(items[:7], "item"), z_items)


@pytest.mark.parametrize("side", SIDES)
def test_a_shift_is_the_difference_of_two_decodings(sae, rng, side):
    z, dz = (torch.from_numpy(rng.normal(size=(5, sae.n)).astype(np.float32)) for _ in range(2))
    difference = sae.decode(z + dz, side) - sae.decode(z, side)
    np.testing.assert_allclose(sae.shift(dz, side), difference, atol=1e-4)
    assert not sae.shift(torch.zeros(5, sae.n), side).any()


def test_tensors_give_the_same_codes_to_the_byte(sae, embeddings):
    again = SparseAutoencoder.from_tensors({name: values.clone() for name, values in sae.tensors().items()})
    for side, x in embeddings.items():
        assert again.encode(x, side).numpy().tobytes() == sae.encode(x, side).numpy().tobytes()
    assert not any(parameter.requires_grad for parameter in again.parameters())


def test_a_frozen_copy_does_not_follow_the_training(config, recommender):
    trainer = Trainer(config, recommender, seed=0)
    trainer.train_step()
    frozen = trainer.sae.freeze()
    before = {name: values.clone() for name, values in frozen.tensors().items()}
    for _ in range(3):
        trainer.train_step()
    assert all(torch.equal(values, before[name]) for name, values in frozen.tensors().items())
    assert not torch.equal(trainer.sae.W_enc, frozen.W_enc)
    assert not frozen.training and not any(parameter.requires_grad for parameter in frozen.parameters())
    assert trainer.sae.W_enc.requires_grad


@pytest.mark.parametrize("shape", [(2, 1), (40, 3), (500, 64)])
def test_the_mean_row_explains_nothing_and_a_perfect_copy_everything(rng, shape):
    x = torch.from_numpy(rng.normal(2, 3, shape).astype(np.float32))
    assert explained_variance(x, x.mean(dim=0).expand_as(x)) == pytest.approx(0, abs=1e-6)
    assert explained_variance(x, x.clone()) == 1


def test_explained_variance_is_the_r2_of_all_columns_together(rng):
    x = rng.normal(size=(60, 5)) * [1, 2, 3, 4, 5]
    copy = x + rng.normal(size=x.shape)
    found = explained_variance(torch.from_numpy(x), torch.from_numpy(copy))
    assert found == pytest.approx(r2_score(x, copy, multioutput="variance_weighted"))
