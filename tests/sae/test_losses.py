"""The losses on embeddings, and what reaches dead neurons, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.sae import AmortisedAutoencoder
from explorer.sae.losses import REVIVAL_PREACTIVATION, dead_neuron_bias_lift, embedding_loss, revival_loss


def test_the_embedding_loss_is_the_mean_square_and_one_for_the_mean_of_normalised_units(rng):
    target = rng.normal(3, 2, (50, 6))
    target = (target - target.mean(axis=0)) / (target - target.mean(axis=0)).std()
    copy = target + rng.normal(size=target.shape)
    found = embedding_loss(torch.from_numpy(copy), torch.from_numpy(target))
    assert found.item() == pytest.approx(((copy - target) ** 2).mean())
    nothing = torch.zeros(target.shape, dtype=torch.double)
    assert embedding_loss(nothing, torch.from_numpy(target)).item() == pytest.approx(1)


def test_only_dead_neurons_that_are_negative_everywhere_are_lifted_and_just_to_be_positive_somewhere(rng):
    pre = torch.from_numpy(rng.normal(size=(20, 6)))
    pre[:, [0, 1]] -= 10
    pre[3, 2] = 5
    dead = torch.tensor([True, False, True, True, False, False])
    pre[:, 3] = -pre[:, 3].abs()
    pre[4, 3] = 0
    lift = dead_neuron_bias_lift(pre, dead)
    assert (lift > 0).tolist() == [True, False, False, True, False, False]
    assert not lift[[1, 2, 4, 5]].any()
    np.testing.assert_allclose((pre + lift).max(dim=0).values[[0, 3]], REVIVAL_PREACTIVATION)


@pytest.mark.parametrize("most", [1, 3, 50])
def test_the_revival_loss_is_what_dead_neurons_leave_of_the_residual(rng, most):
    n, d, rows = 12, 5, 30
    sae = AmortisedAutoencoder.initialised(torch.randn(9, d), torch.randn(9, d), n, torch.Generator().manual_seed(0))
    dead = np.array([True, False, True, True] * 3)
    pre, residual = (rng.normal(size=shape).astype(np.float32) for shape in ((rows, n), (rows, d)))
    by_hand = np.zeros((rows, d))
    for row in range(rows):
        largest = sorted(np.flatnonzero(dead), key=lambda k: -pre[row, k])[:most]
        for k in largest:
            by_hand[row] += max(pre[row, k], 0) * sae.W_dec[k].detach().numpy()
    expected = ((by_hand - residual) ** 2).sum() / (residual**2).sum()
    found = revival_loss(sae, torch.from_numpy(pre), torch.from_numpy(residual), torch.from_numpy(dead), most)
    assert found.item() == pytest.approx(expected, rel=1e-4)


def test_the_revival_loss_is_one_if_nothing_is_fitted_and_nothing_if_everything_is():
    sae = AmortisedAutoencoder(4, 4)
    with torch.no_grad():
        sae.W_dec.copy_(torch.eye(4))
    residual = torch.rand(10, 4) + 0.1
    dead = torch.ones(4, dtype=torch.bool)
    assert revival_loss(sae, residual, residual, dead, 4).item() == 0
    assert revival_loss(sae, -residual, residual, dead, 4).item() == pytest.approx(1)
