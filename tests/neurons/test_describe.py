"""Neurons as plain rows, and the neurons for a genre."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from explorer.errors import UserError
from explorer.neurons import describe_neurons, neurons_for_genre
from tests.neurons.conftest import PLANTED


@pytest.mark.parametrize("genre", ["Horror", "horror"])
def test_the_neurons_for_a_genre_are_those_that_are_half_of_it_purest_first(index, dataset, genre):
    rows = index.purity[
        (index.purity["genre"] == "Horror") & (index.purity["k"] == 10) & (index.purity["value"] >= 0.5)
    ]
    value = rows.set_index("neuron")["value"]
    numbers = neurons_for_genre(index, dataset.genres, genre)
    assert set(numbers) == set(value.index) and value[numbers].is_monotonic_decreasing


def test_a_genre_without_a_good_neuron_has_its_best_one(index, dataset):
    best = index.best_per_genre(10).set_index("genre")
    weak = best.index[best["value"] < 0.5][0]
    assert neurons_for_genre(index, dataset.genres, weak).tolist() == [best["neuron"][weak]]


def test_an_unknown_genre_is_refused_with_those_there_are(index, dataset):
    with pytest.raises(UserError, match=r"Western.*Comedy, Documentary, Drama, Horror, War"):
        neurons_for_genre(index, dataset.genres, "Western")


def test_a_description_holds_what_the_index_says(index, dataset):
    numbers = np.array([PLANTED.index("few items"), PLANTED.index("Horror"), PLANTED.index("silent")])
    few, horror, silent = describe_neurons(index, dataset, numbers, top=3)
    assert [row["id"] for row in (few, horror, silent)] == numbers.tolist()
    assert horror["label"] == "Horror" and list(horror["purity"]) == ["10", "20", "50"]
    assert horror["purity"]["10"]["genre"] == "Horror" and horror["purity"]["10"]["value"] == 1
    assert list(few["purity"]) == ["10"]
    assert silent["purity"] == {} and silent["top_items"] == [] and silent["max_activation"] == 0
    strongest = index.top_items[(index.top_items["neuron"] == 0) & (index.top_items["rank"] <= 3)]
    assert [item["item_id"] for item in horror["top_items"]] == (strongest["row"] + 1000).tolist()
    comedy = describe_neurons(index, dataset, numbers, top=1, genre="comedy")[1]["purity"]["20"]
    row = index.purity_of(0, 20).set_index("genre").loc["Comedy"]
    assert comedy == {"genre": "Comedy", **row[["value", "base_rate", "lift", "low", "high", "p"]]}


def test_a_description_says_what_a_neuron_detects_best_or_how_well_it_detects_a_genre(index, dataset):
    numbers = np.array([PLANTED.index("Horror"), PLANTED.index("silent"), PLANTED.index("few items")])
    horror, silent, few = describe_neurons(index, dataset, numbers, top=1)
    assert horror["best_ap"] == {"genre": "Horror", "ap": 1, "auc": 1}
    assert silent["best_ap"] is None and silent["ms_items"] is None and few["ms_items"] is None
    assert horror["ms_items"] == index.neurons["ms_items"][0] and type(horror["ms_items"]) is float
    war = describe_neurons(index, dataset, numbers, top=1, genre="war")[0]["best_ap"]
    assert war == index.association_of(0).set_index("genre", drop=False).loc["War", ["genre", "ap", "auc"]].to_dict()


def test_a_lift_over_nothing_is_none(index, dataset):
    nothing = dataclasses.replace(index, purity=index.purity.assign(lift=np.nan))
    horror = describe_neurons(nothing, dataset, np.array([0]), top=1)[0]
    assert horror["purity"]["10"]["lift"] is None
