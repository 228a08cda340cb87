"""Codes with a tree planted in them: broad concepts in the first level, their leaves in the second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from explorer.hierarchy import COLUMNS, Codes, Hierarchy, find_edges
from explorer.runs import Run

N_BROAD, LEAVES, PER_LEAF, N_USERS, DIM = 4, 3, 20, 300, 32
N_LEAVES = N_BROAD * LEAVES
N_ITEMS = N_LEAVES * PER_LEAF
ERAS = 2
"""Neurons of the second level that cut across the genres: items of every second, and of every third place."""
LEVELS = (N_BROAD, N_BROAD + N_LEAVES + ERAS + 1)
"""The last neuron is dead."""
PARENT = {N_BROAD + leaf: leaf // LEAVES for leaf in range(N_LEAVES)}
"""Child → parent as planted."""
ERA = [N_BROAD + N_LEAVES + i for i in range(ERAS)]
DEAD = LEVELS[-1] - 1


@pytest.fixture(scope="module")
def run(tiny_variants) -> Run:
    return tiny_variants("matryoshka")


@pytest.fixture(scope="module")
def found(run) -> Hierarchy:
    return Hierarchy.from_run(run)


@dataclass(frozen=True)
class Planted:
    items: Codes
    users: Codes
    directions: np.ndarray
    levels: tuple[int, ...]
    leaf: np.ndarray
    """Of each item."""

    @property
    def parts(self) -> tuple:
        return self.items, self.users, self.directions, self.levels

    @property
    def genres(self) -> np.ndarray:
        """Broad genres, then leaves, bool `[N, 16]`."""
        return np.column_stack([self.leaf // LEAVES == b for b in range(N_BROAD)] + [self.leaf == i for i in range(12)])


def plant(absorbed: tuple[int, ...] = (), seed: int = 0) -> Planted:
    """Every neuron has a direction at right angles to all others, and fires by how far it is in the input.

    Of the leaves in `absorbed` the neuron's direction is the sum of leaf and broad concept, and the broad neuron is
    silent on its items and users: the textbook case of absorption.
    """
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(DIM, DIM)))[0]
    leaf, place = np.repeat(np.arange(N_LEAVES), PER_LEAF), np.arange(N_ITEMS)
    eras = np.column_stack([place % 2 == 0, place % 3 == 0])
    likes = np.zeros((N_USERS, N_LEAVES), bool)
    fan, of = rng.random(N_USERS) < 0.5, rng.integers(N_LEAVES, size=N_USERS)
    for user in range(N_USERS):
        first = of[user] // LEAVES * LEAVES
        likes[user, slice(first, first + LEAVES) if fan[user] else of[user]] = True
    item_concepts = _concepts(leaf[:, None] == np.arange(N_LEAVES), eras)
    user_concepts = _concepts(likes, rng.random((N_USERS, ERAS)) < 0.5)
    n = LEVELS[-1]
    directions = axes[:n].copy()
    sides = []
    for present in (item_concepts, user_concepts):
        amount = present * rng.uniform(1, 2, present.shape)
        inputs = amount @ axes[:n] + rng.normal(scale=0.1, size=(len(present), DIM))
        z = np.maximum(inputs @ axes[:n].T - 0.2, 0)
        z[:, DEAD] = 0
        for k in absorbed:
            z[present[:, N_BROAD + k], k // LEAVES] = 0
        sides.append(Codes(z.astype(np.float32), inputs.astype(np.float32)))
    for k in absorbed:
        both = axes[N_BROAD + k] + axes[k // LEAVES]
        directions[N_BROAD + k] = both / np.linalg.norm(both)
    return Planted(*sides, directions.astype(np.float32), LEVELS, leaf)


def _concepts(leaves: np.ndarray, eras: np.ndarray) -> np.ndarray:
    """Which row has the concept of which neuron, bool `[N, n]`."""
    broad = leaves.reshape(len(leaves), N_BROAD, LEAVES).any(axis=2)
    return np.column_stack([broad, leaves, eras, np.zeros(len(leaves), bool)])


def edges_of(*parts, **options) -> pd.DataFrame:
    """The candidates of `find_edges`."""
    return find_edges(*parts, **options).candidates


def dtypes(name: str) -> dict[str, str]:
    """What the columns of a table are to be."""
    return {column: about.dtype for column, about in COLUMNS[name].items()}


def shuffled(side: Codes, rng: np.random.Generator) -> Codes:
    """Every neuron shuffled for itself."""
    return Codes(rng.permuted(side.activations, axis=0), side.inputs)


@pytest.fixture(scope="package")
def planted() -> Planted:
    return plant()


@pytest.fixture(scope="package")
def absorbing() -> Planted:
    """The first leaf of the first two broad concepts has absorbed them."""
    return plant(absorbed=(0, LEAVES))
