"""A hierarchy kept in a run's folder."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from explorer.hierarchy import Hierarchy
from explorer.hierarchy.store import TABLES, load_hierarchy, save_hierarchy


@pytest.fixture(scope="module")
def found(tiny_variants) -> Hierarchy:
    return Hierarchy.from_run(tiny_variants("matryoshka"))


def assert_same(hierarchy: Hierarchy, other: Hierarchy) -> None:
    assert hierarchy.levels == other.levels and hierarchy.reason == other.reason
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(hierarchy, name), getattr(other, name))


def test_a_hierarchy_comes_back_as_it_was_and_may_be_replaced(found, tiny_variants, tmp_path):
    for hierarchy in (
        found,
        Hierarchy.from_run(tiny_variants("relu-no-genres")),
        replace(found, trends=found.trends.assign(holds=True)),
    ):
        save_hierarchy(tmp_path, hierarchy)
        assert_same(load_hierarchy(tmp_path), hierarchy)


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


FORGED = {
    "a parent of itself": lambda found: replace(found, flags=found.flags.assign(parent=found.flags["neuron"])),
    "fewer neurons": lambda found: replace(found, neurons=found.neurons[:-1]),
    "neurons in another order": lambda found: replace(found, flags=found.flags[::-1].reset_index(drop=True)),
    "a neuron that does not exist": lambda found: replace(found, candidates=found.candidates.assign(runner_up=10**6)),
    "an infinite number": lambda found: replace(found, neurons=found.neurons.assign(breadth=float("inf"))),
    "other levels": lambda found: replace(found, levels=(1, *found.levels[1:])),
    "a column less": lambda found: replace(found, trends=found.trends.drop(columns="p")),
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_one_that_a_page_could_not_show_is_none(change, found, tmp_path):
    save_hierarchy(tmp_path, found)
    assert load_hierarchy(tmp_path, found.levels) is not None
    assert load_hierarchy(tmp_path, (2, 4)) is None  # that of another run
    save_hierarchy(tmp_path, change(found))
    assert load_hierarchy(tmp_path) is None


def test_one_stored_before_shares_were_opens_without_them_and_they_are_found(found, tiny_variants, tmp_path):
    save_hierarchy(tmp_path, found)
    for name in ("shares", "examples"):
        (tmp_path / "maps" / f"hierarchy-{name}.parquet").unlink()
    older = load_hierarchy(tmp_path)
    assert older.shares.empty and older.examples.empty
    assert_same(older.complete(tiny_variants("matryoshka")), found)


SHARED_WRONGLY = {
    "more than there is": lambda found: found.shares.assign(items=10**6),
    "another's child": lambda found: found.shares.assign(parent=found.shares["child"]),
    "a child twice": lambda found: pd.concat([found.shares, found.shares[:1]], ignore_index=True),
}


@pytest.mark.parametrize("change", SHARED_WRONGLY.values(), ids=SHARED_WRONGLY)
def test_shares_that_cannot_be_are_left_out(change, found, tmp_path):
    save_hierarchy(tmp_path, replace(found, shares=change(found)))
    assert load_hierarchy(tmp_path).shares.empty
