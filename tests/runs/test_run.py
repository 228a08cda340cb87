"""The run folder: written whole or not at all, complete when opened, and closed to anything damaged."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import explorer.runs.run
from explorer.config import load_config
from explorer.data import Dataset, Nouns
from explorer.data.nouns import FILMS
from explorer.neurons import LATER, NeuronIndex
from explorer.runs import check_target, evaluate_run, load_run, read_manifest, save_run, train_run, update_run
from explorer.runs.manifest import FORMAT, MANIFEST
from explorer.runs.schema import COLUMNS, OPTIONAL
from tests.conftest import TINY
from tests.helpers import everything_below, make_format_2, refused

once = pytest.mark.parametrize("tiny_run", ["als"], indirect=True)
"""For what does not depend on the base model."""


@pytest.fixture
def copied(tiny_run, tmp_path) -> Path:
    """A copy of a run folder that a test may spoil."""
    return shutil.copytree(tiny_run.path, tmp_path / "place" / "run")


def assert_same_values(value, same):
    """Equality of anything a run is made of."""
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(value, same)
    elif isinstance(value, Dataset | NeuronIndex):
        for field in fields(value):
            assert_same_values(getattr(value, field.name), getattr(same, field.name))
    elif hasattr(value, "tensors"):
        assert value.tensors().keys() == same.tensors().keys()
        for name, tensor in value.tensors().items():
            assert torch.equal(tensor, same.tensors()[name]), name
    else:
        assert value == same


def assert_same_run(run, same):
    for field in fields(run):
        if field.name != "path":
            assert_same_values(getattr(run, field.name), getattr(same, field.name))


def fail(error):
    def raise_it(*_, **__):
        raise error

    return raise_it


def files_of(run) -> list[Path]:
    """Every file of a run, relative to its folder."""
    return sorted(path.relative_to(run.path) for path in run.path.rglob("*") if path.is_file())


# --- round trip


def test_a_run_opens_with_the_tables_tensors_and_metrics_it_was_saved_with(tiny_run):
    opened = load_run(tiny_run.path)
    assert_same_run(opened, tiny_run)
    assert (opened.path, opened.name) == (tiny_run.path, tiny_run.path.name)
    for name in ("user_activations", "item_activations", "user_embeddings", "item_embeddings"):
        assert torch.equal(getattr(opened.reconstruction, name), getattr(tiny_run.reconstruction, name))
    np.testing.assert_array_equal(opened.units, tiny_run.units)


def test_what_is_opened_gives_the_numbers_of_the_training(tiny_run):
    assert evaluate_run(load_run(tiny_run.path)) == tiny_run.metrics


@once
def test_a_run_that_was_opened_can_be_saved_again_and_stays_the_same(tiny_run, tmp_path):
    again = save_run(load_run(tiny_run.path), tmp_path / "again")
    assert_same_run(load_run(again.path), tiny_run)
    assert read_manifest(again.path) == read_manifest(tiny_run.path)


def test_a_run_opens_after_it_was_moved_and_its_data_set_deleted(demo_folder, tmp_path):
    data = shutil.copytree(demo_folder, tmp_path / "data")
    run = save_run(train_run(str(data), load_config(settings=[*TINY, "sae.epochs=5"])), tmp_path / "here")
    shutil.rmtree(data)
    moved = run.path.rename(tmp_path / "there")
    assert_same_run(load_run(moved), run)


@pytest.mark.slow
@once
def test_the_same_settings_train_the_same_run(tiny_run, demo_folder):
    again = train_run(
        str(demo_folder), load_config(settings=[*TINY, f"recommender.kind={tiny_run.config.recommender.kind}"])
    )
    assert_same_values(again.sae, tiny_run.sae)


def test_nothing_is_pickled(tiny_run):
    assert {path.suffix for path in files_of(tiny_run)} == {".json", ".parquet", ".safetensors"}


def test_the_manifest_names_every_other_file(tiny_run):
    assert set(read_manifest(tiny_run.path).files) | {MANIFEST} == {path.as_posix() for path in files_of(tiny_run)}


# --- where a run may be written


@once
@pytest.mark.parametrize("there", [None, "an empty folder"])
def test_a_run_is_written_into_a_new_or_empty_folder(there, tiny_run, tmp_path):
    target = tmp_path / "deep" / "run"
    if there:
        target.mkdir(parents=True)
    assert_same_run(load_run(save_run(tiny_run, target).path), tiny_run)
    assert list(target.parent.iterdir()) == [target]


@once
def test_a_run_is_replaced_only_when_asked(tiny_run, copied):
    (copied / "old").touch()
    before = everything_below(copied.parent)
    with refused(str(copied), "another folder", "--overwrite"):
        save_run(tiny_run, copied)
    assert everything_below(copied.parent) == before
    save_run(tiny_run, copied, overwrite=True)
    assert_same_run(load_run(copied), tiny_run)
    assert not (copied / "old").exists()
    assert list(copied.parent.iterdir()) == [copied]


@once
def test_replacing_a_run_through_a_link_leaves_nothing_behind(tiny_run, copied, tmp_path):
    link = tmp_path / "links" / "run"
    link.parent.mkdir()
    link.symlink_to(copied)
    save_run(tiny_run, link, overwrite=True)
    assert_same_run(load_run(link), tiny_run)
    assert list(link.parent.iterdir()) == [link]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("file", ["file", "give a folder"]),
        ("folder", ["folder", "not empty", "give another"]),
        ("file/run", ["file", "cannot be written"]),
    ],
)
def test_a_target_that_cannot_become_a_run_is_refused_and_left_alone(target, words, overwrite, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").touch()
    before = everything_below(tmp_path)
    with refused(str(tmp_path), *words):
        check_target(tmp_path / target, overwrite)
    assert everything_below(tmp_path) == before


def test_a_target_in_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)  # the tests may run as root, who may everything
    with refused(str(tmp_path), "cannot be written"):
        check_target(tmp_path / "run")


# --- a failure while writing


FULL = OSError(28, "No space left on device")
WRITERS = {
    "tables": (pd.DataFrame, "to_parquet", FULL),
    "tensors": (explorer.runs.run, "write_tensors", FULL),
    "manifest": (Path, "write_text", FULL),
}


@once
@pytest.mark.parametrize("overwrite", [False, True], ids=["new", "overwriting"])
@pytest.mark.parametrize(("owner", "writer", "error"), WRITERS.values(), ids=WRITERS)
def test_a_failure_while_writing_is_reported_and_leaves_all_as_it_was(
    owner, writer, error, overwrite, tiny_run, copied, monkeypatch
):
    target = copied if overwrite else copied.parent / "new"
    before = everything_below(copied.parent)
    monkeypatch.setattr(owner, writer, fail(error))
    with refused(str(target), "No space left on device"):
        save_run(tiny_run, target, overwrite)
    assert everything_below(copied.parent) == before


@once
@pytest.mark.parametrize("error", [OSError(16, "Device busy"), KeyboardInterrupt()], ids=repr)
def test_a_failure_between_putting_the_old_run_away_and_the_new_one_in_place_keeps_the_old(
    error, tiny_run, copied, monkeypatch
):
    before = everything_below(copied.parent)
    renamed, calls = Path.rename, []

    def rename(path, target):
        calls.append(path)
        return fail(error)() if len(calls) == 2 else renamed(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(BaseException) as caught:
        save_run(tiny_run, copied, overwrite=True)
    assert len(calls) >= 2 and not isinstance(caught.value, AssertionError)
    assert everything_below(copied.parent) == before


# --- damage


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


@once
@pytest.mark.parametrize("damage", [Path.unlink, cut_short, empty, flip_a_byte])
def test_damage_to_any_file_is_refused_by_its_name(damage, tiny_run, copied):
    for name in files_of(tiny_run):
        good = (copied / name).read_bytes()
        damage(copied / name)
        with refused(str(copied), name.as_posix()):
            load_run(copied)
        (copied / name).write_bytes(good)
    load_run(copied)


def without(key):
    return lambda manifest: {name: value for name, value in manifest.items() if name != key}


def with_value(key, value):
    return lambda manifest: {**manifest, key: value}


BROKEN_MANIFESTS = {
    "a list": lambda _: [],
    "nothing": lambda _: None,
    "empty": lambda _: {},
    **{f"no {key}": without(key) for key in ("format", "created", "config", "versions", "dataset", "metrics", "files")},
    "a list of files": with_value("files", []),
    "another config": with_value("config", {"unknown": 1}),
    "a number for the data set": with_value("dataset", 5),
    "empty metrics": with_value("metrics", {}),
}


@once
@pytest.mark.parametrize("change", BROKEN_MANIFESTS.values(), ids=BROKEN_MANIFESTS)
def test_a_broken_manifest_is_refused(change, tiny_run, copied):
    manifest = json.loads((copied / MANIFEST).read_text())
    (copied / MANIFEST).write_text(json.dumps(change(manifest)))
    with refused(str(copied), "train"):
        evaluate_run(load_run(copied))


@once
@pytest.mark.parametrize(
    ("version", "remedy"), [(FORMAT + 1, "update"), (1, "train it again"), ("x", "train it again")]
)
def test_a_run_of_another_format_is_refused_with_both_formats_and_what_to_do(version, remedy, tiny_run, copied):
    manifest = json.loads((copied / MANIFEST).read_text())
    (copied / MANIFEST).write_text(json.dumps({**manifest, "format": version}))
    with refused(str(copied), f"format {version}", f"format {FORMAT}", remedy):
        load_run(copied)


@once
def test_the_data_sets_words_are_saved_and_a_run_without_them_has_the_usual_ones(tiny_run, copied):
    films = replace(tiny_run, dataset=replace(tiny_run.dataset, nouns=FILMS))
    save_run(films, copied, overwrite=True)
    assert load_run(copied).dataset.nouns == FILMS
    manifest = json.loads((copied / MANIFEST).read_text())
    del manifest["dataset"]["nouns"]
    (copied / MANIFEST).write_text(json.dumps(manifest))
    assert load_run(copied).dataset.nouns == Nouns()


def test_a_folder_that_is_not_a_run_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for name, words in (("nope", ("no run folder", "train")), ("", ("not a run", MANIFEST)), ("file", ("is a file",))):
        with refused(str(tmp_path / name), *words):
            load_run(tmp_path / name)


# --- numbers of neurons and their units


@once
@pytest.mark.parametrize("number", [0, 31, "7", " 7 "])
def test_a_neurons_number_may_be_text(number, tiny_run):
    assert tiny_run.neuron(number) == int(number)


@once
@pytest.mark.parametrize("number", [-1, 32, "", "x", "1.5", "²", None])
def test_a_number_that_is_not_a_neuron_is_refused_with_the_range(number, tiny_run):
    with refused(f"neuron {number}", f"0 to {tiny_run.index.n - 1}"):
        tiny_run.neuron(number)


def test_a_sliders_unit_is_the_largest_activation_of_any_user_and_never_zero(tiny_run):
    largest = tiny_run.reconstruction.user_activations.amax(dim=0).numpy()
    np.testing.assert_allclose(tiny_run.units[largest > 0], largest[largest > 0], rtol=1e-6)
    assert (tiny_run.units > 0).all()


# --- items of a neuron


def test_the_top_items_of_a_neuron_are_its_strongest_with_what_is_known_of_them(tiny_run):
    stored = tiny_run.index.top_items
    neuron = int(stored["neuron"].iloc[0])
    top = tiny_run.top_items(neuron, 3)
    assert top["rank"].tolist() == [1, 2, 3]
    expected = stored[(stored["neuron"] == neuron) & (stored["rank"] <= 3)]
    assert top["title"].tolist() == tiny_run.dataset.items["title"].iloc[expected["row"]].tolist()
    assert len(tiny_run.top_items(neuron)) == (stored["neuron"] == neuron).sum()


# --- a run of the format before


KEPT = ("dataset/", "recommender.", "sae.", "history.", "note.txt", "training/")


@once
def test_a_run_of_format_2_opens_without_the_measures_and_columns_that_came_later(tiny_run, copied):
    opened = load_run(make_format_2(copied))
    assert opened.metrics.concepts is None
    for field in fields(NeuronIndex):
        table, same = getattr(opened.index, field.name), getattr(tiny_run.index, field.name)
        assert list(table) == list(same)
        if field.name in LATER:
            assert table.empty and table.dtypes.to_dict() == same.dtypes.to_dict()
            continue
        known = [column for column, about in COLUMNS[f"neurons/{field.name}"].items() if not about.absent]
        pd.testing.assert_frame_equal(table[known], same[known])
        for column in set(same) - set(known):
            assert table[column].isna().all() or not table[column].any()
            assert table[column].dtype == same[column].dtype


@once
def test_a_run_of_format_2_is_evaluated_with_the_measures_that_it_lacks(tiny_run, copied):
    assert evaluate_run(load_run(make_format_2(copied))) == tiny_run.metrics


@once
def test_an_update_makes_a_run_of_format_2_one_of_the_present_format_with_the_same_weights_and_date(tiny_run, copied):
    make_format_2(copied)
    (copied / "note.txt").write_text("mine")
    (copied / "training").mkdir()
    (copied / "training" / "log.txt").write_text("done")
    before = {path.relative_to(copied).as_posix(): data for path, data in everything_below(copied).items()}
    updated = update_run(copied)
    assert read_manifest(copied).format == FORMAT
    assert_same_run(updated, tiny_run)
    after = {path.relative_to(copied).as_posix(): data for path, data in everything_below(copied).items()}
    assert after.keys() == before.keys() | OPTIONAL
    assert {name for name in before if after[name] != before[name]} <= {
        name for name in after if not name.startswith(KEPT)
    }
    assert list(copied.parent.iterdir()) == [copied]


@once
@pytest.mark.parametrize(("owner", "writer", "error"), [WRITERS["tables"], WRITERS["manifest"]])
def test_an_update_that_fails_leaves_the_run_as_it_was(owner, writer, error, tiny_run, copied, monkeypatch):
    make_format_2(copied)
    before = everything_below(copied.parent)
    monkeypatch.setattr(owner, writer, fail(error))
    with refused(str(copied), "No space left on device"):
        update_run(copied)
    assert everything_below(copied.parent) == before
