"""All neurons in a few numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.measures import PURITY_DEPTHS
from explorer.neurons import genre_purity, summarise
from tests.neurons.conftest import GENRES, PLANTED, make_dataset


@pytest.mark.parametrize("k", PURITY_DEPTHS)
def test_genre_purity_is_that_of_the_best_neuron_of_each_genre(index, k):
    found = genre_purity(index, GENRES, k)
    rows = index.purity[index.purity["k"] == k]
    assert found["by_genre"] == {genre: rows.loc[rows["genre"] == genre, "value"].max() for genre in GENRES}
    assert found["mean"] == pytest.approx(np.mean(list(found["by_genre"].values())))
    for genre, neuron in found["neuron"].items():
        row = rows[(rows["genre"] == genre) & (rows["neuron"] == neuron)].iloc[0]
        assert (row["value"], row["base_rate"]) == (found["by_genre"][genre], found["base_rate"][genre])


def test_the_summary_says_what_the_tables_hold(index):
    found = summarise(index, GENRES)
    table = index.association
    assert found["directions"] == len(PLANTED)
    assert found["measured"] == 5 / 8 and found["significant"] == 2 / 8  # of 20 items; 2 of them are for horror
    assert found["purity"] == {str(k): genre_purity(index, GENRES, k)["mean"] for k in PURITY_DEPTHS}
    for measure in ("auc", "ap"):
        assert found[measure] == pytest.approx(
            np.mean([table.loc[table["genre"] == genre, measure].max() for genre in GENRES])
        )
    neurons = index.neurons
    assert found["ms"] == pytest.approx(np.nanmean(neurons["ms_items"]))
    assert found["ms_base_rate"] == neurons["ms_items_base_rate"][0]
    assert found["popularity"] == np.nanmax(neurons["popularity"]) > 90
    assert found["popularity_spearman"] == np.nanmax(np.abs(neurons["popularity_spearman"]))


def test_a_correlation_with_the_least_popular_is_as_large_as_one_with_the_most(index):
    turned = index.neurons.assign(popularity_spearman=-index.neurons["popularity_spearman"])
    opposite = replace(index, neurons=turned)
    assert summarise(opposite, GENRES) == summarise(index, GENRES)


@pytest.mark.parametrize("case", ["no genres", "nothing ranked", "one silent neuron"])
def test_what_cannot_be_measured_is_none_and_json_can_say_it(index_of, case):
    silent = PLANTED.index("silent")
    built = {
        "no genres": lambda: index_of(make_dataset(genres=False)),
        "nothing ranked": lambda: index_of(min_support=1_000_000),
        "one silent neuron": lambda: index_of(neurons=slice(silent, silent + 1)),
    }[case]()
    found = summarise(built, [] if case == "no genres" else GENRES)
    json.dumps(found, allow_nan=False)
    assert found["purity"] == {"10": None, "20": None, "50": None}
    assert found["auc"] is found["ap"] is None
    assert found["significant"] == (None if case == "no genres" else 0)
    if case != "no genres":
        assert found["ms"] is found["popularity"] is found["popularity_spearman"] is None
