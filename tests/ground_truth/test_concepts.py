"""Recovery of planted concepts, on codes made so that the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

from explorer.data import demo
from explorer.ground_truth.concepts import DETECTOR, MAX_PARTS, f1_matrix, match, recovery, recovery_by_level

PARENTS = demo.genre_parents()
BROAD, LEAVES = list(demo.GENRE_TREE), list(PARENTS)
PER_LEAF = 30
N = PER_LEAF * len(LEAVES)


@pytest.fixture(scope="module")
def concepts() -> dict[str, np.ndarray]:
    """Every item in one leaf and its broad genre, and in one of four decades."""
    leaf, decade = np.repeat(LEAVES, PER_LEAF), np.arange(N) % 4
    parent = np.array([PARENTS[name] for name in leaf])
    truth = {name: parent == name for name in BROAD} | {name: leaf == name for name in LEAVES}
    return truth | {f"decade {i}": decade == i for i in range(4)}


def code_of(concepts: dict, names: list[str], rng) -> np.ndarray:
    """A neuron per name that fires on just its items, by different amounts."""
    return np.column_stack([concepts[name] for name in names]) * rng.uniform(0.5, 2, (N, len(names)))


def test_a_neuron_for_every_concept_recovers_them_all(concepts, rng):
    names = list(rng.permutation(list(concepts)))
    found = recovery(code_of(concepts, names, rng), concepts, PARENTS)
    assert found.neuron == {name: names.index(name) for name in concepts}
    row = found.row()
    assert [row.pop(name) for name in ("splitting", "split", "shared", "absorption")] == [1, 0, 0, 0]
    assert set(row.values()) == {1} and len(row) == 8


def test_a_genre_that_is_there_only_as_its_leaves_is_split_in_three(concepts, rng):
    found = recovery(code_of(concepts, [name for name in concepts if name != "Horror"], rng), concepts, PARENTS)
    assert found.splitting == {broad: 3 if broad == "Horror" else 1 for broad in BROAD}
    assert found.row()["split"] == 1 / len(BROAD)
    assert found.neuron["Horror"] == -1 and found.f1["Horror"] == 0  # its leaves need their neurons themselves
    assert found.best_f1["Horror"] == pytest.approx(2 * PER_LEAF / (PER_LEAF + 3 * PER_LEAF))
    horror = {leaf for leaf, broad in PARENTS.items() if broad == "Horror"}
    assert {leaf for leaf, share in found.absorption.items() if np.isnan(share)} == horror


def test_splitting_counts_only_neurons_that_bring_more_than_a_little(concepts, rng):
    names = [name for name in concepts if name != "Horror"]
    one_missing = concepts["Horror"] & (np.cumsum(concepts["Horror"]) > 1)
    code = np.column_stack([code_of(concepts, names, rng), one_missing])
    assert recovery(code, concepts, PARENTS).splitting["Horror"] == 1


def test_a_concept_in_crumbs_takes_at_most_so_many_neurons(concepts):
    crumbs = np.repeat(np.eye(N // 5), 5, axis=0)[:, :20]  # all of them horror
    assert recovery(crumbs, concepts, PARENTS).splitting["Horror"] == MAX_PARTS


def test_a_leaf_on_whose_items_its_genres_neuron_is_silent_is_absorbed(concepts, rng):
    code = code_of(concepts, list(concepts), rng)
    code[concepts["Slasher"], list(concepts).index("Horror")] = 0
    found = recovery(code, concepts, PARENTS)
    assert found.absorption == {leaf: float(leaf == "Slasher") for leaf in LEAVES}
    horror = [found.absorption[leaf] for leaf, broad in PARENTS.items() if broad == "Horror"]
    assert np.mean(horror) == pytest.approx(1 / 3)
    assert found.row()["absorption"] == pytest.approx(1 / len(LEAVES))


def test_an_item_that_neither_neuron_finds_is_not_absorbed(concepts, rng):
    code, names = code_of(concepts, list(concepts), rng), list(concepts)
    first = np.flatnonzero(concepts["Slasher"])
    code[first[:4], names.index("Horror")] = 0
    code[first[:3], names.index("Slasher")] = 0
    assert recovery(code, concepts, PARENTS).absorption["Slasher"] == 1 / PER_LEAF


def test_a_murmur_below_the_threshold_of_detection_is_silence(concepts, rng):
    code, names = code_of(concepts, list(concepts), rng), list(concepts)
    others = ~concepts["Horror"]
    code[concepts["Slasher"] | others, names.index("Horror")] = 0.01
    assert recovery(code, concepts, PARENTS).absorption["Slasher"] == 1
    only_leaves = code_of(concepts, [name for name in names if name != "Horror"], rng)
    assert recovery(np.maximum(only_leaves, 0.01), concepts, PARENTS).splitting["Horror"] == 3


def test_a_leaf_that_is_its_genres_neuron_at_a_higher_threshold_shares_it_and_is_not_absorbed(concepts, rng):
    names = [name for name in concepts if name != "Slasher"]
    code = code_of(concepts, names, rng)
    code[concepts["Slasher"], names.index("Horror")] += 3
    found = recovery(code, concepts, PARENTS)
    assert found.shared == {leaf: leaf == "Slasher" for leaf in LEAVES}
    assert found.row()["shared"] == 1 / len(LEAVES)
    assert {found.neuron["Horror"], found.neuron["Slasher"]} == {-1, names.index("Horror")}  # one of them is left out
    assert found.best_f1["Horror"] == found.best_f1["Slasher"] == 1
    assert {leaf for leaf, share in found.absorption.items() if share != 0} == {"Slasher"}  # NaN
    assert np.isnan(found.absorption["Slasher"])


def test_a_substitute_that_a_genre_is_matched_with_does_not_make_its_leaves_absorbed(concepts, rng):
    names = [*(name for name in concepts if name != "Slasher"), "most of Horror"]
    truth = concepts | {"most of Horror": concepts["Horror"] & ~concepts["Ghost story"]}
    code = code_of(truth, names, rng)
    code[concepts["Slasher"], names.index("Horror")] += 3
    found = recovery(code, concepts, PARENTS)
    assert found.neuron["Slasher"] == names.index("Horror") and found.neuron["Horror"] == names.index("most of Horror")
    assert found.row()["absorption"] == 0


@pytest.mark.parametrize("missing", ["Horror", "Slasher"])
def test_absorption_is_not_defined_where_either_neuron_is_not_a_detector(concepts, rng, missing):
    code, names = code_of(concepts, list(concepts), rng), list(concepts)
    code[:, names.index(missing)] *= np.cumsum(concepts[missing]) <= 2
    found = recovery(code, concepts, PARENTS)
    assert 0 < found.f1[missing] < DETECTOR
    undefined = {leaf for leaf, broad in PARENTS.items() if missing in (leaf, broad)}
    assert {leaf for leaf, share in found.absorption.items() if np.isnan(share)} == undefined
    assert found.row()["absorption"] == found.row()["shared"] == 0


def test_random_codes_score_little_more_than_finding_everything_would(concepts, rng):
    found = recovery(rng.random((N, 60)), concepts, PARENTS)
    for name, carriers in concepts.items():
        everything = 2 * carriers.sum() / (carriers.sum() + N)
        assert everything <= found.best_f1[name] < everything + 0.2
        assert found.f1[name] <= found.best_f1[name]
    row = found.row()
    assert row["f1_leaves"] < 0.25 and row["shared"] == 0 and np.isnan(row["absorption"])


@pytest.mark.parametrize("decimals", [0, 1, 6])
@pytest.mark.parametrize("density", [0.05, 0.5, 1.0])
def test_the_best_f1_is_the_highest_on_sklearns_precision_recall_curve(rng, decimals, density):
    z = np.round(rng.random((60, 5)) * (rng.random((60, 5)) < density), decimals).astype(np.float32)  # with ties
    truth = rng.random((60, 3)) < [0.05, 0.3, 0.9]
    truth[0] = True
    f1, threshold = f1_matrix(z, truth)
    for (k, c), found in np.ndenumerate(f1):
        precision, recall, cuts = precision_recall_curve(truth[:, c], z[:, k])
        scores = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        best = scores[:-1][cuts > 0].max(initial=0)
        assert found == pytest.approx(best)
        reached = z[:, k] >= threshold[k, c]
        assert found == pytest.approx(2 * (reached & truth[:, c]).sum() / (reached.sum() + truth[:, c].sum()))


def test_equal_activations_are_found_together_and_silence_is_never_found():
    z = np.array([[2, 1], [1, 0], [1, 0], [1, 0], [0, 0]], float)
    truth = np.array([[1, 1], [1, 0], [0, 0], [0, 0], [0, 1]], bool)
    f1, threshold = f1_matrix(z, truth)
    np.testing.assert_allclose(f1, [[2 / 3, 2 / 3], [2 / 3, 2 / 3]])  # were 1 and 4/7, if ties could be parted
    assert threshold.tolist() == [[2, 2], [1, 1]]


def test_a_neuron_that_never_fires_and_one_that_fires_elsewhere_find_nothing():
    f1, threshold = f1_matrix(np.array([[0, 0], [0, 3], [0, 0]], np.float32), np.array([[1], [0], [0]], bool))
    assert f1.tolist() == [[0], [0]] and np.isinf(threshold).all()


def test_dead_neurons_stand_for_nothing_and_change_nothing(concepts, rng):
    names = [name for name in concepts if name != "Horror"]
    code = code_of(concepts, names, rng)
    with_dead = np.column_stack([code, np.zeros((N, 5))])
    np.testing.assert_equal(vars(recovery(with_dead, concepts, PARENTS)), vars(recovery(code, concepts, PARENTS)))
    nothing = recovery(np.zeros((N, 3)), concepts, PARENTS)
    assert set(nothing.neuron.values()) == {-1} and set(nothing.best_f1.values()) == {0}
    assert np.isnan(nothing.row()["absorption"])


def test_concepts_and_neurons_are_matched_one_to_one_so_that_the_sum_is_highest():
    f1 = np.array([[0.9, 0.8, 0.1], [0.8, 0.1, 0.0]])
    assert match(f1).tolist() == [1, 0, -1]  # not .9 + .1
    assert match(f1.T).tolist() == [1, 0]
    assert match(np.array([[0.9, 0.8], [0.0, 0.0]])).tolist() == [0, -1]


def test_with_fewer_neurons_than_concepts_the_others_have_none(concepts, rng):
    names = ["Horror", "Slasher", "decade 2"]
    found = recovery(code_of(concepts, names, rng), concepts, PARENTS)
    assert {name: k for name, k in found.neuron.items() if k >= 0} == {"Horror": 0, "Slasher": 1, "decade 2": 2}
    row = found.row()
    assert row["f1"] == pytest.approx(3 / len(concepts))
    assert (row["f1_broad"], row["f1_leaves"], row["f1_others"]) == pytest.approx((1 / 8, 1 / 24, 1 / 4))
    assert row["best_f1"] > row["f1"]


def test_each_prefix_is_measured_by_itself(concepts, rng):
    names = [*BROAD, *LEAVES, *(name for name in concepts if name.startswith("decade"))]
    code = code_of(concepts, names, rng)
    rows = recovery_by_level(code, (8, 32, 36), concepts, PARENTS)
    assert [row["width"] for row in rows] == [8, 32, 36]
    assert [row["f1_broad"] for row in rows] == [1, 1, 1]
    assert [row["f1_leaves"] for row in rows] == [0, 1, 1]
    assert [row["f1_others"] for row in rows] == [0, 0, 1]
    assert rows[0]["best_f1_broad"] == 1 and 0.5 <= rows[0]["best_f1_leaves"] < 0.6
    np.testing.assert_equal(rows[-1], {"width": 36, **recovery(code, concepts, PARENTS).row()})


def test_a_genre_without_items_is_found_by_no_neuron(concepts, rng):
    emptied = concepts | {"Horror": np.zeros(N, bool), "Slasher": np.zeros(N, bool)}
    found = recovery(code_of(concepts, list(concepts), rng), emptied, PARENTS)
    assert (found.neuron["Horror"], found.f1["Horror"], found.splitting["Horror"]) == (-1, 0, 1)
    assert np.isnan(found.absorption["Slasher"]) and found.absorption["Heist"] == 0


def test_without_broad_genres_there_is_nothing_to_split_or_absorb(concepts, rng):
    row = recovery(code_of(concepts, LEAVES, rng), {name: concepts[name] for name in LEAVES}, {}).row()
    assert row["f1"] == row["f1_others"] == 1
    assert np.isnan(
        [row[name] for name in ("f1_broad", "f1_leaves", "splitting", "split", "shared", "absorption")]
    ).all()
