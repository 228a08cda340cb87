"""Edges against a planted tree, on edges made so that the answer is known, and on the demo as trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer.config import load_config
from explorer.data import demo
from explorer.fidelity import reconstruct
from explorer.ground_truth import EdgeRecovery, edge_recovery
from explorer.hierarchy import Codes, Hierarchy, find_edges, flag_neurons
from explorer.hierarchy.explain import compare_with_genres
from explorer.runs import load_run, train_base
from explorer.sae import train_sae

PARENTS = {"Slasher": "Horror", "Ghost": "Horror", "Satire": "Comedy", "Slapstick": "Comedy"}
LEAF = np.repeat(list(PARENTS), 10)
CONCEPTS = {
    **{broad: np.array([PARENTS[leaf] == broad for leaf in LEAF]) for broad in ("Horror", "Comedy")},
    **{leaf: leaf == LEAF for leaf in PARENTS},
    "1980s": np.arange(40) % 2 == 0,
}
NAMES = ["Horror", "Comedy", "Slasher", "Ghost", "Satire", "Horror", "1980s", "nothing"]
LEVELS = (2, 8)


def code() -> np.ndarray:
    """A neuron per name, on the items of its concept; the last detects nothing well."""
    nothing = np.arange(40) % 10 == 3
    return np.column_stack([CONCEPTS.get(name, nothing) for name in NAMES]).astype(np.float32)


def recovered(*pairs: tuple[int, int]) -> EdgeRecovery:
    """Of edges child, parent."""
    edges = pd.DataFrame(list(pairs), columns=["child", "parent"]).assign(is_edge=True)
    return edge_recovery(edges, code(), LEVELS, CONCEPTS, PARENTS)


def test_all_edges_of_the_tree_are_right():
    found = recovered((2, 0), (3, 0), (4, 1))
    assert (found.right, found.wrong, found.unjudged) == (3, 0, 0)
    assert found.precision == found.strict_precision == 1
    assert found.recall == found.possible == 3 / 4  # nobody stands for slapstick


def test_a_leaf_under_another_genre_and_a_decade_under_a_genre_are_wrong():
    found = recovered((2, 1), (3, 0), (6, 0))
    assert (found.right, found.wrong, found.precision, found.recall) == (1, 2, 1 / 3, 1 / 4)


def test_a_second_neuron_of_the_same_concept_and_one_of_none_are_not_judged():
    found = recovered((5, 0), (7, 1), (3, 0))
    assert (found.right, found.wrong, found.unjudged, found.precision) == (1, 0, 2, 1)
    assert found.strict_precision == pytest.approx(2 / 3)  # the last is nearest to something that is not a comedy


def test_rows_that_are_not_edges_do_not_count_and_without_edges_there_is_no_precision():
    edges = pd.DataFrame({"child": [2, 3], "parent": [0, -1], "is_edge": False})
    found = edge_recovery(edges, code(), LEVELS, CONCEPTS, PARENTS)
    assert (found.right, found.recall) == (0, 0) and np.isnan(found.precision) and np.isnan(found.strict_precision)


def test_a_leaf_that_only_the_first_level_knows_cannot_have_an_edge():
    edges = pd.DataFrame({"child": [], "parent": [], "is_edge": np.array([], bool)})
    assert edge_recovery(edges, code(), (8,), CONCEPTS, PARENTS).possible == 0
    assert edge_recovery(edges, code(), (3, 8), CONCEPTS, PARENTS).possible == 2 / 4  # without slasher


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"sae.activation": "relu"}, {"sae.activation": "batchtopk", "sae.k": 12}])
def test_the_demos_planted_tree_is_recovered(settings):
    """With the settings that are recommended for it, seed 0."""
    base = train_base("demo", load_config(seed=0))
    config = load_config(seed=0, **settings, **{"sae.width": 64, "sae.prefix_widths": (10, 64)})
    sae, _ = train_sae(config.with_defaults_for(base.dataset.n_items).sae, base.recommender, 0)
    reconstruction, recommender = reconstruct(base.recommender, sae), base.recommender
    items = Codes(reconstruction.item_activations.numpy(), sae.normalise(recommender.item_embeddings, "item").numpy())
    users = Codes(reconstruction.user_activations.numpy(), sae.normalise(recommender.user_embeddings, "user").numpy())
    parts = items, users, sae.W_dec.numpy(), sae.levels
    edges = find_edges(*parts, seed=0).candidates
    truth = demo.planted_concepts(base.dataset), demo.genre_parents()
    found = edge_recovery(edges, items.activations, sae.levels, *truth)
    assert found.precision >= 0.95 and found.recall >= 0.95 and found.strict_precision >= 0.9, found
    assert found.recall == found.possible  # all that the code has
    flags = flag_neurons(*parts, edges, base.dataset.genre_matrix, seed=0)
    assert 5 <= flags["orphan"].sum() <= 15 and not flags["absorbs"].any() and flags["split"].sum() >= 3

    rng = np.random.default_rng(0)
    shuffled = (Codes(rng.permuted(side.activations, axis=0), side.inputs) for side in (items, users))
    assert not find_edges(*shuffled, *parts[2:], seed=0).candidates["is_edge"].any()


@pytest.mark.slow
def test_levels_that_stand_alone_find_the_planted_tree_and_random_directions_do_not():
    base = train_base("demo", load_config(seed=0))
    settings = {"sae.activation": "mp", "sae.start": "clusters", "sae.width": 42, "sae.prefix_widths": (10, 42)}
    counts = {"sae.k": 3, "sae.k_users": 5, "sae.coarse_k": 1, "sae.coarse_k_users": 2}
    sae, _ = train_sae(load_config(seed=0, **settings, **counts).sae, base.recommender, 0)
    code = reconstruct(base.recommender, sae)
    items, users = (
        Codes(activations.numpy(), sae.normalise(embeddings, side).numpy())
        for activations, embeddings, side in (
            (code.item_activations, base.recommender.item_embeddings, "item"),
            (code.user_activations, base.recommender.user_embeddings, "user"),
        )
    )
    edges, chance = find_edges(
        items, users, sae.W_dec.numpy(), sae.levels, seed=0, alone=sae.levels_stand_alone, apart=sae.pair
    )
    truth = demo.planted_concepts(base.dataset), demo.genre_parents()
    found = edge_recovery(edges, items.activations, sae.levels, *truth)
    assert found.precision >= 0.95 and found.recall >= 0.95 and found.strict_precision >= 0.95, found
    (row,) = chance.to_dict("records")
    assert row["with_parent"] / row["children"] > 3 * row["random_with_parent"] / row["random"]


def test_the_built_in_run_of_two_levels_has_the_planted_tree():
    run = load_run(Path(__file__).parents[2] / "assets" / "demo-tree-run")
    found = compare_with_genres(Hierarchy.from_run(run), run)
    assert found["precision"] >= 0.95 and found["recall"] >= 0.95
