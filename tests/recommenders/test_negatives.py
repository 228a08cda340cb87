"""Sampled negatives: drawn as often as they should be, and corrected for it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from explorer.recommenders.negatives import NegativeSampler

COUNTS = [0, 1, 4, 9, 100]


def sampler(power: float) -> NegativeSampler:
    return NegativeSampler(torch.repeat_interleave(torch.arange(5), torch.tensor(COUNTS)), 5, power)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_an_item_is_drawn_in_proportion_to_its_count_to_the_power(power):
    share = np.array(COUNTS, float) ** power / np.sum(np.array(COUNTS, float) ** power)
    draws = sampler(power).draw(400, 50, torch.Generator().manual_seed(0))
    assert draws.shape == (400, 50)
    counts = np.bincount(draws.ravel(), minlength=5)
    assert not counts[share == 0].any()
    assert chisquare(counts[share > 0], counts.sum() * share[share > 0]).pvalue > 0.001


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_the_log_odds_are_those_of_the_draws_against_uniform_ones(power):
    share = np.array(COUNTS, float) ** power / np.sum(np.array(COUNTS, float) ** power)
    found = sampler(power).log_odds.exp().numpy()
    np.testing.assert_allclose(found, share * 5, rtol=1e-5, atol=1e-10)


def test_the_log_odds_of_an_item_that_is_never_drawn_are_finite():
    assert sampler(1.0).log_odds.isfinite().all()


def test_draws_follow_the_generator_and_are_fresh_each_time():
    first, again = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    negatives = sampler(0.5).draw(20, 4, first)
    assert torch.equal(negatives, sampler(0.5).draw(20, 4, again))
    assert not torch.equal(negatives, sampler(0.5).draw(20, 4, first))
