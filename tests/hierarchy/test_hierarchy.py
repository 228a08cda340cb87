"""The hierarchy of a run as one value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.errors import UserError
from explorer.hierarchy import (
    Hierarchy,
    Side,
    build_hierarchy,
    find_edges,
    flag_neurons,
    level_table,
    measure_neurons,
    trends,
)
from explorer.hierarchy.hierarchy import NO_EDGES, NO_LEVELS, NOTHING_ALIVE
from explorer.runs import Run
from tests.hierarchy.conftest import DEAD, ERA, LEAVES, LEVELS, N_BROAD, N_ITEMS, PARENT, Planted


def hierarchy_of(planted: Planted) -> Hierarchy:
    edges = find_edges(*planted.parts, seed=0)
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
        planted.levels, edges, flags, neurons, level_table(neurons, planted.levels, []), trends(neurons, seed=0)
    )


def of_run(run: Run, seed: int = 0) -> Hierarchy:
    return build_hierarchy(
        run.dataset,
        run.recommender,
        run.sae,
        run.reconstruction,
        run.index,
        run.metrics.as_json()["levels"],
        min_support=run.config.neurons.min_support,
        seed=seed,
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
    side, levels = Side(z, z), (1, 2, 3)
    edges = find_edges(side, side, np.eye(3, dtype=np.float32), levels, seed=0)
    flags = flag_neurons(side, side, np.eye(3, dtype=np.float32), levels, edges, seed=0)
    assert Hierarchy(levels, edges, flags, flags, flags, flags).path(2) == [0, 1, 2]


@pytest.mark.parametrize("neuron", [-1, LEVELS[-1]])
def test_a_neuron_that_does_not_exist_is_said_so(hierarchy, neuron):
    for ask in (hierarchy.parents_of, hierarchy.children_of, hierarchy.path):
        with pytest.raises(UserError, match=f"There is no neuron {neuron}; this run has the neurons 0 to 18"):
            ask(neuron)


def test_why_there_are_no_edges_is_said(planted):
    flat = hierarchy_of(replace(planted, levels=LEVELS[-1:]))
    assert flat.reason == NO_LEVELS and flat.edges.empty and flat.orphans() == []
    assert flat.roots() == list(range(DEAD)) and flat.path(7) == [7]

    def silenced(neurons: slice) -> Hierarchy:
        sides = [Side(side.activations.copy(), side.inputs) for side in (planted.items, planted.users)]
        for side in sides:
            side.activations[:, neurons] = 0
        return hierarchy_of(replace(planted, items=sides[0], users=sides[1]))

    assert silenced(slice(N_BROAD)).reason == NO_EDGES
    assert silenced(slice(N_BROAD, None)).reason == silenced(slice(None)).reason == NOTHING_ALIVE


def test_a_runs_hierarchy_is_measured_from_its_parts(tiny_variants, tmp_path):
    run = tiny_variants("matryoshka")
    hierarchy = of_run(run)
    assert hierarchy.levels == run.sae.levels == (4, 8, 16, 32)
    assert hierarchy.level_metrics["width"].tolist() == [4, 8, 16, 32]
    assert hierarchy.level_metrics["ndcg@20"].tolist() == [
        level["ndcg@20"] for level in run.metrics.as_json()["levels"]
    ]
    assert hierarchy.flags["neuron"].tolist() == list(range(32))
    alive = run.index.neurons["max_activation"] > 0
    assert set(hierarchy.roots()) <= set(np.flatnonzero(alive[:4]))
    assert (hierarchy.candidates["parent"] < hierarchy.candidates["child"]).all()
    for name in ("candidates", "flags", "neurons", "level_metrics", "trends"):
        table = getattr(hierarchy, name)
        assert table.equals(getattr(of_run(run), name))
        table.to_parquet(tmp_path / f"{name}.parquet")


@pytest.mark.parametrize("name", ["topk-no-years", "relu-no-genres"])
def test_a_dictionary_without_prefixes_has_one_level_and_says_why(tiny_variants, name):
    hierarchy = of_run(tiny_variants(name))
    assert hierarchy.reason == NO_LEVELS and hierarchy.levels == (32,)
    assert hierarchy.candidates.empty and len(hierarchy.level_metrics) == 1 and hierarchy.level_metrics.loc[0, "living"]
    assert hierarchy.trends["p"].isna().all()


def test_where_no_item_has_the_support_there_are_only_users_to_tell(tiny_variants):
    run = tiny_variants("matryoshka")
    parts = run.dataset, run.recommender, run.sae, run.reconstruction, run.index, run.metrics.as_json()["levels"]
    hierarchy = build_hierarchy(*parts, min_support=1_000_000, seed=0)
    assert hierarchy.candidates["lift_items"].isna().all() and hierarchy.candidates["lift_users"].notna().any()
    assert hierarchy.neurons["popularity"].isna().all() and not hierarchy.flags["split"].any()
