"""What a folder tells of its job: its state with the system's word on whether it lives, and its log."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil
import pytest

from explorer.jobs.folder import LOG, STATUS, JobFolder, Status, find_process
from explorer.jobs.training import read_training
from explorer.storage.files import TRAINING
from tests.jobs.conftest import OWN, write_training


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_training_whose_process_lives_is_what_it_says(state, tmp_path):
    training = write_training(tmp_path, state=state, **OWN)
    assert (training.state, training.alive, training.resumable) == (state, True, False)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_training_whose_process_is_gone_is_interrupted_and_can_be_resumed(state, ended, tmp_path):
    training = write_training(tmp_path, state=state, asked=time.time(), **ended)
    assert (training.state, training.alive, training.resumable) == ("interrupted", False, True)


def test_another_process_with_the_same_number_is_not_the_trainings(tmp_path):
    later = {**OWN, "pid_started": OWN["pid_started"] - 100}
    assert find_process(Status(**later)) is None
    assert write_training(tmp_path, state="running", **later).state == "interrupted"


def test_a_process_that_has_ended_and_is_not_yet_fetched_is_gone(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ""])
    try:
        system = psutil.Process(process.pid)
        began = system.create_time()
        while system.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        assert write_training(tmp_path, state="running", pid=process.pid, pid_started=began).state == "interrupted"
    finally:
        process.wait()


@pytest.mark.parametrize("state", ["stopped", "failed", "done"])
def test_a_training_that_has_ended_is_what_it_says_with_and_without_its_process(state, ended, tmp_path):
    for process in (ended, OWN):
        training = write_training(tmp_path, state=state, **process)
        assert (training.state, training.resumable) == (state, state != "done")


def test_a_training_just_asked_for_is_alive_without_a_process_but_not_for_ever(tmp_path):
    training = write_training(tmp_path, asked=time.time())
    assert (training.starting, training.alive, training.state) == (True, True, "queued")
    training = write_training(tmp_path, asked=time.time() - 60)
    assert (training.starting, training.alive, training.state) == (False, False, "interrupted")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "flying"}', '{"pid": "x"}', "\x00\x01"])
def test_a_damaged_status_is_a_failed_training_that_says_so(text, tmp_path):
    write_training(tmp_path)
    (tmp_path / TRAINING / STATUS).write_text(text)
    training = read_training(tmp_path)
    assert training.state == "failed" and STATUS in training.status.error


def test_the_log_is_its_last_lines(tmp_path):
    training = write_training(tmp_path)
    assert training.log() == ""
    (tmp_path / TRAINING / LOG).write_text("".join(f"line {i} é\n" for i in range(5000)), encoding="utf-8")
    assert training.log(2) == "line 4998 é\nline 4999 é"
    assert len(training.log().splitlines()) == 200


def test_a_log_with_other_bytes_is_read_all_the_same(tmp_path):
    training = write_training(tmp_path)
    (tmp_path / TRAINING / LOG).write_bytes(b"\xff\xfe one\ntwo")
    assert training.log(1) == "two"


@pytest.mark.parametrize(("asked", "state"), [(1.0, "failed"), (2.0, "queued")])
def test_a_process_that_ends_says_nothing_of_the_one_that_was_asked_for_after_it(tmp_path, asked, state):
    """A training that is stopped and resumed at once: the end of its first process is seen after the second is asked
    for."""
    folder = JobFolder(tmp_path)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        folder.put(Status(state="queued", asked=asked))
        folder._reap(process, 1.0, "The training")
    assert folder.status().state == state
