"""A stored map is shown only for the run that it was drawn for, and what is wrong with another is said."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from explorer.maps import cluster_labels, make_map, save_map
from explorer.maps.open import open_stored
from explorer.runs import Run, load_run


@pytest.fixture
def drawn(run, tmp_path) -> Run:
    """A run with a map of its items."""
    copied = load_run(shutil.copytree(run.path, tmp_path / "run"))
    projection = make_map(copied, "items", "pca")
    save_map(copied.path, projection, cluster_labels(copied, projection.table))
    return copied


def test_a_map_of_this_run_is_opened_and_a_kind_that_was_not_drawn_is_no_problem(drawn):
    (projection, names), problem = open_stored(drawn, "items")
    assert projection.parameters["run"] == drawn.digest and len(names) and problem == ""
    assert open_stored(drawn, "users") == (None, "")


def test_a_map_of_another_run_or_from_before_a_retraining_is_said(drawn):
    stored, problem = open_stored(replace(drawn, digest="f" * 64), "items")
    assert stored is None and "drawn for another run" in problem and "draw it again" in problem


@pytest.mark.parametrize("file", ["items.json", "items-points.parquet", "items-names.parquet"])
def test_damaged_files_are_said(drawn, file):
    (drawn.path / "maps" / file).write_bytes(b"{")
    stored, problem = open_stored(drawn, "items")
    assert stored is None and "damaged" in problem


def test_a_map_of_an_earlier_version_gets_the_names_and_measures_of_today(drawn):
    (projection, names), _ = open_stored(drawn, "items")
    old = {key: value for key, value in projection.parameters.items() if key not in ("run", "neighbour_purity")}
    save_map(drawn.path, replace(projection, parameters=old), names.assign(name="mixed"))
    (again, today), problem = open_stored(drawn, "items")
    assert again.parameters == projection.parameters and today.equals(names) and problem == ""
