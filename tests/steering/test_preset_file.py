"""One's own presets: nothing is lost, and what is not of this run is refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.steering import ConceptEdit, Edit, PersonScores, load_presets, person_of, preset_edits
from explorer.steering.preset_file import (
    MAX_NAME,
    delete_preset,
    import_presets,
    presets_content,
    presets_path,
    read_presets,
    rename_preset,
    save_preset,
)
from tests.helpers import refused

EDITS = (Edit(17, "set", 1.25), ConceptEdit("Horror", -0.5))


@pytest.fixture
def run(demo_run, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    return demo_run


def test_a_saved_preset_is_there_again_and_for_every_user_the_same(run):
    assert load_presets(run) == {}
    assert save_preset(run, "  Quiet   evening ", EDITS) == "Quiet evening"
    assert load_presets(run) == {"Quiet evening": EDITS}
    for user in (0, 9):
        assert preset_edits(PersonScores(run, person_of(run, user)), "quiet-EVENING") == list(EDITS)


def test_the_file_is_beside_the_runs_and_says_its_version_and_run(run, tmp_path):
    save_preset(run, "Mine", EDITS)
    path = presets_path(run)
    assert path.parent == tmp_path / "runs" / ".presets"
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # no half-written one left
    said = json.loads(path.read_text())
    assert said["version"] == 1
    assert said["run"] == {"name": "demo-run", "fingerprint": path.stem}
    assert said["presets"] == [
        {"name": "Mine", "edits": [{"neuron": 17, "value": 1.25}, {"concept": "Horror", "value": -0.5}]}
    ]


def test_a_run_that_is_renamed_keeps_its_presets_and_another_run_does_not_get_them(run, tiny_runs):
    save_preset(run, "Mine", EDITS)
    renamed = replace(run, path=run.path.with_name("other"))
    assert load_presets(renamed) == {"Mine": EDITS}
    assert load_presets(tiny_runs("als")) == {}


def test_presets_are_renamed_replaced_and_deleted(run):
    save_preset(run, "A", EDITS)
    save_preset(run, "B", EDITS[:1])
    with refused("'a' already"):
        save_preset(run, "a", EDITS)
    with refused("'b' already"):
        rename_preset(run, "A", "b")
    assert rename_preset(run, "A", "a") == "a"
    save_preset(run, "B", EDITS, replace=True)
    assert load_presets(run) == {"a": EDITS, "B": EDITS}
    delete_preset(run, "a")
    assert list(load_presets(run)) == ["B"]
    with refused("no preset 'a' any more"):
        delete_preset(run, "a")
    with refused("no preset 'a' any more"):
        rename_preset(run, "a", "c")


@pytest.mark.parametrize("name", ["", "   ", "x" * (MAX_NAME + 1), "a\u200bb"])
def test_a_name_that_cannot_be_read_is_refused(run, name):
    with refused("characters"):
        save_preset(run, name, EDITS)
    assert load_presets(run) == {}


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "Ünïcode ★ 夜", "**bold** :smile:", "a/../b"])
def test_any_other_name_is_kept_as_it_is(run, name):
    save_preset(run, name, EDITS)
    assert load_presets(run) == {name: EDITS}


def test_what_cannot_be_saved_is_said(run):
    with refused("nothing to save"):
        save_preset(run, "Mine", [])
    with refused("comes with the product"):
        save_preset(run, "Older", EDITS)
    with refused("Set it to a value"):
        save_preset(run, "Mine", [Edit(3, "scale", 0.5)])
    with refused("finite"):
        save_preset(run, "Mine", [Edit(3, "set", float("nan"))])
    assert not presets_path(run).exists()


TWICE = [{"name": name, "edits": [{"neuron": 1, "value": 1.0}]} for name in "aA"]


def changed(of, /, **new) -> bytes:
    return json.dumps({**json.loads(presets_content(of, {"Mine": EDITS})), **new}).encode()


def edited(run, *edits: dict) -> bytes:
    return changed(run, presets=[{"name": "Mine", "edits": list(edits)}])


BROKEN = {
    "not JSON": (lambda run: b"\xff\x00", ["not JSON"]),
    "cut short": (lambda run: presets_content(run, {"Mine": EDITS})[:-20], ["cut short"]),
    "a list": (lambda run: b"[]", ["not a file of presets"]),
    "deep": (lambda run: b"[" * 100_000, ["not JSON"]),
    "a later version": (lambda run: changed(run, version=2), ["version 2"]),
    "no version": (lambda run: changed(run, version=None), ["version"]),
    "something more": (lambda run: changed(run, more=1), ["more"]),
    "another run": (lambda run: changed(run, run={"name": "x<img>", "fingerprint": "0"}), ["another run", "x<img>"]),
    "a neuron it lacks": (lambda run: edited(run, {"neuron": 9999, "value": 1.0}), ["'Mine'", "9999"]),
    "a negative neuron": (lambda run: edited(run, {"neuron": -1, "value": 1.0}), ["neuron"]),
    "a concept it lacks": (lambda run: edited(run, {"concept": "Opera", "value": 1.0}), ["'Mine'", "Opera"]),
    "both": (lambda run: edited(run, {"concept": "Horror", "neuron": 1, "value": 1.0}), ["one neuron or of one"]),
    "neither": (lambda run: edited(run, {"value": 1.0}), ["one neuron or of one"]),
    "NaN": (lambda run: edited(run, {"neuron": 1, "value": float("nan")}), ["value"]),
    "1e308": (lambda run: edited(run, {"neuron": 1, "value": 1e308}), ["value"]),
    "a text": (lambda run: edited(run, {"neuron": 1, "value": "1"}), ["value"]),
    "no edits": (lambda run: edited(run), ["edits"]),
    "twice": (
        lambda run: changed(run, presets=TWICE),
        ["two presets"],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_or_foreign_file_is_refused_and_nothing_of_it_taken(run, case):
    make, words = BROKEN[case]
    save_preset(run, "Before", EDITS)
    with refused("upload.json", *words):
        import_presets(run, make(run), "upload.json")
    assert load_presets(run) == {"Before": EDITS}


@pytest.mark.parametrize("case", ["cut short", "a later version", "another run", "a neuron it lacks"])
def test_a_file_of_ones_own_that_cannot_be_read_is_not_written_over(run, case):
    path = presets_path(run)
    path.parent.mkdir(parents=True)
    path.write_bytes(BROKEN[case][0](run))
    before = path.read_bytes()
    for change in (lambda: save_preset(run, "New", EDITS), lambda: delete_preset(run, "Mine")):
        with refused(path.name):
            change()
    assert path.read_bytes() == before


def test_an_import_adds_and_loses_nothing(run):
    save_preset(run, "Mine", EDITS[:1])
    file = presets_content(run, {"mine": EDITS, "New": EDITS, "Older": EDITS})
    assert import_presets(run, file, "f") == ["mine (2)", "New", "Older (2)"]
    assert load_presets(run) == {"Mine": EDITS[:1], "mine (2)": EDITS, "New": EDITS, "Older (2)": EDITS}
    assert import_presets(run, presets_content(run, {"New": EDITS}), "f") == []


def test_what_is_exported_is_read_again(run):
    presets = {"A": EDITS, "B": (ConceptEdit("Comedy", 0.1 + 0.2),)}
    assert read_presets(run, presets_content(run, presets), "f") == presets


def test_a_file_elsewhere_has_to_be_there(run, tmp_path):
    with refused("no file", "nope.json"):
        load_presets(run, tmp_path / "nope.json")
    with refused("folder"):
        load_presets(run, tmp_path)
    (tmp_path / "mine.json").write_bytes(presets_content(run, {"Theirs": EDITS}))
    scores = PersonScores(run, person_of(run, 0))
    assert preset_edits(scores, "theirs", tmp_path / "mine.json") == list(EDITS)


def test_a_preset_that_does_nothing_for_a_person_is_a_sentence(run):
    person = person_of(run, 7)
    full = PersonScores(run, replace(person, seen=np.arange(run.dataset.n_items)))
    with refused("“Older” changes nothing here"):
        preset_edits(full, "older")


def test_presets_that_cannot_be_written_are_as_they_were(run, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device")

    save_preset(run, "Mine", EDITS)
    monkeypatch.setattr("explorer.steering.preset_file.replace_file", fail)
    with refused("could not be written", "No space"):
        save_preset(run, "More", EDITS)
    assert load_presets(run) == {"Mine": EDITS}
