"""What makes a code sparse."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.sae.activations import BatchTopK, Relu, bernoulli_kl, kth_largest
from explorer.sae.config import BatchTopKConfig, ReluConfig


@pytest.mark.parametrize("n", [1, 2, 30, 31, 32, 500, 5000])
@pytest.mark.parametrize("kind", ["plain", "ties", "zeros", "one large in 31", "all equal"])
def test_kth_largest_is_what_sorting_gives(rng, n, kind):
    values = rng.normal(size=n).astype(np.float32)
    if kind == "ties":
        values = np.round(values)
    elif kind == "zeros":
        values = np.where(rng.random(n) < 0.9, 0, values)
    elif kind == "one large in 31":  # the sample takes every 31st: here it sees only the large ones
        values[::31] += 100
    elif kind == "all equal":
        values[:] = 2.5
    ordered = np.sort(values)[::-1]
    for k in {1, 2, n // 31, n // 7, n // 2, n - 1, n} & set(range(1, n + 1)):
        assert kth_largest(torch.from_numpy(values), k).item() == ordered[k - 1], k


@pytest.mark.parametrize(("rows", "n", "k"), [(1, 10, 3), (64, 40, 4), (200, 8, 1), (16, 6, 6)])
def test_batchtopk_keeps_the_largest_of_the_batch(rng, rows, n, k):
    pre = torch.from_numpy(rng.normal(2, 1, (rows, n)).astype(np.float32)).abs()
    z, smallest = BatchTopK(BatchTopKConfig(width=n, k=k))(pre)
    assert (z > 0).sum() == k * rows
    assert torch.equal(z[z > 0], pre[z > 0])
    assert z[z > 0].min() == smallest
    assert rows * n == k * rows or pre[z == 0].max() < smallest


def test_batchtopk_never_keeps_what_is_negative(rng):
    pre = torch.from_numpy(rng.normal(-1, 1, (50, 20)).astype(np.float32))
    z, _ = BatchTopK(BatchTopKConfig(width=20, k=10))(pre)
    assert torch.equal(z, pre.relu())


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


def test_relu_cuts_nothing_but_the_negative_and_is_penalised_for_its_mean(rng):
    config = ReluConfig(kl_weight=2, l1_weight=3, target_rate=0.1)
    pre = torch.from_numpy(rng.normal(size=(30, 5)))
    z, threshold = Relu(config)(pre)
    assert torch.equal(z, pre.clamp(min=0)) and threshold is None
    penalties = Relu(config).penalties(z)
    assert {name: weight for name, (weight, _) in penalties.items()} == {"kl": 2, "l1": 3}
    assert penalties["l1"][1].item() == pytest.approx(np.clip(pre.numpy(), 0, None).mean())
    assert penalties["kl"][1].item() == pytest.approx(bernoulli_kl(z.mean(dim=0), 0.1).item())
