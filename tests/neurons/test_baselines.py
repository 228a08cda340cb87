"""The baselines: measured by the same code as neurons, in as many coordinates, and with results that are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.measures import PURITY_DEPTHS
from explorer.neurons import BASELINES, Baselines, NeuronConfig, Ranking, held_out, measure_baselines, summarise
from explorer.neurons.baselines import measure_meaning, shuffle_ranked
from explorer.neurons.item_measures import ItemFacts, measure_items
from explorer.sae import AmortisedAutoencoder, SparseAutoencoder
from tests.neurons.conftest import DIM, GENRES, PLANTED

CONFIG = NeuronConfig(min_support=20)


def autoencoder(embeddings: dict[str, np.ndarray], n: int) -> SparseAutoencoder:
    users, items = (torch.as_tensor(embeddings[f"{side}_embeddings"]) for side in ("user", "item"))
    return AmortisedAutoencoder.initialised(users, items, n, torch.Generator().manual_seed(0)).freeze()


@pytest.fixture(scope="module")
def made(activations, embeddings):
    def make(seed: int = 0, n: int = len(PLANTED), users: np.ndarray = activations[1]) -> Baselines:
        return Baselines.of(autoencoder(embeddings, n), activations[0], users, **embeddings, seed=seed)

    return make


@pytest.fixture(scope="module")
def facts(dataset, embeddings) -> ItemFacts:
    return ItemFacts.of(dataset, embeddings["item_embeddings"], CONFIG)


@pytest.fixture(scope="module")
def baselines_of(made, facts, activations):
    def measure(seed: int = 0, z: np.ndarray = activations[0]) -> dict[str, dict]:
        return measure_baselines(made(seed, z.shape[1]), facts, z, seed)

    return measure


@pytest.fixture(scope="module")
def baselines(baselines_of) -> dict[str, dict]:
    return baselines_of()


def test_every_basis_codes_each_row_in_as_many_coordinates_as_the_run_has_neurons_on_it(made, activations):
    found = made()
    np.testing.assert_array_equal(found.k_items, (activations[0] > 0).sum(axis=1))
    np.testing.assert_array_equal(found.k_users, (activations[1] > 0).sum(axis=1))
    for name, basis in found.bases.items():
        for x, k in ((found.items, found.k_items), (found.users, found.k_users)):
            z = basis.activations(basis.kept(x, k))
            assert z.shape == (len(x), basis.n) and (z >= 0).all()
            counts = (z > 0).sum(axis=1)
            assert (counts <= k).all()
            if name in ("raw", "pca", "rotation", "fastica"):
                np.testing.assert_array_equal(counts, np.minimum(k, DIM))


def test_genres_are_shuffled_over_the_ranked_items_and_stay_together(rng):
    groups, eligible = rng.random((200, 4)) < 0.4, rng.random(200) < 0.6
    before = groups.copy()
    shuffled = shuffle_ranked(groups, eligible, np.random.default_rng(1))
    np.testing.assert_array_equal(groups, before)
    np.testing.assert_array_equal(shuffled[~eligible], groups[~eligible])
    assert sorted(map(tuple, shuffled[eligible])) == sorted(map(tuple, groups[eligible]))
    assert (shuffled[eligible] != groups[eligible]).any(axis=1).mean() > 0.5


def test_each_baseline_has_the_same_numbers_as_the_neurons_and_its_own_number_of_directions(baselines, index):
    assert tuple(baselines) == BASELINES
    assert all(row.keys() == {*summarise(index, GENRES), "held_out", "reached"} for row in baselines.values())
    n = len(PLANTED)
    expected = {"rotation": 2 * DIM, "random": n, "fastica": 2 * DIM, "kmeans": n, "permuted": n}
    assert {name: row["directions"] for name, row in baselines.items()} == {"raw": 2 * DIM, "pca": 2 * DIM, **expected}


def test_a_baseline_is_measured_by_the_very_code_that_measures_neurons(baselines, made, facts):
    found = made()
    for name, basis in found.bases.items():
        ranking = Ranking.of(basis.activations(basis.kept(found.items, found.k_items)), facts.eligible)
        measured = measure_items(ranking, facts)
        halves = held_out(ranking, facts.groups[facts.eligible], GENRES, 0)
        summary = {key: value for key, value in baselines[name].items() if key != "reached"}
        assert summary == {**summarise(measured, GENRES), "held_out": halves}
        assert len(baselines[name]["reached"]) == len(PURITY_DEPTHS) * len(GENRES)
        for row in baselines[name]["reached"]:
            values = measured.purity_for(row["genre"], row["k"])["value"]
            assert (row["best"], row["p95"]) == pytest.approx((values.max(), values.quantile(0.95)))


def test_a_genre_along_one_dimension_is_found_by_that_dimension_and_by_no_random_direction(baselines):
    """Horror lies along the first dimension, which it also makes the widest."""
    assert baselines["raw"]["auc"] > baselines["random"]["auc"]
    for name in ("raw", "pca", "fastica"):
        assert baselines[name]["significant"] >= 1 / (2 * DIM)
        assert baselines[name]["ms"] > baselines[name]["ms_base_rate"]


def test_genres_shuffled_take_a_perfect_neuron_down_to_the_base_rate(baselines_of, facts):
    perfect = facts.groups.astype(np.float32)
    own = measure_meaning(perfect, facts, 0)
    assert own["held_out"]["purity"]["10"]["mean"] == own["held_out"]["ap"]["mean"] == 1
    assert own["purity"]["50"] == own["auc"] == own["ap"] == own["significant"] == 1
    nulls = [baselines_of(seed, perfect)["permuted"] for seed in (0, 1)]
    base = facts.groups[facts.eligible].mean()
    for null in nulls:
        assert null["significant"] == 0
        assert null["held_out"]["ap"]["mean"] == pytest.approx(base, abs=0.05)
        assert base < null["purity"]["50"] < base + 0.15  # the best of five at chance
        assert null["ap"] == pytest.approx(base, abs=0.05) and null["auc"] == pytest.approx(0.5, abs=0.05)
        # What does not depend on genres stays.
        assert null["ms"] == own["ms"] and null["popularity_spearman"] == own["popularity_spearman"]
    assert nulls[0] != nulls[1]


def test_baselines_depend_on_the_seed_alone(baselines_of, baselines):
    torch.manual_seed(5)
    assert baselines_of() == baselines
    other = baselines_of(1)
    assert [name for name in ("raw", "pca") if other[name]["ap"] != baselines[name]["ap"]] == []
    differ = {name for name in BASELINES if other[name]["ap"] != baselines[name]["ap"]}
    assert differ >= {"rotation", "random", "kmeans", "permuted"}


def test_too_few_items_for_fastica_leave_it_out(embeddings, activations, facts):
    few = {"item_embeddings": embeddings["item_embeddings"][:2], "user_embeddings": embeddings["user_embeddings"]}
    made = Baselines.of(autoencoder(few, 8), activations[0][:2], activations[1], **few, seed=0)
    assert made.bases["fastica"] is None
    assert made.bases["kmeans"].n == 2
