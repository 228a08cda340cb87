"""The largest activations of a batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.sae.activations.batchtopk import BatchTopK, BatchTopKConfig, kth_largest


@pytest.mark.parametrize("kind", ["plain", "ties", "zeros", "one large in 31", "all equal"])
def test_kth_largest_is_what_sorting_gives(rng, kind):
    for n in (1, 2, 30, 31, 32, 500, 5000):
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
            assert kth_largest(torch.from_numpy(values), k).item() == ordered[k - 1], (n, k)


@pytest.mark.parametrize("k_users", [None, 2], ids=["users as items", "users have their own"])
@pytest.mark.parametrize("side", [0, 1], ids=["users", "items"])
@pytest.mark.parametrize(("rows", "n", "k"), [(1, 10, 3), (64, 40, 4), (200, 8, 1), (16, 6, 6)])
def test_batchtopk_keeps_the_largest_of_the_batch(rng, rows, n, k, side, k_users):
    pre = torch.from_numpy(rng.normal(2, 1, (rows, n)).astype(np.float32)).abs()
    z, smallest = BatchTopK(BatchTopKConfig(width=n, k=k, k_users=k_users))(pre, side)
    if side == 0 and k_users:
        k = k_users
    assert (z > 0).sum() == k * rows
    assert torch.equal(z[z > 0], pre[z > 0])
    assert z[z > 0].min() == smallest
    assert rows * n == k * rows or pre[z == 0].max() < smallest


def test_batchtopk_never_keeps_what_is_negative(rng):
    pre = torch.from_numpy(rng.normal(-1, 1, (50, 20)).astype(np.float32))
    z, _ = BatchTopK(BatchTopKConfig(width=20, k=10))(pre, 0)
    assert torch.equal(z, pre.relu())


def test_some_rows_use_more_than_others(rng):
    pre = torch.from_numpy(rng.normal(1, 1, (50, 20)).astype(np.float32)) * torch.linspace(0.1, 3, 50)[:, None]
    z, _ = BatchTopK(BatchTopKConfig(width=20, k=4))(pre, 1)
    counts = (z > 0).sum(dim=1)
    assert counts.sum() == 4 * 50 and counts[:10].max() < 4 < counts[-10:].max()
