"""A run whose files are not those of a run is refused with the file and its fault, whatever checksums it has."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest
import safetensors.torch
import torch

from explorer.config import load_config
from explorer.data import Dataset
from explorer.neurons import NeuronIndex
from explorer.recommenders import NcfConfig, NeuralRecommender
from explorer.runs import Run, load_run
from explorer.runs.manifest import MANIFEST
from explorer.runs.schema import COLUMNS, FILES, read_recommender, read_tensors
from explorer.sae import AmortisedAutoencoder
from tests.helpers import refused

DEMO = Path(__file__).parents[2] / "assets" / "demo-tree-run"


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """A copy of the demo run whose files a test may replace."""
    folder = tmp_path_factory.mktemp("schema") / "demo"
    for name in [*FILES, MANIFEST]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(DEMO / name, folder / name)
    return folder


def forge(folder: Path, name: str, change: Callable) -> None:
    """Change a table or tensors of the demo run, and make the checksum right."""
    path = folder / name
    if name.endswith("parquet"):
        change(pd.read_parquet(DEMO / name)).to_parquet(path)
    else:
        tensors = change(safetensors.torch.load_file(DEMO / name))
        path.write_bytes(safetensors.torch.save({key: tensor.contiguous() for key, tensor in tensors.items()}))
    manifest = json.loads((DEMO / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def assign(**values):
    return lambda table: table.assign(**values)


FORGED = {
    # The first eight each ended in another traceback, and the others in a page that showed nonsense.
    "fewer users": ("dataset/users.parquet", lambda table: table[:100], "100 rows instead of 1,600"),
    "no popularity": (
        "dataset/items.parquet",
        lambda table: table.drop(columns="popularity"),
        "lacks the column popularity",
    ),
    "a user that does not exist": ("dataset/interactions.parquet", assign(user=1600), "user that has values above"),
    "an item that does not exist": ("neurons/top_items.parquet", assign(row=720), "row that has values above"),
    "text for numbers": ("neurons/neurons.parquet", assign(max_users="x"), "max_users that is not of type float32"),
    "short embeddings": (
        "recommender.safetensors",
        lambda of: {**of, "user_embeddings": of["user_embeddings"][:, :5]},
        "user_embeddings as F32 [1600, 5] instead of F32 [1600, 32]",
    ),
    "a negative count": (
        "sae.safetensors",
        lambda of: {**of, "steps": of["steps"] - 100},
        "steps that is not between 0",
    ),
    "no stage": ("history.parquet", lambda table: table.drop(columns="stage"), "lacks the column stage"),
    "genres that are numbers": ("dataset/items.parquet", assign(genres=[[1]] * 720), "genres that does not hold"),
    "fewer neurons": ("neurons/neurons.parquet", lambda table: table[:10], "10 rows instead of 43"),
    "neurons in another order": ("neurons/neurons.parquet", lambda table: table[::-1], "in the order of their numbers"),
    "a genre that no item has": ("neurons/purity.parquet", assign(genre="Opera"), "genre that has values"),
    "an infinite activation": ("neurons/top_users.parquet", assign(activation=float("inf")), "infinite"),
    "fewer embeddings": (
        "recommender.safetensors",
        lambda of: {**of, "item_embeddings": of["item_embeddings"][:5]},
        "item_embeddings as F32 [5, 32]",
    ),
    "a tensor less": ("recommender.safetensors", lambda of: {"item_bias": of["item_bias"]}, "lacks the tensor"),
    "a tensor more": (
        "sae.safetensors",
        lambda of: {**of, "x\n": of["scale"] + 1},
        "which a run does not have",
    ),
    "tensors of another type": ("sae.safetensors", lambda of: {**of, "W_dec": of["W_dec"].double()}, "W_dec as F64"),
    "weights that are not numbers": ("sae.safetensors", lambda of: {**of, "W_dec": of["W_dec"] / 0}, "not finite"),
    "other levels": (
        "sae.safetensors",
        lambda of: {**of, "prefix_widths": torch.tensor([1, 43])},
        "other prefix_widths than the run's settings",
    ),
    "a scale of zero": ("sae.safetensors", lambda of: {**of, "scale": 0 * of["scale"]}, "a scale that is not above 0"),
}


@pytest.mark.parametrize(("name", "change", "words"), FORGED.values(), ids=FORGED)
def test_a_forged_file_is_refused_with_its_name_and_its_fault(name, change, words, demo):
    forge(demo, name, change)
    try:
        with refused(f"{demo / name} ", words, "restore it or train the run again"):
            load_run(demo)
    finally:
        shutil.copyfile(DEMO / name, demo / name)


def test_every_table_of_a_run_has_its_columns(tiny_runs):
    run: Run = tiny_runs("als")
    tables = {f"neurons/{field.name}": getattr(run.index, field.name) for field in fields(NeuronIndex)}
    tables |= {f"dataset/{name}": getattr(run.dataset, name) for name in ("users", "items", "interactions")}
    assert {*tables, "history"} == COLUMNS.keys()
    for name, table in tables.items():
        there = {column for column, about in COLUMNS[name].items() if not about.absent}
        assert there <= set(table) <= COLUMNS[name].keys()
        assert all(about.about for about in COLUMNS[name].values())


@pytest.mark.parametrize("kind", ["als", "ncf"])
def test_a_base_model_has_the_tensors_that_it_says(kind, tiny_bases):
    model = tiny_bases(kind).recommender
    config = load_config(settings=["recommender.dim=16", f"recommender.kind={kind}"]).recommender
    shapes = type(model).tensor_shapes(config, model.n_users, model.n_items)
    assert shapes == {name: tuple(tensor.shape) for name, tensor in model.tensors().items()}


def test_an_ncf_that_is_the_network_alone_has_no_more_tensors_than_before_there_was_a_product(tiny_runs, tmp_path):
    run: Run = tiny_runs("ncf")
    values = run.config.recommender.model_dump()
    config = run.config.model_copy(update={"recommender": NcfConfig(**{**values, "paths": "network"})})
    both, path = run.recommender, tmp_path / "recommender.safetensors"
    alone = NeuralRecommender.from_arrays(both.user_embeddings, both.item_embeddings, both.weights, both.biases)
    path.write_bytes(safetensors.torch.save(alone.tensors()))
    users, u, q = torch.arange(3), alone.user_embeddings[:3], alone.item_embeddings
    opened = read_recommender(path, config, run.dataset)
    assert torch.equal(opened.score(u, q, users), both.network_score(u, q))
    with refused(str(path), "lacks the tensor item_bias"):
        read_recommender(path, run.config, run.dataset)


def test_an_autoencoder_has_the_tensors_that_it_says():
    tensors = AmortisedAutoencoder(5, 8, (2, 8)).tensors()
    assert AmortisedAutoencoder.tensor_shapes(5, (2, 8)) == {name: tuple(of.shape) for name, of in tensors.items()}


def test_of_a_model_that_does_not_say_its_tensors_the_embeddings_are_checked(tiny_runs, tmp_path, monkeypatch):
    run: Run = tiny_runs("als")
    monkeypatch.setattr(type(run.recommender), "tensor_shapes", lambda *_: None)
    path = tmp_path / "recommender.safetensors"
    path.write_bytes(safetensors.torch.save(run.recommender.tensors()))
    assert read_recommender(path, run.config, run.dataset).dim == run.recommender.dim
    fewer = Dataset("x", run.dataset.users[:5], run.dataset.items, run.dataset.interactions, "")
    with refused(str(path), "5 user embeddings"):
        read_recommender(path, run.config, fewer)


@pytest.mark.parametrize("content", [b"", b"x" * 100, (2**40).to_bytes(8, "little") + b"{}", b"\2" + b"\0" * 7 + b"[]"])
def test_what_is_not_a_file_of_tensors_is_refused(content, tmp_path):
    (tmp_path / "x.safetensors").write_bytes(content)
    with refused("x.safetensors", "not a readable file of tensors"):
        read_tensors(tmp_path / "x.safetensors", {"a": (1,)})
