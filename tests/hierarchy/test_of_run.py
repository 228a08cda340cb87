"""The hierarchy of a run by its own settings, kept with it, and held to the tree of its data set."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from explorer.data import demo
from explorer.ground_truth import edge_recovery
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.hierarchy import NO_LEVELS
from explorer.hierarchy.of_run import hierarchy_of, recovery_of
from explorer.hierarchy.store import TABLES, load_hierarchy, save_hierarchy
from explorer.runs import Run
from tests.hierarchy.test_hierarchy import of_run


@pytest.fixture
def run(tiny_variants) -> Run:
    return tiny_variants("matryoshka")


@pytest.fixture
def found(run) -> Hierarchy:
    return hierarchy_of(run)


def with_tree(run: Run) -> Run:
    """The run, but its data set knows the demo's tree."""
    return replace(run, dataset=replace(run.dataset, genre_parents=demo.genre_parents()))


def assert_same(hierarchy: Hierarchy, other: Hierarchy) -> None:
    assert hierarchy.levels == other.levels and hierarchy.reason == other.reason
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(hierarchy, name), getattr(other, name))


def test_the_seed_and_the_support_are_those_of_the_run(run, found):
    assert_same(found, of_run(run, seed=run.config.seed))
    config = run.config.model_copy(update={"seed": 7})
    assert_same(hierarchy_of(replace(run, config=config)), of_run(run, seed=7))
    neurons = run.config.neurons.model_copy(update={"min_support": 1_000_000})
    without = hierarchy_of(replace(run, config=run.config.model_copy(update={"neurons": neurons})))
    assert not without.neurons["density_items"].any() and found.neurons["density_items"].any()


def test_a_run_of_four_levels_has_them_all_and_the_run_stays_as_it_is(run, found):
    assert found.levels == run.sae.levels == (4, 8, 16, 32)
    assert found.level_metrics["rbo@30"].tolist() == [level["rbo@30"] for level in run.metrics.as_json()["levels"]]
    assert_same(found, hierarchy_of(run))


@pytest.mark.parametrize("name", ["topk-no-years", "relu-no-genres", "ncf"])
def test_a_flat_run_has_one_level_and_no_edges(name, tiny_runs, tiny_variants):
    run = tiny_runs("ncf") if name == "ncf" else tiny_variants(name)
    found = hierarchy_of(run)
    assert found.levels == (32,) and found.reason == NO_LEVELS and found.edges.empty
    assert recovery_of(with_tree(run), found) is None


def test_without_a_known_tree_there_is_nothing_to_recover(run, found):
    assert not run.dataset.genre_parents
    assert recovery_of(run, found) is None


def test_the_edges_are_held_to_the_tree_of_the_genres_over_the_ranked_items(run, found):
    parents, dataset = demo.genre_parents(), run.dataset
    recovered = recovery_of(with_tree(run), found)
    ranked = np.flatnonzero(dataset.items["popularity"] >= run.config.neurons.min_support)
    genres = dataset.items["genres"].iloc[ranked]
    concepts = {genre: np.array([genre in of for of in genres]) for genre in dataset.genres}
    activations = run.reconstruction.item_activations.numpy()[ranked]
    expected = asdict(edge_recovery(found.candidates, activations, found.levels, concepts, parents))
    np.testing.assert_equal(recovered, expected)  # missing is missing
    assert recovered["right"] + recovered["wrong"] + recovered["unjudged"] == len(found.edges)


def test_a_tree_of_genres_that_nothing_carries_does_no_harm(run, found):
    strange = replace(run, dataset=replace(run.dataset, genre_parents={"Opera": "Music"}))
    assert recovery_of(strange, found)["right"] == 0


# --- kept


@pytest.mark.parametrize("name", ["matryoshka", "relu-no-genres"])
def test_a_hierarchy_comes_back_as_it_was_and_may_be_replaced(name, tiny_variants, tmp_path):
    found = hierarchy_of(tiny_variants(name))
    save_hierarchy(tmp_path, found)
    assert_same(load_hierarchy(tmp_path), found)
    other = replace(found, flags=found.flags.assign(split=True))
    save_hierarchy(tmp_path, other)
    assert_same(load_hierarchy(tmp_path), other)


def test_without_one_there_is_none(tmp_path):
    assert load_hierarchy(tmp_path) is None and load_hierarchy(tmp_path / "nothing") is None


@pytest.mark.parametrize("about", [{}, {"levels": None}, {"levels": 3}])
def test_one_whose_levels_are_lost_is_none(about, found, tmp_path):
    save_hierarchy(tmp_path, found)
    manifest = tmp_path / "maps" / "hierarchy.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "about": about}))
    assert load_hierarchy(tmp_path) is None


def test_one_of_another_version_with_other_tables_is_none(found, tmp_path):
    save_hierarchy(tmp_path, found)
    shutil.move(tmp_path / "maps" / "hierarchy-trends.parquet", tmp_path / "maps" / "hierarchy-others.parquet")
    assert load_hierarchy(tmp_path) is None
