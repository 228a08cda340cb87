"""Stability measured in a process of its own, and what its folder says of it meanwhile and afterwards."""

from __future__ import annotations

import shutil
import subprocess
import sys
from types import SimpleNamespace

import filelock
import numpy as np
import psutil
import pytest

from explorer.errors import UserError
from explorer.jobs import folder as job_folder
from explorer.jobs.control import start_maps, start_stability
from explorer.jobs.folder import LOCK, MIN_GAP, STATUS, JobFolder, Status
from explorer.jobs.stability import FOLDER, measure_run_stability, measuring
from explorer.runs import Run, load_run
from explorer.stability import Stability, load_stability, store
from tests.helpers import everything_below, refused
from tests.jobs.conftest import OWN, gone, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tiny_runs, tmp_path) -> Run:
    """A run whose stability was not measured."""
    return load_run(shutil.copytree(tiny_runs("als").path, tmp_path / "run"))


@pytest.fixture
def trainings(run, monkeypatch) -> list[int]:
    """Further trainings give the run's own autoencoder; returns the seeds that were asked for."""
    asked = []

    def train_sae(config, recommender, seed, progress):
        asked.append(seed)
        progress("sae", 0.5)
        return run.sae, []

    monkeypatch.setattr("explorer.stability.measure.train_sae", train_sae)
    return asked


def failing(monkeypatch, error: BaseException) -> None:
    def measure(*_, **__):
        raise error

    monkeypatch.setattr("explorer.stability.measure_stability", measure)


def status_of(run: Run) -> Status:
    return Status.model_validate_json((run.path / FOLDER / STATUS).read_bytes())


def test_it_is_added_to_the_run_which_stays_as_it_is(run, trainings):
    assert FOLDER == store.FOLDER
    before = everything_below(run.path)
    told = []
    found = measure_run_stability(run.path, 2, lambda stage, done, message: told.append((stage, message)))
    assert isinstance(found, Stability) and trainings == [1, 2, 1, 2]
    assert load_stability(run.path).as_json() == found.as_json()
    assert told[0] == ("stability", "training 1 of 4, with another seed")
    after = everything_below(run.path)
    assert {path: after[path] for path in before} == before
    status = status_of(run)
    assert (status.state, status.done, status.error, measuring(run.path)) == ("done", 1.0, None, None)


def test_only_neurons_that_fire_often_enough_are_measured(run, trainings):
    found = measure_run_stability(run.path, 1)
    z, ranked = run.reconstruction, run.dataset.ranked(run.config.neurons.min_support)
    items = (z.item_activations.numpy()[ranked] > 0).sum(axis=0)
    users = (z.user_activations.numpy() > 0).sum(axis=0)
    assert found.neurons["neuron"].tolist() == np.flatnonzero((items >= 10) & (users >= 20)).tolist()
    assert 0 < len(found.neurons) < run.sae.n


def test_it_tells_how_far_it_is(run, trainings, monkeypatch):
    written, put = [], JobFolder.put

    def noted(folder: JobFolder, status: Status) -> None:
        written.append(status.model_copy())
        put(folder, status)

    monkeypatch.setattr(JobFolder, "put", noted)
    monkeypatch.setattr("explorer.jobs.folder.MIN_GAP", 0.0)
    measure_run_stability(run.path, 1)
    assert MIN_GAP > 0
    assert [(status.state, status.done) for status in written] == [
        ("running", 0.0),
        ("running", 0.25),
        ("running", 0.75),
        ("done", 1.0),
    ]
    assert written[2].message == "training 2 of 2, on a random sample" and written[2].pid == OWN["pid"]


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (UserError("The loss became infinite."), "failed", "The loss became infinite."),
        (ValueError("broken"), "failed", "ValueError: broken"),
        (KeyboardInterrupt(), "stopped", None),
    ],
)
def test_what_goes_wrong_is_said_and_leaves_the_older_one(run, trainings, monkeypatch, error, state, said):
    measure_run_stability(run.path, 1)
    older = load_stability(run.path)
    with monkeypatch.context() as patch:
        failing(patch, error)
        with pytest.raises(type(error)):
            measure_run_stability(run.path, 2)
    assert (status_of(run).state, status_of(run).error) == (state, said)
    assert load_stability(run.path).as_json() == older.as_json()
    assert measure_run_stability(run.path, 2).seeds == 2 and measuring(run.path) is None


