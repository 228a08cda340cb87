"""Trainings as the pages handle them: started, stopped, resumed, renamed and deleted from outside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from explorer.config import load_config
from explorer.errors import UserError
from explorer.jobs import control
from explorer.jobs import folder as job_folder
from explorer.jobs.control import (
    delete,
    discard,
    refuse_if_alive,
    rename,
    resume_training,
    start_training,
    stop_training,
    train_arguments,
)
from explorer.jobs.folder import STATUS, JobFolder, Status
from explorer.jobs.training import CHECKPOINT_EVERY, JOB, Job, load_start, read_training, write_job
from explorer.runs import Checkpoint, load_checkpoint, save_checkpoint
from explorer.runs.checkpoint import checkpoint_file
from explorer.runs.manifest import MANIFEST
from explorer.storage.files import TRAINING
from tests.helpers import everything_below, refused
from tests.jobs.conftest import TINY, wait_for, wait_until

CONFIG = load_config(settings=TINY)
PLAIN = CONFIG.model_dump(mode="json")


def write(folder: Path, **status) -> None:
    """A training in a folder that says this of itself."""
    (folder / TRAINING).mkdir(parents=True, exist_ok=True)
    (folder / TRAINING / STATUS).write_text(Status(**status).model_dump_json())


def test_uploaded_files_go_with_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr(control, "_start_worker", lambda folder, *_: folder)
    uploads = tmp_path / "uploads"
    (uploads / "items").mkdir(parents=True)
    (uploads / "items" / "v.npy").write_bytes(b"123")
    model = {"kind": "external", "dim": 4, "items": str(uploads / "items" / "v.npy"), "users": "/elsewhere/u.npy"}
    folder = start_training(tmp_path / "runs" / "mine", "demo", {**PLAIN, "recommender": model}, uploads=uploads)
    shutil.rmtree(uploads)
    kept = json.loads((folder / TRAINING / JOB).read_text())["config"]["recommender"]
    assert Path(kept["items"]).is_relative_to(folder / TRAINING)
    assert Path(kept["items"]).read_bytes() == b"123"
    assert kept["users"] == "/elsewhere/u.npy"


@pytest.fixture
def sleeper():
    """A process that does nothing, as a status names it; with `deaf`, one that does not listen to SIGTERM."""
    processes = []

    def make(deaf: bool = False) -> dict:
        ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " if deaf else ""
        code = f"import time; {ignore}print(1, flush=True); time.sleep(99)"
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        processes.append(process)
        process.stdout.readline()
        threading.Thread(target=process.wait, daemon=True).start()
        return {"pid": process.pid, "pid_started": psutil.Process(process.pid).create_time()}

    yield make
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def workers(monkeypatch) -> list[list[str]]:
    """Workers are not started, only their commands noted; each ends at once."""
    started = []

    def popen(arguments, **options):
        started.append(arguments)
        return subprocess.Popen([sys.executable, "-c", ""], **options)

    monkeypatch.setattr(job_folder, "subprocess", SimpleNamespace(Popen=popen, DEVNULL=subprocess.DEVNULL))
    monkeypatch.setattr(JobFolder, "_reap", lambda folder, process, asked, what: process.wait())
    return started


# --- arguments


def test_arguments_are_those_of_the_command_line():
    assert train_arguments("demo", Path("runs/a"), None, []) == ["train", "--dataset", "demo", "--out", "runs/a"]
    assert train_arguments("demo", Path("a"), "default", []) == train_arguments("demo", Path("a"), None, [])
    more = train_arguments("demo", Path("a"), "small", ["sae.k=4", "seed=1"], threads=3)
    assert more[5:] == ["--preset", "small", "--set", "sae.k=4", "--set", "seed=1", "--threads", "3"]


# --- starting


def test_a_started_training_waits_with_all_it_needs(workers, tmp_path):
    folder = tmp_path / "runs" / "one"
    training = start_training(folder, "demo", PLAIN, threads=2, maps=True)
    assert (training.name, training.state, training.starting) == ("one", "queued", True)
    assert training.status.background  # else those behind it in the queue would not wait for it
    how = {"threads": 2, "maps": True, "checkpoint_every": CHECKPOINT_EVERY}
    assert training.job == {"source": "demo", "config": PLAIN, **how}
    assert workers == [[sys.executable, "-m", "explorer", "train", "--out", str(folder), "--resume", "--background"]]
    begun = load_start(training.path)
    assert (begun.source, begun.config, begun.recommender) == ("demo", CONFIG, None)


@pytest.mark.parametrize("kept", [True, False], ids=["with a checkpoint", "before the first checkpoint"])
def test_a_training_of_the_layout_before_is_resumed(kept, workers, tmp_path):
    """Its job has what is trained alone; how, came with the command."""
    folder = tmp_path / "one"
    write(folder, state="running", stage="sae" if kept else "load", started=3.0)
    (folder / TRAINING / JOB).write_text(json.dumps({"source": "demo", "config": PLAIN}))
    if kept:
        save_checkpoint(Checkpoint(CONFIG, "demo"), folder)
    training = resume_training(read_training(folder), maps=True)
    assert training.state == "queued" and len(workers) == 1
    assert (training.job["config"], training.job["threads"], training.job["maps"]) == (PLAIN, 1, True)
    assert load_start(folder).config == CONFIG


def test_a_training_without_its_job_is_resumed_by_its_checkpoint(workers, tmp_path):
    write(tmp_path / "one", state="stopped", stage="sae")
    save_checkpoint(Checkpoint(CONFIG, "demo"), tmp_path / "one")
    training = resume_training(read_training(tmp_path / "one"))
    assert (training.job["source"], training.job["config"], training.job["maps"]) == ("demo", PLAIN, False)


def test_a_training_that_has_lost_its_checkpoint_does_not_silently_begin_again(workers, tmp_path):
    write(tmp_path / "one", state="stopped", stage="sae")
    write_job(tmp_path / "one", Job(source="demo", config=PLAIN))
    with refused("one", "no checkpoint"):
        resume_training(read_training(tmp_path / "one"))
    assert workers == []


@pytest.mark.parametrize("name", ["a b", "-a", ".a", "ä", "x" * 81])
def test_a_name_that_cannot_be_is_refused_and_nothing_is_made(name, workers, tmp_path):
    with refused("cannot be called"):
        start_training(tmp_path / "runs" / name, "demo", PLAIN)
    assert list(tmp_path.iterdir()) == [] and workers == []


@pytest.mark.parametrize("there", ["a folder", "a file", "a training"])
def test_what_is_there_already_is_refused_and_left_alone(there, workers, tmp_path):
    folder = tmp_path / "one"
    if there == "a file":
        folder.touch()
    elif there == "a folder":
        folder.mkdir()
    else:
        write(folder, state="stopped")
    before = everything_below(tmp_path)
    with refused("already", "one", "another name"):
        start_training(folder, "demo", PLAIN)
    assert everything_below(tmp_path) == before and workers == []


def test_of_many_that_ask_for_one_name_at_once_exactly_one_gets_it(workers, tmp_path):
    barrier, outcomes = threading.Barrier(8), []

    def ask(seed: int) -> None:
        barrier.wait()
        try:
            outcomes.append(start_training(tmp_path / "one", f"source-{seed}", PLAIN).job["source"])
        except UserError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    errors = [outcome for outcome in outcomes if isinstance(outcome, UserError)]
    assert len(errors) == 7 and all("already" in str(error) for error in errors)
    (winner,) = (outcome for outcome in outcomes if isinstance(outcome, str))
    assert read_training(tmp_path / "one").job["source"] == winner
    assert len(workers) == 1


def test_a_place_that_cannot_be_written_is_refused(workers, tmp_path):
    (tmp_path / "file").touch()
    with refused(str(tmp_path / "file"), "cannot be written"):
        start_training(tmp_path / "file" / "runs" / "one", "demo", PLAIN)


def test_a_worker_that_ends_before_it_says_anything_has_failed_with_what_it_printed(start, tmp_path, monkeypatch):
    (tmp_path / "explorer.py").write_text("raise SystemExit('noise\\nA broken installation.')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = start("one")
    training = wait_for(folder, "failed")
    assert training.status.error == "The training did not start: A broken installation."
    assert (training.alive, training.resumable) == (False, True)
    wait_until(lambda: all(c.status() != psutil.STATUS_ZOMBIE for c in psutil.Process().children()))


@pytest.mark.slow
def test_a_data_set_that_is_not_there_is_reported_as_the_failure_of_the_training(tmp_path):
    folder = tmp_path / "one"
    start_training(folder, str(tmp_path / "nowhere"), PLAIN)
    training = wait_for(folder, "failed")
    assert "nowhere" in training.status.error and "nowhere" in training.log()


# --- resuming


def test_resuming_starts_anew_and_keeps_what_is_known(workers, tmp_path):
    folder = tmp_path / "one"
    # Its process is there for a moment after its last word.
    write(folder, state="failed", error="No space left", pid=os.getpid(), asked=1.0, resumed=2, done=0.4, stage="sae")
    save_checkpoint(Checkpoint(CONFIG, "demo"), folder)
    asked = time.time()
    training = resume_training(read_training(folder))
    status = training.status
    assert (training.state, status.error, status.pid, status.resumed, status.done) == ("queued", None, None, 2, 0.4)
    assert status.asked >= asked and status.background
    assert workers == [[sys.executable, "-m", "explorer", "train", "--out", str(folder), "--resume", "--background"]]


@pytest.mark.parametrize("state", ["queued", "running"])
def test_what_is_running_is_not_resumed(state, workers, sleeper, tmp_path):
    write(tmp_path / "one", state=state, **sleeper())
    save_checkpoint(Checkpoint(CONFIG, "demo"), tmp_path / "one")
    with refused("one", "already"):
        resume_training(read_training(tmp_path / "one"))
    assert workers == []


@pytest.mark.parametrize("damage", ["cut short", "gone"])
def test_without_a_good_checkpoint_nothing_is_started_and_the_training_is_shown_as_before(damage, workers, tmp_path):
    folder = tmp_path / "one"
    write(folder, state="stopped", done=0.4)
    save_checkpoint(Checkpoint(CONFIG, "demo"), folder)
    path = checkpoint_file(folder)
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20])
    before = read_training(folder)
    with refused(str(folder), "checkpoint"):
        resume_training(before)
    assert read_training(folder) == before and workers == []


# --- stopping


def test_a_process_is_asked_to_end_and_the_training_is_stopped(sleeper, tmp_path):
    process = sleeper()
    write(tmp_path / "one", state="running", done=0.3, **process)
    training = stop_training(tmp_path / "one")
    assert (training.state, training.status.done, training.alive) == ("stopped", 0.3, False)
    assert not psutil.pid_exists(process["pid"])


def test_a_process_that_does_not_listen_is_ended_when_patience_is_over(sleeper, tmp_path, monkeypatch):
    monkeypatch.setattr(control, "PATIENCE", 0.2)
    process = sleeper(deaf=True)
    write(tmp_path / "one", state="running", **process)
    assert stop_training(tmp_path / "one").state == "stopped"
    assert not psutil.pid_exists(process["pid"])


def test_a_stop_waits_for_a_process_that_is_coming_up(sleeper, tmp_path):
    process = sleeper()
    write(tmp_path / "one", asked=time.time())
    timer = threading.Timer(0.3, write, [tmp_path / "one"], {"asked": time.time(), **process})
    timer.start()
    try:
        assert stop_training(tmp_path / "one").state == "stopped"
    finally:
        timer.join()
    assert not psutil.pid_exists(process["pid"])


@pytest.mark.parametrize("state", ["stopped", "failed", "done"])
def test_what_has_ended_stays_what_it_is_when_it_is_stopped(state, tmp_path):
    write(tmp_path / "one", state=state, pid=os.getpid(), pid_started=1.0)
    assert stop_training(tmp_path / "one").state == state


def test_what_was_killed_stays_interrupted_and_nobody_else_is_hurt(tmp_path):
    """The number of its process may be another's by now: here it is that of the test."""
    write(tmp_path / "one", state="running", pid=os.getpid(), pid_started=1.0)
    assert stop_training(tmp_path / "one").state == "interrupted"


