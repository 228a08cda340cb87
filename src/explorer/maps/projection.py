"""Vectors on a plane: by PCA at once, by UMAP (McInnes, Healy, Melville 2018) after training, in a process of its own.

A map is centred, its furthest point is at distance 1, its longest extent lies across, and of each axis the side with
the longer tail is the positive one, so that two maps of the same vectors look alike.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from explorer.choices import MapKind
from explorer.errors import UserError
from explorer.maps.agreement import NEIGHBOURS, purity_of_map
from explorer.maps.landmarks import choose_landmarks, place
from explorer.maps.neighbours import nearest_neighbours
from explorer.maps.vectors import METRIC, MapVectors, map_vectors, points_table
from explorer.progress import Progress, silent
from explorer.runs.run import Run

Method = Literal["umap", "pca"]
N_NEIGHBOURS: dict[MapKind, int] = {"neurons": 5, "items": 15, "users": 15, "together": 15}
"""A dictionary has a few neurons of a kind, a catalogue hundreds of items."""
MIN_DIST = 0.1
EPOCHS = 200
MIN_POINTS = 4
"""Points that UMAP can lay out."""
TRUST_POINTS, TRUST_NEIGHBOURS = 2_000, 15
"""Trustworthiness is measured on a sample of at most so many points, and looks at so many neighbours of each."""
STAGE = "map"


@dataclass(frozen=True, eq=False)
class Projection:
    """A map and how it was made.

    table: `entity` ("neuron", "item" or "user"), `row` (int32, its number there), `x`, `y` (float32). The position of a
        point in it is its id on a figure.
    parameters: plain values, among them `left_out`.
    trustworthiness: of neighbours (Venna and Kaski 2001), 0 to 1; None for fewer than three points.
    trustworthiness_pca: that of PCA on the same points.
    explained: of PCA, the shares of variance of the two axes.
    """

    kind: MapKind
    method: Method
    table: pd.DataFrame
    parameters: dict[str, Any]
    trustworthiness: float | None
    trustworthiness_pca: float | None
    explained: tuple[float, float] | None = None

    def about(self) -> dict[str, Any]:
        """Everything but the table, as JSON has it."""
        return {
            "kind": self.kind,
            "method": self.method,
            "parameters": self.parameters,
            "trustworthiness": self.trustworthiness,
            "trustworthiness_pca": self.trustworthiness_pca,
            "explained": list(self.explained) if self.explained else None,
        }

    @classmethod
    def of(cls, table: pd.DataFrame, about: dict[str, Any]) -> Projection:
        """The inverse of `table` and `about`."""
        explained = about["explained"]
        return cls(**{**about, "table": table, "explained": tuple(explained) if explained else None})

    def describe(self) -> str:
        """How the map was made and how far it can be trusted, in sentences; the last has no full stop."""
        p = self.parameters
        counts = self.table["entity"].value_counts()
        nouns = {"neuron": "neurons", "item": p.get("items", "items"), "user": "users"}
        points = " and ".join(f"{counts[e]:,} {noun}" for e, noun in nouns.items() if e in counts.index)
        if self.method == "umap":
            how = (
                f"UMAP of {points}: {p['n_neighbors']} neighbours by {p['metric']}, min_dist {p['min_dist']:g}, "
                f"{p['epochs']} epochs, seed {p['seed']}"
            )
            if (laid_out := p.get("laid_out", len(self.table))) < len(self.table):
                placed = len(self.table) - laid_out
                how += f". {laid_out:,} are laid out, and {placed:,} placed among the nearest of these"
        else:
            x, y = self.explained
            how = f"PCA of {points}: the two axes hold {x:.0%} and {y:.0%} of the variance"
        parts = [how]
        parts += [f"Left out: {o['count']:,} {nouns[o['entity']]} that {o['why']}" for o in p["left_out"]]
        if self.trustworthiness is not None:
            beside = f" (PCA: {self.trustworthiness_pca:.2f})" if self.method == "umap" else ""
            parts.append(f"Trustworthiness {self.trustworthiness:.2f}{beside}")
        if found := p.get("neighbour_purity"):
            whose, what = found["what"]
            parts.append(
                f"Of the {NEIGHBOURS} nearest {whose}, {found['share']:.0%} have the same {what}, "
                f"{found['ratio']:.1f} × what chance gives ({found['chance']:.0%})"
            )
        return ". ".join(parts)


def make_map(run: Run, kind: MapKind, method: Method, seed: int = 0, progress: Progress = silent) -> Projection:
    """The map of a run. UMAP compiles for seconds and computes for longer: never in the web process."""
    if method not in ("umap", "pca"):
        raise UserError(f"There is no map by {method}; choose umap or pca.")
    vectors = map_vectors(run, kind, seed)
    made = umap_map(vectors, seed, progress=progress) if method == "umap" else pca_map(vectors, seed)
    return with_run(run, made)


def with_run(run: Run, made: Projection) -> Projection:
    """A map that says of which run it is, what that calls its items, and how often neighbours have the same genre."""
    of_run = {
        "run": run.digest,
        "items": run.dataset.nouns.items,
        "neighbour_purity": purity_of_map(run, made.table),
    }
    return replace(made, parameters={**made.parameters, **of_run})


def pca_map(vectors: MapVectors, seed: int = 0) -> Projection:
    """The two directions of largest variance; the same bytes every time. The seed draws what is measured."""
    xy, explained = _pca(vectors.x)
    table = points_table(vectors, xy)
    trust = trustworthiness(vectors.x, xy, seed)
    parameters = {"metric": "euclidean", "seed": seed, **_made_from(vectors), "versions": _versions("numpy")}
    return Projection(vectors.kind, "pca", table, parameters, trust, trust, explained)


def umap_map(
    vectors: MapVectors,
    seed: int = 0,
    n_neighbors: int | None = None,
    min_dist: float = MIN_DIST,
    epochs: int = EPOCHS,
    progress: Progress = silent,
) -> Projection:
    """UMAP from precomputed neighbours and from PCA's layout, on one thread, which a seed demands.

    Of very many points a sample is laid out, and the rest is placed among it (`landmarks`). The same seed gives the
    same bytes on one machine and with the same versions. Raises `UserError` for fewer than four
    points and for parameters that UMAP cannot work with.
    """
    n = len(vectors)
    n_neighbors = N_NEIGHBOURS[vectors.kind] if n_neighbors is None else n_neighbors
    if n < MIN_POINTS:
        raise UserError(f"UMAP needs at least {MIN_POINTS} points and the map has {n}; use PCA.")
    if n_neighbors < 2:
        raise UserError(f"n_neighbors is {n_neighbors}; UMAP needs at least 2, the point itself and another.")
    if not 0 <= min_dist <= 1:
        raise UserError(f"min_dist is {min_dist:g}; it must be between 0 and 1.")
    if epochs < 1:
        raise UserError(f"epochs is {epochs}; it must be at least 1.")
    start, _ = _pca(vectors.x)
    landmarks = choose_landmarks(n, seed)
    x, m = vectors.x[landmarks], len(landmarks)
    k = min(n_neighbors, m - 1)
    progress(STAGE, 0.0, f"neighbours of {m:,} points")
    known = nearest_neighbours(x, k, lambda done: progress(STAGE, 0.3 * done, "neighbours"))
    progress(STAGE, 0.3, "compiling")
    layout = _umap(x, known, start[landmarks], k, min_dist, epochs, seed, progress)
    if m < n:
        layout = place(
            vectors.x, landmarks, layout, lambda done: progress(STAGE, 0.6 + 0.35 * done, "placing the rest")
        )
    progress(STAGE, 0.95, "trustworthiness")
    xy = oriented(layout)
    parameters = {
        "n_neighbors": k,
        "min_dist": float(min_dist),
        "metric": METRIC,
        "epochs": epochs,
        "init": "pca",
        "laid_out": m,
        "seed": seed,
        **_made_from(vectors),
        "versions": _versions("umap-learn", "numba", "pynndescent", "scikit-learn", "numpy"),
    }
    trust, trust_pca = (trustworthiness(vectors.x, points, seed) for points in (xy, start))
    progress(STAGE, 1.0, f"{n:,} points")
    return Projection(vectors.kind, "umap", points_table(vectors, xy), parameters, trust, trust_pca)


def _made_from(vectors: MapVectors) -> dict[str, Any]:
    return {"vectors": vectors.prepared, "dim": vectors.x.shape[1], "left_out": list(vectors.left_out)}


def _versions(*packages: str) -> dict[str, str]:
    return {name: version(name) for name in packages}


def _umap(x, known, start, k: int, min_dist: float, epochs: int, seed: int, progress: Progress) -> np.ndarray:
    import umap

    def tell(done: float) -> None:
        progress(STAGE, 0.35 + 0.25 * done, f"epoch {round(done * epochs)} of {epochs}")

    # Not all at one place, where the axis has no extent and UMAP would divide by it.
    start = 10 * start + np.random.default_rng(seed).normal(scale=1e-4, size=start.shape)
    model = umap.UMAP(
        n_neighbors=k,
        min_dist=min_dist,
        metric=METRIC,
        n_epochs=epochs,
        init=start.astype(np.float32),
        random_state=seed,
        n_jobs=1,
        precomputed_knn=known,
        force_approximation_algorithm=True,  # without it fewer than 4,096 points are compared by slow code
        disconnection_distance=float("inf"),  # else opposite points lose their neighbours and get no place
    )
    with warnings.catch_warnings(), threadpool_limits(1), _epochs_told(tell):
        warnings.filterwarnings("ignore", message=".*knn_search_index", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*n_jobs", category=UserWarning)
        return model.fit_transform(x)


@contextmanager
def _epochs_told(tell: Callable[[float], None]) -> Iterator[None]:
    """UMAP has no callback and counts its epochs with tqdm; inside, with a loop that also tells how far it is."""
    from umap import layouts

    def count(epochs: range, **_) -> Iterator[int]:
        for epoch in epochs:
            yield epoch
            tell((epoch + 1) / len(epochs))

    bar = layouts.tqdm
    layouts.tqdm = count
    try:
        yield
    finally:
        layouts.tqdm = bar


def _pca(x: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Coordinates `[n, 2]` and the shares of variance.

    Not scikit-learn's: that refuses a single point and a single dimension, and divides by zero where all are equal.
    """
    centred = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    with threadpool_limits(1):
        u, s, _ = np.linalg.svd(centred, full_matrices=False)
    kept = min(2, len(s))
    xy = np.zeros((len(x), 2))
    xy[:, :kept] = u[:, :kept] * s[:kept]
    share = np.zeros(2)
    # What is left of equal vectors is rounding, not variance.
    if (s**2).sum() > 1e-12 * len(x):
        share[:kept] = (s**2 / (s**2).sum())[:kept]
    else:
        xy[:] = 0
    return oriented(xy), (float(share[0]), float(share[1]))


def oriented(xy: np.ndarray) -> np.ndarray:
    """The same map `[n, 2]` centred, turned and scaled as every map is."""
    xy = xy.astype(np.float64) - xy.mean(axis=0, dtype=np.float64)
    _, turn = np.linalg.eigh(xy.T @ xy)
    xy = xy @ turn[:, ::-1]  # the largest variance first
    skew = (xy**3).sum(axis=0)
    xy = xy * np.where(skew < 0, -1.0, 1.0)
    radius = np.linalg.norm(xy, axis=1).max(initial=0)
    return xy / radius if radius > 0 else xy


def trustworthiness(x: np.ndarray, xy: np.ndarray, seed: int = 0) -> float | None:
    """How far neighbours on the map `[n, 2]` are neighbours among the vectors `[n, d]`, 0 to 1, on a sample."""
    if len(x) > TRUST_POINTS:
        sample = np.random.default_rng(seed).choice(len(x), TRUST_POINTS, replace=False)
        x, xy = x[sample], xy[sample]
    k = min(TRUST_NEIGHBOURS, (len(x) - 1) // 2)
    if k < 1:
        return None
    from sklearn.manifold import trustworthiness as measure

    with threadpool_limits(1):
        return float(measure(x, xy, n_neighbors=k))
