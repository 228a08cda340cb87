"""Graphs that join rows alike: users who have the same items, items with the same users, both by their facets too."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_array, diags_array, hstack
from torch import Tensor

MAX_CANDIDATES = 20_000
"""A row's neighbours are looked for among so many rows at most, drawn at random: the search is linear in the rows."""
_MAX_CELLS = 2**23
"""Similarities held at once: 32 MB."""


def features(positives: csr_array, facets: csr_array, facet_weight: float) -> csr_array:
    """Rows of unit length, `[n, n_columns + n_facets]`, whose dot product is the similarity of two rows:
    `(1 - facet_weight) · cosine of positives + facet_weight · cosine of facets`.

    positives `[n, n_columns]`; facets `[n, n_facets]`, how often a row has each value. Of both, what many rows have
    counts less (by the logarithm of the inverse frequency). A row without either is joined by the other alone.
    """
    parts = [weight**0.5 * _unit(_rare_first(part)) for weight, part in
             ((1 - facet_weight, positives), (facet_weight, facets)) if weight and part.shape[1]]  # fmt: skip
    return _unit(csr_array(hstack(parts, format="csr"))) if parts else csr_array((positives.shape[0], 1))


def _rare_first(table: csr_array) -> csr_array:
    frequency = np.bincount(table.indices, minlength=table.shape[1])
    return csr_array(table @ diags_array(np.log((1 + table.shape[0]) / (1 + frequency))))


def _unit(table: csr_array) -> csr_array:
    lengths = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    return csr_array(diags_array(1 / np.where(lengths > 0, lengths, 1)) @ table).astype(np.float32)


def neighbour_graph(rows: csr_array, neighbours: int, rng: np.random.Generator) -> csr_array:
    """`D^(-1/2) A D^(-1/2)`, symmetric float32 `[n, n]`: A holds the similarities of each row to its nearest
    `neighbours` among `MAX_CANDIDATES` at most, made symmetric by taking the larger of the two.

    rows: as of `features`, `[n, n_features]`. A row that is like no other has no neighbour.
    """
    n = rows.shape[0]
    candidates = np.arange(n) if n <= MAX_CANDIDATES else np.sort(rng.choice(n, MAX_CANDIDATES, replace=False))
    kept, against = min(neighbours, len(candidates) - 1), csr_array(rows[candidates].T)
    sources, targets, weights = [], [], []
    for start in range(0, n if kept > 0 else 0, step := max(1, _MAX_CELLS // len(candidates))):
        chunk = np.arange(start, min(start + step, n))
        similar = (rows[chunk] @ against).toarray()
        own = np.searchsorted(candidates, chunk).clip(max=len(candidates) - 1)
        itself = candidates[own] == chunk
        similar[np.flatnonzero(itself), own[itself]] = -1
        nearest = np.argpartition(-similar, kept - 1, axis=1)[:, :kept]
        sources.append(np.repeat(chunk, kept))
        targets.append(candidates[nearest].ravel())
        weights.append(np.take_along_axis(similar, nearest, axis=1).ravel())
    if not sources:
        return csr_array((n, n), dtype=np.float32)
    source, target, weight = (np.concatenate(parts) for parts in (sources, targets, weights))
    found = weight > 1e-6
    graph = csr_array((weight[found], (source[found], target[found])), shape=(n, n))
    graph = csr_array(graph.maximum(graph.T))
    degree = np.asarray(graph.sum(axis=1)).ravel()
    scale = diags_array(np.where(degree > 0, degree, 1) ** -0.5)
    return csr_array(scale @ graph @ scale).astype(np.float32)


class _Product(torch.autograd.Function):
    """A symmetric scipy matrix times a tensor: as fast as torch's on one thread, and those are in beta."""

    @staticmethod
    def forward(ctx, graph: csr_array, x: Tensor) -> Tensor:
        ctx.graph = graph
        return torch.from_numpy(graph @ x.detach().numpy())

    @staticmethod
    def backward(ctx, gradient: Tensor):
        return None, torch.from_numpy(ctx.graph @ gradient.numpy())


def product(graph: csr_array, x: Tensor) -> Tensor:
    """`graph @ x` with its gradient for x; graph symmetric `[n, n]`, x `[n, d]`, both float32."""
    return _Product.apply(graph, x)


def chebyshev(graph: csr_array, x: Tensor, order: int) -> Tensor:
    """`[T_0(L̃) x, …, T_order(L̃) x]` side by side, `[n, (order + 1) d]`.

    `L̃ = L - I = -graph`: the normalised Laplacian, whose largest eigenvalue is at most 2, scaled to [-1, 1].
    T_k: Chebyshev polynomials, so that term k mixes what is k steps away at most.
    """
    terms = [x, -product(graph, x)][: order + 1]
    for _ in range(2, order + 1):
        terms.append(-2 * product(graph, terms[-1]) - terms[-2])
    return torch.cat(terms, dim=1)


def roughness(graph: csr_array, x: Tensor) -> Tensor:
    """`tr(xᵀ L x)` with `L = I - graph`: by how much neighbours differ (the Dirichlet energy), `[]`."""
    return (x * (x - product(graph, x))).sum()
