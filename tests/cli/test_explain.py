"""`explain`: vectors of an own recommender become a run that every command reads; and the split that it may see."""

import numpy as np
import onnx
import pandas as pd
import pytest

from explorer import load_run
from explorer.data import load_dataset
from explorer.data.source.add import add_source
from explorer.data.source.guess import guess_source
from tests.data.source.conftest import made
from tests.recommenders.external.networks import PRODUCT, network

SMALL = ("--set", "sae.width=8", "--set", "sae.k=2", "--no-maps")


@pytest.fixture
def own(place, tmp_path):
    """A data set, and vectors of its users and items in files."""
    folder = add_source(guess_source([made("shop", tmp_path)]).description, tmp_path / "data")
    dataset = load_dataset(str(folder))
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "als.npz",
        user_factors=rng.normal(size=(dataset.n_users, 8)),
        item_factors=rng.normal(size=(dataset.n_items, 8)),
    )
    return folder, tmp_path / "als.npz"


def test_files_become_a_run_that_other_commands_read(own, read_json, tmp_path):
    folder, vectors = own
    done = read_json(
        "explain", "--dataset", folder, "--users", vectors, "--items", vectors, "--name", "Mine",
        "--out", "mine", *SMALL,
    )  # fmt: skip
    assert done["recommender"]["kind"] == "external"
    assert done["recommender"]["dim"] == 8
    (row,) = read_json("runs", tmp_path)["runs"]
    assert row["model"] == "Mine"
    assert read_json("neurons", "mine")["neurons"]
    assert read_json("evaluate", "mine")["recommender"] == done["recommender"]


def test_a_network_gives_the_scores_of_a_run(own, read_json, tmp_path):
    folder, vectors = own
    onnx.save(network(PRODUCT, dim=8), tmp_path / "net.onnx")
    files = ("--users", vectors, "--items", vectors, "--scorer", tmp_path / "net.onnx")
    read_json("explain", "--dataset", folder, *files, "--out", "mine", *SMALL)
    (tmp_path / "net.onnx").unlink()  # the run holds it
    run = load_run(tmp_path / "mine")
    assert not run.inner.recommender.dot_product
    user = run.inner.dataset.users["user_id"].iloc[0]
    assert read_json("steer", "mine", "--user", user, "--set", "0=2")["user"] == str(user)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--items is missing"),
        (["--items", "nowhere.npy"], "does not exist"),
        (["--items", "als.npz", "--score", "knn"], "invalid choice: 'knn'"),
        (["--items", "als.npz", "--users", "als.npz", "--user-tensor", "x"], "has no tensor 'x'"),
        (["--items", "als.npz", "--users", "als.npz", "--scorer", "als.npz"], "als.npz is not an ONNX file"),
        (["--items", "als.npz", "--scorer", "net.onnx"], "a scorer needs user vectors"),
        (["--items", "als.npz", "--users", "als.npz", "--scorer", "x", "--score", "cosine"], "gives the whole score"),
        (["--items", "als.npz", "--item-tensor", "user_factors"], "rows without ids, but the data set has"),
    ],
)
def test_a_mistake_is_one_sentence_and_writes_nothing(options, said, own, cli, tmp_path):
    done = cli("explain", "--dataset", own[0], "--out", "mine", *options, *SMALL)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "mine" / "run.json").exists()


def test_the_split_is_written_with_the_part_of_every_positive(own, read_json):
    folder, _ = own
    done = read_json("datasets", "split", folder, "--out", "split.csv")
    table = pd.read_csv("split.csv")
    dataset = load_dataset(str(folder))
    assert len(table) == len(dataset.interactions)
    assert dict(table["part"].value_counts()) == {part: done[part] for part in ("training", "validation", "test")}
    assert (table["part"] == "training").sum() == dataset.train.nnz
