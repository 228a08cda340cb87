"""What several tests share: a tiny trained run, and where the published data sets are."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer.data import DataConfig, build_dataset, demo
from explorer.runs import Run, load_config, save_run, train_run
from explorer.threads import use_threads

REAL_DATA_VARIABLE = "EXPLORER_TEST_DATA"
TINY = ["sae.epochs=60", "sae.width=32", "sae.k=4", "recommender.dim=16", "recommender.epochs=4"]
"""Settings with which a run trains in about a second."""


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    use_threads()


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory) -> Path:
    """A small demo catalogue as a folder of two CSV files."""
    folder = tmp_path_factory.mktemp("data") / "little"
    folder.mkdir()
    interactions, items = demo.generate(n_users=200, items_per_leaf=6)
    items["genres"] = items["genres"].map("|".join)
    interactions.to_csv(folder / "interactions.csv", index=False)
    items.to_csv(folder / "items.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def little_dataset():
    """A small demo data set: 200 users, 144 items."""
    interactions, items = demo.generate(n_users=200, items_per_leaf=6)
    return build_dataset("little", interactions, items, DataConfig(), 0, demo.genre_parents())


@pytest.fixture(scope="session")
def tiny_runs(demo_folder, tmp_path_factory) -> Callable[[str], Run]:
    """A run per base model, trained in a second on the small demo, saved and with its path."""

    @functools.cache
    def train(kind: str) -> Run:
        run = train_run(str(demo_folder), load_config(settings=[*TINY, f"recommender.kind={kind}"]))
        return save_run(run, tmp_path_factory.mktemp("runs") / f"tiny-{kind}")

    return train


@pytest.fixture(scope="session", params=["als", "mf"])
def tiny_run(request, tiny_runs) -> Run:
    """The tiny run of each base model in turn."""
    return tiny_runs(request.param)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the published data sets; tests that need it are marked `realdata`."""
    folder = os.environ.get(REAL_DATA_VARIABLE)
    if not folder:
        pytest.skip(f"needs the published data sets: set {REAL_DATA_VARIABLE} to their folder")
    return Path(folder)


@pytest.fixture
def write_folder(tmp_path):
    """Write a data folder from the text of its two files; None leaves a file out."""

    def write(interactions: str | bytes | None, items: str | bytes | None) -> Path:
        for name, content in (("interactions.csv", interactions), ("items.csv", items)):
            if content is not None:
                path = tmp_path / name
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
