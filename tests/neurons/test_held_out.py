"""Held-out purity and average precision, against halving, sorting and scikit-learn one neuron at a time."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from explorer.neurons.held_out import HALVINGS, _Firing, _on_half, held_out, held_out_of_each
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import sparse


def names(groups: np.ndarray) -> list[str]:
    return [f"g{g}" for g in range(groups.shape[1])]


@pytest.mark.parametrize("density", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("decimals", [1, 7])
def test_on_a_half_both_measures_are_those_of_its_items_alone(rng, density, decimals):
    """Scikit-learn's average precision, and the purity of a sorted list, with ties and silence."""
    z = np.round(sparse(rng, (120, 6), density), decimals)
    z[:, 0] = 0
    groups = rng.random((120, 4)) < [0.05, 0.2, 0.5, 0.9]
    groups[:2] = True
    half = rng.random(120) < 0.5
    half[0] = True
    purity, ap = _on_half(_Firing.of(Ranking.of(z), groups), groups, half)
    rows = np.flatnonzero(half)
    for neuron, genre in np.ndindex(6, 4):
        activation, inside = z[rows, neuron], groups[rows, genre]
        assert ap[neuron, genre] == pytest.approx(average_precision_score(inside, activation))
        for k in (10, 20):
            strongest = np.argsort(-activation, kind="stable")[:k]
            expected = (inside[strongest] & (activation[strongest] > 0)).sum() / k
            assert purity[k][neuron, genre] == pytest.approx(expected)


def test_only_the_asked_pairs_of_neuron_and_genre_are_the_same_as_all(rng):
    z, groups = sparse(rng, (100, 5), 0.3), rng.random((100, 3)) < 0.3
    firing, half = _Firing.of(Ranking.of(z), groups), rng.random(100) < 0.5
    keys = rng.random(15) < 0.4
    (purity, ap), (some, few) = _on_half(firing, groups, half), _on_half(firing, groups, half, keys)
    chosen = keys.reshape(5, 3)
    np.testing.assert_allclose(few[chosen], ap[chosen])
    for k in purity:
        np.testing.assert_allclose(some[k][chosen], purity[k][chosen])


def test_a_neuron_that_is_its_genre_keeps_everything_and_a_random_one_falls_to_the_base_rate(rng):
    groups = np.arange(400)[:, None] % 4 == np.arange(4)
    perfect = held_out(Ranking.of(groups * 1.0), groups, names(groups), 0)
    assert perfect["halvings"] == HALVINGS
    for found in (perfect["purity"]["10"], perfect["purity"]["20"], perfect["ap"]):
        assert found["mean"] == 1 and found["sd"] == 0
        assert found["by_genre"] == dict.fromkeys(names(groups), 1)
    many = held_out(Ranking.of(rng.random((400, 500))), groups, names(groups), 0)
    assert many["purity"]["10"]["mean"] == pytest.approx(0.25, abs=0.06)  # not that of the best of 500
    assert many["ap"]["mean"] == pytest.approx(0.25, abs=0.03)
    assert 0 < many["purity"]["10"]["sd"] < 0.2


def test_the_neuron_is_chosen_on_one_half_and_measured_on_the_other(rng):
    """Each of many neurons is perfect on some items and silent on the rest, so the choice does not carry over."""
    groups = np.arange(300)[:, None] % 3 == np.arange(3)
    z = np.zeros((300, 30))
    for neuron in range(30):
        z[np.flatnonzero(groups[:, neuron % 3])[neuron // 3 * 10 : neuron // 3 * 10 + 10], neuron] = 1
    found = held_out(Ranking.of(z), groups, names(groups), 0)
    assert found["purity"]["10"]["mean"] < 0.6  # the ten are split between the halves
    whole = Ranking.of(z).top(10)[0]
    assert (groups[whole[:, 0]][:, 0]).all()


def test_halvings_depend_on_the_seed_alone(rng):
    z, groups = sparse(rng, (100, 5), 0.4), rng.random((100, 3)) < 0.4
    first, again, other = (held_out(Ranking.of(z), groups, names(groups), seed) for seed in (0, 0, 1))
    assert first == again != other


def test_halves_shorter_than_the_depth_have_no_purity(rng):
    groups = rng.random((30, 2)) < 0.5
    found = held_out(Ranking.of(sparse(rng, (30, 4))), groups, names(groups), 0)
    assert found["purity"]["20"] == {"mean": None, "sd": None, "by_genre": {}}
    assert found["purity"]["10"]["mean"] is not None and found["ap"]["mean"] is not None


@pytest.mark.parametrize("shape", [(0, 3, 2), (1, 3, 2), (40, 0, 2), (40, 3, 0)])
def test_without_items_neurons_or_genres_there_is_no_number(rng, shape):
    items, neurons, genres = shape
    groups = np.ones((items, genres), bool)
    found = held_out(Ranking.of(sparse(rng, (items, neurons))), groups, names(groups), 0)
    assert found["ap"] == {"mean": None, "sd": None, "by_genre": {}}


def test_a_genre_that_only_one_item_has_is_never_in_both_halves_and_has_no_number(rng):
    groups = np.zeros((60, 2), bool)
    groups[0, 0] = groups[::3, 1] = True
    found = held_out(Ranking.of(sparse(rng, (60, 4))), groups, names(groups), 0)
    assert found["ap"]["by_genre"].keys() == {"g1"}


def test_many_tags_are_measured_as_few_are(rng):
    z, groups = sparse(rng, (200, 8), 0.3), rng.random((200, 300)) < 0.05
    found = held_out(Ranking.of(z), groups, names(groups), 0)
    assert 200 < len(found["ap"]["by_genre"]) <= 300
    assert 0 < found["ap"]["mean"] < 0.4


def test_every_neuron_has_a_held_out_purity_of_its_own(rng):
    """One that is its genre keeps it, one that is perfect on its strongest ten alone does not; one that fires on too
    few items has none."""
    groups = np.arange(400)[:, None] % 4 == np.arange(4)
    z = np.zeros((400, 4))
    z[groups[:, 2], 0] = 1 + rng.random(100)
    z[:, 1] = rng.random(400)
    z[np.flatnonzero(groups[:, 1])[:10], 1] += 1
    z[:15, 2] = 1
    found = held_out_of_each(Ranking.of(z), groups, 0)
    assert found[0] == 1
    assert 0.4 < found[1] < 0.9  # some five of the ten are in a half, and the rest is at the base rate
    assert np.isnan(found[2:]).all()
    assert np.isnan(held_out_of_each(Ranking.of(z), groups[:, :0], 0)).all()


def test_of_random_neurons_the_best_of_many_genres_is_not_measured_where_it_was_chosen(rng):
    groups = rng.random((400, 30)) < 0.1
    found = held_out_of_each(Ranking.of(rng.random((400, 60))), groups, 0)
    assert np.mean(found) == pytest.approx(0.1, abs=0.03)
