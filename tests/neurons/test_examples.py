"""Examples down the ranking and at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.neurons.examples import N_RANDOM, PER_QUANTILE, QUANTILES, example_table
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import sparse


@pytest.fixture
def ranking(rng) -> Ranking:
    """Neuron 0 fires on nothing, 1 on one item, 2 on three, 3 on all, the others on about half of them."""
    z = sparse(rng, (300, 8))
    z[:, :3], z[:, 3] = 0, rng.random(300) + 0.1
    z[17, 1], z[40:43, 2] = 1, [3, 2, 1]
    return Ranking.of(z, np.arange(300) >= 10)


def test_all_are_ranked_items_on_which_the_neuron_fires_strongest_first_and_none_twice(ranking):
    table = example_table(ranking, 0)
    assert list(table.columns) == ["neuron", "kind", "quantile", "row", "activation"]
    assert (table["activation"] > 0).all() and (table["row"] >= 10).all()
    position = table["row"] - 10
    assert (table["activation"] == ranking.matrix.toarray()[position, table["neuron"]]).all()
    assert not table.duplicated(["neuron", "kind", "row"]).any()
    for _, rows in table.groupby(["neuron", "kind"]):
        assert rows["activation"].is_monotonic_decreasing


def test_quantile_examples_are_the_items_next_to_each_quantile_of_the_positive_activations(ranking):
    table = example_table(ranking, 0)
    quantiles = table[table["kind"] == "quantile"]
    for neuron in range(3, 8):
        activations = np.sort(ranking.matrix.toarray()[:, neuron])
        activations = activations[activations > 0]
        for level in QUANTILES:
            rows = quantiles[(quantiles["neuron"] == neuron) & (quantiles["quantile"] == level)]
            assert len(rows) == PER_QUANTILE == 3
            value = np.quantile(activations, level, method="nearest")
            i = int(np.flatnonzero(activations == rows["activation"].iloc[1])[0])
            assert abs(i - int(np.flatnonzero(activations == value)[0])) <= 1  # halves are rounded either way
            assert rows["activation"].tolist() == activations[i - 1 : i + 2][::-1].tolist()


def test_quantiles_are_counted_from_the_strongest_to_the_weakest_item_on_which_the_neuron_fires():
    z = np.zeros((100, 1))
    z[:41, 0] = np.arange(41, 0, -1)  # quantiles of 41 values are values: places 4, 10, 20 and 30 from the top
    table = example_table(Ranking.of(z), 0)
    quantiles = table[table["kind"] == "quantile"]
    rows = {level: list(rows["row"]) for level, rows in quantiles.groupby("quantile")}
    assert rows == {0.9: [3, 4, 5], 0.75: [9, 10, 11], 0.5: [19, 20, 21], 0.25: [29, 30, 31]}


def test_random_examples_are_drawn_from_all_positives_and_by_the_seed(ranking):
    def drawn(seed: int) -> pd.DataFrame:
        table = example_table(ranking, seed)
        return table[(table["kind"] == "random") & (table["neuron"] == 3)]

    first = drawn(0)
    assert len(first) == N_RANDOM == 5 and first["quantile"].isna().all()
    pd.testing.assert_frame_equal(first, drawn(0))
    many = np.concatenate([drawn(seed)["row"] for seed in range(40)])
    assert len(set(many)) > 100  # 200 draws of 290 items
    activations = ranking.matrix.toarray()[:, 3]
    places = np.searchsorted(np.sort(-activations), -activations[many - 10])
    assert 100 < places.mean() < 190  # neither the strongest nor the weakest: 145 on average


def test_a_neuron_that_fires_on_few_items_shows_each_of_them_once_a_kind(ranking):
    table = example_table(ranking, 0)
    rows = {key: sorted(group["row"]) for key, group in table.groupby(["neuron", "kind"])}
    assert 0 not in set(table["neuron"])
    assert rows[1, "quantile"] == rows[1, "random"] == [17]
    assert rows[2, "quantile"] == rows[2, "random"] == [40, 41, 42]


def test_nothing_ranked_and_no_neuron_have_no_examples():
    assert example_table(Ranking.of(np.ones((5, 2)), np.zeros(5, bool)), 0).empty
    assert example_table(Ranking.of(np.ones((5, 0))), 0).empty
