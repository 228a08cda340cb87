"""`runs`: the table of the Runs page, on the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from explorer.jobs.listing import COLUMNS
from tests.helpers import assert_is_an_error

DEMO_RUN = Path(__file__).parents[2] / "assets" / "demo-run"


@pytest.fixture
def runs(place) -> Path:
    """A folder with a good run and one whose `run.json` is damaged."""
    folder = place / "runs"
    shutil.copytree(DEMO_RUN, folder / "good")
    (folder / "bad").mkdir()
    (folder / "bad" / "run.json").write_text("{}")
    return folder


def test_every_run_is_a_row_with_all_columns(runs, read_json):
    listed = read_json("runs")
    assert listed["folder"] == "runs"
    rows = {row["run"]: row for row in listed["runs"]}
    assert set(rows) == {"good", "bad"} and all(list(row) == list(COLUMNS) for row in rows.values())
    assert (rows["good"]["state"], rows["good"]["problem"]) == ("ready", None)
    assert rows["bad"]["state"] == "cannot be opened" and "damaged" in rows["bad"]["problem"]


def test_the_table_for_a_person_says_what_is_wrong_with_a_run(runs, cli):
    done = cli("runs", runs)
    assert (done.code, done.err) == (0, "")
    assert "Implicit ALS" in done.out and "RBO@30" in done.out
    assert "bad: " in done.out and "damaged" in done.out


def test_a_folder_without_runs_says_so(cli, read_json):
    assert "No runs in runs" in cli("runs").out
    assert read_json("runs")["runs"] == []


def test_a_folder_that_is_not_there_is_a_mistake(cli):
    assert_is_an_error(cli("runs", "nowhere"), "nowhere", "folder")
