"""What makes a parent where levels are prefixes of each other, and where each stands alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.hierarchy import Codes, Edges, find_edges
from explorer.hierarchy.claims import CONTAINED, MIN_CONTAINED, ContainedClaims, Limits, NestedClaims
from tests.hierarchy.conftest import DEAD, ERA, LEVELS, N_BROAD, N_LEAVES, PARENT, Planted, plant


def found_edges(edges: Edges) -> dict[int, int]:
    kept = edges.candidates[edges.candidates["is_edge"]]
    return dict(zip(kept["child"].tolist(), kept["parent"].tolist(), strict=True))


def alone(planted: Planted, **options) -> Edges:
    return find_edges(*planted.parts, seed=0, alone=True, **options)


def single(planted: Planted) -> tuple[ContainedClaims, list[np.ndarray]]:
    """The claims of the broad neurons, and the weights of all later ones."""
    claims = ContainedClaims.of(planted.items, planted.users, planted.directions, N_BROAD)
    return claims, [side.own_weights[:, N_BROAD:] for side in (planted.items, planted.users)]


def test_levels_that_stand_alone_give_the_planted_tree_too(planted):
    edges = alone(planted)
    assert found_edges(edges) == PARENT
    leaves = edges.candidates[edges.candidates["child"].isin(PARENT)]
    # One leaf in twelve: what it fires on lies inside its broad concept.
    assert (leaves["score"] > 0.95).all() and leaves["significant"].all()
    assert leaves[["strength", "together", "readout", "confidence"]].notna().all(axis=None)
    assert not edges.candidates.loc[edges.candidates["child"].isin(ERA), "is_edge"].any()


def test_the_score_is_the_share_of_the_childs_own_energy_inside_the_parent_items_counted_twice(planted):
    claims, weights = single(planted)
    weighed = claims.weigh(weights, N_BROAD)
    for child, parent in ((N_BROAD, 0), (N_BROAD + N_LEAVES - 1, N_BROAD - 1)):
        inside = []
        for side in (planted.items, planted.users):
            z = side.activations.astype(float)
            energy = z[:, child] ** 2 * side.own[:, child]
            inside.append(energy[z[:, parent] > 0].sum() / energy.sum())
        expected = np.average(inside, weights=[2, 1])
        assert 0.9 < expected <= 1 and weighed.score[child - N_BROAD, parent] == pytest.approx(expected, rel=1e-4)


def test_weak_activations_do_not_move_the_score(planted):
    """A dense code is on many items a little, and these say nothing about its concept."""
    sides = [replace(side, activations=side.activations.copy()) for side in (planted.items, planted.users)]
    for side in sides:
        side.activations[:, N_BROAD] += 0.02
    edges = find_edges(*sides, planted.directions, LEVELS, seed=0, alone=True)
    assert found_edges(edges) == PARENT


def test_a_parent_that_fires_as_often_everywhere_has_no_claim(planted):
    sides = [replace(side, activations=side.activations.copy()) for side in (planted.items, planted.users)]
    for side in sides:
        side.activations[:, 0] = 1  # holds all of every child
    claims, weights = single(replace(planted, items=sides[0], users=sides[1]))
    score = claims.weigh(weights, N_BROAD).score
    assert not score[:, 0].any() and score[:, 1:].any()
    only_items = replace(planted, items=planted.items, users=sides[1])  # nor has one that does so on users alone
    assert (
        not ContainedClaims.of(only_items.items, only_items.users, planted.directions, N_BROAD)
        .weigh(weights, N_BROAD)
        .score[:, 0]
        .any()
    )


def test_users_decide_where_a_child_fires_on_no_item(planted):
    claims, (items, users) = single(planted)
    weighed = claims.weigh([np.zeros_like(items), users], N_BROAD)
    inside = users.T @ (planted.users.activations[:, :N_BROAD] > 0)
    assert weighed.score[0, 0] == pytest.approx(inside[0, 0], rel=1e-5) and weighed.score[0, 0] > 0.9
    assert claims.weigh([items, np.zeros_like(users)], N_BROAD).score[0, 0] > 0.9


def test_a_dead_candidate_is_no_parent(planted):
    sides = [replace(side, activations=side.activations.copy()) for side in (planted.items, planted.users)]
    for side in sides:
        side.activations[:, 0] = 0
    claims, weights = single(replace(planted, items=sides[0], users=sides[1]))
    assert (claims.weigh(weights, N_BROAD).score[:, 0] == -np.inf).all()


def test_a_neuron_that_has_most_of_anothers_own_items_is_that_concept_again_and_not_its_child(planted, rng):
    sides = [replace(side, activations=side.activations.copy()) for side in (planted.items, planted.users)]
    for side in sides:
        side.activations[:, DEAD] = side.activations[:, 1] * rng.uniform(0.95, 1.05, len(side.inputs))
    edges = find_edges(*sides, planted.directions, LEVELS, seed=0, alone=True)
    table = edges.candidates.set_index("child")
    assert table.loc[DEAD, "repeats"] == 1 and not table.loc[DEAD, "is_edge"]
    assert (table["repeats"].drop(DEAD) == -1).all() and found_edges(edges) == PARENT
    # In nested prefixes no neuron is what an earlier one is: that is what the prefixes leave over.
    nested = find_edges(*sides, planted.directions, LEVELS, seed=0)
    assert (nested.candidates["repeats"] == -1).all() and found_edges(nested)[DEAD] == 1


@pytest.mark.parametrize("stands_alone", [True, False])
def test_neurons_that_stand_for_popularity_are_nobodys_parents(planted, stands_alone):
    edges = find_edges(*planted.parts, seed=0, alone=stands_alone, apart=2)
    assert found_edges(edges) == {child: parent for child, parent in PARENT.items() if parent >= 2}
    assert not edges.candidates["parent"].isin([0, 1]).any() and not edges.candidates["runner_up"].isin([0, 1]).any()
    (row,) = edges.chance.to_dict("records")
    assert row["children"] == len(PARENT) + len(ERA)
    nobody = find_edges(*planted.parts, seed=0, alone=stands_alone, apart=N_BROAD)
    assert (nobody.candidates["parent"] == -1).all() and nobody.chance["random_with_parent"].tolist() == [0]


@pytest.mark.parametrize(
    ("reached", "score", "holds"),
    [
        (0.1, MIN_CONTAINED - 0.02, False),  # most of it has to lie inside
        (0.1, MIN_CONTAINED + 0.02, True),
        (0.7, 0.68, False),  # random directions reach as much
        (0.7, 0.72, True),
        (0.99, CONTAINED - 0.02, False),
        (0.99, CONTAINED + 0.02, True),  # nearly all of it lies inside, whatever chance reaches
    ],
)
def test_what_lies_inside_has_to_be_most_and_more_than_random_directions_reach(planted, reached, score, holds):
    claims, weights = single(planted)
    weighed = replace(claims.weigh(weights, N_BROAD), score=np.full((1, 1), score))
    parent = np.zeros(1, int)
    assert claims.hold(weighed, parent, Limits(np.zeros(1), np.zeros(1), np.full(1, reached)))[0] == holds
    assert not claims.hold(weighed, parent, Limits(np.zeros(1), np.ones(1), np.full(1, reached)))[0]  # nor shuffled


def test_random_directions_are_counted_by_the_rule_of_the_neurons(planted):
    for edges in (alone(planted), find_edges(*planted.parts, seed=0)):
        (row,) = edges.chance.to_dict("records")
        kept = edges.candidates["is_edge"]
        assert (row["level"], row["children"], row["with_parent"]) == (2, len(kept), kept.sum())
        assert row["random"] == 20 * len(kept) and 0 <= row["random_with_parent"] < row["random"]
        table = edges.candidates
        assert (table["beyond_random"] == (table["score"] > table["random_99"] + 1e-6)).all()


def test_of_embeddings_without_structure_random_directions_have_almost_no_parents(rng):
    """And neurons that are random directions themselves have as few."""

    def side(n: int) -> Codes:
        x = rng.normal(size=(n, 32)).astype(np.float32)
        z = x @ directions.T
        return Codes(np.maximum(z - np.quantile(z, 0.93, axis=0), 0), x)

    directions = rng.normal(size=(72, 32)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    edges = find_edges(side(800), side(900), directions, (12, 72), seed=0, alone=True)
    (row,) = edges.chance.to_dict("records")
    assert row["with_parent"] <= 2 and row["random_with_parent"] <= 0.02 * row["random"]


def test_where_random_directions_get_a_parent_as_often_the_table_says_so(rng):
    """Items in tight clusters of clusters: whatever looks at them finds a cluster, and that lies in a larger one."""
    broad, narrow = rng.normal(size=(5, 24)), rng.normal(size=(30, 24)) * 0.6

    def inputs(n: int) -> np.ndarray:
        of = rng.integers(30, size=n)
        return (broad[of % 5] + narrow[of] + 0.05 * rng.normal(size=(n, 24))).astype(np.float32)

    directions = np.vstack([broad, narrow]).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    sides = []
    for n in (900, 700):
        x = inputs(n)
        z = x @ directions.T
        high = np.where(np.arange(35) < 5, np.quantile(z, 0.8, axis=0), np.quantile(z, 0.96, axis=0))
        sides.append(Codes(np.maximum(z - high, 0).astype(np.float32), x))
    (row,) = find_edges(*sides, directions, (5, 35), seed=0).chance.to_dict("records")
    assert row["random_with_parent"] > 0.3 * row["random"]


def test_a_shuffled_code_has_no_edges_where_levels_stand_alone():
    for seed in range(3):
        planted, rng = plant(seed=seed), np.random.default_rng(seed)
        items, users = (Codes(rng.permuted(s.activations, axis=0), s.inputs) for s in (planted.items, planted.users))
        assert not found_edges(find_edges(items, users, planted.directions, LEVELS, seed=seed, alone=True))


def test_the_nested_evidence_is_kept_for_the_record(planted):
    claims, weights = single(planted)
    nested = NestedClaims.of(planted.items, planted.users, planted.directions, N_BROAD)
    parent = np.array([PARENT.get(child, 0) for child in range(N_BROAD, LEVELS[-1])])
    ours = claims.describe(claims.weigh(weights, N_BROAD), parent)
    theirs = nested.describe(nested.weigh(weights, N_BROAD), parent)
    for name in ("strength", "together", "readout"):
        np.testing.assert_array_equal(ours[name], theirs[name])
