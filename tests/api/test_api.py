"""A run in Python gives the numbers of the command line, and mistakes are sentences."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import explorer
from explorer import explain, load_run, train
from explorer.errors import UserError

ROOT = Path(__file__).parents[2]
SMALL = {"sae.width": 8, "sae.k": 2}


@pytest.fixture(scope="module")
def run():
    return load_run(ROOT / "assets" / "demo-run")


def test_importing_the_package_loads_nothing_heavy():
    heavy = "[name for name in ('torch', 'pandas', 'numpy', 'streamlit', 'duckdb') if name in sys.modules]"
    code = f"import sys, explorer; print({heavy})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_is_promised_is_there_and_nothing_else():
    assert set(explorer.__all__) <= set(dir(explorer))
    with pytest.raises(AttributeError, match="has no attribute 'fly'"):
        explorer.fly  # noqa: B018


def test_a_run_says_in_one_line_what_it_is(run):
    assert repr(run) == "<Run demo-run: demo, 1,600 users, 720 items, 34 neurons of Implicit ALS>"


def test_embeddings_of_the_data_encode_to_its_activations(run):
    vectors = run.inner.recommender.item_embeddings.numpy()[:9]
    assert np.allclose(run.encode(vectors, "items"), run.activations("items")[:9], atol=1e-5)
    ids = run.inner.dataset.users["user_id"].iloc[[3, 1]].tolist()
    assert np.allclose(run.activations("users", ids), run.activations("users")[[3, 1]], atol=1e-5)


def test_items_are_those_of_the_index(run):
    assert run.items(3, 4)["item_id"].tolist() == run.inner.top_items(3, 4)["item_id"].tolist()


def test_steering_changes_the_list_and_nothing_changed_leaves_it(run):
    user = run.inner.dataset.users["user_id"].iloc[0]
    assert run.steer(user, {}).list["item_id"].tolist() == run.recommend(user)["item_id"].tolist()
    steered = run.steer(user, {3: 1.5}, 10)
    assert len(steered.list) == 10
    assert "of 10 items changed" in repr(steered)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda run: run.items(99), "There is no neuron 99"),
        (lambda run: run.steer("nobody", {}), "There is no user 'nobody'"),
        (lambda run: run.encode(np.ones((2, 3)), "items"), r"must be \[n, 32\]"),
        (lambda run: run.encode(np.full((1, 32), np.nan), "items"), "NaN or infinity"),
        (lambda run: run.encode(np.ones((1, 32)), "films"), "it is items or users"),
        (lambda run: run.activations("items", ["x"]), "There is no item 'x'"),
        (lambda run: run.encode([["a"]], "items"), "not an array of numbers"),
        (lambda run: run.steer(7, {3: "a"}), "The value 'a' for neuron 3 is not a number"),
        (lambda run: run.items(3, 0), "must be at least 1"),
        (lambda run: run.export("x.csv", "lists", k=True), "must be at least 1, a whole number"),
        (lambda run: run.export("x.docx"), "ends in none of"),
        (lambda run: run.export("x.csv", "dreams"), "cannot be exported"),
        (lambda run: run.export("/nowhere/x.csv"), "there is no folder"),
    ],
)
def test_a_mistake_is_a_sentence(run, call, said):
    with pytest.raises(UserError, match=said):
        call(run)


@pytest.fixture(scope="module")
def own(tiny_runs):
    """Items of a small data set: their vectors and ids."""
    inner = tiny_runs("als")
    return inner.recommender.item_embeddings.numpy(), inner.dataset.items["item_id"].tolist()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (lambda vectors: {"items": vectors.T}, "The array items has 16 rows without ids, .* it looks transposed"),
        (lambda vectors: {"items": vectors[:-1]}, "give item_ids with the id of each row"),
        (lambda vectors: {"items": vectors * np.nan}, "The array items: 144 of 144 rows hold NaN"),
        (lambda vectors: {"items": vectors.astype(object)}, "is of object; it must be of numbers"),
        (lambda vectors: {"items": vectors, "item_ids": ["a", "b"]}, "There are 2 ids of items"),
        (lambda vectors: {"items": vectors, "users": vectors[:, :3]}, "The array users"),
        (lambda vectors: {"items": vectors, "item_bias": vectors[:2, 0]}, "The array item_bias"),
    ],
)
def test_what_is_wrong_with_arrays_is_said_in_words_of_python(more, said, own, demo_folder):
    with pytest.raises(UserError, match=said) as raised:
        explain(demo_folder, **more(own[0]), settings=SMALL)
    assert "/explorer-" not in str(raised.value)


def test_a_folder_that_is_taken_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UserError, match="is not empty and is not a run"):
        explain("there is no such data set", np.ones((2, 2)), out=tmp_path)


def test_biases_are_added_to_scores(own, demo_folder):
    vectors, ids = own
    bias = np.arange(len(ids), dtype=np.float32)
    made = explain(demo_folder, vectors[::-1], item_ids=ids[::-1], item_bias=bias[::-1], settings=SMALL)
    assert np.allclose(made.inner.recommender.item_bias.numpy(), bias)


def test_arrays_with_ids_in_any_order_are_explained(own, demo_folder, tmp_path):
    vectors, ids = own[0][1:], own[1][1:]
    made = explain(
        demo_folder, vectors[::-1], item_ids=ids[::-1], name="Mine", settings=SMALL, out=tmp_path / "mine"
    )  # fmt: skip
    assert "1 of 144 items have no vector in the array items and are left out" in made.inner.dataset.notes
    assert "8 neurons of Mine" in repr(made)
    assert np.allclose(made.inner.recommender.item_embeddings.numpy(), vectors, atol=1e-6)
    assert np.allclose(load_run(tmp_path / "mine").encode(vectors[:3], "items"), made.encode(vectors[:3], "items"))


def test_a_training_saves_the_run_where_it_is_told(demo_folder, tmp_path):
    made = train(demo_folder, tmp_path / "run", settings={**SMALL, "recommender.epochs": 1}, seed=3)
    assert load_run(tmp_path / "run").metrics == made.metrics
    with pytest.raises(UserError, match="already holds a run"):
        train(demo_folder, tmp_path / "run", settings=SMALL)


def test_the_example_of_the_readme_runs(tmp_path, monkeypatch):
    code = re.search(r"```python\n(import numpy.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    space: dict = {}
    exec(compile(code, "README.md", "exec"), space)
    assert len(space["off"].list) == 20
    assert (tmp_path / "neurons.parquet").exists()
    assert (tmp_path / "runs" / "small" / "run.json").exists()


def test_the_pages_of_the_interface_are_built_offline(tmp_path):
    pdoc = pytest.importorskip("pdoc")
    pdoc.pdoc("explorer.api", "explorer.api.exports", output_directory=tmp_path)
    page = (tmp_path / "explorer" / "api.html").read_text()
    assert "Explain the embeddings of your own recommender" in page


@pytest.mark.parametrize("made", [load_run, train, explain, *vars(explorer.Run).values()])
def test_whatever_is_public_is_typed_and_described(made):
    function = made.fget if isinstance(made, property) else made
    if not inspect.isfunction(function) or function.__name__.startswith("_"):
        return
    hints = inspect.signature(function)
    assert function.__doc__
    assert hints.return_annotation is not inspect.Signature.empty
    assert all(one.annotation is not one.empty for name, one in hints.parameters.items() if name != "self")


def test_a_lenskit_pipeline_is_explained_with_its_own_scores(tmp_path):
    from lenskit.als import ImplicitMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.pipeline import topn_pipeline
    from lenskit.training import TrainingOptions

    from explorer.data import load_dataset

    data = load_dataset("demo")
    rows = data.interactions.query("part == 0")
    table = {"user_id": data.users["user_id"].to_numpy()[rows["user"]], "item_id": data.items["item_id"][rows["item"]]}
    pipeline = topn_pipeline(ImplicitMFScorer(embedding_size=8, epochs=2))
    pipeline.train(from_interactions_df(pd.DataFrame(table)), TrainingOptions(rng=0))
    run = explain("demo", pipeline=pipeline, trained_on="training", settings=SMALL)
    scorer = pipeline.component("scorer")
    wanted = run.inner.dataset.items["item_id"].tolist()
    assert np.allclose(run.inner.recommender.item_embeddings, scorer.item_embeddings[scorer.items.numbers(wanted)])
    assert run.metrics["recommender"]["ndcg@20"] > 0


def test_a_pipeline_and_vectors_at_once_are_refused():
    with pytest.raises(UserError, match="Give either the vectors of the items or a LensKit pipeline"):
        explain("demo")
    with pytest.raises(UserError, match="has its own vectors, ids and biases"):
        explain("demo", pipeline=object(), users=np.ones((3, 2)))
