"""A training in words."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from explorer.config import load_config
from explorer.jobs.folder import Status
from explorer.jobs.training import Training
from explorer.jobs.training_text import about, dataset_name, epochs_of, how_it_ended, progress_text

CONFIG = load_config().model_dump(mode="json")
ME = {"pid": psutil.Process().pid, "pid_started": psutil.Process().create_time()}


def training(job: dict | None = None, **status) -> Training:
    return Training(Path("runs/mine"), Status(**status), {"source": "demo", "config": CONFIG} if job is None else job)


def test_a_training_says_its_data_sets_name_whatever_its_path(demo_folder):
    for source in (demo_folder, f"{demo_folder}/"):
        assert dataset_name(training({"source": str(source)})) == "little"
    assert dataset_name(training({"source": "/moved/away/ml-1m"})) == "ml-1m"


def test_what_is_trained_on_what_is_one_line():
    assert about(training()) == "demo · Implicit ALS · mp autoencoder, 3 epochs · seed 0"
    assert epochs_of(training()) == 3


@pytest.mark.parametrize("job", [{}, {"config": 3}, {"config": {"sae": None}}, {"source": [1], "config": []}])
def test_a_damaged_job_file_is_said(job):
    assert about(training(job)) == "Its settings cannot be read."
    assert epochs_of(training(job)) is None
    assert dataset_name(training(job)) == "unknown"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"state": "queued", "message": "waits for other", **ME}, "Waits for other …"),
        ({"state": "queued", **ME}, "Starting …"),
        ({"state": "running", "stage": "sae", "done": 0.4, **ME}, "Training the autoencoder · 40%"),
        (
            {"state": "running", "stage": "sae", "done": 0.4, "seconds_left": 75.0, **ME},
            "Training the autoencoder · 40% · about 1 min 15 s left",
        ),
    ],
)
def test_progress_is_the_stage_the_share_and_the_time_left(status, text):
    assert progress_text(training(**status)) == text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"state": "stopped", "stage": "sae", "done": 0.5}, ["was stopped at 50%", "as if it had never stopped"]),
        ({"state": "running", "stage": "load"}, ["stopped unexpectedly at 0%", "starts from the beginning"]),
        ({"state": "failed", "error": "The loss is infinite."}, ["The loss is infinite."]),
        ({"state": "failed"}, ["stopped unexpectedly", "log"]),
    ],
)
def test_the_end_of_a_training_is_said_with_what_resuming_does(status, words):
    text = how_it_ended(training(**status))
    assert all(word in text for word in words), text
