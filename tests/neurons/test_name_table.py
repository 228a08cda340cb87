"""The columns about names, and how many names random directions get by the same rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.neurons import NeuronConfig, build_index, compare_names
from explorer.neurons.facets import Facets
from explorer.neurons.name_table import name_columns
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import PLANTED, make_dataset, sparse


def test_what_a_name_holds_for_is_counted_on_items_it_was_not_made_from(index, dataset, activations):
    row = index.neurons.loc[PLANTED.index("Horror")]
    horror = dataset.genre_matrix[:, dataset.genres.index("Horror")]
    ranked = dataset.items["popularity"].to_numpy() >= 20
    z = activations[0][:, PLANTED.index("Horror")]
    order = np.flatnonzero(ranked)[np.argsort(-z[ranked], kind="stable")]
    assert row["name_holds"] == horror[order[1:40:2]].mean()
    assert row["name_mass"] == pytest.approx(z[ranked & horror].sum() / z[ranked].sum())
    assert row["name_recall"] == pytest.approx((z[ranked & horror] > 0).mean())
    assert row["name_base_rate"] == pytest.approx(horror[ranked].mean())


def test_without_a_name_nothing_is_said_of_it(index):
    without = index.neurons[~index.neurons["named"]]
    columns = ["name_holds", "name_mass", "name_recall", "name_base_rate", "facets"]
    assert without[columns].isna().all(axis=None) and index.neurons.loc[index.neurons["named"], columns].notna().all(
        None
    )
    assert not without[["narrower", "lowers"]].any(axis=None)


def test_a_neuron_that_works_against_its_genre_is_flagged(dataset, activations, embeddings):
    n = activations[0].shape[1]
    effects = np.full((dataset.n_items, n), -1.0)
    effects[:, PLANTED.index("1980s")] = 1

    def lowers(effects):
        by_neuron = None if effects is None else effects.T.__getitem__
        found = build_index(dataset, *activations, NeuronConfig(), **embeddings, seed=0, effects=by_neuron).neurons
        return {PLANTED[k] for k in np.flatnonzero(found["lowers"])}

    assert lowers(effects) == {"Horror", "Horror of the 1980s"}
    assert lowers(None) == lowers(-effects * 0) == set()


def test_a_neuron_that_fires_on_few_of_its_kind_is_narrower_than_its_name(dataset, activations, embeddings):
    z = activations[0].copy()
    horror = PLANTED.index("Horror")
    z[np.argsort(-z[:, horror])[60:], horror] = 0
    found = build_index(dataset, z, activations[1], NeuronConfig(), **embeddings, seed=0).neurons
    assert found["narrower"][horror] and found["name_recall"][horror] < 0.5


def test_a_popularity_pair_is_called_by_popularity_with_examples_and_never_named(dataset):
    counts = dataset.items["popularity"].to_numpy()
    log = np.log(counts + 1.0)
    pair = np.maximum(np.column_stack([log - log.mean(), log.mean() - log]), 0)
    facets = Facets.of(dataset, dataset.ranked(20))
    ranking = Ranking.of(pair, facets.eligible)
    found = name_columns(dataset, ranking, facets, (-0.4, 0.4), None)
    assert not found["named"].any()
    assert [label.split(":")[0] for label in found["label"]] == ["Popular", "Little known"]
    assert all(": like Film" in label for label in found["label"])


def test_neurons_that_are_known_to_stand_for_popularity_are_never_named(dataset, activations):
    facets = Facets.of(dataset, dataset.ranked(20))
    ranking = Ranking.of(activations[0][:, [PLANTED.index("Horror"), PLANTED.index("1980s"), 0]], facets.eligible)
    found = name_columns(dataset, ranking, facets, (-1, 1), None, popularity_pair=2)
    assert found["named"].tolist() == [False, False, True] and found["label"][2] == "Horror"
    assert [label.split(":")[0] for label in found["label"][:2]] == ["Popular", "Little known"]


def test_a_neuron_whose_strongest_items_are_popular_is_not_called_little_known(dataset):
    counts = dataset.items["popularity"].to_numpy()
    z = np.maximum(counts.max() + 1.0 - counts, 0)  # the less popular, the stronger
    rows = np.argsort(-counts)[:60]
    z[rows] = 1000 + np.arange(60)
    facets = Facets.of(make_dataset(genres=False, years=False), dataset.ranked(20))
    found = name_columns(dataset, Ranking.of(z[:, None], facets.eligible), facets, (-0.3, 0.3), None)
    assert found["label"][0].startswith("like ")
    z[rows] = 1
    found = name_columns(dataset, Ranking.of(z[:, None], facets.eligible), facets, (-0.3, 0.3), None)
    assert found["label"][0].startswith("Little known: like ")


def test_random_directions_stand_beside_the_neurons(index, dataset, embeddings):
    found = compare_names(index, dataset, embeddings["item_embeddings"], NeuronConfig(), seed=0)
    fires = index.neurons[index.neurons["density_items"] > 0]
    assert found["named"] == fires["named"].mean()
    assert found["holds"] == pytest.approx(index.neurons["name_holds"].mean())
    noise = sparse(np.random.default_rng(0), (dataset.n_items, 6), 1.0)
    random = compare_names(index, dataset, noise, NeuronConfig(), seed=0)["random"]
    assert random["named"] == 0 and random["holds"] is None  # in embeddings without structure no direction has a name


def test_where_names_were_not_checked_there_is_nothing_to_compare(index, dataset, embeddings):
    old = replace(index, neurons=index.neurons.assign(name_ranks=np.nan))
    assert compare_names(old, dataset, embeddings["item_embeddings"], NeuronConfig(), seed=0) is None


@pytest.mark.parametrize("n_tags", [1, 300])
def test_one_genre_or_300_tags_can_be_names(dataset, n_tags):
    rng = np.random.default_rng(0)
    members = rng.random((dataset.n_items, n_tags)) < 0.1
    tags = {f"tag {i}": who for i, who in enumerate(members.T)}
    bare = make_dataset(genres=False, years=False)
    facets = Facets.of(bare, bare.ranked(0), {"tag": tags})
    z = members[:, :1] * rng.uniform(1, 2, (bare.n_items, 1))
    found = name_columns(bare, Ranking.of(z, facets.eligible), facets, (-1, 1), None)
    assert found["label"] == ["Tag 0"] and found["facets"][0] == "tag: tag 0" and found["name_holds"][0] == 1


@pytest.mark.parametrize("n", [1, 8])
def test_thirty_items_and_few_neurons_are_named_or_called_after_items(dataset, n):
    facets = Facets.of(dataset, np.arange(dataset.n_items) < 30)
    z = sparse(np.random.default_rng(0), (dataset.n_items, n))
    found = name_columns(dataset, Ranking.of(z, facets.eligible), facets, (-1, 1), None)
    assert len(found["label"]) == n and all(label.startswith("like ") for label in found["label"])
