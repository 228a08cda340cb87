"""Fidelity of reconstructions whose quality is known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.data import DataConfig, build_dataset
from explorer.fidelity import (
    Reconstruction,
    kendall,
    measure_code,
    measure_fidelity,
    measure_levels,
    measure_recommender,
    overlap,
    rbo,
    reconstruct,
)
from explorer.recommenders import NOTHING, AlsConfig, DotProductRecommender, accuracy, fit_recommender, recommend
from explorer.runs.measurement import without_nan
from explorer.sae import (
    AmortisedAutoencoder,
    BatchTopKConfig,
    ReluConfig,
    SaeConfig,
    SparseAutoencoder,
    TopKConfig,
    train_sae,
)
from explorer.sae.codes import SparseCodes


def copy_of(model, users=None, items=None) -> Reconstruction:
    """A reconstruction with the given embeddings, by default the recommender's own."""
    users = model.user_embeddings if users is None else users
    items = model.item_embeddings if items is None else items
    codes = (SparseCodes.of(torch.ones(n, 3)) for n in (model.n_users, model.n_items))
    return Reconstruction(*codes, users, items)


def sides(model):
    return model.user_embeddings, model.item_embeddings


def test_a_perfect_reconstruction_agrees_entirely_and_is_as_accurate_as_the_recommender(tiny_run):
    data, model = tiny_run.dataset, tiny_run.recommender
    found = measure_fidelity(data, model, copy_of(model))
    own = measure_recommender(data, model)
    assert found["ndcg@20"] == pytest.approx(own["ndcg@20"]) and found["recall@20"] == pytest.approx(own["recall@20"])
    assert found["kendall@30"] == pytest.approx(1)
    assert found["rbo@30"] == pytest.approx(1)  # also with users who have fewer than 30 items left
    code = measure_code(*sides(model), copy_of(model))
    assert code["ev_users"] == code["ev_items"] == 1


def test_a_reconstruction_by_the_mean_item_explains_nothing_and_ranks_by_the_biases_alone(tiny_run):
    data, model = tiny_run.dataset, tiny_run.recommender
    mean = model.item_embeddings.mean(dim=0).expand_as(model.item_embeddings)
    code = measure_code(*sides(model), copy_of(model, items=mean))
    assert code["ev_items"] == pytest.approx(0, abs=1e-6) and code["ev_users"] == 1
    found = measure_fidelity(data, model, copy_of(model, items=mean))
    assert found["rbo@30"] < 0.9 * measure_fidelity(data, model, copy_of(model))["rbo@30"]
    if tiny_run.config.recommender.kind == "als":
        assert found["ndcg@20"] < 0.5 * measure_recommender(data, model)["ndcg@20"]


def test_fidelity_is_the_mean_of_the_measures_over_users_with_held_out_positives(tiny_run):
    data, model, rebuilt = tiny_run.dataset, tiny_run.recommender, tiny_run.reconstruction
    own = recommend(model, data.seen, 30)
    lists = recommend(model, data.seen, 30, None, rebuilt.user_embeddings, rebuilt.item_embeddings)
    held_out = np.flatnonzero(data.test.toarray().any(axis=1))
    found = measure_fidelity(data, model, rebuilt)
    for name, measure in (("rbo@30", rbo), ("kendall@30", kendall), ("overlap@30", overlap)):
        assert found[name] == pytest.approx(np.mean([measure(own[[u]], lists[[u]])[0] for u in held_out]))
    expected = accuracy(lists, data.test, 20)
    assert found["ndcg@20"] == pytest.approx(expected["ndcg@20"])
    assert found["recall@20"] == pytest.approx(expected["recall@20"])
    assert tiny_run.metrics.fidelity.as_json() == pytest.approx(found)


def test_seen_items_do_not_help_a_reconstruction_to_agree(little_dataset, rng):
    """Two models that agree on nothing but the items a user has seen have little in common."""
    data = little_dataset
    seen = data.seen.toarray().astype(np.float32) * 100
    eye = np.eye(data.n_items, dtype=np.float32)
    noise = [rng.normal(size=seen.shape).astype(np.float32) for _ in range(2)]
    model = DotProductRecommender.from_arrays(seen + noise[0], eye)
    found = measure_fidelity(data, model, copy_of(model, users=torch.from_numpy(seen + noise[1])))
    assert found["overlap@30"] < 0.6 and found["kendall@30"] < 0.1


