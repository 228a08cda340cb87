"""What the server keeps open."""

import os

from explorer.runs import read_entry, save_run
from explorer.ui.cache import open_run


def test_a_run_is_opened_once_and_again_only_when_it_was_written_anew(tiny_runs, tmp_path):
    folder = save_run(tiny_runs("als"), tmp_path / "run").path
    entry = read_entry(folder)
    first = open_run(entry)
    assert open_run(entry) is first
    os.utime(folder / "run.json", (1, 1))
    assert open_run(entry) is not first
