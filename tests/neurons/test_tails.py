"""Hypergeometric tails of many groups at once are scipy's."""

from __future__ import annotations

import numpy as np
from scipy.stats import hypergeom

from explorer.neurons.tails import log_tail


def test_tails_equal_those_of_scipy_on_both_sides_of_the_mean(rng):
    total = rng.integers(1, 400, 600)
    members, drawn = ((rng.random(600) * (total + 1)).astype(int) for _ in range(2))
    hits = hypergeom.rvs(total, members, drawn, random_state=rng) + rng.integers(-4, 9, 600)
    found = np.exp(log_tail(hits, total, members, drawn))
    np.testing.assert_allclose(found, hypergeom.sf(hits - 1, total, members, drawn), rtol=1e-8, atol=1e-280)


def test_what_is_certain_impossible_or_below_the_smallest_number_is_told_apart():
    assert log_tail(0, 10, 4, 5) == 0 and log_tail(5, 10, 4, 5) == -np.inf and log_tail(0, 0, 0, 0) == 0
    assert -4000 < log_tail(1000, 3000, 1000, 1000) < -1500
    assert log_tail(np.array([[1], [2]]), 10, np.array([3, 4, 5]), 4).shape == (2, 3)
