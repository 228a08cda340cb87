"""What a folder tells of its training: what is trained on what, and its curve."""

from __future__ import annotations

import json

import pytest

from explorer.jobs.folder import Status
from explorer.jobs.training import HISTORY, JOB, read_training
from explorer.storage.files import TRAINING
from tests.jobs.conftest import OWN, write_training


def test_a_status_is_read_as_it_was_written(tmp_path):
    said = {"state": "running", "stage": "sae", "stage_done": 0.25, "done": 0.5, "seconds_left": 12.5, "message": "ä"}
    training = write_training(tmp_path / "run", **said, **OWN, asked=1.0, resumed=2)
    assert training.status == Status(**said, **OWN, asked=1.0, resumed=2)
    assert (training.name, training.path, training.job) == ("run", tmp_path / "run", {})


def test_a_folder_without_a_training_has_none(tmp_path):
    (tmp_path / "empty" / TRAINING).mkdir(parents=True)
    assert read_training(tmp_path / "empty") is None
    assert read_training(tmp_path / "nowhere") is None


@pytest.mark.parametrize("text", [None, "", "{", "[1]", "7", "\udcff"])
def test_a_job_that_cannot_be_read_is_an_unknown_one(text, tmp_path):
    write_training(tmp_path)
    if text is not None:
        (tmp_path / TRAINING / JOB).write_bytes(text.encode(errors="surrogateescape"))
    assert read_training(tmp_path).job == {}


def test_a_job_is_what_was_written(tmp_path):
    write_training(tmp_path)
    (tmp_path / TRAINING / JOB).write_text('{"source": "demo", "config": {"seed": 3}}')
    assert read_training(tmp_path).job == {"source": "demo", "config": {"seed": 3}}


def test_the_history_leaves_out_what_is_not_whole(tmp_path):
    training = write_training(tmp_path)
    assert training.history() == []
    whole = [{"stage": "sae", "epoch": 1}, {"stage": "sae", "epoch": 3}]
    lines = [json.dumps(whole[0]), '{"stage": "sae", "ep{"stage": "sae", "epoch": 2}', json.dumps(whole[1])]
    (tmp_path / TRAINING / HISTORY).write_text("\n".join([*lines, '{"stage": "sa']))
    assert training.history() == whole
