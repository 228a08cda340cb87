"""The paper's activation and its penalties."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.sae.activations.relu import Relu, ReluConfig, bernoulli_kl


@pytest.mark.parametrize("target", [0.01, 0.05, 0.5])
def test_kl_is_zero_at_the_target_and_positive_elsewhere(target):
    at_target = -np.log1p(-target)  # the mean activation whose rate 1 − exp(−mean) is the target
    means = torch.tensor([at_target], dtype=torch.float32)
    assert bernoulli_kl(means, target).item() == pytest.approx(0, abs=1e-6)
    for factor in (0, 0.1, 0.5, 2, 10, 1000):
        assert bernoulli_kl(means * factor, target) > 1e-3 * target


@pytest.mark.parametrize("target", [0.05, 0.1])
def test_kl_is_the_textbooks_summed_over_neurons(rng, target):
    means = rng.uniform(0.01, 3, 20)
    rate = 1 - np.exp(-means)
    by_hand = (target * np.log(target / rate) + (1 - target) * np.log((1 - target) / (1 - rate))).sum()
    assert bernoulli_kl(torch.from_numpy(means), target).item() == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.parametrize("mean", [1.0, 1.5, 5.0, 100.0, 1000.0])
def test_kl_pulls_down_neurons_whose_mean_is_above_one(mean):
    means = torch.tensor([mean, 1e-3], requires_grad=True)
    bernoulli_kl(means, 0.05).backward()
    assert means.grad.isfinite().all()
    assert means.grad[0] > 0.5
    assert means.grad[1] < 0  # and pushes up one below the target


def test_kl_of_a_silent_neuron_is_finite():
    means = torch.zeros(3, requires_grad=True)
    loss = bernoulli_kl(means, 0.05)
    loss.backward()
    assert loss.isfinite() and means.grad.isfinite().all()


@pytest.mark.parametrize("side", [0, 1])
def test_relu_cuts_nothing_but_the_negative_and_is_penalised_for_its_mean(rng, side):
    config = ReluConfig(kl_weight=2, l1_weight=3, target_rate=0.1)
    pre = torch.from_numpy(rng.normal(size=(30, 5)))
    z, threshold = Relu(config)(pre, side)
    assert torch.equal(z, pre.clamp(min=0)) and threshold is None
    penalties = Relu(config).penalties(z)
    assert {name: weight for name, (weight, _) in penalties.items()} == {"kl": 2, "l1": 3}
    assert penalties["l1"][1].item() == pytest.approx(np.clip(pre.numpy(), 0, None).mean())
    assert penalties["kl"][1].item() == pytest.approx(bernoulli_kl(z.mean(dim=0), 0.1).item())