def test_of_two_processes_the_second_is_refused_and_changes_nothing(run, trainings):
    (run.path / FOLDER).mkdir()
    with filelock.FileLock(run.path / FOLDER / LOCK):
        before = everything_below(run.path)
        with refused("being measured by another process", "run"):
            measure_run_stability(run.path)
        assert everything_below(run.path) == before and trainings == []
    measure_run_stability(run.path, 1)


def test_a_folder_that_is_not_a_run_or_cannot_be_written_is_refused(run, trainings, tmp_path):
    for folder in (tmp_path, tmp_path / "nothing"):
        with refused(str(folder)):
            measure_run_stability(folder)
    (run.path / FOLDER).touch()
    with refused("cannot be written", str(run.path)):
        measure_run_stability(run.path)
    assert trainings == []


@pytest.mark.parametrize("seeds", [0, 100_000])
def test_a_number_of_trainings_that_makes_no_sense_is_refused_at_once(seeds, tmp_path):
    with refused(f"{seeds:,}", "must be from 1"):
        measure_run_stability(tmp_path / "nothing", seeds)


def test_a_run_that_is_trained_anew_meanwhile_does_not_get_what_was_measured(run, trainings, monkeypatch):
    weights = run.path / "sae.safetensors"

    def measure(*arguments, progress, **options):
        found = real(*arguments, progress=progress, **options)
        weights.write_bytes(weights.read_bytes() + b"x")
        return found

    import explorer.stability

    real = explorer.stability.measure_stability
    monkeypatch.setattr("explorer.stability.measure_stability", measure)
    measure_run_stability(run.path, 1)
    assert load_stability(run.path) is None


# --- from a page


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """Processes are not started, only their commands noted; each ends at once."""
    commands = []

    def popen(arguments, **options):
        commands.append(arguments)
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit('explorer stability: no.')"], **options)

    monkeypatch.setattr(job_folder, "subprocess", SimpleNamespace(Popen=popen, DEVNULL=subprocess.DEVNULL))
    monkeypatch.setattr(JobFolder, "_reap", lambda folder, process, asked, what: process.wait())
    return commands


def test_it_is_asked_for_as_on_the_command_line_and_is_seen_at_once(started, tmp_path):
    start_stability(tmp_path)
    assert started == [[sys.executable, "-m", "explorer", "stability", str(tmp_path), "--background"]]
    assert (measuring(tmp_path).state, measuring(tmp_path).message) == ("queued", "starting")
    with refused("already", tmp_path.name):
        start_stability(tmp_path)
    start_maps(tmp_path)  # another job, with a folder of its own
    assert len(started) == 2


def test_another_number_of_trainings_is_asked_for_too(started, tmp_path):
    start_stability(tmp_path, 5)
    assert started[0][4:] == [str(tmp_path), "--seeds", "5", "--background"]


def test_a_run_that_cannot_be_written_is_said(started, tmp_path):
    (tmp_path / FOLDER).touch()
    with refused("could not be measured", str(tmp_path)):
        start_stability(tmp_path)
    assert started == []


@pytest.mark.slow
def test_one_that_is_killed_leaves_nothing_and_is_started_again(run):
    start_stability(run.path)
    status = wait_until(lambda: (found := measuring(run.path)) and found.state == "running" and found)
    psutil.Process(status.pid).kill()
    wait_until(lambda: gone(status.pid))
    assert measuring(run.path) is None and load_stability(run.path) is None
    start_stability(run.path)
    wait_until(lambda: measuring(run.path) is None)
    assert status_of(run).state == "done" and load_stability(run.path).seeds == 3
    assert not list((run.path / FOLDER).glob("*.new"))
