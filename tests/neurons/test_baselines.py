"""What neurons are compared with: the directions themselves, and what their summaries must say of planted genres."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA

from explorer.neurons import BASELINES, NeuronConfig, measure_baselines, summarise
from explorer.neurons.baselines import both_signs, principal_components, random_directions, shuffle_ranked
from explorer.neurons.item_measures import ItemFacts, measure_items
from explorer.neurons.ranking import Ranking
from explorer.sae import AmortisedAutoencoder, SparseAutoencoder
from tests.neurons.conftest import DIM, GENRES, PLANTED

CONFIG = NeuronConfig(min_support=20)


def autoencoder(embeddings: dict[str, np.ndarray], n: int) -> SparseAutoencoder:
    users, items = (torch.as_tensor(embeddings[f"{side}_embeddings"]) for side in ("user", "item"))
    return AmortisedAutoencoder.initialised(users, items, n, torch.Generator().manual_seed(0)).freeze()


@pytest.fixture(scope="module")
def baselines_of(dataset, activations, embeddings):
    def measure(seed: int = 0, z: np.ndarray = activations[0]) -> dict[str, dict]:
        return measure_baselines(dataset, autoencoder(embeddings, z.shape[1]), z, CONFIG, **embeddings, seed=seed)

    return measure


@pytest.fixture(scope="module")
def baselines(baselines_of) -> dict[str, dict]:
    return baselines_of()


def test_a_direction_fires_to_either_side_of_the_mean():
    x = np.array([[1.0, -2.0], [0.0, 3.0]])
    assert both_signs(x).tolist() == [[1, 0, 0, 2], [0, 3, 0, 0]]


def test_principal_components_are_uncorrelated_over_users_and_items_and_keep_all_distances(rng):
    users, items = rng.normal(1, [1, 2, 3, 4], (80, 4)), rng.normal(0, [4, 1, 1, 1], (50, 4))
    found = principal_components(users, items)
    np.testing.assert_allclose(pdist(found), pdist(items))
    everyone = np.vstack([principal_components(items, users), found])
    np.testing.assert_allclose(everyone.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(np.triu(np.cov(everyone.T), 1), 0, atol=1e-9)


def test_random_directions_are_unit_vectors_to_all_sides():
    drawn = random_directions(4000, 3, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(drawn.T @ drawn / 4000, np.eye(3) / 3, atol=0.03)


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
    assert all(row.keys() == summarise(index, GENRES).keys() for row in baselines.values())
    assert [baselines[name]["directions"] for name in BASELINES] == [2 * DIM, 2 * DIM, len(PLANTED), len(PLANTED)]


@pytest.mark.parametrize("name", ["raw", "pca", "random"])
def test_a_baseline_is_measured_by_the_very_code_that_measures_neurons(baselines, dataset, embeddings, name):
    found, facts = dict(baselines[name]), ItemFacts.of(dataset, embeddings["item_embeddings"], CONFIG)
    normalised = [x - x.mean(axis=0) for x in embeddings.values()]
    items, users = (x / x.std() for x in normalised)
    z = {
        "raw": both_signs(items),
        "pca": both_signs(PCA().fit(np.vstack([items, users])).transform(items)),
        "random": np.maximum(items @ random_directions(len(PLANTED), DIM, np.random.default_rng(0)).T, 0),
    }[name]
    expected = summarise(measure_items(Ranking.of(z, facts.eligible), facts), GENRES)
    assert found.pop("purity") == expected.pop("purity")
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_genre_along_one_dimension_is_found_by_that_dimension_and_by_no_random_direction(baselines):
    """Horror lies along the first dimension, which it also makes the widest."""
    assert baselines["raw"]["auc"] > baselines["random"]["auc"]
    for name in ("raw", "pca"):
        assert baselines[name]["significant"] == 1 / (2 * DIM)
        assert baselines[name]["ms"] > baselines[name]["ms_base_rate"]


def test_genres_shuffled_take_a_perfect_neuron_down_to_the_base_rate(baselines_of, dataset, embeddings):
    facts = ItemFacts.of(dataset, embeddings["item_embeddings"], CONFIG)
    perfect = facts.groups.astype(np.float32)
    own = summarise(measure_items(Ranking.of(perfect, facts.eligible), facts), GENRES)
    assert own["purity"]["50"] == own["auc"] == own["ap"] == own["significant"] == 1
    nulls = [baselines_of(seed, perfect)["permuted"] for seed in (0, 1)]
    base = facts.groups[facts.eligible].mean()
    for null in nulls:
        assert null["significant"] == 0
        assert base < null["purity"]["50"] < base + 0.15  # the best of five at chance
        assert null["ap"] == pytest.approx(base, abs=0.05) and null["auc"] == pytest.approx(0.5, abs=0.05)
        # What does not depend on genres stays.
        assert null["ms"] == own["ms"] and null["popularity_spearman"] == own["popularity_spearman"]
    assert nulls[0] != nulls[1]


def test_baselines_depend_on_the_seed_alone(baselines_of, baselines):
    torch.manual_seed(5)
    assert baselines_of() == baselines
    other = baselines_of(1)
    assert [name for name in BASELINES if other[name] != baselines[name]] == ["random", "permuted"]
