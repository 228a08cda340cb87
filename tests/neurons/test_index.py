"""What the tables of an index are asked."""

from __future__ import annotations

import pandas as pd
import pytest

from explorer.neurons import ItemMeasures
from tests.neurons.conftest import PLANTED


def test_the_purest_genres_come_first_and_each_genre_has_its_best_neuron(index):
    for neuron in range(index.n):
        assert index.purity_of(neuron, 10)["value"].is_monotonic_decreasing
    best = index.best_per_genre(10)
    assert best["genre"].is_unique and best["genre"].is_monotonic_increasing
    for row in best.itertuples():
        rows = index.purity[(index.purity["genre"] == row.genre) & (index.purity["k"] == 10)]
        assert row.value == rows["value"].max()
        assert row.value == rows.loc[rows["neuron"] == row.neuron, "value"].item()


def purity_table(*rows: tuple) -> ItemMeasures:
    """An index with nothing but purities: neuron, genre, k, value."""
    table = pd.DataFrame(rows, columns=["neuron", "genre", "k", "value"])
    return ItemMeasures(pd.DataFrame(), table, pd.DataFrame())


def test_of_neurons_equally_pure_the_best_is_the_one_that_stays_pure_the_longest():
    found = purity_table(
        *[(neuron, "Horror", 10, 1.0) for neuron in range(4)],
        (0, "Horror", 20, 0.9),
        (1, "Horror", 20, 0.8),
        (2, "Horror", 20, 0.9),
        (1, "Horror", 50, 0.3),
        (2, "Horror", 50, 0.4),
        (3, "Horror", 20, 1.0),  # but fires on fewer than 50 items
        (4, "Horror", 10, 0.9),
        (4, "Horror", 50, 0.9),
    )
    assert found.best_per_genre(10).to_dict("records") == [{"neuron": 2, "genre": "Horror", "value": 1.0}]
    assert found.best_per_genre(20)["neuron"].tolist() == [3]
    assert found.best_per_genre(50)["neuron"].tolist() == [4]


def test_the_best_for_a_genre_comes_with_all_columns_of_purity(index):
    best = index.best_per_genre(10)
    assert set(best.columns) == set(index.purity.columns) - {"k"}
    for row in best.itertuples():
        there = index.purity_of(row.neuron, 10).set_index("genre").loc[row.genre]
        assert (row.p, row.lift, row.low, row.high) == (there["p"], there["lift"], there["low"], there["high"])


@pytest.mark.parametrize(("by", "other"), [("ap", "auc"), ("auc", "ap")])
def test_each_genre_has_its_best_detector(index, by, other):
    best = index.best_detectors(by)
    table = index.association
    assert best["genre"].tolist() == sorted(set(table["genre"]))
    for row in best.itertuples():
        rows = table[table["genre"] == row.genre]
        rows = rows[rows[by] == rows[by].max()]
        assert getattr(row, by) == rows[by].max() and getattr(row, other) == rows[other].max()
        assert row.neuron in set(rows["neuron"])
    assert best.set_index("genre")["neuron"]["Horror"] == PLANTED.index("Horror")


def test_a_neuron_is_asked_what_it_detects_best(index):
    rows = index.association_of(PLANTED.index("Horror"))
    assert rows["genre"].iloc[0] == "Horror" and rows["ap"].is_monotonic_decreasing
    assert index.association_of(PLANTED.index("silent")).empty
