"""A catalogue with known genres, years and popularity, and neurons planted in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explorer.data import TRAIN, Dataset
from explorer.neurons import NeuronConfig, NeuronIndex, build_index

GENRES = ["Comedy", "Documentary", "Drama", "Horror", "War"]
DECADES = [1960, 1970, 1980, 1990, 2000]
N_ITEMS, N_USERS, DIM = 1000, 150, 6
PLANTED = ["Horror", "1980s", "Horror of the 1980s", "popular", "random", "silent", "users only", "few items"]
"""What neuron 0, 1, … fires on; 'few items' fires on the 12 horror items with the lowest row numbers."""


def sparse(rng: np.random.Generator, shape: tuple[int, int], density: float = 0.5) -> np.ndarray:
    """Random activations of which this share is above zero."""
    return (rng.random(shape) * (rng.random(shape) < density)).astype(np.float32)


def make_dataset(genres: bool = True, years: bool = True) -> Dataset:
    rng = np.random.default_rng(1)
    carried = [[GENRES[i] for i in np.flatnonzero(rng.random(len(GENRES)) < 0.3)] for _ in range(N_ITEMS)]
    decade = rng.choice(DECADES, N_ITEMS)
    year = pd.array(decade + rng.integers(0, 10, N_ITEMS), dtype="Int64")
    year[rng.random(N_ITEMS) < 0.05] = pd.NA
    items = pd.DataFrame(
        {
            "item_id": np.arange(1000, 1000 + N_ITEMS),
            "title": [f"Film {i:04} (part 1.5) [a+b]" if i % 2 else f"Film {i:04}" for i in range(N_ITEMS)],
            "genres": carried if genres else [[] for _ in range(N_ITEMS)],
            "year": year if years else pd.array([pd.NA] * N_ITEMS, dtype="Int64"),
            "popularity": rng.integers(0, 200, N_ITEMS),
        }
    )
    user, item = np.nonzero(rng.random((N_USERS, N_ITEMS)) < 0.02)
    interactions = pd.DataFrame({"user": user, "item": item, "part": TRAIN})
    return Dataset("planted", pd.DataFrame({"user_id": np.arange(N_USERS)}), items, interactions, "none")


def plant(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Activations of items and users in the neurons of `PLANTED`."""
    rng = np.random.default_rng(2)
    whole = make_dataset().items  # the truth stays the same for a data set that does not tell genres or years
    horror = np.array(["Horror" in genres for genres in whole["genres"]])
    eighties = (whole["year"] // 10 * 10 == 1980).fillna(False).to_numpy(bool)
    everything = np.ones(N_ITEMS, bool)
    popular = whole["popularity"].to_numpy() > 180
    few = horror & (np.cumsum(horror) <= 12)
    fires = [horror, eighties, horror & eighties, popular, everything, ~everything, ~everything, few]
    items = rng.uniform(0.5, 1.5, (N_ITEMS, len(PLANTED))) * np.array(fires).T
    users = rng.uniform(0, 3, (N_USERS, len(PLANTED))) * (rng.random((N_USERS, len(PLANTED))) < 0.5)
    users[:, PLANTED.index("silent")] = 0
    return items.astype(np.float32), users.astype(np.float32)


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return make_dataset()


@pytest.fixture(scope="session")
def activations(dataset) -> tuple[np.ndarray, np.ndarray]:
    return plant(dataset)


def base_embeddings() -> dict[str, np.ndarray]:
    """Embeddings of a recommender to which the horror items are similar."""
    rng = np.random.default_rng(3)
    horror = np.array(["Horror" in genres for genres in make_dataset().items["genres"]])
    items = rng.normal(size=(N_ITEMS, DIM)) + 3 * horror[:, None] * np.eye(DIM)[0]
    return {
        "item_embeddings": items.astype(np.float32),
        "user_embeddings": rng.normal(size=(N_USERS, DIM)).astype(np.float32),
    }


@pytest.fixture(scope="session")
def embeddings() -> dict[str, np.ndarray]:
    return base_embeddings()


@pytest.fixture(scope="session")
def index_of(dataset, activations, embeddings) -> Callable[..., NeuronIndex]:
    def build(data: Dataset = dataset, min_support: int = 20, neurons: slice = slice(None)) -> NeuronIndex:
        chosen = (z[:, neurons] for z in activations)
        return build_index(data, *chosen, NeuronConfig(min_support=min_support), **embeddings, seed=0)

    return build


@pytest.fixture(scope="session")
def index(index_of) -> NeuronIndex:
    return index_of()
