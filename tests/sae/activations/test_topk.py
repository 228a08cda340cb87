"""Exactly k neurons per row, in training as at inference."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.sae import SIDES, AmortisedAutoencoder, SparseAutoencoder
from explorer.sae.activations.topk import TopK, TopKConfig


def by_sorting(pre: np.ndarray, k: int) -> np.ndarray:
    """The k largest of each row, as far as they are positive."""
    z = np.zeros_like(pre)
    for row, values in enumerate(pre):
        for column in np.argsort(-values)[:k]:
            z[row, column] = max(values[column], 0)
    return z


def autoencoder(config: TopKConfig, d: int = 7) -> SparseAutoencoder:
    """A fresh one, ready for inference, that has seen no training."""
    generator = torch.Generator().manual_seed(0)
    users, items = (torch.randn(50, d, generator=generator) for _ in SIDES)
    sae = AmortisedAutoencoder.initialised(users, items, config.width, generator)
    TopK(config).prepare(sae)
    return sae


@pytest.mark.parametrize("shift", [-1.5, 0, 5], ids=["few positive", "half", "all positive"])
@pytest.mark.parametrize(("side", "k"), [(0, 5), (1, 3)])
def test_each_row_keeps_its_k_largest_or_fewer_if_fewer_are_positive(rng, side, k, shift):
    pre = rng.normal(shift, 1, (80, 20))
    z, threshold = TopK(TopKConfig(width=20, k=3, k_users=5))(torch.from_numpy(pre), side)
    np.testing.assert_array_equal(z, by_sorting(pre, k))
    fewer = (pre > 0).sum(axis=1) < k
    assert fewer.any() == (shift < 0)
    assert ((z > 0).sum(dim=1).numpy() == np.where(fewer, (pre > 0).sum(axis=1), k)).all()
    assert threshold is None


@pytest.mark.parametrize(("side", "k"), [("user", 5), ("item", 3)])
def test_at_inference_each_row_keeps_its_k_largest_or_fewer_if_fewer_are_positive(rng, side, k):
    config = TopKConfig(width=20, k=3, k_users=5)
    sae = autoencoder(config)
    x = torch.from_numpy(rng.normal(size=(200, 7)).astype(np.float32))
    for bias in (0.0, -2.0):
        with torch.no_grad():
            sae.b_enc.fill_(bias)
        pre = sae.pre_activations(sae.normalise(x, side)).detach()
        z = sae.encode(x, side).detach()
        positive = (pre > 0).sum(dim=1)
        assert (positive < k).any() == (bias < 0)
        assert torch.equal((z > 0).sum(dim=1), positive.clamp(max=k))
        in_training, _ = TopK(config)(pre, SIDES.index(side))
        np.testing.assert_allclose(z, in_training, atol=1e-5)


def test_a_k_for_users_is_theirs_and_without_it_they_have_that_of_items():
    assert autoencoder(TopKConfig(width=20, k=3, k_users=5)).top_k.tolist() == [5, 3]
    assert autoencoder(TopKConfig(width=20, k=3)).top_k.tolist() == [3, 3]


def test_a_k_of_the_whole_width_is_a_plain_relu(rng):
    pre = torch.from_numpy(rng.normal(size=(10, 6)))
    z, _ = TopK(TopKConfig(width=6, k=6))(pre, 0)
    assert torch.equal(z, pre.relu())


def test_only_what_is_kept_has_a_gradient(rng):
    pre = torch.from_numpy(rng.normal(size=(30, 12))).requires_grad_()
    z, _ = TopK(TopKConfig(width=12, k=2))(pre, 1)
    z.sum().backward()
    assert torch.equal(pre.grad, (z > 0).double())
