"""What several tests share: tiny trained runs, made once for all workers of pytest-xdist, and where the published data
sets are."""

from __future__ import annotations

import functools
import gc
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import filelock
import numpy as np
import pandas as pd
import pytest
import torch

from explorer.config import load_config
from explorer.data import DataConfig, build_dataset, demo, load_dataset
from explorer.runs import Run, load_run, save_run
from explorer.runs.pipeline import Base, explain_base, train_base
from explorer.sae import Trainer
from explorer.threads import use_threads

os.environ.setdefault("STREAMLIT_LOGGER_LEVEL", "error")  # else it warns in every worker that no server runs

REAL_DATA_VARIABLE = "EXPLORER_TEST_DATA"
TINY = ["sae.epochs=60", "sae.width=32", "sae.k=4", "recommender.dim=16", "recommender.epochs=4"]
"""Settings with which a run trains in about a second."""
VARIANTS = {
    "matryoshka": (["sae.k=4", "sae.prefix_widths=halves"], None),
    "nested": (["sae.k=4", "sae.activation=batchtopk", "sae.prefix_widths=[8, 32]"], None),
    "topk-no-years": (["sae.k=4", "sae.activation=topk"], "year"),
    "relu-no-genres": (["sae.activation=relu"], "genres"),
}
"""Of the runs of `tiny_variants`: settings of the autoencoder, and the column of items that the data set lacks."""


def pytest_collection_finish():
    """What was imported stays, so the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    use_threads()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Make a folder that all workers share: the first that asks for it makes it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    shared.mkdir(exist_ok=True)

    def once(name: str, make: Callable[[Path], object]) -> Path:
        with filelock.FileLock(shared / f"{name}.lock"):
            if not (shared / name / "made").exists():
                make(shared / name / name)
                (shared / name / "made").touch()
        return shared / name / name

    return once


@pytest.fixture(scope="session")
def demo_folder(made_once) -> Path:
    """A small demo catalogue as a folder of two CSV files."""

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        interactions, items = demo.generate(n_users=200, items_per_leaf=6)
        items["genres"] = items["genres"].map("|".join)
        interactions.to_csv(folder / "interactions.csv", index=False)
        items.to_csv(folder / "items.csv", index=False)

    return made_once("little", make)


@pytest.fixture(scope="session")
def little_dataset():
    """A small demo data set: 200 users, 144 items."""
    interactions, items = demo.generate(n_users=200, items_per_leaf=6)
    return build_dataset("little", interactions, items, DataConfig(), 0, demo.genre_parents())


@pytest.fixture(scope="session")
def tiny_runs(demo_folder, made_once) -> Callable[[str], Run]:
    """A run per base model, trained in a second on the small demo, saved and with its path."""

    @functools.cache
    def train(kind: str) -> Run:
        config = load_config(settings=[*TINY, f"recommender.kind={kind}"])

        def make(folder: Path) -> None:
            save_run(explain_base(train_base(str(demo_folder), config), config), folder)

        return load_run(made_once(f"tiny-{kind}", make))

    return train


@pytest.fixture(scope="session")
def tiny_bases(demo_folder, tiny_runs) -> Callable[[str], Base]:
    """The base models of the tiny runs."""

    def base(kind: str) -> Base:
        run = tiny_runs(kind)
        history = run.history.query("stage == 'recommender'").drop(columns="stage").dropna(axis=1)
        return Base(str(demo_folder), run.dataset, run.recommender, history.to_dict("records"), run.metrics.seconds)

    return base


@pytest.fixture(scope="session")
def tiny_variants(demo_folder, tiny_bases, made_once) -> Callable[[str], Run]:
    """Runs on one base model that differ in the autoencoder or in what the data set says: the keys of `VARIANTS`."""

    def train(name: str, target: Path) -> None:
        settings, lacking = VARIANTS[name]
        base = tiny_bases("als")
        if lacking:
            folder = shutil.copytree(demo_folder, target.with_name("data"))
            pd.read_csv(folder / "items.csv").drop(columns=lacking).to_csv(folder / "items.csv", index=False)
            base = replace(base, dataset=load_dataset(str(folder), DataConfig(), 0))
        config = load_config(settings=["sae.epochs=20", "sae.width=32", "recommender.dim=16", *settings])
        save_run(explain_base(base, config), target)

    return functools.cache(lambda name: load_run(made_once(name, functools.partial(train, name))))


@pytest.fixture(scope="session")
def demo_run() -> Run:
    """The built-in run, which has concepts: the tiny ones have hardly any."""
    return load_run(Path(__file__).parents[1] / "assets" / "demo-run")


@pytest.fixture(scope="session", params=["als", "mf"])
def tiny_run(request, tiny_runs) -> Run:
    """The tiny run of each base model in turn."""
    return tiny_runs(request.param)


@pytest.fixture
def diverging(monkeypatch, tiny_runs):
    """The loss becomes NaN in the third epoch."""
    tiny_runs("als")  # made before, if it has to be: this is about the training that the test itself starts
    original = Trainer.train_step

    def train_step(trainer):
        if trainer.epoch == 2:
            with torch.no_grad():
                trainer.sae.W_dec[:] = float("nan")
        return original(trainer)

    monkeypatch.setattr(Trainer, "train_step", train_step)


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
