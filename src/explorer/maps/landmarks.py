"""Maps of very many points: some are laid out by UMAP, and all others are placed among them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explorer.maps.neighbours import nearest_neighbours

LANDMARKS_FROM, LANDMARKS = 100_000, 50_000
"""Of more points than the first, so many are laid out. Comparing every pair takes 50 s on one thread for 100,000 points
and grows with their square; placing a point takes as long as comparing it with the landmarks."""
NEAREST = 5
"""Landmarks that a point is placed among."""


def choose_landmarks(n: int, seed: int) -> np.ndarray:
    """Rows of the points that are laid out, sorted: all of them, or a random sample."""
    if n <= LANDMARKS_FROM:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, LANDMARKS, replace=False))


def place(
    x: np.ndarray,
    landmarks: np.ndarray,
    xy: np.ndarray,
    tell: Callable[[float], None] = lambda done: None,
) -> np.ndarray:
    """Places of all points `[n, 2]`, from those of the landmarks `[m, 2]`, which they keep.

    A point lies at the mean of its nearest landmarks, each weighted by `exp(−(d − d₁) / (d̄ − d₁))`, where d are their
    cosine distances, d₁ the smallest and d̄ their mean: what is much nearer to one than to the others lies beside it.

    x: vectors of length 1, `[n, d]`.
    landmarks: rows of those that have a place, `[m]`.
    """
    placed = np.zeros((len(x), 2))
    placed[landmarks] = xy
    others = np.ones(len(x), bool)
    others[landmarks] = False
    if others.any():
        k = min(NEAREST, len(landmarks))
        rows, distance = nearest_neighbours(x[others], k, tell, among=x[landmarks])
        beyond = distance - distance.min(axis=1, keepdims=True)
        scale = beyond.mean(axis=1, keepdims=True)
        weight = np.exp(-beyond / np.where(scale > 0, scale, 1.0))
        weight /= weight.sum(axis=1, keepdims=True)
        placed[others] = (weight[:, :, None] * xy[rows]).sum(axis=1)
    return placed
