"""`sweep` on the command line: what is printed where, exit codes, and what a second call does."""

from __future__ import annotations

import pytest

from tests.helpers import assert_is_an_error, everything_below
from tests.sweep.workshop import Workshop

OPTIONS = (
    "dataset",
    "out",
    "vary",
    "grid",
    "seeds",
    "preset",
    "set",
    "sample",
    "sample-seed",
    "threads",
    "list",
    "json",
)


@pytest.fixture
def workshop(monkeypatch):
    return Workshop(monkeypatch)


@pytest.fixture
def cli(cli, workshop):
    """Run `sweep` in an empty working directory, with nothing trained; returns exit code, stdout and stderr."""
    return lambda *arguments: cli("sweep", *arguments)


@pytest.fixture
def sweep(cli):
    """The same of the demo into the folder `out`."""
    return lambda *arguments: cli("--dataset", "demo", "--out", "out", *arguments)


@pytest.fixture
def read_json(read_json):
    """The same with --json; returns the object."""
    return lambda *arguments: read_json("--dataset", "demo", "--out", "out", *arguments)


def test_the_help_mentions_every_option(cli):
    done = cli("--help")
    assert (done.code, done.err) == (0, "")
    assert all(f" --{option}" in done.out for option in OPTIONS)
    assert "[[grid]]" in done.out


def test_a_sweep_prints_its_configurations_best_fidelity_first(sweep, tmp_path):
    done = sweep("--vary", "sae.k=2,4", "--seeds", "0,1,2")
    assert done.code == 0, done.err
    heading, first, second, last = done.out.splitlines()
    names = (
        "Coverage Held-out purity@10 RBO@30 NDCG@20 Purity@10 Active per item (L0) Active per user (L0) seeds settings"
    )
    assert " ".join(heading.split()) == names
    assert first.split()[-7:] == ["0.882", "0.250", "0.421", "2.000", "2.000", "3", "sae.k=2"]
    assert second.endswith("3  sae.k=4")
    assert last == "6 points in out"
    assert "point 6 of 6: --set sae.k=4 --seed 2" in done.err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("sweep.json", "points", "table.parquet", "table.csv", "frontier.html")
    }


def test_a_sweep_prints_one_json_object(read_json, workshop):
    workshop.bad_points = {8}
    printed = read_json("--vary", "sae.k=2,4,8", "--seeds", "0,1", "--set", "sae.prefix_widths=[8, 16]")
    assert printed.keys() == {"sweep", "figure", "configurations", "points"}
    assert (printed["sweep"], printed["figure"]) == ("out", "out/frontier.html")
    settings = [(row["sae.k"], row["n"], row["best"]) for row in printed["configurations"]]
    assert settings == [(2, 2, True), (4, 2, True)]
    assert len(printed["points"]) == 6
    assert [row["problem"] for row in printed["points"] if row["sae.k"] == 8] == ["k 8 does not work."] * 2


def test_points_that_failed_are_counted_and_a_sweep_of_nothing_else_has_no_figure(sweep, read_json, workshop):
    workshop.bad_points = {8}
    assert "1 points in out, 1 of them failed" in sweep("--vary", "sae.k=8").out
    printed = read_json("--vary", "sae.k=8")
    assert (printed["figure"], printed["configurations"]) == (None, [])
    assert "2 points in out, 1 of them failed" in sweep("--vary", "sae.k=8,2").out


def test_a_second_call_trains_nothing_and_prints_the_same(sweep, workshop):
    arguments = ("--vary", "sae.k=2,4", "--preset", "matryoshka", "--seeds", "1")
    first = sweep(*arguments)
    workshop.points.clear(), workshop.bases.clear()
    second = sweep(*arguments)
    assert not workshop.points and not workshop.bases
    assert (second.code, second.out) == (0, first.out)


