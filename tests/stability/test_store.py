"""Stability in a run's folder: as it was, or not there."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer.runs import load_run
from explorer.stability import Stability, load_stability, measure_stability, save_stability
from explorer.stability.store import FOLDER, NAME, sae_digest
from explorer.storage.attachments import attach
from tests.helpers import everything_below, refused


@pytest.fixture
def folder(run, tmp_path) -> Path:
    return Path(shutil.copytree(run.path, tmp_path / "run"))


@pytest.fixture
def found(run, alive, trainings) -> Stability:
    return measure_stability(run.config.sae, run.recommender, run.sae, alive, seed=0, seeds=2)


def about(folder: Path) -> dict:
    return json.loads((folder / FOLDER / f"{NAME}.json").read_text())["about"]


def test_it_comes_back_as_it_was_and_the_run_is_not_changed(folder, found):
    before = everything_below(folder)
    assert load_stability(folder) is None
    save_stability(folder, found)
    again = load_stability(folder)
    pd.testing.assert_frame_equal(again.matches, found.matches)
    assert again.as_json() == found.as_json() and again.width == found.width
    after = everything_below(folder)
    assert {path: after[path] for path in before} == before
    assert {path.relative_to(folder).parts[0] for path in set(after) - set(before)} == {FOLDER}
    load_run(folder)


def test_why_there_are_no_samples_is_kept(folder, found):
    rows = found.matches[found.matches["change"] == "seed"].reset_index(drop=True)
    save_stability(folder, replace(found, matches=rows, problem="Too few " * 500))
    again = load_stability(folder)
    assert again.problem.startswith("Too few") and again.stable() == set()


def test_that_of_another_autoencoder_is_not_there(folder, found):
    save_stability(folder, found, "0" * 64)
    assert load_stability(folder) is None
    save_stability(folder, found, sae_digest(folder))
    assert load_stability(folder) is not None
    weights = folder / "sae.safetensors"
    weights.write_bytes(weights.read_bytes() + b"x")  # trained anew
    os.utime(weights, ns=(1, 1))
    assert load_stability(folder) is None


def test_a_damaged_one_is_not_there(folder, found):
    save_stability(folder, found)
    table = folder / FOLDER / f"{NAME}-matches.parquet"
    table.write_bytes(table.read_bytes()[:-9])
    os.utime(folder / FOLDER / f"{NAME}.json", ns=(1, 1))
    assert load_stability(folder) is None
    (folder / FOLDER / f"{NAME}.json").write_text("{")
    assert load_stability(folder) is None


FAULTS = {
    "a training is missing": lambda t: t[t["repetition"] == 1],
    "a neuron is missing in one": lambda t: t.drop(index=0),
    "a neuron is there twice": lambda t: pd.concat([t, t[t["repetition"] >= 1]]),
    "samples are missing": lambda t: t[t["change"] == "seed"],
    "a number that the dictionary does not have": lambda t: t.assign(neuron=t["neuron"] + 1000),
    "a cosine above 1": lambda t: t.assign(cosine=np.float32(1.5)),
    "nothing": lambda t: t[:0],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_that_does_not_hold_together_is_not_there(folder, found, fault):
    save_stability(folder, found)
    assert load_stability(folder) is not None
    attach(folder / FOLDER, NAME, {"matches": FAULTS[fault](found.matches)}, about(folder))
    assert load_stability(folder) is None


@pytest.mark.parametrize("wrong", [{"seeds": 0}, {"seeds": "2"}, {"version": 2}, {"width": -1}, {"more": 1}])
def test_what_is_said_of_it_is_checked(folder, found, wrong):
    save_stability(folder, found)
    attach(folder / FOLDER, NAME, {"matches": found.matches}, {**about(folder), **wrong})
    assert load_stability(folder) is None


def test_a_folder_that_cannot_be_written_is_said(folder, found):
    (folder / FOLDER).touch()
    with refused("cannot be written", str(folder)):
        save_stability(folder, found)
