"""Tables added to a run: whole or not at all, and shared with it."""

from __future__ import annotations

import io
import json
import shutil

import pandas as pd
import pytest

from explorer.hierarchy import Hierarchy
from explorer.hierarchy.store import NAME as HIERARCHY
from explorer.hierarchy.store import TABLES as HIERARCHY_TABLES
from explorer.hierarchy.store import load_hierarchy, save_hierarchy
from explorer.maps import MAP_KINDS, cluster_labels, load_map, make_map, save_map
from explorer.maps.store import TABLES as MAP_TABLES
from explorer.runs import export_run, import_run, load_run
from explorer.runs.archive import ATTACHED
from explorer.storage.attachments import attach, attached, described
from explorer.storage.tables import Budget, Column
from tests.helpers import refused

TABLE = pd.DataFrame({"a": [1, 2], "b": pd.array(["x", None], dtype="string")})
COLUMN = {"a": Column("int64"), "b": Column("str", optional=True)}
COLUMNS = {"points": COLUMN, "names": COLUMN}


@pytest.fixture
def run(tiny_variants, tmp_path):
    return load_run(shutil.copytree(tiny_variants("matryoshka").path, tmp_path / "run"))


def test_a_set_of_tables_comes_back_as_it_was(tmp_path):
    attach(tmp_path / "maps", "one", {"points": TABLE, "names": TABLE[:0]}, {"seed": 3})
    tables, about = attached(tmp_path / "maps", "one", COLUMNS)
    pd.testing.assert_frame_equal(tables["points"], TABLE)
    assert about == {"seed": 3} and tables["names"].empty


@pytest.mark.parametrize("damage", ["cut", "gone", "of another time", "no JSON", "a list"])
def test_a_set_whose_files_do_not_belong_together_is_none(damage, tmp_path):
    attach(tmp_path, "one", {"points": TABLE}, {})
    table, manifest = tmp_path / "one-points.parquet", tmp_path / "one.json"
    if damage == "cut":
        table.write_bytes(table.read_bytes()[:-10])
    elif damage == "gone":
        table.unlink()
    elif damage == "of another time":
        TABLE[:1].to_parquet(table)
    else:
        manifest.write_text("{" if damage == "no JSON" else json.dumps([1]))
    assert attached(tmp_path, "one", {"points": COLUMNS["points"]}) is None


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with refused("cannot be written", str(tmp_path / "file")):
        attach(tmp_path / "file", "one", {"points": TABLE}, {})


def test_maps_and_the_hierarchy_of_a_run_are_kept_with_it_and_go_along_in_its_archive(run, tmp_path):
    assert load_map(run.path, "items") is None and load_hierarchy(run.path) is None
    projection, found = make_map(run, "items", "pca"), Hierarchy.from_run(run)
    save_map(run.path, projection, cluster_labels(run, projection.table))
    save_hierarchy(run.path, found)
    for path in (run.path, import_run(io.BytesIO(export_run(run.path)), tmp_path / "elsewhere")):
        load_run(path)
        again, names = load_map(path, "items")
        pd.testing.assert_frame_equal(again.table, projection.table)
        assert again.about() == projection.about() and len(names)
        hierarchy = load_hierarchy(path)
        assert hierarchy.levels == found.levels and hierarchy.reason == found.reason
        for name in ("candidates", "flags", "neurons", "level_metrics", "trends"):
            pd.testing.assert_frame_equal(getattr(hierarchy, name), getattr(found, name))


FORGED = {
    "a point that does not exist": lambda points, about: (points.assign(row=10**6), about),
    "points of another kind": lambda points, about: (points.assign(entity="user"), about),
    "a point at infinity": lambda points, about: (points.assign(x=float("inf")), about),
    "text for a position": lambda points, about: (points.assign(x="here"), about),
    "another map": lambda points, about: (points, {**about, "kind": "neurons"}),
    "no parameters": lambda points, about: (points, {**about, "parameters": {}}),
    "what is left out is not counted": lambda points, about: (
        points,
        {**about, "parameters": {**about["parameters"], "left_out": [{"entity": "item", "why": 1, "count": "x"}]}},
    ),
    "no variance": lambda points, about: (points, {**about, "explained": ["a", "b"]}),
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_map_that_a_page_could_not_show_is_none(change, run):
    projection, sizes = make_map(run, "items", "pca"), {"item": run.dataset.n_items}
    names = cluster_labels(run, projection.table)
    save_map(run.path, projection, names)
    assert load_map(run.path, "items", sizes) is not None
    points, about = change(projection.table, projection.about())
    attach(run.path / "maps", "items", {"points": points, "names": names}, about)
    assert load_map(run.path, "items", sizes) is None


def test_a_set_that_would_fill_the_memory_is_none(tmp_path, monkeypatch):
    attach(tmp_path, "one", {"points": pd.DataFrame({"a": [1] * 10**6, "b": "x"})}, {})
    assert len(attached(tmp_path, "one", {"points": COLUMN})[0]["points"]) == 10**6
    monkeypatch.setattr("explorer.storage.attachments.Budget", lambda: Budget(10**6))
    assert attached(tmp_path, "one", {"points": COLUMN}) is None


def test_a_set_may_be_asked_what_it_is_without_its_tables(tmp_path):
    attach(tmp_path, "numbers", {"one": pd.DataFrame({"x": [1]})}, {"what": "a number"})
    assert described(tmp_path, "numbers") == {"what": "a number"}
    assert described(tmp_path, "letters") == {} == described(tmp_path / "nowhere", "numbers")
    for damaged in ("{", "[]", '{"about": 3}', "null"):
        (tmp_path / "numbers.json").write_text(damaged)
        assert described(tmp_path, "numbers") == {}


def test_an_archive_may_have_every_set_that_a_run_may_have():
    assert set(ATTACHED) == {*MAP_KINDS, HIERARCHY}
    assert all(ATTACHED[kind] == MAP_TABLES for kind in MAP_KINDS) and ATTACHED[HIERARCHY] == HIERARCHY_TABLES


def test_what_the_drawing_says_of_itself_is_not_shared(run):
    (run.path / "maps").mkdir()
    for name in ("status.json", "lock", "log.txt"):
        (run.path / "maps" / name).write_text("x")
    assert b"status.json" not in export_run(run.path) and b"log.txt" not in export_run(run.path)
