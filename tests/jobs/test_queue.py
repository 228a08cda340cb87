"""Which trainings there are, and in which order."""

from __future__ import annotations

import subprocess
import sys

from explorer.jobs.queue import find_trainings
from explorer.jobs.training import Training
from tests.jobs.conftest import write_training


def test_unfinished_trainings_are_found_in_the_order_in_which_they_were_asked_for(tmp_path):
    asked = {"c": 1.0, "a": 2.0, "b": 3.0}
    for name, when in asked.items():
        write_training(tmp_path / name, asked=when, state="stopped")
    write_training(tmp_path / "finished", state="done")
    write_training(tmp_path / ".hidden", asked=0.5)
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
