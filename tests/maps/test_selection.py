"""Selections: the same points wherever a map draws them, kept under an id that an address can name."""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from explorer.errors import UserError
from explorer.maps import Selection, load_selection, positions_in, selection_of, store_selection
from explorer.maps.selection import record_of_selection, selection_of_record, selection_of_rows
from explorer.maps.selection_store import FOLDER, recent_selections
from explorer.runs.library import RUNS_VARIABLE, find_runs
from tests.maps.conftest import points

MIXED = points(entity=["user", "item", "item", "neuron", "item"], row=[4, 9, 4, 4, 2])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where runs, and so selections, are kept."""
    monkeypatch.setenv(RUNS_VARIABLE, str(tmp_path))
    return tmp_path


def files(folder):
    return sorted(path for path in (folder / FOLDER).rglob("*") if path.is_file())


def test_positions_become_rows_and_are_found_again_on_another_map_that_has_some_of_them():
    chosen = selection_of(MIXED, "together", [4, 0, 1, 1])
    assert {entity: rows.tolist() for entity, rows in chosen.rows.items()} == {"item": [2, 9], "user": [4]}
    assert len(chosen) == 3 and positions_in(MIXED, chosen).tolist() == [0, 1, 4]
    assert positions_in(points(row=[9, 3, 4]), chosen).tolist() == [0]
    assert positions_in(points(entity=["neuron"], row=[9]), chosen).tolist() == []


def test_rows_without_a_map_belong_to_the_kind_that_shows_them():
    assert selection_of_rows(item=[3, 1]).kind == "items" and selection_of_rows(neuron=[1], item=[]).kind == "neurons"
    assert selection_of_rows(item=[3], user=[1]).kind == "together"


@pytest.mark.parametrize("position", [5, -1])
def test_a_position_that_the_map_does_not_have_is_refused(position):
    with pytest.raises(UserError, match="5 points"):
        selection_of(MIXED, "together", [0, position])


def test_the_json_form_holds_any_rows_and_a_million_points_take_less_than_200_kb(rng):
    sizes = {"neuron": 8192, "item": 2_000_000, "user": 9}
    for rows in ([0], [1_999_999], [3, 4], np.flatnonzero(rng.random(2_000_000) < 0.5)):
        made = Selection("together", {"item": rows, "neuron": [7]})
        again = selection_of_record(json.loads(json.dumps(record_of_selection(made))), sizes)
        assert again.same_points(made) and again.kind == "together"
    half_of_a_million = Selection("items", {"item": np.flatnonzero(rng.random(1_000_000) < 0.5)})
    assert len(json.dumps(record_of_selection(half_of_a_million))) < 200_000


def test_the_same_points_have_one_id_and_one_file_and_other_points_and_runs_another(run, tiny_runs, folder):
    name = store_selection(run, Selection("items", {"item": [5, 3]}))
    assert store_selection(run, Selection("together", {"item": [3, 5, 5]})) == name and len(name) == 10
    assert len(files(folder)) == 1 and not find_runs(folder)
    assert load_selection(run, name).of("item").tolist() == [3, 5]
    others = {
        store_selection(run, Selection("items", {"item": [3, 6]})),
        store_selection(run, Selection("together", {"user": [3, 5]})),
        store_selection(tiny_runs("mf"), Selection("items", {"item": [3, 5]})),
    }
    assert len(others | {name}) == 4


def _store(folder, path) -> str:
    from explorer.runs import load_run

    os.environ[RUNS_VARIABLE] = str(folder)
    return store_selection(load_run(path), Selection("items", {"item": [1, 2, 3]}))


@pytest.mark.slow
def test_several_processes_store_the_same_points_at_once(run, folder):
    with ProcessPoolExecutor(2) as pool:
        names = list(pool.map(_store, [folder] * 8, [run.path] * 8))
    assert len(set(names)) == 1 and len(files(folder)) == 1
    assert load_selection(run, names[0]).of("item").tolist() == [1, 2, 3]


def test_recent_selections_are_listed_the_latest_first_and_one_that_is_made_again_comes_first(run, folder):
    names = [store_selection(run, Selection("items", {"item": [row]})) for row in range(3)]
    for age, name in enumerate(names):
        (path,) = (folder / FOLDER).rglob(f"{name}.json")
        os.utime(path, ns=(age, age))
    assert [one.id for one in recent_selections(run)] == names[::-1]
    store_selection(run, Selection("items", {"item": [0]}))
    recent = recent_selections(run, most=2)
    assert [one.id for one in recent] == [names[0], names[2]] and recent[0].counts == {"item": 1}


def test_what_cannot_be_opened_is_said_in_words(run, tiny_runs, folder):
    name = store_selection(run, Selection("items", {"item": [1, 2]}))
    (path,) = files(folder)
    for asked, of, words in (
        ("0123456789", run, "There is no selection"),
        ("../../etc", run, "is not the id"),
        (name, tiny_runs("mf"), "is of another run"),
    ):
        with pytest.raises(UserError, match=words):
            load_selection(of, asked)
    good = json.loads(path.read_text())
    for broken in (
        b"",
        b"[1]",
        path.read_bytes()[:60],
        json.dumps({**good, "rows": {"item": good["rows"]["item"][:8]}}).encode(),
        json.dumps({**good, "rows": record_of_selection(Selection("items", {"item": [3]}))["rows"]}).encode(),
        json.dumps({**good, "rows": record_of_selection(Selection("items", {"item": [9999]}))["rows"]}).encode(),
        json.dumps({**good, "kind": "planets"}).encode(),
    ):
        path.write_bytes(broken)
        with pytest.raises(UserError, match="damaged"):
            load_selection(run, name)
    assert store_selection(run, Selection("items", {"item": [1, 2]})) == name  # and is written anew
    assert load_selection(run, name).of("item").tolist() == [1, 2]


def test_an_empty_selection_an_unsaved_run_and_a_folder_that_cannot_be_written_are_refused_in_words(run, folder):
    with pytest.raises(UserError, match="empty"):
        store_selection(run, Selection("items", {}))
    with pytest.raises(UserError, match="not saved"):
        store_selection(replace(run, digest=""), Selection("items", {"item": [1]}))
    (folder / FOLDER).write_text("in the way")
    with pytest.raises(UserError, match="could not be written"):
        store_selection(run, Selection("items", {"item": [1]}))