def test_there_must_be_something_to_stop(tmp_path):
    with refused("one", "no training"):
        stop_training(tmp_path / "one")


# --- renaming and deleting


@pytest.mark.parametrize("act", [delete, lambda folder: rename(folder, "two")], ids=["delete", "rename"])
def test_a_running_training_is_left_alone(act, sleeper, tmp_path):
    write(tmp_path / "one", state="running", **sleeper())
    before = everything_below(tmp_path)
    with refused("one", "stop it"):
        act(tmp_path / "one")
    assert everything_below(tmp_path) == before


def test_a_training_that_is_starting_is_left_alone_too(tmp_path):
    write(tmp_path / "one", asked=time.time())
    with refused("one", "stop it before you delete it"):
        delete(tmp_path / "one")


@pytest.mark.parametrize("state", ["stopped", "failed", "running"], ids=["stopped", "failed", "interrupted"])
def test_a_training_that_has_ended_is_renamed_with_its_checkpoint_and_deleted(state, tmp_path):
    write(tmp_path / "one", state=state, done=0.4)
    save_checkpoint(Checkpoint(CONFIG, "demo"), tmp_path / "one")
    there = rename(tmp_path / "one", "two")
    assert there == tmp_path / "two" and load_checkpoint(there).source == "demo"
    assert read_training(there).status.done == 0.4
    delete(there)
    assert list(tmp_path.iterdir()) == []


def test_discarding_a_training_leaves_the_finished_run_that_it_was_to_replace(tmp_path):
    run = tmp_path / "one"
    run.mkdir()
    (run / MANIFEST).write_text("{}")
    before = everything_below(run)
    write(run, state="stopped")
    discard(run)
    assert everything_below(run) == before
    write(tmp_path / "two", state="stopped")
    discard(tmp_path / "two")
    assert not (tmp_path / "two").exists()


def test_a_finished_training_is_not_alive_though_its_process_still_is(tmp_path):
    """The process goes a moment after the run is there."""
    write(tmp_path / "one", state="done", pid=os.getpid(), pid_started=psutil.Process().create_time())
    refuse_if_alive(tmp_path / "one", "delete")
    refuse_if_alive(tmp_path / "nothing", "delete")
