"""Points with a plan: groups that a map has to keep apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.maps.vectors import MapVectors, unit_vectors
from explorer.runs import Run

GROUPS, EACH, DIM = 10, 20, 24


def planted(
    groups: int = GROUPS, each: int = EACH, dim: int = DIM, noise: float = 0.6
) -> tuple[MapVectors, np.ndarray]:
    """Vectors around random directions, and the group of each."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(groups), each)
    x = rng.normal(size=(groups, dim))[group] + noise * rng.normal(size=(len(group), dim))
    return unit_vectors(x), group


@pytest.fixture(scope="session")
def clustered() -> tuple[MapVectors, np.ndarray]:
    return planted()


@pytest.fixture(scope="session")
def run(tiny_runs) -> Run:
    return tiny_runs("als")


@pytest.fixture(scope="session")
def half_dead(run) -> Run:
    """The run, but its neurons 3 and 7 never fire."""
    neurons = run.index.neurons.copy()
    neurons.loc[[3, 7], "max_activation"] = 0.0
    return replace(run, index=replace(run.index, neurons=neurons))


def points(**columns) -> pd.DataFrame:
    """A map's table; the entity is item and the coordinates are 0 unless said."""
    n = len(next(iter(columns.values())))
    table = pd.DataFrame({"entity": "item", "row": np.arange(n), "x": 0.0, "y": 0.0, **columns})
    return table.astype({"entity": "string", "row": "int32", "x": "float32", "y": "float32"})
