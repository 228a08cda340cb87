"""The hierarchy of a run as one value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.errors import UserError
from explorer.hierarchy import (
    Codes,
    Hierarchy,
    find_edges,
    flag_neurons,
    level_table,
    measure_neurons,
    trends,
)
from explorer.hierarchy.evidence import codes_of
from explorer.hierarchy.hierarchy import NO_EDGES, NO_LIVE_CHILDREN, ONE_LEVEL
from tests.hierarchy.conftest import DEAD, ERA, LEAVES, LEVELS, N_BROAD, N_ITEMS, PARENT, Planted, dtypes, edges_of


def hierarchy_of(planted: Planted) -> Hierarchy:
    edges, chance = find_edges(*planted.parts, seed=0)
    neurons = measure_neurons(
        planted.items,
        planted.users,
        planted.levels,
        percentiles=np.arange(N_ITEMS) / N_ITEMS,
        genres=planted.genres,
        years=np.full(N_ITEMS, np.nan),
        purity=np.full(LEVELS[-1], np.nan),
        seed=0,
    )
    flags = flag_neurons(*planted.parts, edges, seed=0)
    return Hierarchy(
        planted.levels,
        edges,
        flags,
        neurons,
        level_table(neurons, planted.levels, []),
        trends(neurons, seed=0),
        chance,
    )


@pytest.fixture(scope="module")
def hierarchy(planted) -> Hierarchy:
    return hierarchy_of(planted)


def test_parents_and_children_are_each_others(hierarchy):
    assert {k: hierarchy.parents_of(k) for k in PARENT} == {k: [parent] for k, parent in PARENT.items()}
    for broad in range(N_BROAD):
        assert sorted(hierarchy.children_of(broad)) == [N_BROAD + broad * LEAVES + i for i in range(LEAVES)]
        assert hierarchy.parents_of(broad) == []
    assert hierarchy.children_of(N_BROAD) == hierarchy.children_of(DEAD) == []
    assert len(hierarchy.edges) == len(PARENT) and hierarchy.reason is None


def test_families_are_the_parents_with_their_children_the_largest_first(hierarchy):
    families = hierarchy.families()
    assert {parent: sorted(children) for parent, children in families.items()} == {
        broad: [child for child, parent in PARENT.items() if parent == broad] for broad in range(N_BROAD)
    }
    one_less = hierarchy.candidates.copy()
    one_less.loc[one_less["child"] == N_BROAD, "is_edge"] = False
    families = replace(hierarchy, candidates=one_less).families()
    assert list(families) == [1, 2, 3, 0] and len(families[0]) == LEAVES - 1


def test_roots_are_the_first_level_and_orphans_are_kept_apart(hierarchy):
    assert hierarchy.roots() == list(range(N_BROAD))
    assert hierarchy.orphans() == ERA
    assert hierarchy.parents_of(ERA[0]) == hierarchy.parents_of(DEAD) == []


def test_a_path_goes_from_the_root_to_the_neuron(hierarchy):
    assert hierarchy.path(N_BROAD + LEAVES) == [1, N_BROAD + LEAVES]
    assert hierarchy.path(2) == [2] and hierarchy.path(ERA[0]) == ERA[:1] and hierarchy.path(DEAD) == [DEAD]


def test_a_path_goes_through_all_levels(rng):
    nested = np.arange(400)[:, None] < np.array([200, 60, 20])
    z = (nested * rng.uniform(1, 2, nested.shape)).astype(np.float32)
    side, levels = Codes(z, z), (1, 2, 3)
    edges = edges_of(side, side, np.eye(3, dtype=np.float32), levels, seed=0)
    flags = flag_neurons(side, side, np.eye(3, dtype=np.float32), levels, edges, seed=0)
    assert Hierarchy(levels, edges, flags, flags, flags, flags, flags).path(2) == [0, 1, 2]


@pytest.mark.parametrize("neuron", [-1, LEVELS[-1]])
def test_a_neuron_that_does_not_exist_is_said_so(hierarchy, neuron):
    for ask in (hierarchy.parents_of, hierarchy.children_of, hierarchy.path):
        with pytest.raises(UserError, match=f"There is no neuron {neuron}; this run has the neurons 0 to 18"):
            ask(neuron)


def test_why_there_are_not_edges_is_said(planted):
    flat = hierarchy_of(replace(planted, levels=LEVELS[-1:]))
    assert flat.reason == ONE_LEVEL and flat.edges.empty and flat.orphans() == []
    assert flat.roots() == list(range(DEAD)) and flat.path(7) == [7]

    def silenced(neurons: slice) -> Hierarchy:
        sides = [Codes(side.activations.copy(), side.inputs) for side in (planted.items, planted.users)]
        for side in sides:
            side.activations[:, neurons] = 0
        return hierarchy_of(replace(planted, items=sides[0], users=sides[1]))

    assert silenced(slice(N_BROAD)).reason == NO_EDGES
    assert silenced(slice(N_BROAD, None)).reason == silenced(slice(None)).reason == NO_LIVE_CHILDREN


def test_the_tree_has_every_live_neuron_with_its_parent(hierarchy):
    assert hierarchy.tree() == {
        **dict.fromkeys(range(N_BROAD)),
        **PARENT,
        **dict.fromkeys(ERA, -1),
    }
    assert hierarchy.relatives(N_BROAD) == [0] and set(hierarchy.relatives(0)) == {4, 5, 6}


# --- of a run


@pytest.fixture(scope="module")
def run(tiny_variants):
    return tiny_variants("matryoshka")


@pytest.fixture(scope="module")
def of_run(run) -> Hierarchy:
    return Hierarchy.from_run(run)


def test_a_runs_hierarchy_is_measured_from_the_run(run, of_run, tmp_path):
    assert of_run.levels == run.sae.levels == (4, 8, 16, 32) and of_run.has_levels
    assert of_run.level_metrics["width"].tolist() == [4, 8, 16, 32]
    for name in ("ndcg@20", "rbo@30"):
        assert of_run.level_metrics[name].tolist() == [level[name] for level in run.metrics.as_json()["levels"]]
    assert of_run.flags["neuron"].tolist() == list(range(32))
    alive = run.index.neurons["max_activation"] > 0
    assert set(of_run.roots()) <= set(np.flatnonzero(alive[:4]))
    assert (of_run.candidates["parent"] < of_run.candidates["child"]).all()
    for name in ("candidates", "flags", "neurons", "level_metrics", "trends", "chance"):
        table = getattr(of_run, name)
        assert table.dtypes.astype(str).to_dict() == dtypes(name)
        assert table.equals(getattr(Hierarchy.from_run(run), name))
        table.to_parquet(tmp_path / f"{name}.parquet")


def test_levels_that_stand_alone_are_judged_as_such_and_popularity_is_nobodys_parent(run, of_run, tiny_variants):
    assert of_run.alone and run.sae.levels_stand_alone and run.sae.pair == 2
    parts = *codes_of(run), run.sae.W_dec.numpy(), run.sae.levels
    edges, chance = find_edges(*parts, seed=run.config.seed, alone=True, apart=2)
    assert of_run.candidates.equals(edges) and of_run.chance.equals(chance)
    counted = of_run.with_parent
    assert (counted.neurons, counted.with_parent) == (len(edges), len(of_run.edges))
    assert counted.random == 20 * len(edges) and not of_run.candidates["parent"].isin([0, 1]).any()
    assert not Hierarchy.from_run(tiny_variants("topk-no-years")).alone


def test_a_dictionary_without_prefixes_has_one_level_no_trends_and_says_why(tiny_variants):
    flat = Hierarchy.from_run(tiny_variants("relu-no-genres"))
    assert flat.reason == ONE_LEVEL and flat.levels == (32,) and not flat.has_levels
    assert flat.candidates.empty and flat.edges.empty and flat.trends.empty
    assert len(flat.level_metrics) == 1 and flat.level_metrics.loc[0, "living"]
    assert flat.trends.dtypes.astype(str).to_dict() == dtypes("trends")


def test_the_seed_and_the_support_are_those_of_the_run(run, of_run):
    other = Hierarchy.from_run(replace(run, config=run.config.model_copy(update={"seed": 7})))
    assert not other.candidates.equals(of_run.candidates)
    neurons = run.config.neurons.model_copy(update={"min_support": 1_000_000})
    without = Hierarchy.from_run(replace(run, config=run.config.model_copy(update={"neurons": neurons})))
    assert without.candidates["lift_items"].isna().all() and without.candidates["lift_users"].notna().any()
    assert without.neurons["popularity"].isna().all() and not without.flags["split"].any()
    assert not without.neurons["density_items"].any() and of_run.neurons["density_items"].any()
