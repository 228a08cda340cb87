"""The table of runs: every run and training once, whatever state it is in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from explorer.config import load_config
from explorer.jobs.folder import Status
from explorer.jobs.listing import COLUMNS, HEADLINES, list_runs
from explorer.measures import COVERAGE, HELD_OUT, NDCG, PURITY, RBO
from explorer.runs import find_runs, read_manifest, write_note
from explorer.storage.files import TRAINING
from tests.helpers import make_format_2

DEMO_RUN = Path(__file__).parents[2] / "assets" / "demo-run"


def put_training(folder: Path, job: object, **status) -> None:
    place = folder / TRAINING
    place.mkdir(parents=True)
    (place / "status.json").write_text(Status(**{"state": "stopped", "done": 0.25, **status}).model_dump_json())
    (place / "job.json").write_text(json.dumps(job))


def listed(folder: Path):
    return list_runs({entry.name: entry for entry in find_runs(folder)}, folder).set_index("run")


@pytest.fixture
def good(tmp_path) -> Path:
    return shutil.copytree(DEMO_RUN, tmp_path / "good")


def test_a_run_has_its_settings_and_headline_measures(good):
    write_note(good, "for Monday")
    table, manifest = listed(good.parent), read_manifest(good)
    metrics = manifest.metrics
    assert ["run", *table.columns] == list(COLUMNS)
    row = table.loc["good"]
    assert (row["state"], row["dataset"], row["model"]) == ("ready", "demo", "Implicit ALS")
    kind = f"{metrics.sae.activation}, {metrics.sae.width}"
    assert (row["sae"], row["seed"], row["created"]) == (kind, 0, manifest.created)
    assert [row[key] for key in (PURITY, RBO, NDCG)] == [
        metrics.purity[10].mean,
        metrics.fidelity.rbo,
        metrics.recommender.ndcg,
    ]
    assert (row["seconds"], row["note"]) == (metrics.total_seconds, "for Monday")


def test_the_headline_is_coverage_and_held_out_purity_which_an_older_run_lacks(tiny_runs, tmp_path):
    run = tiny_runs("als")
    shutil.copytree(run.path, tmp_path / "new")
    make_format_2(shutil.copytree(run.path, tmp_path / "old"))
    table, found = listed(tmp_path), run.metrics.concepts
    assert HEADLINES == (COVERAGE, HELD_OUT, RBO, NDCG)
    assert table.loc["new", COVERAGE] == found.coverage.energy
    assert table.loc["new", HELD_OUT] == found.held_out.purity[10].mean
    assert table.loc["old", [COVERAGE, HELD_OUT]].isna().all()
    assert table.loc["old", RBO] == table.loc["new", RBO]


def test_a_training_that_is_not_done_has_the_name_of_its_data_set_and_how_far_it_is(good):
    config = load_config(settings=["sae.width=32", "sae.activation=batchtopk"]).model_dump(mode="json")
    put_training(
        good.parent / "next", {"source": "/data/sets/films", "config": config}, error="It broke.", state="failed"
    )
    row = listed(good.parent).loc["next"]
    assert (row["state"], row["done"], row["problem"]) == ("failed", 0.25, "It broke.")
    assert (row["dataset"], row["model"], row["sae"]) == ("films", "Implicit ALS", "batchtopk, 32")


@pytest.mark.parametrize("job", [[], {"source": 5, "config": []}, {"source": None, "config": {"sae": 1}}, {}])
def test_a_training_with_a_damaged_job_is_listed(job, good):
    put_training(good.parent / "next", job)
    table = listed(good.parent)
    assert table.loc["next", "state"] == "stopped" and table.loc["good", "state"] == "ready"


def test_a_run_that_cannot_be_opened_is_a_row_with_its_problem(good):
    bad = good.with_name("bad")
    bad.mkdir()
    (bad / "run.json").write_text('{"format": 2}')
    table = listed(good.parent)
    assert (table.loc["bad", "state"], table.loc["good", "state"]) == ("cannot be opened", "ready")
    assert "run.json is damaged (created is missing)" in table.loc["bad", "problem"]


def test_a_note_that_cannot_be_read_is_the_problem_of_its_run_alone(good):
    (good / "note.txt").write_bytes(b"\xff")
    row = listed(good.parent).loc["good"]
    assert row["state"] == "ready" and "UTF-8" in row["problem"]


def test_an_empty_folder_has_an_empty_table_with_all_columns(tmp_path):
    assert list(list_runs({}, tmp_path).columns) == list(COLUMNS)
    assert list_runs({}, tmp_path / "nope").empty
