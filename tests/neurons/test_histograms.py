"""Histograms of activations count every item and user on which a neuron fires, once."""

from __future__ import annotations

import numpy as np

from explorer.neurons.histograms import N_BINS, histogram_table
from explorer.sae.codes import SparseCodes


def test_every_activation_is_in_the_one_bin_that_holds_it_and_the_bins_reach_the_maximum(rng):
    items, users = (rng.random((n, 300)).astype(np.float32) * (rng.random((n, 300)) < 0.4) for n in (50, 70))
    table = histogram_table(SparseCodes.of(items), SparseCodes.of(users))
    assert len(table) == 2 * 300 * N_BINS
    for side, z in (("items", items), ("users", users)):
        for neuron in (0, 131, 299):
            rows = table[(table["side"] == side) & (table["neuron"] == neuron)]
            values = z[:, neuron]
            expected = [
                ((values > low) & (values <= high)).sum() for low, high in zip(rows.low, rows.high, strict=True)
            ]
            assert rows["count"].tolist() == expected
            assert rows["count"].sum() == (values > 0).sum()
            assert rows["low"].iloc[0] == 0 and rows["high"].iloc[-1] == values.max()
            assert rows["bin"].tolist() == list(range(N_BINS))


def test_a_neuron_that_is_silent_on_a_side_has_no_rows_there():
    items, users = np.zeros((4, 3), np.float32), np.zeros((0, 3), np.float32)
    items[2, 1] = 2
    table = histogram_table(SparseCodes.of(items), SparseCodes.of(users))
    assert set(table["neuron"]) == {1} and set(table["side"]) == {"items"}
    assert table.loc[table["count"] > 0, ["bin", "high", "count"]].values.tolist() == [[N_BINS - 1, 2, 1]]
    nothing = SparseCodes.of(np.zeros((0, 2)))
    assert histogram_table(nothing, nothing).empty
