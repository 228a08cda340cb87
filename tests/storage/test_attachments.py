"""Tables added to a run: whole or not at all, and handed on with it."""

from __future__ import annotations

import io
import json
import shutil

import pandas as pd
import pytest

from explorer.hierarchy import Hierarchy
from explorer.hierarchy.store import load_hierarchy, save_hierarchy
from explorer.maps import cluster_labels, load_map, make_map, save_map
from explorer.runs import export_run, import_run, load_run
from explorer.storage.attachments import attach, attached
from explorer.storage.tables import Column
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


def test_what_the_drawing_says_of_itself_is_not_handed_on(run):
    (run.path / "maps").mkdir()
    for name in ("status.json", "lock", "log.txt"):
        (run.path / "maps" / name).write_text("x")
    assert b"status.json" not in export_run(run.path) and b"log.txt" not in export_run(run.path)