def test_codes_are_counted_by_hand(tiny_run):
    found = measure_code(*sides(tiny_run.recommender), tiny_run.reconstruction)
    users, items = (
        tiny_run.reconstruction.user_activations.numpy() > 0,
        tiny_run.reconstruction.item_activations.numpy() > 0,
    )
    assert found["l0_users"] == pytest.approx(np.mean([row.sum() for row in users]))
    assert found["l0_items"] == pytest.approx(np.mean([row.sum() for row in items]))
    assert found["dead"] == sum(not (users[:, k].any() or items[:, k].any()) for k in range(users.shape[1]))


def test_a_neuron_that_fires_for_items_only_is_not_dead():
    z = torch.eye(3)
    users, items = SparseCodes.of(z * 0), SparseCodes.of(z * torch.tensor([1.0, 1.0, 0.0]))
    code = Reconstruction(users, items, torch.zeros(3, 2), torch.zeros(3, 2))
    model = DotProductRecommender.from_arrays(torch.eye(3, 2), torch.eye(3, 2))
    assert measure_code(*sides(model), code)["dead"] == 1


def test_a_reconstruction_is_encode_and_decode_of_everything(tiny_run):
    found = reconstruct(tiny_run.recommender, tiny_run.sae)
    z = tiny_run.sae.encode(tiny_run.recommender.item_embeddings, "item")
    assert torch.equal(found.item_activations, z)
    assert torch.equal(found.item_embeddings, tiny_run.sae.decode(z, "item"))
    assert found.user_activations.shape == (tiny_run.dataset.n_users, tiny_run.sae.n)


def test_a_catalogue_with_one_candidate_per_user_gives_numbers_that_can_be_saved():
    """A run is saved as JSON, which has no NaN."""
    interactions = pd.DataFrame({"user_id": np.repeat(np.arange(10), 3), "item_id": np.tile([1, 2, 3], 10)})
    items = pd.DataFrame({"item_id": [1, 2, 3], "title": ["a", "b", "c"], "genres": [["x"], ["y"], []]})
    items["year"] = pd.array([1990, 2000, 2010], dtype="Int64")
    data = build_dataset("three", interactions, items, DataConfig(), 0)
    model = DotProductRecommender.from_arrays(torch.ones(10, 2), torch.eye(3, 2))
    assert ((recommend(model, data.seen, 3) != NOTHING).sum(axis=1) == 1).all()
    measured = without_nan(measure_fidelity(data, model, copy_of(model)))
    assert measured["kendall@30"] is None
    json.dumps(measured, allow_nan=False)


# --- every prefix of a dictionary


LEVELS = (4, 8, 24)
KINDS = {
    "relu": ReluConfig(width=24, epochs=20, learning_rate=0.02),
    "topk": TopKConfig(width=24, k=4, k_users=5, epochs=20, learning_rate=0.02),
    "batchtopk": BatchTopKConfig(width=24, k=4, epochs=20, learning_rate=0.02),
}


@pytest.fixture(scope="module")
def als(little_dataset) -> DotProductRecommender:
    return fit_recommender(AlsConfig(dim=12), little_dataset, seed=0)[0]


@pytest.fixture(
    scope="module", params=["batchtopk", *(pytest.param(name, marks=pytest.mark.slow) for name in ("relu", "topk"))]
)
def kind(request) -> SaeConfig:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def matryoshka(kind, als) -> SparseAutoencoder:
    return train_sae(kind.model_copy(update={"prefix_widths": LEVELS}), als, seed=0)[0]


def same(measured: dict, others: dict) -> None:
    assert measured == pytest.approx(others, rel=1e-4, abs=1e-3)  # rounding may swap two neighbours in a list


def test_the_last_level_is_the_whole_dictionary(little_dataset, als, matryoshka):
    whole = reconstruct(als, matryoshka)
    levels = measure_levels(little_dataset, als, matryoshka, whole)
    assert [level["width"] for level in levels] == list(LEVELS)
    expected = {**measure_fidelity(little_dataset, als, whole), **measure_code(*sides(als), whole)}
    assert levels[-1] == {"width": 24, **expected}


