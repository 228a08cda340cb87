"""Bases: codes of the largest coordinates, and rows put together again from them, against scikit-learn and numpy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA

from explorer.neurons import bases
from explorer.neurons.bases import both_signs, random_directions, unit


@pytest.fixture
def rows(rng) -> np.ndarray:
    return rng.normal(size=(60, 5)).astype(np.float32)


def every_basis(rows: np.ndarray) -> dict[str, bases.Basis]:
    rng = np.random.default_rng(0)
    return {
        "raw": bases.raw_basis(5),
        "pca": bases.principal_basis(rows[:20], rows[20:]),
        "rotation": bases.rotated_basis(5, rng),
        "random": bases.random_basis(9, 5, rng),
        "fastica": bases.ica_basis(rows, rng),
        "kmeans": bases.kmeans_basis(rows, 9, rng),
    }


def test_a_direction_fires_to_either_side_of_the_mean():
    x = np.array([[1.0, -2.0], [0.0, 3.0]])
    assert both_signs(x).tolist() == [[1, 0, 0, 2], [0, 3, 0, 0]]


def test_principal_components_are_scikit_learns_but_for_the_sign_and_keep_all_distances(rng):
    users, items = rng.normal(0, [1, 2, 3, 4], (80, 4)), rng.normal(0, [4, 1, 1, 1], (50, 4))
    users, items = users - users.mean(axis=0), items - items.mean(axis=0)
    found = items @ bases.principal_basis(users, items).readout.T
    expected = PCA().fit(np.vstack([users, items])).transform(items)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-4)
    np.testing.assert_allclose(pdist(found), pdist(items), rtol=1e-4)


def test_random_directions_are_unit_vectors_to_all_sides():
    drawn = random_directions(4000, 3, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(drawn.T @ drawn / 4000, np.eye(3) / 3, atol=0.03)


def test_a_rotation_keeps_all_distances_and_is_drawn_evenly(rows):
    found = bases.rotated_basis(5, np.random.default_rng(0)).readout
    np.testing.assert_allclose(found @ found.T, np.eye(5), atol=1e-6)
    corner = [bases.rotated_basis(3, np.random.default_rng(seed)).readout[0, 0] for seed in range(500)]
    assert abs(np.mean(corner)) < 0.1 and np.var(corner) == pytest.approx(1 / 3, abs=0.05)


@pytest.mark.parametrize("k", [0, 1, 3, 5, 20, np.arange(60) % 7], ids=str)
def test_the_largest_coordinates_are_kept_and_all_others_are_zero(rows, k):
    for basis in every_basis(rows).values():
        whole, kept = rows @ basis.readout.T, basis.kept(rows, k)
        size = np.abs(whole) if basis.both_signs else np.maximum(whole, 0)
        for row in range(len(rows)):
            expected = {j for j in np.argsort(-size[row])[: np.broadcast_to(k, 60)[row]] if size[row, j] > 0}
            assert set(np.flatnonzero(kept[row])) == expected
        assert kept[kept != 0] == pytest.approx(whole[kept != 0], rel=1e-5)
        z = basis.activations(kept)
        assert z.shape == (len(rows), basis.n) and (z >= 0).all()


def test_an_orthonormal_basis_rebuilds_a_row_by_its_transpose_and_every_other_by_least_squares(rows):
    for basis in every_basis(rows).values():
        kept = basis.kept(rows, 3)
        found = basis.rebuilt(rows, kept)
        for x, coordinates, rebuilt in zip(rows, kept, found, strict=True):
            used = basis.directions[coordinates != 0]
            coefficients = np.linalg.lstsq(used.T, x, rcond=None)[0]
            np.testing.assert_allclose(rebuilt, used.T @ coefficients, atol=1e-3)


def test_all_coordinates_of_a_basis_with_both_signs_rebuild_a_row_exactly(rows):
    for name, basis in every_basis(rows - rows.mean(axis=0)).items():
        if basis.both_signs:
            np.testing.assert_allclose(basis.rebuilt(rows, basis.kept(rows, 5)), rows, atol=1e-4, err_msg=name)


def test_a_row_without_any_coordinate_and_directions_that_coincide_are_rebuilt_all_the_same():
    same = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    basis = bases.Basis(same, same, both_signs=False)
    x = np.array([[-1, -1, 2], [2, 3, 0]], np.float32)
    np.testing.assert_allclose(basis.rebuilt(x, basis.kept(x, 3)), [[0, 0, 0], [2, 3, 0]], atol=1e-4)
    assert basis.rebuilt(x[:0], basis.kept(x[:0], 3)).shape == (0, 3)


def test_centroids_of_clear_clusters_are_their_mean_directions():
    rng = np.random.default_rng(0)
    centres = np.eye(4)[[0, 1, 2]]
    x = np.vstack([centre * 5 + rng.normal(0, 0.05, (40, 4)) for centre in centres]).astype(np.float32)
    x *= rng.uniform(0.5, 3, (120, 1)).astype(np.float32)  # length says nothing
    found = bases.kmeans_basis(x, 3, rng).directions
    assert sorted(np.argmax(found, axis=1)) == [0, 1, 2]
    assert np.max(found, axis=1) == pytest.approx(1, abs=1e-3)


def test_there_are_no_more_centroids_than_items_and_components_need_three_items(rows):
    rng = np.random.default_rng(0)
    assert bases.kmeans_basis(rows[:4], 9, rng).n == 4
    assert bases.ica_basis(rows[:2], rng) is None


def test_a_row_of_zeros_has_no_direction():
    np.testing.assert_allclose(unit(np.array([[0.0, 0], [3, 4]])), [[0, 0], [0.6, 0.8]])
