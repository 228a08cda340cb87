"""`python -m explorer experiment`."""

from __future__ import annotations

import pandas as pd
import pytest

from explorer.experiments import cohort_of, nudge
from explorer.experiments.experiment import COLUMNS, EQUAL_COLUMNS
from tests.helpers import assert_is_an_error

FEW = ("--sample", "10", "--doses", "0.5,1", "--top", "10")


def test_nudge_prints_one_object_with_the_rows_of_the_library(tiny_run, read_json):
    found = read_json("experiment", "nudge", tiny_run.path, "--neuron", "3", *FEW, "--seed", "2")
    assert set(found) == {
        *("kind", "target", "neurons", "group", "control", "cohort", "top", "mode", "seed", "results", "equal")
    }
    assert found["cohort"] == {"rule": "all", "users": 10, "found": 200, "chosen_on": 0}
    assert all(list(row) == list(COLUMNS) for row in found["results"])
    assert all(list(row) == list(EQUAL_COLUMNS) for row in found["equal"])
    wanted = nudge(tiny_run, 3, cohort_of(tiny_run, "all", 10, 2), doses=[0.5, 1], top=10, seed=2).table
    assert [row["value"] for row in found["results"]] == wanted["value"].tolist()
    assert found["results"][0]["dose"] is None


def test_what_is_chosen_for_a_genre_is_reported_on_the_other_half(tiny_run, read_json):
    genre = tiny_run.dataset.genres[0].lower()
    found = read_json("experiment", "suppress", tiny_run.path, "--genre", genre, *FEW, "--alone")
    assert found["cohort"]["chosen_on"] == 5 and found["cohort"]["users"] == 5
    assert found["group"] == tiny_run.dataset.genres[0]
    assert {row["arm"] for row in found["results"]} <= {"own", "neuron", "concept"}


def test_expose_takes_an_item_by_id_or_title(tiny_run, read_json):
    item = tiny_run.dataset.items.iloc[7]
    arguments = ("experiment", "expose", tiny_run.path, "--neuron", "3", *FEW, "--item")
    by_id, by_title = (read_json(*arguments, item[name]) for name in ("item_id", "title"))
    assert by_id["item"] == {"item_id": item["item_id"], "title": item["title"]}
    assert by_id == by_title


def test_rounds_prints_a_row_per_round_and_writes_them_to_a_file(tiny_run, read_json, tmp_path):
    path = tmp_path / "rounds.parquet"
    found = read_json(
        *("experiment", "rounds", tiny_run.path, "--neuron", "3", "--sample", "10", "--doses", "1", "--rounds", "2"),
        *("--seeds", "2", "--out", path),
    )
    assert {row["round"] for row in found["results"]} == {1, 2} and found["dose"] == 1
    assert [row["value"] for row in found["results"]] == pd.read_parquet(path)["value"].tolist()


@pytest.mark.parametrize("kind", ["nudge", "suppress", "expose", "rounds"])
def test_without_json_a_table_is_printed_and_progress_goes_to_stderr(tiny_run, cli, tmp_path, kind):
    item = ("--item", tiny_run.dataset.items["item_id"].iloc[7]) if kind == "expose" else ()
    doses = ("--doses", "0.5", "--seeds", "1", "--rounds", "2") if kind == "rounds" else ("--doses", "0.5,1")
    out = tmp_path / "rows.csv"
    done = cli("experiment", kind, tiny_run.path, "--neuron", "3", "--sample", "10", *doses, *item, "--out", out)
    assert done.code == 0
    assert done.out.startswith(f"{kind} 3 · ") and "10 of 200 users" in done.out
    assert "lists" in done.err or "rounds" in done.err
    assert len(pd.read_csv(out)) > 0


def test_ids_come_from_a_file(tiny_run, read_json, tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("\n".join(map(str, tiny_run.dataset.users["user_id"].iloc[:4])))
    found = read_json("experiment", "nudge", tiny_run.path, "--neuron", "3", "--ids", path, "--doses", "1", "--alone")
    assert found["cohort"] == {"rule": "ids.txt", "users": 4, "found": 4, "chosen_on": 0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nudge",), ["--neuron, --concept or --genre"]),
        (("nudge", "--neuron", "99"), ["no neuron 99"]),
        (("nudge", "--concept", "Nonsense"), ["no concept", "Nonsense"]),
        (("nudge", "--genre", "Nonsense"), ["neither a genre"]),
        (("nudge", "--neuron", "3", "--doses", "much"), ["--doses much", "0.5,1,2"]),
        (("nudge", "--neuron", "3", "--doses", "nan"), ["must be a number"]),
        (("nudge", "--neuron", "3", "--users", "history > 9999"), ["No user fits"]),
        (("nudge", "--neuron", "3", "--out", "rows.txt"), [".csv, .parquet"]),
        (("nudge", "--neuron", "3", "--out", "no/such/rows.csv"), ["no folder no/such"]),
        (("nudge", "--neuron", "3", "--sample", "0"), ["must be at least 1"]),
        (("nudge", "--neuron", "3", "--item", "7"), ["expose needs --item"]),
        (("expose", "--neuron", "3"), ["expose needs --item"]),
        (("expose", "--neuron", "3", "--item", "no such title"), ["no such title"]),
        (("rounds", "--neuron", "3", "--doses", "1,2"), ["one dose"]),
        (("rounds", "--neuron", "3", "--rounds", "0"), ["must be at least 1"]),
        (("rounds", "--neuron", "3", "--mode", "paper"), ["--mode paper", "rounds"]),
        (("nudge", "--neuron", "3", "--ids", "missing.txt"), ["missing.txt cannot be read"]),
    ],
)
def test_a_mistake_is_reported_in_one_line(tiny_runs, cli, arguments, words):
    kind, *rest = arguments
    assert_is_an_error(cli("experiment", kind, tiny_runs("als").path, *rest), *words)
