"""Directions learned from the embeddings themselves: where the training of an autoencoder starts.

Shapes: `rows` are lists of one matrix `[N, d]` per side, users first, in normalised units; directions `[n, d]`.
"""

from __future__ import annotations

import warnings

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.progress import Progress, silent
from explorer.sae.pursuit import nonnegative_pursuit

MIN_FIRING = 10
"""Rows on which a direction is used; one that is used on fewer is replaced."""
_RIDGE = 1e-3
"""How strongly a direction that hardly anything uses stays what it was, in mean uses."""
_MAX_ITERATIONS = 300
"""Of the search for independent components; it needs 40 to 120 on real data."""
_RELATIVE_RANK = 1e-8
"""Variance along a direction, relative to the largest, below which the rows do not vary along it."""


def learn_directions(
    rows: list[Tensor], directions: Tensor, counts: tuple[int, int], rounds: int, progress: Progress = silent
) -> Tensor:
    """Dictionary learning: codes by non-negative pursuit and directions by least squares, in turn (method of optimal
    directions, Engan, Aase, Husøy 1999). Both sides weigh the same, however many rows they have.

    directions: where it starts, unit vectors. counts: how many of them a user and an item may use.
    """
    for number in range(rounds):
        progress("sae", 0.0, f"dictionary learning, round {number + 1} of {rounds}")
        codes = [nonnegative_pursuit(x, directions, k) for x, k in zip(rows, counts, strict=True)]
        weighted = [(z / len(z), z, x) for z, x in zip(codes, rows, strict=True)]
        gram, target = sum(w.T @ z for w, z, _ in weighted), sum(w.T @ x for w, _, x in weighted)
        ridge = _RIDGE * gram.diagonal().mean().clamp(min=1e-12)
        fitted = torch.linalg.solve(gram + ridge * torch.eye(len(gram)), target + ridge * directions)
        directions = _unit(fitted, otherwise=directions)
        if number < rounds - 2:  # a replacement needs rounds to settle
            directions = _replace_unused(directions, codes, rows)
    return directions


def _replace_unused(directions: Tensor, codes: list[Tensor], rows: list[Tensor]) -> Tensor:
    """Directions that next to nothing uses become those of the rows that are explained worst."""
    needed = min(MIN_FIRING, *(max(len(x) // 10, 1) for x in rows))
    unused = torch.nonzero(sum((z > 0).sum(dim=0) for z in codes) < needed)[:, 0]
    if not len(unused):
        return directions
    left = torch.cat([x - z @ directions for x, z in zip(rows, codes, strict=True)])
    worst = left[left.norm(dim=1).argsort(descending=True, stable=True)[: len(unused)]]
    directions = directions.clone()
    directions[unused[: len(worst)]] = _unit(worst, otherwise=directions[unused[: len(worst)]])
    return directions


def independent_components(rows: list[Tensor]) -> Tensor:
    """The independent components of all rows together, each in the direction in which single rows stick out further, as
    unit vectors `[≤ d, d]`, the most lopsided first.

    FastICA (Hyvärinen 1999) in whitened coordinates, from the axes of the embedding itself, so that no random start
    decides which solution is found.
    """
    from sklearn.decomposition import FastICA  # takes a second to import

    x = torch.cat([part - part.mean(dim=0) for part in rows]).double()
    variance, axes = torch.linalg.eigh(x.T @ x / len(x))
    there = variance > _RELATIVE_RANK * variance[-1].clamp(min=1e-12)
    if not there.any():
        return x.new_zeros(0, x.shape[1], dtype=rows[0].dtype)
    variance, axes = variance[there], axes[:, there]
    whitened = x @ (axes / variance.sqrt())
    search = FastICA(
        whiten=False, fun="cube", w_init=_orthogonal(axes.T), max_iter=_MAX_ITERATIONS, tol=1e-4, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the last iteration serves, converged or not
        sources = torch.from_numpy(search.fit_transform(whitened.numpy()))
    mixing = torch.from_numpy(search.mixing_.T) @ (axes * variance.sqrt()).T
    reach = torch.stack([sources.relu().pow(3).mean(dim=0), (-sources).relu().pow(3).mean(dim=0)])
    mixing = torch.where((reach[0] >= reach[1])[:, None], mixing, -mixing)
    order = reach.max(dim=0).values.argsort(descending=True, stable=True)
    return _unit(mixing[order]).to(rows[0].dtype)


def _orthogonal(axes: Tensor):
    """Where the search starts: the axes of the embedding, in the coordinates of the r whitened ones, `[r, r]`."""
    r = len(axes)
    # With d = r these are the embedding's own axes. With fewer, as many of them as are needed, the best covered first.
    chosen = axes.square().sum(dim=0).argsort(descending=True, stable=True)[:r].sort().values
    u, _, v = torch.linalg.svd(axes[:, chosen].T)
    return (u @ v).numpy()


def clusters(x: Tensor, n: int, generator: torch.Generator, iterations: int = 15) -> Tensor:
    """Spherical k-means (Dhillon, Modha 2001) of rows `[N, d]`: unit vectors `[n, d]`."""
    x = F.normalize(x, dim=1)
    centres = x[torch.randint(len(x), (1,), generator=generator)]
    far = 1 - (x @ centres.T)[:, 0]
    for _ in range(n - 1):
        centres = torch.cat([centres, x[torch.multinomial(far.clamp(min=1e-9), 1, generator=generator)]])
        far = torch.minimum(far, 1 - x @ centres[-1])
    for _ in range(iterations):
        sums = torch.zeros_like(centres).index_add_(0, (x @ centres.T).argmax(dim=1), x)
        centres = _unit(sums, otherwise=centres)
    return centres


def popularity_direction(items: Tensor, scores: Tensor) -> Tensor | None:
    """The direction in which items `[N, d]` (normalised) are the more popular by the recommender's own scores: that of
    their covariance with each item's mean score `[N]`; a unit vector `[d]`, None if the scores are all the same."""
    along = items.T @ (scores - scores.mean())
    length = along.norm()
    return along / length if length > 1e-6 * items.norm() * (scores - scores.mean()).norm() > 0 else None


def _unit(x: Tensor, otherwise: Tensor | None = None) -> Tensor:
    """Rows of length 1; those of no length become `otherwise`'s."""
    length = x.norm(dim=1, keepdim=True)
    unit = x / length.clamp(min=1e-12)
    return unit if otherwise is None else torch.where(length > 1e-9, unit, otherwise)
