"""Directions from the data: dictionary learning held to scikit-learn's, components, clusters, popularity."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import MiniBatchDictionaryLearning
from torch.nn.functional import normalize

from explorer.sae.dictionary import clusters, independent_components, learn_directions, popularity_direction
from explorer.sae.pursuit import nonnegative_pursuit


def planted(rng, rows: int = 600, n: int = 20, d: int = 12, k: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows that are made of k of n directions each, and the directions."""
    directions = normalize(torch.from_numpy(rng.normal(size=(n, d))).float(), dim=1)
    codes = torch.zeros(rows, n)
    for row in codes:
        row[torch.from_numpy(rng.choice(n, k, replace=False))] = torch.from_numpy(rng.uniform(0.5, 2, k)).float()
    return codes @ directions + 0.02 * torch.from_numpy(rng.normal(size=(rows, d))).float(), directions


def found_again(planted: torch.Tensor, directions: torch.Tensor, cosine: float = 0.95) -> float:
    return float(((planted @ directions.T).max(dim=1).values >= cosine).float().mean())


def test_planted_directions_are_learned_as_well_as_by_scikit_learn(rng):
    x, truth = planted(rng)
    start = clusters(x, 20, torch.Generator().manual_seed(0))
    ours = learn_directions([x[:300], x[300:]], start, (3, 3), 30)
    theirs = MiniBatchDictionaryLearning(
        20,
        transform_algorithm="omp",
        transform_n_nonzero_coefs=3,
        fit_algorithm="cd",
        positive_code=True,
        dict_init=start.numpy().astype(float),
        max_iter=30,
        random_state=0,
    ).fit(x.numpy().astype(float))
    of_sklearn = normalize(torch.from_numpy(theirs.components_).float(), dim=1)
    left = [float((x - nonnegative_pursuit(x, d, 3) @ d).square().mean()) for d in (ours, of_sklearn, start)]
    assert left[0] <= 1.02 * left[1] < left[2]
    assert found_again(truth, ours) >= max(found_again(truth, of_sklearn), 0.7)
    np.testing.assert_allclose(ours.norm(dim=1), 1, atol=1e-5)


def test_every_round_explains_more_at_first_and_loses_next_to_nothing_later(rng):
    x, _ = planted(rng)
    start, left = clusters(x, 20, torch.Generator().manual_seed(1)), []
    for rounds in (0, 2, 8, 20):
        directions = learn_directions([x, x], start, (3, 3), rounds)
        left.append(float((x - nonnegative_pursuit(x, directions, 3) @ directions).square().mean()))
    assert left[0] > left[1] > left[2]
    assert left[3] < 1.05 * left[2]


def test_directions_that_nothing_uses_are_replaced(rng):
    x, _ = planted(rng)
    start = clusters(x, 20, torch.Generator().manual_seed(0))
    start[:5] = -normalize(x.mean(dim=0), dim=0)  # away from everything
    codes = nonnegative_pursuit(x, learn_directions([x, x], start, (3, 3), 8), 3)
    assert ((codes > 0).sum(dim=0) >= 10).all()


def test_more_directions_than_rows_can_be_learned(rng):
    x = torch.from_numpy(rng.normal(size=(6, 4))).float()
    directions = learn_directions([x, x[:1]], clusters(x, 15, torch.Generator().manual_seed(0)), (2, 2), 3)
    assert directions.shape == (15, 4)
    assert torch.isfinite(directions).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_components_are_the_sources_on_the_side_of_their_long_tails_the_most_lopsided_first(rng, sign):
    sources = sign * np.column_stack([rng.exponential(1, 4000) ** power for power in (2.0, 1.5, 1.0)])
    mixing = normalize(torch.from_numpy(rng.normal(size=(3, 3))), dim=1).float()
    x = torch.from_numpy(sources).float() @ mixing
    found = independent_components([x[:1000], x[1000:]])
    np.testing.assert_allclose((sign * mixing @ found.T).diagonal(), 1, atol=0.03)


def test_components_do_not_depend_on_a_seed_and_hardly_on_which_rows_are_there(rng):
    sources = rng.exponential(1, (3000, 6)) ** 2
    x = torch.from_numpy(sources).float() @ torch.from_numpy(rng.normal(size=(6, 6))).float()
    torch.manual_seed(1)
    first = independent_components([x])
    torch.manual_seed(2)
    assert torch.equal(first, independent_components([x]))
    assert found_again(first, independent_components([x[:2400]]), 0.9) == 1


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_rows_that_vary_in_few_directions_have_few_components(rng, rank):
    x = torch.from_numpy(rng.exponential(1, (500, rank)) @ rng.normal(size=(rank, 8)) + 2).float()
    assert len(independent_components([x])) == rank


def test_clusters_are_those_of_rows_that_point_the_same_way(rng):
    centres = normalize(torch.from_numpy(rng.normal(size=(6, 10))).float(), dim=1)
    x = centres.repeat(50, 1) * torch.from_numpy(rng.uniform(0.1, 9, (300, 1))).float()
    found = clusters(x + 0.01 * torch.from_numpy(rng.normal(size=x.shape)).float(), 6, torch.Generator().manual_seed(0))
    assert found_again(centres, found, 0.98) == 1


def test_the_direction_of_popularity_is_that_of_the_covariance_with_the_scores(rng):
    items = rng.normal(size=(400, 5))
    scores = items @ [3.0, 0, 0, 0, 0] + rng.normal(size=400)
    found = popularity_direction(torch.from_numpy(items), torch.from_numpy(scores))
    wanted = np.array([np.cov(column, scores)[0, 1] for column in items.T])
    np.testing.assert_allclose(found, wanted / np.linalg.norm(wanted), atol=0.05)
    assert found[0] > 0.95


def test_there_is_no_direction_of_popularity_where_all_scores_are_the_same():
    assert popularity_direction(torch.randn(9, 3), torch.full((9,), 2.0)) is None
