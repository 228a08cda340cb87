"""A map keeps who is near whom, says how it was made and how far it is right, and never breaks on odd input."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from explorer.maps import MAP_KINDS, Projection, make_map
from explorer.maps import neighbours as neighbours_module
from explorer.maps.neighbours import nearest_neighbours
from explorer.maps.projection import oriented, pca_map, trustworthiness, umap_map
from explorer.maps.vectors import unit_vectors
from tests.helpers import refused


def coordinates(projection: Projection) -> np.ndarray:
    return projection.table[["x", "y"]].to_numpy()


def assert_is_a_map(projection: Projection, n: int) -> None:
    table = projection.table
    assert list(table.columns) == ["entity", "row", "x", "y"] and len(table) == n
    assert [str(dtype) for dtype in table.dtypes] == ["string", "int32", "float32", "float32"]
    xy = coordinates(projection)
    assert np.isfinite(xy).all()
    np.testing.assert_allclose(xy.mean(axis=0), 0, atol=1e-4)
    assert np.linalg.norm(xy, axis=1).max() == pytest.approx(1, abs=1e-4) or not xy.any()
    for measure in (projection.trustworthiness, projection.trustworthiness_pca):
        assert measure is None or 0 <= measure <= 1


def group_purity(xy: np.ndarray, group: np.ndarray, k: int = 10) -> float:
    """Share of the k nearest on the map that are of the same group."""
    near = NearestNeighbors(n_neighbors=k + 1).fit(xy).kneighbors(xy, return_distance=False)[:, 1:]
    return float((group[near] == group[:, None]).mean())


# --- PCA


@pytest.mark.parametrize("kind", MAP_KINDS)
def test_the_pca_of_a_run_is_a_map(run, kind):
    projection = make_map(run, kind, "pca")
    assert (projection.kind, projection.method) == (kind, "pca")
    assert_is_a_map(projection, len(projection.table))
    assert projection.trustworthiness == projection.trustworthiness_pca > 0.5
    x, y = projection.explained
    assert 0 < y <= x < 1


def test_pca_finds_the_plane_that_the_points_lie_in():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 0.5, 60)
    plane = np.linalg.qr(rng.normal(size=(6, 6)))[0][:2]
    vectors = unit_vectors(np.stack([np.cos(angle), np.sin(angle)], axis=1) @ plane)
    projection = pca_map(vectors)
    assert sum(projection.explained) == pytest.approx(1, abs=1e-6)
    assert projection.trustworthiness == pytest.approx(1, abs=1e-3)


def test_pca_gives_the_same_bytes_and_does_not_mind_the_order_of_the_axes(clustered):
    vectors, _ = clustered
    first = pca_map(vectors)
    assert first.table.equals(pca_map(vectors).table)
    turned = unit_vectors(vectors.x[:, ::-1])
    np.testing.assert_allclose(coordinates(pca_map(turned)), coordinates(first), atol=1e-4)


@pytest.mark.parametrize(("n", "dim"), [(1, 1), (1, 5), (2, 2), (3, 1), (3, 5)])
def test_pca_of_very_few_points_or_dimensions_is_a_map(n, dim):
    projection = pca_map(unit_vectors(np.random.default_rng(n).normal(size=(n, dim)) + 3))
    assert_is_a_map(projection, n)
    assert (projection.trustworthiness is None) == (n < 3)
    assert "PCA" in projection.describe()


def test_pca_of_equal_vectors_puts_them_at_one_place():
    projection = pca_map(unit_vectors(np.tile([0.1, 0.7, 0.3], (30, 1))))
    assert not coordinates(projection).any() and projection.explained == (0.0, 0.0)


def test_a_map_lies_the_same_however_it_was_turned(rng):
    xy = rng.normal(size=(100, 2)) ** 2 * [3, 1]
    turn = np.linalg.qr(rng.normal(size=(2, 2)))[0]
    np.testing.assert_allclose(oriented(xy @ turn * 7 + 5), oriented(xy), atol=1e-9)


@pytest.mark.slow
def test_pca_brings_neither_umap_nor_its_compiler_into_the_process():
    code = (
        "import sys, numpy as np\n"
        "from explorer.maps.projection import pca_map\n"
        "from explorer.maps.vectors import unit_vectors\n"
        "pca_map(unit_vectors(np.eye(5)))\n"
        "print([name for name in ('umap', 'numba', 'pynndescent') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- neighbours and trust


def test_the_nearest_are_those_of_the_largest_cosine(clustered):
    x = clustered[0].x
    rows, distances = nearest_neighbours(x, 5)
    cosine = x @ x.T
    expected = np.sort(1 - cosine, axis=1)[:, :5]
    np.testing.assert_allclose(distances, expected, atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(1 - cosine, rows.astype(int), 1), expected, atol=1e-5)
    assert (rows[:, 0] == np.arange(len(x))).all() and rows.dtype == np.int32


def test_neighbours_are_reported_in_parts_until_all_are_found(clustered, monkeypatch):
    monkeypatch.setattr(neighbours_module, "_CHUNK", 60)
    reported = []
    in_parts = nearest_neighbours(clustered[0].x, 5, reported.append)
    monkeypatch.undo()
    assert reported == [0.3, 0.6, 0.9, 1.0]
    assert np.array_equal(in_parts[0], nearest_neighbours(clustered[0].x, 5)[0])


def test_a_faithful_map_is_trusted_and_a_shuffled_one_is_not(rng):
    xy = rng.normal(size=(300, 2))
    assert trustworthiness(xy, xy) == pytest.approx(1)
    assert trustworthiness(xy, rng.permutation(xy)) < 0.65


def test_trust_of_many_points_is_that_of_a_sample_drawn_by_the_seed(rng):
    xy = rng.normal(size=(2_500, 2))
    noisy = xy + rng.normal(size=xy.shape)
    assert trustworthiness(xy, noisy, 0) == trustworthiness(xy, noisy, 0) != trustworthiness(xy, noisy, 1)


# --- what UMAP refuses, without compiling it


@pytest.mark.parametrize("n", [1, 2, 3])
def test_umap_of_too_few_points_is_refused_with_the_way_out(n):
    with refused(f"has {n}", "PCA"):
        umap_map(unit_vectors(np.ones((n, 3))))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_neighbors": 1}, ("n_neighbors", "1")),
        ({"min_dist": 1.5}, ("min_dist", "1.5")),
        ({"min_dist": float("nan")}, ("min_dist",)),
        ({"epochs": 0}, ("epochs", "0")),
    ],
)
def test_parameters_that_umap_cannot_work_with_are_refused(clustered, options, words):
    with refused(*words):
        umap_map(clustered[0], **options)


def test_an_unknown_method_is_refused(run):
    with refused("tsne", "umap"):
        make_map(run, "items", "tsne")


def test_a_map_comes_back_from_parquet_and_json(clustered, tmp_path):
    projection = pca_map(clustered[0])
    projection.table.to_parquet(tmp_path / "map.parquet", index=False)
    about = json.loads(json.dumps(projection.about(), allow_nan=False))
    again = Projection.of(pd.read_parquet(tmp_path / "map.parquet"), about)
    pd.testing.assert_frame_equal(again.table, projection.table)
    assert again.about() == projection.about() and again.describe() == projection.describe()
    assert again.explained == projection.explained


def test_the_line_below_a_map_says_what_was_left_out_and_how_far_to_trust_it(half_dead):
    line = make_map(half_dead, "neurons", "pca").describe()
    assert "PCA" in line and "never fire" in line and "variance" in line and "Trustworthiness 0." in line


# --- UMAP


@pytest.fixture(scope="module")
def reported() -> list[tuple]:
    return []


@pytest.fixture(scope="module")
def umap_of_clusters(clustered, reported) -> Projection:
    return umap_map(clustered[0], progress=lambda *what: reported.append(what))


@pytest.mark.slow
def test_umap_is_a_map_that_separates_planted_groups_better_than_pca(clustered, umap_of_clusters):
    vectors, group = clustered
    pca = pca_map(vectors)
    assert_is_a_map(umap_of_clusters, len(vectors))
    purity, beside = (group_purity(coordinates(projection), group) for projection in (umap_of_clusters, pca))
    assert purity > 0.95 and purity > beside + 0.1
    assert umap_of_clusters.trustworthiness > pca.trustworthiness + 0.05
    assert umap_of_clusters.trustworthiness_pca == pytest.approx(pca.trustworthiness)


@pytest.mark.slow
def test_umap_says_how_far_it_is_and_every_epoch_counts(reported, umap_of_clusters):
    assert {stage for stage, *_ in reported} == {"map"}
    shares = [done for _, done, *_ in reported]
    assert shares == sorted(shares) and (shares[0], shares[-1]) == (0.0, 1.0)
    assert any("of 200" in message for _, _, message in reported)


@pytest.mark.slow
def test_a_stop_asked_for_during_the_epochs_ends_umap(clustered):
    class Stopped(BaseException):
        pass

    def stop(stage, done, message="", record=None):
        if message.startswith("epoch"):
            raise Stopped

    with pytest.raises(Stopped):
        umap_map(clustered[0], progress=stop)


@pytest.mark.slow
def test_the_seed_decides_to_the_byte(clustered, umap_of_clusters):
    assert umap_map(clustered[0]).table.equals(umap_of_clusters.table)
    assert not umap_map(clustered[0], seed=1).table.equals(umap_of_clusters.table)


@pytest.mark.slow
def test_umap_keeps_its_parameters_and_they_are_plain(umap_of_clusters):
    parameters = umap_of_clusters.parameters
    assert json.loads(json.dumps(parameters, allow_nan=False)) == parameters
    expected = {"n_neighbors": 15, "min_dist": 0.1, "metric": "cosine", "epochs": 200, "init": "pca", "seed": 0}
    assert expected.items() <= parameters.items()
    assert parameters["versions"].keys() >= {"umap-learn", "numba", "numpy"}
    line = umap_of_clusters.describe()
    assert all(word in line for word in ("UMAP of 200 items", "15 neighbours", "cosine", "seed 0", "Trust", "PCA: 0."))


_X = np.random.default_rng(3).normal(size=(40, 6))
ODD = {
    "four points": _X[:4],
    "as many as neighbours": _X[:15],
    "one more than neighbours": _X[:16],
    "one dimension": _X[:, :1],
    "two dimensions": _X[:, :2],
    "all equal": np.tile(_X[:1], (30, 1)),
    "every point thirty times": np.repeat(_X[:3], 30, axis=0),
    "opposite points": np.vstack([_X[:4], -_X[:4]]),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("x", ODD.values(), ids=ODD)
def test_odd_input_gives_a_map(x):
    assert_is_a_map(umap_map(unit_vectors(x)), len(x))


@pytest.mark.slow
@pytest.mark.parametrize("kind", MAP_KINDS)
def test_the_umap_of_a_run_is_a_map_and_truer_than_its_pca(run, kind):
    projection = make_map(run, kind, "umap")
    assert_is_a_map(projection, len(projection.table))
    # 32 neurons point in 32 directions: there is nothing for a map of so few to keep.
    assert kind == "neurons" or projection.trustworthiness > projection.trustworthiness_pca
