"""`stability` measures, keeps and prints; `evaluate` and `runs` show what it found."""

from __future__ import annotations

import os
import shutil

import pytest

from explorer.measures import STABLE_SAMPLE, STABLE_SEED
from explorer.runs import Run, load_run, run_card
from explorer.stability import load_stability
from tests.helpers import assert_is_an_error, everything_below

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tiny_runs, place) -> Run:
    return load_run(shutil.copytree(tiny_runs("als").path, place / "run"))


@pytest.fixture(autouse=True)
def trainings(run, monkeypatch) -> list[int]:
    """Further trainings give the run's own autoencoder, at once; returns the seeds that were asked for."""
    asked = []

    def train_sae(config, recommender, seed, progress):
        asked.append(seed)
        progress("sae", 1.0)
        return run.sae, []

    monkeypatch.setattr("explorer.stability.measure.train_sae", train_sae)
    return asked


def test_the_help_mentions_every_option(cli):
    done = cli("stability", "--help")
    assert (done.code, done.err) == (0, "")
    assert all(option in done.out for option in ("RUN_DIR", "--seeds", "--background", "--json"))
    assert " stability\n" in cli("--help").out


def test_it_is_one_object_with_shares_baselines_and_every_neuron(read_json, run, trainings):
    printed = read_json("stability", run.path, "--seeds", 2)
    found = load_stability(run.path)
    assert trainings == [1, 2, 1, 2]
    by_neuron = printed.pop("by_neuron")
    assert printed == {"run": str(run.path), **found.as_json()}
    assert printed[STABLE_SEED] == printed[STABLE_SAMPLE] == 1
    assert printed["baselines"].keys() == {"ica", "random"}
    assert [row["neuron"] for row in by_neuron] == found.neurons["neuron"].tolist()
    assert by_neuron[0]["seed_found"] == 2


def test_it_is_a_table_for_a_person_with_progress_on_stderr(cli, run):
    done = cli("stability", run.path, "--seeds", 1)
    assert "training 2 of 2, on a random sample" in done.err
    lines = done.out.splitlines()
    assert lines[0].startswith(f"Share of {len(load_stability(run.path).neurons)} live neurons")
    assert "Seed ≥ 0.7" in lines[1] and "Sample ≥ 0.9" in lines[1]
    assert lines[2].split() == ["Neurons", "100%", "100%", "100%", "100%"]
    assert lines[3].startswith("Independent components") and lines[4].startswith("Random directions")


def test_evaluate_runs_and_the_card_show_it_once_it_is_there(cli, read_json, run, place):
    assert "stability" not in read_json("evaluate", run.path)
    assert not any("stability" in neuron for neuron in read_json("neurons", run.path)["neurons"])
    assert read_json("runs", place)["runs"][0][STABLE_SAMPLE] is None
    assert "another training" not in run_card(run.path)
    cli("stability", run.path, "--seeds", 1)
    assert read_json("evaluate", run.path)["stability"] == load_stability(run.path).as_json()
    assert read_json("runs", place)["runs"][0][STABLE_SAMPLE] == 1
    assert "Independent components" in cli("evaluate", run.path).out
    found = load_stability(run.path).neurons.set_index("neuron")
    for neuron in read_json("neurons", run.path)["neurons"]:
        assert neuron["stability"] == (found.loc[neuron["id"]].to_dict() if neuron["id"] in found.index else None)
    assert "| Neurons | 100% | 100% | 100% | 100% |" in run_card(run.path)


@pytest.mark.parametrize("seeds", ["0", "-3", "100000", "many"])
def test_a_number_of_trainings_that_makes_no_sense_is_an_error(cli, run, trainings, seeds):
    assert_is_an_error(cli("stability", run.path, "--seeds", seeds), seeds.replace("100000", "100,000"))
    assert trainings == []


def test_a_folder_that_is_not_a_run_is_an_error(cli, place):
    before = set(everything_below(place))
    for folder in (place, place / "nothing"):
        assert_is_an_error(cli("stability", folder), str(folder))
    assert set(everything_below(place)) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_run_that_cannot_be_written_is_an_error(cli, run, trainings):
    run.path.chmod(0o500)
    try:
        assert_is_an_error(cli("stability", run.path), str(run.path), "written")
    finally:
        run.path.chmod(0o700)
    assert trainings == []
