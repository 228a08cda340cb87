"""`embeddings` writes what the library makes, of the users that are asked for; `steer --out` what is shown."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from explorer.cli.embeddings import ENDS
from explorer.cli.steer import EXPORTS
from explorer.experiments import cohort_of
from explorer.experiments.embeddings import WRITERS, read_embeddings, steered_embeddings
from explorer.steering import Edit
from explorer.steering.setting import Setting
from tests.helpers import assert_is_an_error


@pytest.fixture
def run(tiny_runs):
    return tiny_runs("als")


@pytest.mark.parametrize("end", ENDS)
def test_all_users_are_written_under_the_setting(run, cli, place, end):
    done = cli("embeddings", run.path, "--set", "3=0.5", "--mode", "paper", "--out", place / f"x{end}")
    assert done.code == 0, done.err
    made = read_embeddings(place / f"x{end}")
    setting = Setting(edits=(Edit(3, "set", 0.5),), mode="paper")
    expected = steered_embeddings(run, np.arange(run.dataset.n_users), setting)
    assert (made.embeddings == expected.embeddings).all() and (made.user_ids == expected.user_ids).all()
    assert made.about["setting"]["mode"] == "paper"


def test_only_those_who_fit_a_rule_or_are_in_a_file_are_written(run, read_json, place):
    told = read_json("embeddings", run.path, "--users", "top 50 of history", "--out", place / "x.npz")
    assert told["users"] == len(cohort_of(run, "top 50 of history")) < run.dataset.n_users
    ids = run.dataset.users["user_id"].iloc[[3, 9]]
    pd.DataFrame({"user_id": ids}).to_csv(place / "ids.csv", index=False)
    read_json("embeddings", run.path, "--ids", place / "ids.csv", "--out", place / "x.npz")
    assert read_embeddings(place / "x.npz").user_ids.tolist() == ids.tolist()


def test_a_file_that_is_not_written_is_refused_before_any_work(run, cli, place):
    assert_is_an_error(cli("embeddings", run.path, "--out", "x.pkl"), "x.pkl", *ENDS)
    assert_is_an_error(cli("embeddings", run.path, "--out", "no/x.npz"), "no folder no")
    assert_is_an_error(cli("steer", run.path, "--user", "1", "--out", "x.txt"), "x.txt", *EXPORTS)
    assert not list(place.iterdir())


@pytest.mark.parametrize("end", EXPORTS)
def test_a_list_is_exported_beside_what_is_printed(run, cli, place, end):
    user = run.dataset.users["user_id"][5]
    plain = cli("steer", run.path, "--user", user, "--set", "3=0.5")
    done = cli("steer", run.path, "--user", user, "--set", "3=0.5", "--out", place / f"x{end}")
    assert (done.code, done.out) == (0, plain.out)
    assert (place / f"x{end}").stat().st_size > 100


def test_an_exported_setting_is_applied_to_another_user_and_what_is_said_besides_counts(run, cli, read_json, place):
    first, second = run.dataset.users["user_id"][[5, 6]]
    edits = ["--set", "3=0.5", "--mode", "paper", "--top", "7", "--hide", "2"]
    cli("steer", run.path, "--user", first, *edits, "--out", "x.json")
    opened = read_json("steer", run.path, "--user", second, "--setting", "x.json")
    assert opened == read_json("steer", run.path, "--user", second, *edits)
    other = read_json("steer", run.path, "--user", second, "--setting", "x.json", "--mode", "exact", "--set", "4=1")
    assert other == read_json("steer", run.path, "--user", second, *edits[:2], "--set", "4=1", *edits[4:])


def test_a_setting_of_another_run_or_with_faults_is_refused(run, tiny_runs, cli, place):
    user = run.dataset.users["user_id"][5]
    cli("steer", run.path, "--user", user, "--set", "3=0.5", "--out", "x.json")
    assert_is_an_error(cli("steer", tiny_runs("mf").path, "--user", user, "--setting", "x.json"), "another run")
    record = json.loads((place / "x.json").read_text())
    record["setting"]["edits"].append({"neuron": 5000, "value": 1})
    (place / "x.json").write_text(json.dumps(record))
    assert_is_an_error(cli("steer", run.path, "--user", user, "--setting", "x.json"), "no neuron 5000")


def test_the_ends_that_the_command_names_are_those_that_are_written():
    assert set(ENDS) == set(WRITERS)
