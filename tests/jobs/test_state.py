"""What a folder tells of its training: its state with the system's word on whether it lives, its log, its curve."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import psutil
import pytest

from explorer.jobs.state import HISTORY, JOB, LOG, STATUS, Status, Training, find_process, find_trainings, read_training
from explorer.storage.files import TRAINING

OWN = {"pid": os.getpid(), "pid_started": psutil.Process().create_time()}


def write(folder, **status):
    """A training in a folder that says this of itself; returns it as it is read."""
    (folder / TRAINING).mkdir(parents=True, exist_ok=True)
    (folder / TRAINING / STATUS).write_text(Status(**status).model_dump_json())
    return read_training(folder)


@pytest.fixture
def ended() -> dict:
    """Number and start of a process that is not there any more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        number, began = process.pid, time.time()
    return {"pid": number, "pid_started": began}


def test_a_status_is_read_as_it_was_written(tmp_path):
    said = {"state": "running", "stage": "sae", "stage_done": 0.25, "done": 0.5, "seconds_left": 12.5, "message": "ä"}
    training = write(tmp_path / "run", **said, **OWN, asked=1.0, resumed=2)
    assert training.status == Status(**said, **OWN, asked=1.0, resumed=2)
    assert (training.name, training.path, training.job) == ("run", tmp_path / "run", {})


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_training_whose_process_lives_is_what_it_says(state, tmp_path):
    training = write(tmp_path, state=state, **OWN)
    assert (training.state, training.alive, training.resumable) == (state, True, False)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_training_whose_process_is_gone_is_interrupted_and_can_go_on(state, ended, tmp_path):
    training = write(tmp_path, state=state, asked=time.time(), **ended)
    assert (training.state, training.alive, training.resumable) == ("interrupted", False, True)


def test_another_process_with_the_same_number_is_not_the_trainings(tmp_path):
    later = {**OWN, "pid_started": OWN["pid_started"] - 100}
    assert find_process(Status(**later)) is None
    assert write(tmp_path, state="running", **later).state == "interrupted"


def test_a_process_that_has_ended_and_is_not_yet_fetched_is_gone(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ""])
    try:
        system = psutil.Process(process.pid)
        began = system.create_time()
        while system.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        assert write(tmp_path, state="running", pid=process.pid, pid_started=began).state == "interrupted"
    finally:
        process.wait()


@pytest.mark.parametrize("state", ["stopped", "failed", "done"])
def test_a_training_that_has_ended_is_what_it_says_with_and_without_its_process(state, ended, tmp_path):
    for process in (ended, OWN):
        training = write(tmp_path, state=state, **process)
        assert (training.state, training.resumable) == (state, state != "done")


def test_a_training_just_asked_for_is_alive_without_a_process_but_not_for_ever(tmp_path):
    training = write(tmp_path, asked=time.time())
    assert (training.starting, training.alive, training.state) == (True, True, "queued")
    training = write(tmp_path, asked=time.time() - 60)
    assert (training.starting, training.alive, training.state) == (False, False, "interrupted")


def test_a_folder_without_a_training_has_none(tmp_path):
    (tmp_path / "empty" / TRAINING).mkdir(parents=True)
    assert read_training(tmp_path / "empty") is None
    assert read_training(tmp_path / "nowhere") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "flying"}', '{"pid": "x"}', "\x00\x01"])
def test_a_damaged_status_is_a_failed_training_that_says_so(text, tmp_path):
    write(tmp_path)
    (tmp_path / TRAINING / STATUS).write_text(text)
    training = read_training(tmp_path)
    assert training.state == "failed" and STATUS in training.status.error


@pytest.mark.parametrize("text", [None, "", "{", "[1]", "7", "\udcff"])
def test_a_job_that_cannot_be_read_is_an_unknown_one(text, tmp_path):
    write(tmp_path)
    if text is not None:
        (tmp_path / TRAINING / JOB).write_bytes(text.encode(errors="surrogateescape"))
    assert read_training(tmp_path).job == {}


def test_a_job_is_what_was_written(tmp_path):
    write(tmp_path)
    (tmp_path / TRAINING / JOB).write_text('{"source": "demo", "config": {"seed": 3}}')
    assert read_training(tmp_path).job == {"source": "demo", "config": {"seed": 3}}


def test_the_log_is_its_last_lines(tmp_path):
    training = write(tmp_path)
    assert training.log() == ""
    (tmp_path / TRAINING / LOG).write_text("".join(f"line {i} é\n" for i in range(5000)), encoding="utf-8")
    assert training.log(2) == "line 4998 é\nline 4999 é"
    assert len(training.log().splitlines()) == 200


def test_a_log_with_other_bytes_is_read_all_the_same(tmp_path):
    training = write(tmp_path)
    (tmp_path / TRAINING / LOG).write_bytes(b"\xff\xfe one\ntwo")
    assert training.log(1) == "two"


def test_the_history_leaves_out_what_is_not_whole(tmp_path):
    training = write(tmp_path)
    assert training.history() == []
    whole = [{"stage": "sae", "epoch": 1}, {"stage": "sae", "epoch": 3}]
    lines = [json.dumps(whole[0]), '{"stage": "sae", "ep{"stage": "sae", "epoch": 2}', json.dumps(whole[1])]
    (tmp_path / TRAINING / HISTORY).write_text("\n".join([*lines, '{"stage": "sa']))
    assert training.history() == whole


def test_unfinished_trainings_are_found_in_the_order_in_which_they_were_asked_for(tmp_path):
    asked = {"c": 1.0, "a": 2.0, "b": 3.0}
    for name, when in asked.items():
        write(tmp_path / name, asked=when, state="stopped")
    write(tmp_path / "finished", state="done")
    write(tmp_path / ".hidden", asked=0.5)
    (tmp_path / "a run without a training").mkdir()
    (tmp_path / "a file").touch()
    found = find_trainings(tmp_path)
    assert [training.name for training in found] == list(asked)
    assert all(isinstance(training, Training) for training in found)
    assert find_trainings(tmp_path / "nowhere") == find_trainings(tmp_path / "a file") == []


def test_looking_at_a_training_does_not_load_torch():
    """A worker that waits for its turn looks again and again."""
    code = "import explorer.jobs.worker, sys; assert not {'torch', 'pandas', 'numpy'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
