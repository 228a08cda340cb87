"""Edges on codes made so that the answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.hierarchy import Codes
from explorer.hierarchy.claims import MIN_STRENGTH
from tests.hierarchy.conftest import (
    DEAD,
    ERA,
    LEAVES,
    LEVELS,
    N_BROAD,
    N_LEAVES,
    PARENT,
    dtypes,
    edges_of,
    plant,
    shuffled,
)


def found_edges(edges) -> dict[int, int]:
    kept = edges[edges["is_edge"]]
    return dict(zip(kept["child"].tolist(), kept["parent"].tolist(), strict=True))


@pytest.fixture(scope="module")
def edges(planted):
    return edges_of(*planted.parts, seed=0)


def test_every_leaf_is_under_its_broad_concept_and_nothing_else_is(edges):
    assert found_edges(edges) == PARENT
    leaves = edges[edges["child"].isin(PARENT)]
    assert leaves["significant"].all() and (leaves["confidence"] >= 0.9).all() and (leaves["strength"] > 0.8).all()
    assert leaves["share"].between(0.2, 0.4).all()  # of three leaves, of which each has its strongest items
    assert (leaves["p_parent_given_child_items"] > 0.95).all() and (leaves["lift_items"] > 2).all()
    assert (leaves["cosine"].abs() < 1e-6).all()  # at right angles, as a later prefix fits what is left over
    assert (leaves["runner_up"] != leaves["parent"]).all() and (leaves["runner_up_score"] < leaves["score"]).all()


def test_a_neuron_across_all_genres_stays_an_orphan_and_a_dead_one_has_no_row(edges):
    assert not edges.loc[edges["child"].isin(ERA), "is_edge"].any()
    assert (edges.loc[edges["child"].isin(ERA), "strength"] < MIN_STRENGTH).all()
    assert DEAD not in set(edges["child"]) and len(edges) == N_LEAVES + len(ERA)


def test_absorbed_parents_are_found_by_their_read_out(absorbing):
    edges = edges_of(*absorbing.parts, seed=0)
    assert found_edges(edges) == PARENT
    by_child = edges.set_index("child")
    for child in (N_BROAD, N_BROAD + LEAVES):
        assert by_child.loc[child, "p_parent_given_child_items"] < 1e-3 and by_child.loc[child, "together"] < 0
        assert by_child.loc[child, "readout"] == by_child.loc[child, "score"] > by_child.loc[child, "null_99"]


def test_users_and_items_count_the_same_and_one_side_is_enough(planted):
    silent = Codes(np.zeros_like(planted.users.activations), planted.users.inputs)
    nobody = Codes(planted.users.activations[:0], planted.users.inputs[:0])
    for users in (silent, nobody):
        edges = edges_of(planted.items, users, planted.directions, LEVELS, seed=0)
        assert found_edges(edges) == PARENT and edges["p_parent_given_child_users"].isna().all()
    no_items = Codes(np.zeros_like(planted.items.activations), planted.items.inputs)
    edges = edges_of(no_items, planted.users, planted.directions, LEVELS, seed=0)
    assert {child: PARENT[child] for child in found_edges(edges)} == found_edges(edges)
    assert edges["lift_items"].isna().all() and edges["share"].isna().all() and (edges["strength"] > 0).any()


def test_a_neuron_on_users_only_gets_its_parent_from_them(planted):
    z = planted.items.activations.copy()
    z[:, N_BROAD] = 0
    edges = edges_of(replace(planted.items, activations=z), *planted.parts[1:], seed=0).set_index("child")
    assert edges.loc[N_BROAD, "parent"] == PARENT[N_BROAD] and np.isnan(edges.loc[N_BROAD, "lift_items"])


def test_shuffled_codes_have_almost_no_edges():
    rng, count, children = np.random.default_rng(0), 0, 0
    for seed in range(10):
        planted = plant(seed=seed)
        items, users = shuffled(planted.items, rng), shuffled(planted.users, rng)
        edges = edges_of(items, users, planted.directions, LEVELS, seed=seed)
        count, children = count + edges["significant"].sum(), children + len(edges)
        assert not edges["is_edge"].any()
    assert count <= 0.05 * children


def test_random_sparse_codes_have_almost_no_edges(rng):
    def noise(n: int) -> Codes:
        z = rng.random((n, 120)) * (rng.random((n, 120)) < 0.02)
        return Codes(z.astype(np.float32), rng.normal(size=(n, 16)).astype(np.float32))

    directions = rng.normal(size=(120, 16))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    edges = edges_of(noise(500), noise(700), directions, (20, 120), seed=0)
    assert len(edges) == 100 and edges["is_edge"].sum() <= 1


def test_a_neuron_on_a_handful_of_items_is_not_judged(planted):
    items, users = (replace(side, activations=side.activations.copy()) for side in (planted.items, planted.users))
    few = np.flatnonzero(planted.leaf == 0)[:4]
    for side, rows in ((items, few), (users, [0])):
        side.activations[:, DEAD] = 0
        side.activations[rows, DEAD] = 1
    row = edges_of(items, users, planted.directions, LEVELS, seed=0).set_index("child").loc[DEAD]
    assert row["parent"] == -1 and not row["is_edge"] and not row["significant"] and row["runner_up"] == -1
    known = ["parent", "level", "parent_level", "is_edge", "significant", "beyond_random", "repeats", "runner_up"]
    assert row.drop(known).isna().all()


def test_the_level_before_comes_first_and_the_one_before_that_only_where_it_has_nothing(planted):
    levels = (N_BROAD, N_BROAD + LEAVES, LEVELS[-1])  # the first genre's leaves are a level of their own
    edges = edges_of(*planted.parts[:3], levels, seed=0).set_index("child")
    assert found_edges(edges.reset_index()) == PARENT
    assert (edges.loc[N_BROAD : N_BROAD + LEAVES - 1, ["level", "parent_level"]] == [2, 1]).all(axis=None)
    assert (edges.loc[N_BROAD + LEAVES : N_BROAD + N_LEAVES - 1, ["level", "parent_level"]] == [3, 1]).all(axis=None)
    assert edges.loc[ERA, "parent_level"].tolist() == [2] * len(ERA)  # orphans show the candidate that is nearest


def test_a_chain_of_three_levels_goes_from_one_to_the_next(rng):
    n = 400
    nested = np.arange(n)[:, None] < np.array([200, 60, 20])
    z = (nested * rng.uniform(1, 2, nested.shape)).astype(np.float32)
    side = Codes(z, z + rng.normal(scale=0.1, size=z.shape).astype(np.float32))
    assert found_edges(edges_of(side, side, np.eye(3, dtype=np.float32), (1, 2, 3), seed=0)) == {1: 0, 2: 1}


def test_twin_parents_tie_and_the_first_has_the_child(planted):
    z, users = planted.items.activations.copy(), planted.users.activations.copy()
    inputs, directions = planted.items.inputs, planted.directions.copy()
    for side in (z, users):
        side[:, 1] = side[:, 0]
    directions[1] = directions[0]
    edges = edges_of(Codes(z, inputs), replace(planted.users, activations=users), directions, LEVELS, seed=0)
    row = edges.set_index("child").loc[N_BROAD]
    assert (row["parent"], row["runner_up"]) == (0, 1) and row["score"] == row["runner_up_score"]


def test_a_neuron_that_fires_the_same_on_everything_is_neither_child_nor_parent(planted):
    z = [side.activations.copy() for side in (planted.items, planted.users)]
    for activations in z:
        activations[:, [0, DEAD]] = 1
    sides = [Codes(a, side.inputs) for a, side in zip(z, (planted.items, planted.users), strict=True)]
    edges = edges_of(*sides, planted.directions, LEVELS, seed=0)
    assert not edges.set_index("child").loc[DEAD, "is_edge"]


def test_dead_candidates_are_never_parents(planted):
    z = [side.activations.copy() for side in (planted.items, planted.users)]
    for activations in z:
        activations[:, 0] = 0
    sides = [Codes(a, side.inputs) for a, side in zip(z, (planted.items, planted.users), strict=True)]
    edges = edges_of(*sides, planted.directions, LEVELS, seed=0)
    assert 0 not in set(edges["parent"]) | set(edges["runner_up"])
    assert found_edges(edges) == {child: parent for child, parent in PARENT.items() if parent != 0}
    for activations in z:
        activations[:, 1:N_BROAD] = 0
    edges = edges_of(*(Codes(s.activations, s.inputs) for s in sides), planted.directions, LEVELS, seed=0)
    assert (edges["parent"] == -1).all() and not edges["is_edge"].any() and edges["score"].isna().all()
    assert edges.dtypes.astype(str).to_dict() == dtypes("candidates")


@pytest.mark.parametrize("n_items", [1, 2, 5])
def test_catalogues_of_a_few_items_have_no_edges(n_items, rng):
    z = rng.random((n_items, 6)).astype(np.float32)
    side = Codes(z, z[:, :3])
    edges = edges_of(side, side, np.eye(6, 3, dtype=np.float32), (2, 6), seed=0)
    assert len(edges) == 4 and not edges["is_edge"].any()
    assert edges.dtypes.astype(str).to_dict() == dtypes("candidates")


def test_one_level_or_nothing_alive_gives_an_empty_table_with_all_columns(planted, tmp_path):
    flat = edges_of(*planted.parts[:3], LEVELS[-1:], seed=0)
    dead = Codes(np.zeros_like(planted.items.activations), planted.items.inputs)
    nothing = edges_of(dead, dead, planted.directions, LEVELS, seed=0)
    for edges in (flat, nothing):
        assert edges.empty and edges.dtypes.astype(str).to_dict() == dtypes("candidates")
        edges.to_parquet(tmp_path / "edges.parquet")


def test_the_table_keeps_its_types_in_parquet(edges, tmp_path):
    assert edges.dtypes.astype(str).to_dict() == dtypes("candidates")
    edges.to_parquet(tmp_path / "edges.parquet")


def test_the_same_seed_gives_the_same_edges_and_nothing_is_changed(planted, edges):
    before = [side.activations.copy() for side in (planted.items, planted.users)]
    again = edges_of(*planted.parts, seed=0)
    assert again.equals(edges)
    other = edges_of(*planted.parts, seed=1)
    assert not other.equals(edges) and found_edges(other) == PARENT
    for side, copy in zip((planted.items, planted.users), before, strict=True):
        assert np.array_equal(side.activations, copy)


def test_scores_do_not_depend_on_the_units_of_activations(planted, edges):
    sides = [Codes(side.activations * 1000, side.inputs * 1000) for side in (planted.items, planted.users)]
    scaled = edges_of(*sides, planted.directions, LEVELS, seed=0)
    np.testing.assert_allclose(scaled["score"], edges["score"], rtol=1e-4)
    np.testing.assert_allclose(scaled["strength"], edges["strength"], rtol=1e-3)


def test_the_null_has_the_spread_that_shuffling_gives(planted):
    pair = [Codes(side.activations[:, :2], side.inputs) for side in (planted.items, planted.users)]
    one = edges_of(*pair, planted.directions[:2], (1, 2), seed=0, draws=400)  # one candidate: no maximum over several
    w = [side.weights[:, 1] for side in (planted.items, planted.users)]
    spread = np.sqrt(sum((x**2).sum() - 1 / len(x) for x in w)) / 2
    # The better of two kinds of evidence, so somewhat more than the quantile of one.
    assert 2.0 * spread < one.loc[0, "null_99"] < 3.6 * spread
