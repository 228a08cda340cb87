"""The neurons of another run that are the same are found, and what is no better than chance is not matched."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.comparison import MIN_SHARED, match_neurons
from explorer.recommenders import DotProductRecommender
from explorer.runs import Run
from explorer.sae import AmortisedAutoencoder, SparseAutoencoder
from tests.helpers import opaque, refused


@pytest.fixture(scope="module")
def run(tiny_runs) -> Run:
    return tiny_runs("als")


def living(run: Run) -> list[int]:
    return np.flatnonzero(run.index.neurons["max_activation"] > 0).tolist()


def with_sae(run: Run, **tensors) -> Run:
    return replace(run, sae=SparseAutoencoder.from_tensors({**run.sae.tensors(), **tensors}))


def renumbered(run: Run, order: torch.Tensor) -> Run:
    """The same neurons in another order: number i is what number `order[i]` was."""
    tensors = run.sae.tensors()
    of_neurons = {name: tensors[name][order] for name in ("W_dec", "b_enc") if name in tensors}
    of_neurons |= {name: tensors[name][:, order] for name in ("W_enc",) if name in tensors}
    neurons = run.index.neurons.iloc[order.numpy()].reset_index(drop=True)
    neurons["neuron"] = range(len(neurons))
    return replace(with_sae(run, **of_neurons), index=replace(run.index, neurons=neurons))


def turned(run: Run, seed: int = 0) -> Run:
    """The same model and neurons in embeddings that are rotated: every score and activation stays what it was."""
    rotation = torch.linalg.qr(torch.randn(run.recommender.dim, run.recommender.dim, generator=generator(seed)))[0]
    model, tensors = run.recommender, run.sae.tensors()
    rotated = DotProductRecommender.from_arrays(
        model.user_embeddings @ rotation, model.item_embeddings @ rotation, model.user_bias, model.item_bias
    )
    weights = {name: tensors[name] @ rotation for name in ("W_dec", "mean")}
    weights |= {name: rotation.T @ tensors[name] for name in ("W_enc",) if name in tensors}  # a search needs none
    return replace(with_sae(run, **weights), recommender=rotated)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def with_items(run: Run, rows: np.ndarray, **columns) -> Run:
    """The run on some of its items, in this order, with other columns of them."""
    items = run.dataset.items.iloc[rows].reset_index(drop=True).assign(**columns)
    model = run.recommender
    return replace(
        run,
        dataset=replace(run.dataset, items=items),
        recommender=replace(
            model, item_embeddings=model.item_embeddings[rows].clone(), item_bias=model.item_bias[rows].clone()
        ),
    )


def assert_found(matching, expected: dict[int, int]) -> None:
    """Every living neuron has the expected counterpart, and is the same."""
    table = matching.table.set_index("neuron")
    assert table["counterpart"].to_dict() == table["partner"].to_dict() == expected
    np.testing.assert_allclose(table[["similarity", "partner_similarity"]], 1, atol=1e-4)
    assert table["mutual"].all() and table["found"].all()
    assert matching.share_mutual == matching.share_found == 1
    assert matching.mean_similarity == pytest.approx(1, abs=1e-4)


def test_a_run_is_the_same_as_itself(run):
    matching = match_neurons(run, run)
    assert (matching.basis, matching.shared) == ("directions", run.dataset.n_items)
    assert_found(matching, {k: k for k in living(run)})


def test_neurons_in_another_order_are_found(run):
    order = torch.randperm(run.sae.n, generator=generator(1))
    number = {int(old): new for new, old in enumerate(order)}
    assert_found(match_neurons(run, renumbered(run, order)), {k: number[k] for k in living(run)})


def test_a_rotated_space_has_the_same_neurons_by_their_effects(run):
    order = torch.randperm(run.sae.n, generator=generator(2))
    number = {int(old): new for new, old in enumerate(order)}
    matching = match_neurons(run, turned(renumbered(run, order)))
    assert matching.basis == "effects"
    assert_found(matching, {k: number[k] for k in living(run)})


def test_a_score_that_is_not_a_dot_product_is_compared_by_activations(run):
    matching = match_neurons(opaque(run), turned(run))
    assert matching.basis == "activations"
    table = matching.table[run.index.neurons["max_items"].iloc[matching.table["neuron"]].to_numpy() > 0]
    assert (table["counterpart"] == table["neuron"]).mean() > 0.9  # two that fire on one and the same item are the same
    np.testing.assert_allclose(table["similarity"], 1, atol=1e-3)


def test_the_similarity_is_the_correlation_of_effects_on_the_shared_items(run, tiny_runs):
    other = tiny_runs("mf")
    matching = match_neurons(run, other)
    assert matching.basis == "effects" and matching.shared == run.dataset.n_items
    row = matching.table.iloc[3]
    effects = [
        (r.recommender.item_embeddings @ r.sae.W_dec[row[column]]).numpy()
        for r, column in ((run, "neuron"), (other, "counterpart"))
    ]
    assert row["similarity"] == pytest.approx(np.corrcoef(*effects)[0, 1], abs=1e-5)


def test_items_are_matched_by_what_they_are_and_not_by_their_row(run):
    rows = np.random.default_rng(0).permutation(run.dataset.n_items)[:100]
    as_text = with_items(run, rows, item_id=lambda items: items["item_id"].astype(str))
    matching = match_neurons(run, turned(as_text))
    assert (matching.basis, matching.shared) == ("effects", 100)
    assert_found(matching, {k: k for k in living(run)})


@pytest.mark.parametrize("shared", [0, MIN_SHARED - 1])
def test_runs_with_too_few_items_in_common_are_refused(run, shared):
    with refused(run.name, f" {shared} items", str(MIN_SHARED)):
        match_neurons(run, with_items(run, np.arange(shared)))


def test_the_same_numbers_of_another_catalogue_are_not_items_in_common(run):
    everything = np.arange(run.dataset.n_items)
    with refused(" 0 items", "title"):
        match_neurons(run, turned(with_items(run, everything, title=lambda items: "Not " + items["title"])))


@pytest.mark.parametrize("other_space", [False, True], ids=["directions", "effects"])
def test_random_directions_are_no_better_than_chance(run, other_space):
    d = torch.nn.functional.normalize(torch.randn(run.sae.n, run.recommender.dim, generator=generator(3)), dim=1)
    other = with_sae(turned(run) if other_space else run, W_dec=d)
    matching = match_neurons(run, other)
    assert matching.share_found < 0.15
    assert matching.mean_similarity == pytest.approx(matching.chance.mean, abs=0.1)
    assert matching.chance.mean < matching.chance.p99 < 1


def test_chance_is_drawn_by_the_seed(run):
    chances = [match_neurons(run, run, seed).chance for seed in (0, 0, 1)]
    assert chances[0] == chances[1] != chances[2]


def test_neurons_that_never_fire_are_left_out_on_both_sides(run):
    neurons = run.index.neurons.copy()
    neurons.loc[[0, 5], "max_activation"] = 0.0
    other = replace(run, index=replace(run.index, neurons=neurons))
    kept = [k for k in living(run) if k not in (0, 5)]
    assert match_neurons(other, run).table["neuron"].tolist() == kept
    table = match_neurons(run, other).table.set_index("neuron")
    assert not table["counterpart"].isin([0, 5]).any()
    missing = table["partner"].isna()
    assert missing.sum() == len(living(run)) - len(kept)
    assert table["partner_similarity"].isna().equals(missing)
    assert table["partner"].dropna().is_unique


def test_a_run_without_a_neuron_that_fires_is_refused(run):
    silent = replace(run, index=replace(run.index, neurons=run.index.neurons.assign(max_activation=0.0)))
    for pair in ((run, silent), (silent, run)):
        with refused("ever fires", run.name):
            match_neurons(*pair)


def test_two_equal_neurons_have_one_partner_each_and_only_one_is_mutual(run):
    a, b = living(run)[:2]
    directions = run.sae.W_dec.clone()
    directions[b] = directions[a]
    table = match_neurons(with_sae(run, W_dec=directions), run).table.set_index("neuron")
    assert table.loc[[a, b], "counterpart"].tolist() == [a, a]
    assert table.loc[[a, b], "mutual"].sum() == 1
    assert table["partner"].is_unique


def test_a_direction_that_does_the_same_to_all_items_is_like_none(run):
    model, k = run.recommender, living(run)[0]
    flat = model.item_embeddings.clone()
    flat[:, 0] = 1.0
    directions = run.sae.W_dec.clone()
    directions[k] = torch.eye(model.dim)[0]
    other = replace(with_sae(run, W_dec=directions), recommender=replace(model, item_embeddings=flat))
    row = match_neurons(other, run).table.set_index("neuron").loc[k]
    assert row["similarity"] == 0 and not row["mutual"] and not row["found"]


@pytest.mark.parametrize("basis", ["directions", "effects", "activations"])
def test_a_large_dictionary_is_matched_in_a_second(run, basis):
    n, d, m = 512, 64, 4000
    x = torch.randn(m, d, generator=generator(4))
    sae = AmortisedAutoencoder.initialised(x, x, n, generator(5))
    items = pd.DataFrame({"item_id": range(m), "title": [f"Item {i}" for i in range(m)]})
    large = replace(
        run,
        dataset=replace(run.dataset, items=items),
        recommender=DotProductRecommender.from_arrays(x, x),
        sae=sae.freeze(),
        index=replace(run.index, neurons=pd.DataFrame({"neuron": range(n), "max_activation": 1.0})),
    )
    other = large if basis == "directions" else turned(large)
    large, other = (opaque(large), opaque(other)) if basis == "activations" else (large, other)
    _ = large.reconstruction, other.reconstruction  # a page has them anyway
    start = time.perf_counter()
    matching = match_neurons(large, other)
    assert time.perf_counter() - start < 3  # about 0.1 s, and 0.8 s by activations; a busy machine is slower
    assert matching.basis == basis and (matching.table["counterpart"] == range(n)).all()