def test_each_level_is_that_of_the_dictionary_of_only_its_neurons(little_dataset, als, matryoshka):
    whole = reconstruct(als, matryoshka)
    weights = {name: values.numpy().astype(float) for name, values in matryoshka.tensors().items()}
    for level, width in zip(measure_levels(little_dataset, als, matryoshka, whole), LEVELS, strict=True):
        activations = [z[:, :width] for z in (whole.user_activations, whole.item_activations)]
        copies = [
            weights["scale"][side] * z.numpy() @ weights["W_dec"][:width] + weights["mean"][side]
            for side, z in enumerate(activations)
        ]
        by_hand = Reconstruction(*map(SparseCodes.of, activations), *(torch.from_numpy(x).float() for x in copies))
        code = measure_code(*sides(als), by_hand)
        assert level["dead"] == code["dead"] and level["l0_items"] == code["l0_items"]
        same(level, {"width": width, **measure_fidelity(little_dataset, als, by_hand), **code})


def test_rows_encoded_and_decoded_in_blocks_are_those_of_all_at_once(als, matryoshka, monkeypatch):
    whole = reconstruct(als, matryoshka)
    monkeypatch.setattr(
        "explorer.fidelity.reconstruction._blocks", lambda rows, n: (slice(i, i + 7) for i in range(0, rows, 7))
    )
    parts = reconstruct(als, matryoshka)
    for name in ("user_activations", "item_activations", "user_embeddings", "item_embeddings"):
        torch.testing.assert_close(getattr(parts, name), getattr(whole, name), rtol=1e-5, atol=1e-6)


def test_wider_prefixes_explain_more_and_agree_more(little_dataset, als, matryoshka):
    levels = measure_levels(little_dataset, als, matryoshka, reconstruct(als, matryoshka))
    for name in ("ev_users", "ev_items", "overlap@30", "l0_items"):
        first, _, last = (level[name] for level in levels)
        assert last > first, name
    assert levels[0]["ev_users"] > 0.1


def test_a_flat_dictionary_has_one_level(little_dataset, als, kind):
    sae, _ = train_sae(kind.model_copy(update={"epochs": 2}), als, seed=0)
    levels = measure_levels(little_dataset, als, sae, reconstruct(als, sae))
    assert [level["width"] for level in levels] == [24]


def with_levels(als, decoder: np.ndarray, levels: tuple[int, ...]) -> SparseAutoencoder:
    """One whose pairs of neurons are the two directions along each row of `decoder`, in its order."""
    sae = AmortisedAutoencoder.initialised(
        als.user_embeddings, als.item_embeddings, 2 * len(decoder), torch.Generator().manual_seed(0), levels
    )
    rows = torch.from_numpy(np.repeat(decoder, 2, axis=0)).float() * torch.tensor([[1.0], [-1.0]] * len(decoder))
    with torch.no_grad():
        sae.W_dec.copy_(rows)
        sae.W_enc.copy_(rows.T)
    return sae.freeze()


def test_a_perfect_dictionary_explains_everything_at_every_level(little_dataset, als):
    """Whose first 24 neurons already span the embeddings' 12 dimensions."""
    twice = np.concatenate([np.eye(als.dim), np.zeros((als.dim, als.dim))])
    sae = with_levels(als, twice, (24, 36, 48))
    levels = measure_levels(little_dataset, als, sae, reconstruct(als, sae))
    assert len(levels) == 3
    for level in levels:
        assert level["ev_users"] == pytest.approx(1) and level["ev_items"] == pytest.approx(1)
        assert level["overlap@30"] == pytest.approx(1, abs=0.01)
        assert level["dead"] == level["width"] - 24


def test_a_dictionary_that_gives_only_the_mean_explains_nothing_at_every_level(little_dataset, als):
    sae = with_levels(als, np.zeros((als.dim, als.dim)), (3, 24))
    levels = measure_levels(little_dataset, als, sae, reconstruct(als, sae))
    assert len(levels) == 2
    for level in levels:
        assert level["ev_users"] == pytest.approx(0, abs=1e-6) and level["ev_items"] == pytest.approx(0, abs=1e-6)
        assert level["l0_items"] == 0 and level["dead"] == level["width"]


def test_levels_in_between_explain_what_their_dimensions_carry(little_dataset, als):
    x = als.item_embeddings.double()
    squares = (x - x.mean(dim=0)).square().sum(dim=0)
    sae = with_levels(als, np.eye(als.dim), (2, 10, 24))
    for level, dimensions in zip(
        measure_levels(little_dataset, als, sae, reconstruct(als, sae)), (1, 5, 12), strict=True
    ):
        assert level["ev_items"] == pytest.approx(float(squares[:dimensions].sum() / squares.sum()), abs=1e-5)
        assert level["l0_items"] == pytest.approx(dimensions)
