"""Codes by non-negative orthogonal matching pursuit, held to scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import nnls
from sklearn.linear_model import orthogonal_mp

from explorer.sae import pursuit
from explorer.sae.pursuit import nonnegative_pursuit


def unit_rows(rng, n: int, d: int) -> torch.Tensor:
    x = torch.from_numpy(rng.normal(size=(n, d)))
    return x / x.norm(dim=1, keepdim=True)


def greedy(x: np.ndarray, directions: np.ndarray, k: int) -> np.ndarray:
    """One row's code, step by step with scipy's non-negative least squares."""
    chosen, code = [], np.zeros(len(directions))
    for _ in range(k):
        along = directions @ (x - code @ directions)
        along[chosen] = -np.inf
        chosen.append(int(along.argmax()))
        code = np.zeros(len(directions))
        code[chosen] = nnls(directions[chosen].T, x)[0]
    return code


@pytest.mark.parametrize("k", [1, 4, 9])
def test_codes_are_those_of_the_greedy_search_with_nonnegative_least_squares(rng, k):
    directions, x = unit_rows(rng, 40, 16), torch.from_numpy(rng.normal(size=(200, 16)))
    found = nonnegative_pursuit(x, directions, k)
    wanted = np.stack([greedy(row, directions.numpy(), k) for row in x.numpy()])
    left, least = (np.linalg.norm(x.numpy() - z @ directions.numpy(), axis=1) for z in (found.numpy(), wanted))
    same = ((found.numpy() > 0) == (wanted > 0)).all(axis=1)
    assert same.mean() >= 0.75  # steps between are refitted less exactly than the last, so a choice may differ
    np.testing.assert_allclose(found.numpy()[same], wanted[same], rtol=1e-4, atol=1e-4)
    assert left.mean() <= 1.02 * least.mean()


def test_where_nothing_is_negative_the_code_is_that_of_scikit_learn(rng):
    directions = unit_rows(rng, 12, 30)  # nearly orthogonal, so that what was planted is found
    planted = torch.zeros(25, 12, dtype=torch.float64)
    for row in planted:
        row[torch.from_numpy(rng.choice(12, 3, replace=False))] = torch.from_numpy(rng.uniform(1, 3, 3))
    x = planted @ directions
    theirs = orthogonal_mp(directions.T.numpy(), x.T.numpy(), n_nonzero_coefs=3).T
    np.testing.assert_allclose(nonnegative_pursuit(x, directions, 3), theirs, atol=1e-4)
    np.testing.assert_allclose(theirs, planted, atol=1e-6)


def test_coefficients_are_not_negative_and_no_more_than_k_are_above_zero(rng):
    found = nonnegative_pursuit(torch.from_numpy(rng.normal(size=(200, 6))), unit_rows(rng, 40, 6), 5)
    assert (found >= 0).all()
    assert ((found > 0).sum(dim=1) <= 5).all()
    assert (found > 0).any(dim=1).all()


@pytest.mark.parametrize("k", [0, 7, 50])
def test_more_steps_than_directions_use_them_all_and_none_use_none(rng, k):
    directions = unit_rows(rng, 7, 7)
    codes = nonnegative_pursuit(directions @ torch.eye(7, dtype=torch.float64), directions, k)
    assert codes.shape == (7, 7)
    np.testing.assert_allclose(codes, np.eye(7) * (k > 0), atol=1e-5)


def test_a_row_of_zeros_and_one_that_points_away_from_everything_get_no_neuron():
    directions = torch.eye(3)[:2]
    assert not nonnegative_pursuit(torch.tensor([[0.0, 0, 0], [-1, -2, 0]]), directions, 2).any()


def test_rows_in_several_pieces_are_coded_as_in_one(rng, monkeypatch):
    x, directions = torch.from_numpy(rng.normal(size=(50, 6))), unit_rows(rng, 15, 6)
    whole = nonnegative_pursuit(x, directions, 4)
    monkeypatch.setattr(pursuit, "ROWS_AT_ONCE", 7)
    np.testing.assert_allclose(nonnegative_pursuit(x, directions, 4), whole, atol=1e-12)


@pytest.mark.parametrize("k", [1, 4, 16])
def test_one_row_by_itself_has_the_code_that_it_has_among_others_to_the_bit(rng, k):
    directions, x = unit_rows(rng, 40, 16), torch.from_numpy(rng.normal(size=(60, 16)))
    together = nonnegative_pursuit(x, directions, k)
    for row, code in zip(x, together, strict=True):
        alone = nonnegative_pursuit(row[None], directions, k)[0]
        np.testing.assert_array_equal(alone.float(), code.float())


def test_gradients_of_one_row_are_those_among_others(rng):
    overlaps = torch.eye(3, dtype=torch.float64).expand(2, 3, 3)
    along = torch.from_numpy(rng.uniform(1, 2, (2, 3)))
    for some in (along.clone().requires_grad_(), along[:1].clone().requires_grad_()):
        pursuit.refit(overlaps[: len(some)], some, torch.zeros_like(some), 1).sum().backward()
        np.testing.assert_allclose(some.grad, 1.0)


def test_a_later_step_never_explains_less(rng):
    x, directions = torch.from_numpy(rng.normal(size=(100, 10))), unit_rows(rng, 30, 10)
    left = [(x - nonnegative_pursuit(x, directions, k) @ directions).square().sum() for k in range(1, 12)]
    assert left == sorted(left, reverse=True)


def test_few_rows_of_a_large_dictionary_have_the(rng, monkeypatch):
    directions, x = unit_rows(rng, 300, 16), torch.from_numpy(rng.normal(size=(6, 16)))
    usual = nonnegative_pursuit(x, directions, 5)
    monkeypatch.setattr(pursuit, "_LARGE", 100)
    assert pursuit._few_rows(x, directions, 5)
    torch.testing.assert_close(nonnegative_pursuit(x, directions, 5), usual)
    torch.testing.assert_close(nonnegative_pursuit(x[:1], directions, 5), usual[:1])
    assert not pursuit._few_rows(x, directions.requires_grad_(), 5)  # a gradient needs them all at once
