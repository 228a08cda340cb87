"""Encoding and decoding, against the formulas in numpy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import safetensors.torch
import torch
from sklearn.metrics import r2_score

from explorer.sae import (
    SIDES,
    AmortisedAutoencoder,
    BatchTopKConfig,
    SparseAutoencoder,
    TopKConfig,
    Trainer,
    explained_variance,
    train_sae,
)
from explorer.sae.model import keep_largest


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
    if k := int(weights["top_k"][i]):
        z = np.where(z >= np.sort(z, axis=1)[:, [-k]], z, 0)
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
def test_every_row_alone_is_encoded_exactly_as_within_any_batch(sae, embeddings, side):
    x = embeddings[side]
    together = sae.encode(x, side)
    for size in (1, 2, 7, 64):
        assert torch.equal(torch.cat([sae.encode(part, side) for part in x.split(size)]), together)
    backwards = torch.arange(len(x)).flip(0)
    assert torch.equal(sae.encode(x[backwards], side), together[backwards])


@pytest.mark.parametrize(("kind", "d"), [("relu", 16), ("topk", 64), ("batchtopk", 100)])
def test_every_row_alone_is_encoded_exactly_as_within_a_batch_of_a_wide_dictionary(kind, d):
    generator = torch.Generator().manual_seed(d)
    x = torch.randn(300, d, generator=generator)
    sae = AmortisedAutoencoder.initialised(x, x, 256, generator)
    if kind == "batchtopk":
        sae.threshold[:] = 1.5
    elif kind == "topk":
        sae.top_k[:] = 8
    together = sae.encode(x, "user")
    assert torch.equal(torch.cat([sae.encode(row[None], "user") for row in x]), together)
    assert together.dtype == torch.float32


def test_calls_for_users_and_items_do_not_disturb_each_other(sae, embeddings):
    users, items = embeddings["user"], embeddings["item"]
    fresh = SparseAutoencoder.from_tensors(sae.tensors())
    user_copy = fresh.decode(fresh.encode(users, "user"), "user")
    z_users = sae.encode(users, "user")
    z_items = sae.encode(items[:7], "item")
    sae.decode(z_items, "item")
    assert torch.equal(sae.decode(z_users, "user"), user_copy)
    assert torch.equal(sae.encode(items[:7], "item"), z_items)


def test_calls_of_several_autoencoders_do_not_disturb_each_other(sae, embeddings, recommender):
    """Pages keep several runs open at once."""
    other, _ = train_sae(TopKConfig(width=10, k=2, epochs=2), recommender, seed=5)
    both = (sae, other)
    alone = [[s.decode(s.encode(x, side), side) for side, x in embeddings.items()] for s in both]
    codes = {(i, side): s.encode(x, side) for side, x in embeddings.items() for i, s in enumerate(both)}
    for (i, side), z in reversed(codes.items()):
        both[1 - i].encode(embeddings[side][:3], side)
        assert torch.equal(both[i].decode(z, side), alone[i][SIDES.index(side)])


def test_a_prefix_decodes_as_the_dictionary_of_only_its_neurons_would(sae, embeddings):
    weights = sae.tensors()
    for width, side in itertools.product([1, 6, 12, 23, 24], SIDES):
        parts = {"W_enc": weights["W_enc"][:, :width], "b_enc": weights["b_enc"][:width]}
        parts |= {"W_dec": weights["W_dec"][:width], "prefix_widths": torch.tensor([width])}
        small = SparseAutoencoder.from_tensors(weights | parts)
        z = sae.encode(embeddings[side], side)
        decoded = sae.decode(z, side, width)
        np.testing.assert_allclose(decoded, small.decode(z[:, :width], side), atol=1e-6)
        others = z.clone()
        others[:, width:] = 7
        assert torch.equal(sae.decode(others, side, width), decoded)
        assert (width == sae.n) == torch.equal(sae.decode(others, side), decoded)


def test_the_prefix_of_all_neurons_is_the_dictionary(sae, embeddings):
    for side, x in embeddings.items():
        z = sae.encode(x, side)
        assert torch.equal(sae.decode(z, side, sae.n), sae.decode(z, side))


def test_a_neuron_is_of_the_first_level_whose_prefix_has_it(sae, config):
    assert sae.levels == config.levels
    expected = [1 + [k < width for width in config.levels].index(True) for k in range(sae.n)]
    assert [sae.level_of(k) for k in range(sae.n)] == expected
    assert len(set(expected)) == len(config.levels)


@pytest.mark.parametrize("k", [1, 4, 9, 10, 20])
def test_the_largest_of_each_row_are_kept(rng, k):
    z = rng.random((30, 10))
    kept = keep_largest(torch.from_numpy(z), k).numpy()
    np.testing.assert_array_equal(kept, np.where(z.argsort(axis=1).argsort(axis=1) >= 10 - k, z, 0))


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


def test_what_is_read_from_disk_gives_the_same_bytes(sae, embeddings, config, tmp_path):
    path = tmp_path / "sae.safetensors"
    path.write_bytes(safetensors.torch.save(sae.tensors()))
    again = SparseAutoencoder.from_tensors(safetensors.torch.load_file(path))
    for name, values in sae.tensors().items():
        found = again.tensors()[name]
        assert (found.dtype, found.numpy().tobytes()) == (values.dtype, values.numpy().tobytes()), name
    for side, x in embeddings.items():
        z, copy = (s.encode(x, side) for s in (sae, again))
        assert copy.numpy().tobytes() == z.numpy().tobytes()
        for width in (None, *config.levels):
            assert again.decode(z, side, width).numpy().tobytes() == sae.decode(z, side, width).numpy().tobytes()
    assert again.levels == config.levels
    assert again.top_k.tolist() == (list(config.counts) if isinstance(config, TopKConfig) else [0, 0])
    assert (again.threshold > 0).tolist() == [isinstance(config, BatchTopKConfig)] * 2


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