def test_a_stopped_sweep_is_resumed(sweep, workshop):
    workshop.stop_at = 1
    done = sweep("--vary", "sae.k=2,4")
    assert (done.code, done.out) == (130, "") and done.err.endswith("stopped\n")
    workshop.stop_at = None
    assert sweep("--vary", "sae.k=2,4").out.endswith("2 points in out\n")
    assert [config.sae.k for config in workshop.points] == [2, 4]


def test_a_list_has_every_point_and_trains_and_writes_nothing(sweep, read_json, workshop, tmp_path):
    arguments = ("--vary", "sae.k=2,4", "--seeds", "0,3", "--list")
    rows = read_json(*arguments)["points"]
    assert [(row["seed"], row["settings"]) for row in rows] == [
        (0, "--set sae.k=2"),
        (0, "--set sae.k=4"),
        (3, "--set sae.k=2 --seed 3"),
        (3, "--set sae.k=4 --seed 3"),
    ]
    done = sweep(*arguments)
    assert done.code == 0
    assert all(row["point"] in done.out and row["settings"] in done.out for row in rows)
    assert not workshop.bases and not any(tmp_path.iterdir())


def test_a_sample_is_a_part_of_the_points_that_its_seed_decides(read_json):
    def listed(*arguments):
        return [row["point"] for row in read_json("--vary", "sae.k=1,2,3,4,5,6,7,8", "--list", *arguments)["points"]]

    whole, some, others = listed(), listed("--sample", 4), listed("--sample", 4, "--sample-seed", 1)
    assert len(whole) == 8 and len(some) == len(others) == 4
    assert some == listed("--sample", 4, "--sample-seed", 0) != others
    assert set(some) | set(others) <= set(whole)


def test_a_grid_file_and_the_options_go_together(read_json, tmp_path):
    (tmp_path / "grid.toml").write_text("[[grid]]\nvary.sae.k = [2, 4]\n[[grid]]\nset.sae.activation = 'relu'\n")
    rows = read_json("--grid", "grid.toml", "--seeds", "1", "--set", "sae.width=16", "--list")["points"]
    assert [row["settings"] for row in rows] == [
        "--set sae.width=16 --set sae.k=2 --seed 1",
        "--set sae.width=16 --set sae.k=4 --seed 1",
        "--set sae.activation=relu --set sae.width=16 --seed 1",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--vary", "sae.k"], ["--vary", "KEY=VALUE"]),
        (["--vary", "sae.k=2,64", "--set", "sae.width=32"], ["sae.width=32, sae.k=64", "cannot be trained"]),
        (["--vary", "sae.kk=1"], ["'sae.kk'"]),
        (["--vary", "seed=1", "--seeds", "2"], ["'seed'", "twice"]),
        (["--seeds", "x"], ["seed=x"]),
        (["--set", "sae.k"], ["--set", "KEY=VALUE"]),
        (["--preset", "nope"], ["'nope'", "matryoshka"]),
        (["--grid", "nope.toml"], ["nope.toml", "does not exist"]),
        (["--sample", "0"], ["--sample", "at least 1"]),
        (["--sample", "x"], ["--sample", "'x'"]),
        (["--threads", "0"], ["--threads", "at least 1"]),
        (["--dataset", "nope"], ["'nope'", "demo"]),
        (["--out", "file"], ["file", "is a file"]),
        (["--out", "."], ["is not a sweep"]),
        (["--what"], ["--what"]),
    ],
    ids=str,
)
def test_a_mistake_is_one_line_and_nothing_is_trained(arguments, words, sweep, workshop, tmp_path):
    (tmp_path / "file").write_text("mine")
    before = everything_below(tmp_path)
    assert_is_an_error(sweep(*arguments), *words)
    assert everything_below(tmp_path) == before
    assert not workshop.bases


@pytest.mark.parametrize("missing", ["--dataset", "--out"])
def test_data_and_folder_have_to_be_given(missing, cli):
    given = {"--dataset": "demo", "--out": "out"}
    del given[missing]
    assert_is_an_error(cli(*(word for pair in given.items() for word in pair)), missing)
