"""An own model is matched to the data, frozen as it is, and never called accurate unless somebody vouches for it."""

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.config import load_config
from explorer.errors import UserError
from explorer.recommenders import ExternalConfig, fit_recommender, fold_in
from explorer.recommenders.external.model import known, length_of
from explorer.runs.pipeline import train_run


@pytest.fixture
def files(little_dataset, tmp_path):
    """Random vectors for the data of the tests: user and item files with ids, and their matrices."""
    rng = np.random.default_rng(0)
    made = {}
    for side, ids in (("user", little_dataset.users["user_id"]), ("item", little_dataset.items["item_id"])):
        matrix = rng.normal(size=(len(ids), 5)).astype(np.float32)
        table = pd.DataFrame(matrix, columns=list("abcde"))
        table.insert(0, "id", ids.astype(str).to_numpy())
        table.to_parquet(tmp_path / f"{side}.parquet")
        np.save(tmp_path / f"{side}.npy", matrix)
        made[side] = (table, matrix)
    return tmp_path, made


def config(folder, ending="npy", **changes) -> ExternalConfig:
    return ExternalConfig(
        **{"users": str(folder / f"user.{ending}"), "items": str(folder / f"item.{ending}"), **changes}
    )


@pytest.mark.parametrize("ending", ["npy", "parquet"])
def test_scores_are_those_of_the_vectors(ending, files, little_dataset):
    folder, made = files
    model, history = fit_recommender(config(folder, ending), little_dataset, 0)
    expected = made["user"][1] @ made["item"][1].T
    users = torch.arange(little_dataset.n_users)
    assert np.allclose(model.score(model.user_embeddings, model.item_embeddings, users), expected, atol=1e-5)
    assert history == []


def test_rows_in_another_order_are_matched_by_id(files, little_dataset):
    folder, made = files
    table, matrix = made["item"]
    table.iloc[::-1].to_parquet(folder / "item.parquet")
    model, _ = fit_recommender(config(folder, "parquet"), little_dataset, 0)
    assert np.allclose(model.item_embeddings, matrix)


def test_a_cosine_is_the_dot_product_of_unit_vectors(files, little_dataset):
    folder, made = files
    model, _ = fit_recommender(config(folder, score="cosine"), little_dataset, 0)
    assert np.allclose(model.item_embeddings.norm(dim=1), 1)
    u, q = (made[side][1] / np.linalg.norm(made[side][1], axis=1, keepdims=True) for side in ("user", "item"))
    assert np.allclose(model.user_embeddings @ model.item_embeddings.T, u @ q.T, atol=1e-5)


def test_biases_are_added(files, little_dataset):
    folder, _ = files
    bias = np.arange(little_dataset.n_items, dtype=np.float32)
    np.save(folder / "bias.npy", bias)
    model, _ = fit_recommender(config(folder, item_bias=str(folder / "bias.npy")), little_dataset, 0)
    assert np.allclose(model.item_bias, bias)


def test_items_alone_make_users_the_means_of_their_histories(files, little_dataset):
    folder, made = files
    settings = config(folder, users=None)
    model, _ = fit_recommender(settings, little_dataset, 0)
    seen = little_dataset.train[[0]].indices
    assert np.allclose(model.user_embeddings[0], made["item"][1][seen].mean(axis=0), atol=1e-5)
    new = fold_in(settings, model, np.array([1, 2]), little_dataset.items["popularity"].to_numpy())
    assert np.allclose(new[0], made["item"][1][[1, 2]].mean(axis=0), atol=1e-5)


def test_items_without_a_vector_are_left_out_and_it_is_said(files, little_dataset):
    folder, made = files
    made["item"][0].iloc[3:].to_parquet(folder / "item.parquet")
    users, items, notes = known(config(folder, "parquet"), little_dataset)
    assert users.all()
    assert items.tolist() == [False] * 3 + [True] * (little_dataset.n_items - 3)
    assert notes == [f"3 of {little_dataset.n_items} items have no vector in item.parquet and are left out"]


def test_ids_that_hardly_match_are_refused_with_examples_of_both(files, little_dataset):
    folder, made = files
    table = made["item"][0]
    table["id"] = [f"other-{n}" for n in range(len(table))]
    table.to_parquet(folder / "item.parquet")
    with pytest.raises(UserError, match=r"Only 0 of .* items of the data have a vector .* 'other-0'"):
        known(config(folder, "parquet"), little_dataset)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m[:-1], "rows without ids, but the data set has"),
        (lambda m: np.vstack([m[:1], m]), "--item-offset 1 if the first row is padding"),
        (lambda m: m.T, "looks transposed"),
    ],
)
def test_rows_without_ids_must_be_as_many_as_the_data_has(change, said, files, little_dataset):
    folder, made = files
    np.save(folder / "item.npy", change(made["item"][1]))
    with pytest.raises(UserError, match=said):
        known(config(folder), little_dataset)


def test_vectors_of_two_lengths_are_refused(files):
    folder, made = files
    np.save(folder / "user.npy", made["user"][1][:, :4])
    with pytest.raises(UserError, match="must be of one length"):
        length_of(config(folder))


@pytest.mark.parametrize(("trained_on", "measured"), [("unknown", False), ("everything", False), ("training", True)])
def test_an_accuracy_is_measured_only_if_somebody_vouches_for_it(trained_on, measured, shop_files):
    source, folder = shop_files
    run = train_run(
        str(source),
        load_config(
            settings=["sae.width=8", "sae.k=2"],
            **{
                "recommender.kind": "external",
                "recommender.items": str(folder / "item.parquet"),
                "recommender.trained_on": trained_on,
            },
        ),
    )
    assert (run.metrics.recommender.ndcg is not None) == measured
    assert (run.metrics.fidelity.ndcg is not None) == measured
    assert run.metrics.fidelity.rbo is not None


@pytest.fixture
def shop_files(tmp_path):
    """A data set of files and vectors for its items."""
    from explorer.data import load_dataset
    from explorer.data.source.add import add_source
    from explorer.data.source.guess import guess_source
    from tests.data.source.conftest import made

    folder = add_source(guess_source([made("shop", tmp_path)]).description, tmp_path / "data")
    items = load_dataset(str(folder)).items
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(len(items), 8)), columns=list("abcdefgh"))
    table.insert(0, "id", items["item_id"].astype(str))
    table.to_parquet(tmp_path / "item.parquet")
    return folder, tmp_path
