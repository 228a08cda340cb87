"""Geometric matrix completion: graphs, filters and diffusion against dense formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from explorer.recommenders import GmcConfig, accuracy, fit_recommender, gmc, neighbours, recommend, top_items
from explorer.recommenders.gmc import Diffusion, truncated_factors
from explorer.recommenders.neighbours import chebyshev, features, neighbour_graph, product, roughness


def table(rng, n: int = 9, m: int = 7, share: float = 0.4) -> csr_array:
    cells = (rng.random((n, m)) < share).astype(np.float32)
    cells[-1] = 0  # a row with nothing
    return csr_array(cells)


@pytest.fixture
def graph(rng) -> csr_array:
    return neighbour_graph(features(table(rng), table(rng), 0.3), 3, rng)


def test_similarity_is_the_weighted_mean_of_both_cosines(rng):
    positives, facets = table(rng), table(rng, m=4)
    rows = features(positives, facets, 0.25)
    similar = (rows @ rows.T).toarray()

    def cosine(part: csr_array) -> np.ndarray:
        dense = part.toarray() * np.log((1 + part.shape[0]) / (1 + (part.toarray() > 0).sum(axis=0)))
        return dense @ dense.T / np.maximum(np.outer(*[np.linalg.norm(dense, axis=1)] * 2), 1e-12)

    both = (positives.toarray().any(1) & facets.toarray().any(1)).nonzero()[0]
    expected = 0.75 * cosine(positives) + 0.25 * cosine(facets)
    np.testing.assert_allclose(similar[np.ix_(both, both)], expected[np.ix_(both, both)], atol=1e-5)


def test_without_facets_positives_alone_count(rng):
    positives = table(rng)
    alone = features(positives, csr_array((9, 0), dtype=np.float32), 0.4)
    np.testing.assert_allclose((alone @ alone.T).toarray().diagonal()[:-1].max(), 1, atol=1e-6)


def test_a_row_is_joined_to_those_most_like_it_and_the_graph_is_normalised(rng):
    rows = features(table(rng, n=12, m=20), csr_array((12, 0), dtype=np.float32), 0.0)
    found = neighbour_graph(rows, 2, rng).toarray()
    similar = (rows @ rows.T).toarray()
    np.fill_diagonal(similar, -1)
    kept = np.zeros_like(similar)
    for row, nearest in enumerate(np.argsort(-similar, axis=1)[:, :2]):
        kept[row, nearest] = similar[row, nearest]
    kept = np.maximum(np.maximum(kept, kept.T), 0)
    degree = kept.sum(axis=1)
    scale = np.where(degree > 0, np.where(degree > 0, degree, 1) ** -0.5, 0)
    np.testing.assert_allclose(found, scale[:, None] * kept * scale, atol=1e-5)
    assert (found.diagonal() == 0).all()
    assert np.abs(np.linalg.eigvalsh(found)).max() <= 1 + 1e-5


def test_among_many_rows_neighbours_are_looked_for_among_some(rng, monkeypatch):
    monkeypatch.setattr(neighbours, "MAX_CANDIDATES", 5)
    found = neighbour_graph(features(table(rng, n=40, m=30), csr_array((40, 0)), 0.0), 2, rng)
    dense = found.toarray()
    np.testing.assert_allclose(dense, dense.T, atol=1e-6)
    # Every edge has a candidate at one of its ends.
    assert len(dense.any(axis=0).nonzero()[0]) > 5
    assert any((dense[np.ix_(rest, rest)] == 0).all() for rest in _all_but_five(dense))


def _all_but_five(dense):
    """The rows without the five with most neighbours, which the candidates are."""
    yield np.sort(np.argsort((dense > 0).sum(axis=0))[:-5])


@pytest.mark.parametrize("order", [1, 2, 4])
def test_filters_are_the_polynomials_of_chebyshev(graph, order, rng):
    x = rng.normal(size=(9, 3)).astype(np.float32)
    found = chebyshev(graph, torch.from_numpy(x), order)
    values, vectors = np.linalg.eigh(-graph.toarray().astype(np.float64))
    for place in range(order + 1):
        polynomial = np.polynomial.chebyshev.Chebyshev.basis(place)(values)
        expected = vectors @ np.diag(polynomial) @ vectors.T @ x
        np.testing.assert_allclose(found[:, 3 * place : 3 * place + 3], expected, atol=1e-5)


def test_the_gradient_of_a_product_is_the_product_of_the_gradient(graph):
    x = torch.randn(9, 2, dtype=torch.float32, requires_grad=True)
    weight = torch.arange(18, dtype=torch.float32).reshape(9, 2)
    (product(graph, x) * weight).sum().backward()
    np.testing.assert_allclose(x.grad, graph.toarray().T @ weight.numpy(), rtol=1e-5)


def test_roughness_is_zero_where_neighbours_agree_up_to_their_degrees(rng):
    rows = features(table(rng, n=6, m=9, share=0.9), csr_array((6, 0)), 0.0)
    graph = neighbour_graph(rows, 5, rng).toarray()
    # Of the normalised Laplacian, the constant is the root of the degrees: its eigenvector of eigenvalue 1.
    vector = np.linalg.eigh(graph)[1][:, -1].astype(np.float32)
    assert roughness(csr_array(graph), torch.from_numpy(vector)[:, None]).item() == pytest.approx(0, abs=1e-4)
    assert roughness(csr_array(graph), torch.randn(6, 1)).item() > 0


def test_the_training_begins_with_the_start_as_it_is(graph, rng):
    side = Diffusion(graph, GmcConfig(dim=4), torch.Generator().manual_seed(0))
    x = torch.from_numpy(rng.normal(size=(9, 4)).astype(np.float32))
    with torch.no_grad():
        assert torch.equal(side(x), x)
        side.change.bias.fill_(0.1)
        assert not torch.equal(side(x), x)


def test_the_start_is_the_truncated_decomposition_of_the_positives(rng):
    positives = table(rng, n=12, m=8)
    users, items = truncated_factors(positives, 7, rng)
    dense = positives.toarray()
    cells = dense / np.sqrt(np.maximum(dense.sum(1, keepdims=True), 1) * np.maximum(dense.sum(0, keepdims=True), 1))
    left, values, right = np.linalg.svd(cells, full_matrices=False)
    best = left[:, :7] * values[:7] @ right[:7]
    found = (users @ items.T).numpy()
    np.testing.assert_allclose(found / np.linalg.norm(found), best / np.linalg.norm(best), atol=1e-4)
    assert users.square().sum(1).mean().item() == pytest.approx(1, rel=1e-4)


def test_of_data_with_fewer_directions_the_others_are_zero(rng):
    users, items = truncated_factors(table(rng, n=5, m=3), 8, rng)
    assert (users.shape, items.shape) == ((5, 8), (3, 8))
    assert not users[:, 2:].any()


def test_the_same_seed_gives_the_same_model_and_another_another(little_dataset):
    config = GmcConfig(dim=4, epochs=2)
    first, again, other = (fit_recommender(config, little_dataset, seed)[0] for seed in (0, 0, 1))
    assert torch.equal(first.item_embeddings, again.item_embeddings)
    assert not torch.equal(first.item_embeddings, other.item_embeddings)


@pytest.mark.slow
def test_it_is_more_accurate_than_popularity_and_than_its_own_start(little_dataset):
    data = little_dataset
    users = np.flatnonzero(np.diff(data.test.indptr))

    def ndcg(lists) -> float:
        return accuracy(lists, data.test[users], 20)["ndcg@20"]

    model, _ = fit_recommender(GmcConfig(dim=16), data, seed=0)
    popular = torch.from_numpy(data.items["popularity"].to_numpy(np.float32)).expand(len(users), -1)
    assert ndcg(recommend(model, data.seen, 20, users)) > ndcg(top_items(popular, data.seen[users], 20))
    start = gmc.truncated_factors(data.train, 16, np.random.default_rng(0))
    scores = (start[0] @ start[1].T)[users]
    assert ndcg(recommend(model, data.seen, 20, users)) > ndcg(top_items(scores, data.seen[users], 20))


def test_every_setting_says_what_it_is():
    assert all(field.description for name, field in GmcConfig.model_fields.items() if name != "kind")
