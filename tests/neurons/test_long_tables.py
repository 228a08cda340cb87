"""From matrices to the long tables of a run."""

from __future__ import annotations

import numpy as np

from explorer.neurons.long_tables import long_table, top_table
from explorer.neurons.ranking import Ranking


def test_a_row_per_neuron_and_group_that_has_a_value():
    value = np.array([[0.1, 0.2], [np.nan, np.nan], [0.3, np.nan]])
    table = long_table("genre", ["a", "b"], value=value, other=np.array([[1, 2], [3, 4], [5, np.nan]]), rate=[7, 8])
    assert table.to_dict("list") == {
        "neuron": [0, 0, 2],
        "genre": ["a", "b", "a"],
        "value": [0.1, 0.2, 0.3],
        "other": [1, 2, 5],
        "rate": [7, 8, 7],
    }


def test_without_groups_there_are_columns_but_no_rows():
    table = long_table("genre", [], value=np.zeros((3, 0)), rate=np.zeros(0))
    assert table.empty and list(table.columns) == ["neuron", "genre", "value", "rate"]


def test_the_top_table_has_a_row_per_place_that_is_taken():
    z = np.array([[0, 5.0], [2, 0], [3, 0], [1, 0]])
    assert top_table(Ranking.of(z), 2).to_dict("list") == {
        "neuron": [0, 0, 1],
        "rank": [1, 2, 1],
        "row": [2, 1, 0],
        "activation": [3, 2, 5],
    }
