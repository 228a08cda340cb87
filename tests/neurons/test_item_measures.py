"""The measures of anything that ranks items, on planted neurons."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest, hypergeom
from sklearn.metrics import average_precision_score, roc_auc_score

from explorer.measures import PURITY_DEPTHS
from explorer.neurons import ItemMeasures, NeuronConfig
from explorer.neurons.item_measures import ItemFacts, measure_items
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import GENRES, PLANTED


@pytest.fixture(scope="module")
def facts(dataset, embeddings) -> ItemFacts:
    return ItemFacts.of(dataset, embeddings["item_embeddings"], NeuronConfig(min_support=20))


@pytest.fixture(scope="module")
def measured(facts, activations) -> ItemMeasures:
    return measure_items(Ranking.of(activations[0], facts.eligible), facts)


def test_it_is_what_the_index_of_a_run_holds(measured, index):
    assert measured.purity.equals(index.purity)
    assert measured.association.equals(index.association)
    assert measured.neurons.equals(index.neurons[list(measured.neurons)])


@pytest.mark.parametrize("k", PURITY_DEPTHS)
def test_every_purity_comes_with_lift_interval_and_corrected_chance(measured, facts, k):
    rows = measured.purity[measured.purity["k"] == k]
    tests = rows["neuron"].nunique() * len(GENRES)
    ranked = facts.groups[facts.eligible]
    for row in rows.itertuples():
        hits = round(row.value * k)
        carriers = int(ranked[:, GENRES.index(row.genre)].sum())
        interval = binomtest(hits, k).proportion_ci(method="exact")
        assert row.lift == pytest.approx(row.value / (carriers / len(ranked)))
        assert (row.low, row.high) == pytest.approx((interval.low, interval.high))
        assert row.p == pytest.approx(min(hypergeom(len(ranked), carriers, k).sf(hits - 1) * tests, 1))


def test_only_what_is_planted_is_significant(measured):
    found = measured.purity[measured.purity["p"] < 0.01]
    assert {PLANTED[neuron] for neuron in found["neuron"]} == {"Horror", "Horror of the 1980s", "few items"}
    assert set(found["genre"]) == {"Horror"}


def test_association_is_over_ranked_items_and_only_of_neurons_that_fire_on_one(measured, facts, activations):
    table = measured.association
    assert set(table["neuron"]) == {i for i, name in enumerate(PLANTED) if name not in ("silent", "users only")}
    assert len(table) == table["neuron"].nunique() * len(GENRES)
    z, groups = activations[0][facts.eligible], facts.groups[facts.eligible]
    for row in table.itertuples():
        inside = groups[:, GENRES.index(row.genre)]
        assert row.auc == pytest.approx(roc_auc_score(inside, z[:, row.neuron]))
        assert row.ap == pytest.approx(average_precision_score(inside, z[:, row.neuron]))
        assert row.base_rate == pytest.approx(inside.mean())


def test_a_genre_of_no_ranked_item_or_of_all_of_them_has_no_association_and_no_significance(facts, activations):
    groups = facts.groups.copy()
    groups[facts.eligible, 0], groups[facts.eligible, 1] = False, True
    odd = ItemFacts(facts.genres, groups, facts.eligible, facts.counts, facts.embeddings)
    found = measure_items(Ranking.of(activations[0], facts.eligible), odd)
    assert set(found.association["genre"]) == set(GENRES[2:])
    nothing, everything = (found.purity[found.purity["genre"] == genre] for genre in GENRES[:2])
    assert (nothing["value"] == 0).all() and nothing["lift"].isna().all() and (nothing["p"] == 1).all()
    assert (everything["value"] == 1).all() and (everything["lift"] == 1).all() and (everything["p"] == 1).all()
