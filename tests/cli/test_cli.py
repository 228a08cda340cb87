"""The command line: what is printed where, exit codes, and the documented keys of `--json`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from explorer.audit import Audit
from explorer.browse.filters import checked_filter, matching
from explorer.browse.search import search
from explorer.browse.table import neuron_table
from explorer.cli import build_parser
from explorer.config import PRESETS, describe_settings
from explorer.data import find_sources
from explorer.neurons import BASELINES
from explorer.runs import load_checkpoint, load_run, read_manifest
from explorer.runs.metrics import BASELINE_TITLES
from explorer.steering import Edit, explain, list_effect, steer, strongest_effects
from explorer.threads import use_threads
from tests.conftest import TINY
from tests.helpers import assert_is_an_error, csv, everything_below, make_format_2

COMMANDS = ("datasets", "train", "evaluate", "neurons", "runs", "steer", "glossary")
SETTINGS = [word for setting in ["sae.epochs=5", *TINY[1:]] for word in ("--set", setting)] + ["--no-maps"]
EVALUATED = {
    "dataset": {"name", "users", "items", "interactions"},
    "recommender": {"kind", "dim", "ndcg@20", "recall@20", "hit@20"},
    "sae": {
        "activation",
        "width",
        "k",
        "k_users",
        "prefix_widths",
        "l0_items",
        "l0_users",
        "ev_items",
        "ev_users",
        "dead",
    },
    "fidelity": {"rbo@30", "kendall@30", "overlap@30", "ndcg@20", "recall@20", "hit@20"},
    "purity": {"10", "20", "50"},
    "popularity": {"neuron", "mean_percentile"},
    "baselines": {"neurons", *BASELINES},
    "seconds": {"load", "recommender", "sae", "index"},
    "concepts": {
        "alive",
        "alive_share",
        "antipodal",
        "named",
        "name_holds",
        "active_items",
        "active_users",
        "held_out",
        "coverage",
    },
}
CODE = {"l0_items", "l0_users", "ev_items", "ev_users", "dead"}
once = pytest.mark.parametrize("tiny_run", ["als"], indirect=True)
"""For what does not depend on the base model."""


def test_the_module_prints_its_help_quickly_without_loading_torch():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "explorer", "--help"], capture_output=True, text=True, check=True
    )
    assert all(re.search(rf"^ +{command} ", done.stdout, re.MULTILINE) for command in COMMANDS)
    assert "argparse" in done.stderr
    assert not re.search(r"\| +(torch|lenskit)$", done.stderr, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command, cli):
    done = cli(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"explorer {command}" in done.out and "--json" in done.out


def test_the_help_of_the_program_lists_every_command():
    assert all(command in build_parser().format_help() for command in COMMANDS)


def test_the_version_is_printed(cli):
    assert re.fullmatch(r"Concept Explorer \d+\.\d+\S*\n", cli("--version").out)


def test_stopping_by_keyboard_ends_with_one_word_and_130(cli, monkeypatch):
    def stop():
        raise KeyboardInterrupt

    monkeypatch.setattr("explorer.data.find_sources", stop)
    done = cli("datasets")
    assert (done.code, done.out, done.err) == (130, "", "stopped\n")


# --- datasets


def test_datasets_lists_the_demo_and_the_folders(read_json, cli, demo_folder, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(demo_folder.parent))
    listed = read_json("datasets")
    assert listed["folder"] == str(demo_folder.parent)
    assert [tuple(row.values()) for row in listed["datasets"]] == [
        (source.name, source.kind, source.path and str(source.path)) for source in find_sources()
    ]
    assert all(row["name"] in cli("datasets").out for row in listed["datasets"])


def test_a_folder_whose_name_is_not_text_is_listed_on_a_line_of_its_own(cli, demo_folder, tmp_path, monkeypatch):
    shutil.copytree(demo_folder, tmp_path / "a\n\udcff")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    assert len(cli("datasets").out.splitlines()) == 3
    assert r"a\n\udcff" in cli("datasets").out


# --- train


@pytest.fixture
def trained(tiny_runs, monkeypatch) -> list:
    """Nothing is trained: the checkpoints that trainings would begin from."""
    starts = []

    def train(folder, start, *_, **__):
        starts.append(start())
        return tiny_runs("als")

    monkeypatch.setattr("explorer.jobs.worker.train_in_folder", train)
    return starts


@pytest.mark.slow
def test_train_writes_a_run_says_where_and_replaces_one_only_with_overwrite(cli, demo_folder, place):
    command = ("train", "--dataset", demo_folder, "--out", "new/run", *SETTINGS)
    done = cli(*command)
    assert done.code == 0, done.err
    assert str(load_run(place / "new/run").config.sae.width) in done.out
    assert "new/run" in done.out
    assert all(stage in done.err for stage in ("load", "recommender", "sae", "index", "evaluate"))
    before = everything_below(place)
    assert_is_an_error(cli(*command, "--seed", 1), "run", "--overwrite")
    assert everything_below(place) == before
    assert cli(*command, "--seed", 1, "--overwrite").code == 0
    assert read_manifest("new/run").config.seed == 1


@pytest.mark.slow
@pytest.mark.parametrize("model", ["als", "mf"])
def test_train_prints_its_numbers_as_one_object(model, read_json, demo_folder):
    printed = read_json("train", "--dataset", demo_folder, "--out", "run", "--model", model, "--seed", 5, *SETTINGS)
    manifest = read_manifest("run")
    assert printed == {"run": "run", **manifest.metrics.as_json()}
    assert (manifest.config.recommender.kind, manifest.config.seed) == (model, 5)


def test_a_preset_and_a_configuration_file_are_used_and_options_win_over_them(cli, demo_folder, place, trained):
    (place / "c.toml").write_text("seed = 3\n[sae]\nepochs = 1\nwidth = 16\n")
    files = ("--preset", "matryoshka", "--config", "c.toml")
    assert cli("train", "--dataset", demo_folder, "--out", "run", *files, *SETTINGS).code == 0
    (start,) = trained
    assert (start.source, start.config.seed) == (str(demo_folder), 3)
    assert (start.config.sae.width, start.config.sae.epochs) == (32, 5)
    assert start.config.sae.prefix_widths == "coarse"


def test_a_diverging_training_ends_with_one_line_that_says_where_its_last_good_state_is(cli, demo_folder, diverging):
    command = ("train", "--dataset", demo_folder, "--out", "new/run", "--json", *SETTINGS)
    done = cli(*command)
    reported = [line for line in done.err.splitlines() if not line.startswith("[")]  # what else is there is progress
    assert_is_an_error(
        SimpleNamespace(code=done.code, out=done.out, err="".join(f"{line}\n" for line in reported)),
        "infinite",
        "sae.learning_rate",
        "after epoch 2",
        "new/run/training/checkpoint",
    )
    assert done.err.splitlines()[-1] == reported[0]
    assert load_checkpoint("new/run").trainer().epoch == 2
    # And the same command again does not throw it away.
    before = load_checkpoint("new/run").history
    assert_is_an_error(cli(*command), "failed at", "--resume", "--overwrite")
    assert load_checkpoint("new/run").history == before


@pytest.mark.slow
def test_the_same_command_again_does_not_throw_away_what_was_learnt(cli, place, demo_folder, diverging, monkeypatch):
    run = place / "run"
    command = ("train", "--dataset", demo_folder, "--out", run, *SETTINGS)
    cli(*command)
    checkpoint = load_checkpoint(run)
    monkeypatch.undo()
    assert_is_an_error(cli(*command), "failed at", "--resume", "--overwrite")
    assert load_checkpoint(run).history == checkpoint.history
    assert cli("train", "--out", run, "--resume").code == 0
    assert load_run(run).history["epoch"].max() == 5


@pytest.mark.slow
def test_a_stopped_training_may_be_begun_anew(cli, place, demo_folder, diverging, monkeypatch):
    command = ("train", "--dataset", demo_folder, "--out", place / "run", *SETTINGS)
    cli(*command)
    monkeypatch.undo()
    assert cli(*command, "--seed", 3, "--overwrite").code == 0
    assert load_run(place / "run").config.seed == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--resume"], ["--out is missing"]),
        (["--resume", "--out", "run", "--seed", "0"], ["--seed", "--resume"]),
        (["--resume", "--out", "run", "--set", "sae.k=3"], ["--set", "--resume"]),
        (["--resume", "--out", "run", "--dataset", "demo"], ["--dataset", "--resume"]),
        (["--resume", "--out", "run"], ["run", "no checkpoint"]),
        (["--dataset", "demo", "--out", "run", "--checkpoint-every", "-1"], ["--checkpoint-every"]),
    ],
)
def test_what_does_not_go_with_resuming_is_refused(cli, place, arguments, words):
    assert_is_an_error(cli("train", *arguments), *words)
    assert not list(place.iterdir())


def test_train_lists_all_settings_and_presets(read_json, cli):
    listed = read_json("train", "--settings")
    assert [tuple(row.values()) for row in listed["settings"]] == describe_settings()
    assert [(row["preset"], (row["purpose"], row["settings"])) for row in listed["presets"]] == [
        (name, (preset.purpose, preset.settings)) for name, preset in PRESETS.items()
    ]
    lines = cli("train", "--settings").out.splitlines()
    for row in listed["settings"]:
        assert any(line.startswith(f"{row['setting']} ") for line in lines)
    for row in listed["presets"]:
        assert any(line.startswith(f"{row['preset']} ") and row["purpose"] in line for line in lines)


TRAINING = "train --dataset {data} --out out"
TRAIN_MISTAKES = {
    "no data set": ("train --out out", ["--dataset"]),
    "no target": ("train --dataset {data}", ["--out"]),
    "unknown data set": ("train --dataset nope --out out", ["nope", "demo", "folder"]),
    "folder without data": ("train --dataset . --out out", ["interactions.csv", "items.csv"]),
    "target is a file": ("train --dataset {data} --out {data}/items.csv", ["items.csv", "is a file", "give"]),
    "target below a file": ("train --dataset {data} --out {data}/items.csv/out", ["items.csv", "written"]),
    "target holds other things": ("train --dataset {data} --out {data}", ["not empty", "give another folder"]),
    "unknown setting": (f"{TRAINING} --set sae.kk=3", ["'sae.kk'", "width"]),
    "setting without a value": (f"{TRAINING} --set sae.k", ["KEY=VALUE", "sae.k=16"]),
    "setting out of range": (f"{TRAINING} --set sae.k=0", ["sae.k", "0", "at least 1"]),
    "unknown model": (f"{TRAINING} --model knn", ["'knn'", "als, mf"]),
    "unknown preset": (f"{TRAINING} --preset nope", ["'nope'", "quick, default, matryoshka, faithful, paper"]),
    "negative seed": (f"{TRAINING} --seed -1", ["seed", "-1"]),
    "seed of words": (f"{TRAINING} --seed x", ["--seed", "'x'", "--help"]),
    "no threads": (f"{TRAINING} --threads 0", ["--threads", "at least 1"]),
    "no configuration": (f"{TRAINING} --config nope.toml", ["nope.toml", "does not exist"]),
    "unknown option": (f"{TRAINING} --bogus", ["--bogus", "--help"]),
}


@pytest.mark.parametrize(("command", "words"), TRAIN_MISTAKES.values(), ids=TRAIN_MISTAKES)
def test_a_mistake_is_reported_in_one_line_before_any_training(command, words, cli, place, demo_folder, monkeypatch):
    for begins in ("explorer.jobs.journal.Journal.begin", "explorer.runs.resume_run"):
        monkeypatch.setattr(begins, lambda *_, **__: pytest.fail("training began"))
    before = everything_below(demo_folder)
    done = cli(*command.format(data=demo_folder).split())
    assert_is_an_error(done, *words)
    assert everything_below(place) == {}
    assert everything_below(demo_folder) == before


FAULTS = {
    "items.csv": (csv("item_id,title", "1,A", ",B"), "correct or remove them"),
    "interactions.csv": (csv("user_id,item_id", "1,1", "1,77"), "correct or remove them"),
}


@pytest.mark.parametrize(("file", "content", "remedy"), [(file, *fault) for file, fault in FAULTS.items()])
class TestAFaultInTheData:
    def train(self, cli, write_folder, file, content):
        good = {"interactions.csv": csv("user_id,item_id", "1,1"), "items.csv": csv("item_id,title", "1,A")}
        data = write_folder(*{**good, file: content}.values())
        return cli("train", "--dataset", data, "--out", "new/run")

    def test_is_reported_in_one_line(self, file, content, remedy, cli, write_folder):
        assert_is_an_error(self.train(cli, write_folder, file, content), file, "row 3", remedy)

    def test_leaves_nothing_behind(self, file, content, remedy, cli, write_folder, place):
        assert self.train(cli, write_folder, file, content).code == 2
        assert {path.name for path in everything_below(place)} == {"interactions.csv", "items.csv"}


def test_what_lenskit_has_to_say_about_bad_data_does_not_get_into_the_results(cli, place):
    files = {
        "ratings.csv": csv("userId,movieId,rating,timestamp", "1,1,4,8", "1,1,4,9"),
        "movies.csv": csv("movieId,title,genres", "1,Alien,Horror"),
        "tags.csv": csv("userId,movieId,tag,timestamp", "1,1,fun,9"),
    }
    for name, content in files.items():
        (place / name).write_text(content)
    done = cli("train", "--dataset", place, "--out", place / "run", "--json")
    assert (done.code, done.out) == (2, "")


# --- evaluate


@pytest.mark.parametrize("name", [pytest.param("mf", marks=pytest.mark.slow), "matryoshka"])
def test_evaluate_gives_the_documented_numbers_and_they_are_those_that_training_stored(
    name, tiny_runs, tiny_variants, read_json
):
    run = tiny_runs(name) if name == "mf" else tiny_variants(name)
    measured = read_json("evaluate", run.path)
    assert measured == json.loads((run.path / "run.json").read_text())["metrics"]
    assert set(measured) == {*EVALUATED, "levels", "level_baselines"}
    for part, keys in EVALUATED.items():
        assert keys <= set(measured[part]), part
    for depth in measured["purity"].values():
        assert {"mean", "by_genre", "base_rate", "neuron"} <= set(depth)
        assert set(depth["by_genre"]) <= set(run.dataset.genres)
    assert set(measured["purity"]["10"]["by_genre"]) == set(run.dataset.genres)
    numbers = {"directions", "measured", "significant", "purity", "auc", "ap", "ms", "popularity_spearman"}
    numbers |= {"held_out_purity", "held_out_ap", "active_items", "active_users", "rbo@30", "ndcg@20"}
    assert all(numbers <= set(baseline) for baseline in measured["baselines"].values())
    assert measured["baselines"]["neurons"]["purity"]["10"] == measured["purity"]["10"]["mean"]
    assert measured["baselines"]["raw"]["directions"] == 2 * measured["recommender"]["dim"]
    concepts = measured["concepts"]
    assert all(set(concepts[f"active_{side}"]) == {"min", "p5", "p50", "p95"} for side in ("items", "users"))
    assert set(concepts["held_out"]["purity"]) == {"10", "20"} and concepts["held_out"]["halvings"] == 20
    for found in (*concepts["held_out"]["purity"].values(), concepts["held_out"]["ap"]):
        assert set(found["by_genre"]) <= set(run.dataset.genres) and 0 <= found["mean"] <= 1 and found["sd"] >= 0
    assert set(concepts["coverage"]) == {"energy", "lift", "rbo@30", "ndcg@20"}
    own, listed = measured["baselines"]["neurons"], measured["fidelity"]
    assert own["held_out_purity"] == {k: of["mean"] for k, of in concepts["held_out"]["purity"].items()}
    assert (own["rbo@30"], own["ndcg@20"]) == (listed["rbo@30"], listed["ndcg@20"])
    assert own["active_users"] == concepts["active_users"]["p50"]
    levels = measured["levels"]
    widths = [32] if name == "mf" else [4, 8, 16, 32]
    assert [level["width"] for level in levels] == measured["sae"]["prefix_widths"] == widths
    assert all(set(level) == {"width", *measured["fidelity"], *CODE} for level in levels)
    assert levels[-1] == {"width": 32, **measured["fidelity"], **{part: measured["sae"][part] for part in CODE}}
    assert len({level["ev_items"] for level in levels}) == len(levels)


@once
def test_evaluate_without_json_prints_headlines(tiny_run, cli):
    out = cli("evaluate", tiny_run.path).out
    assert "NDCG@20" in out and tiny_run.config.recommender.kind in out
    found = tiny_run.metrics.concepts
    assert f"Coverage {found.coverage.energy:.0%}" in out
    assert f"Held-out purity@10 {found.held_out.purity[10].mean:.0%} ± {found.held_out.purity[10].sd:.0%}" in out
    assert all(f"\n{what} " in out for what in BASELINE_TITLES.values())
    assert ("mostly a rotation" in out) == (found.antipodal > 0.5)
    with pytest.raises(json.JSONDecodeError):
        json.loads(out)


@once
def test_evaluate_with_update_rewrites_a_run_of_format_2_with_what_it_prints(tiny_run, tmp_path, read_json):
    folder = make_format_2(shutil.copytree(tiny_run.path, tmp_path / "run"))
    printed = read_json("evaluate", folder, "--update")
    assert read_manifest(folder) == read_manifest(tiny_run.path)
    assert printed == json.loads((folder / "run.json").read_text())["metrics"]


# --- neurons


def test_neurons_gives_all_neurons_with_the_documented_keys(tiny_run, read_json):
    neurons = read_json("neurons", tiny_run.path)["neurons"]
    assert [neuron["id"] for neuron in neurons] == list(range(tiny_run.index.n))
    keys = {"id", "label", "density_items", "density_users", "max_activation", "ms_items", "purity", "best_ap"}
    keys |= {"named", "facets", "name_holds", "name_mass", "name_recall", "name_base_rate", "flags"}
    for neuron in neurons:
        assert set(neuron) == keys | {"top_items"}
        for item in neuron["top_items"]:
            assert set(item) == {"item_id", "title", "activation", "genres", "year"}
        for entry in neuron["purity"].values():
            assert set(entry) == {"genre", "value", "base_rate", "lift", "low", "high", "p"}
            assert 0 <= entry["low"] <= entry["value"] <= entry["high"] <= 1 and 0 <= entry["p"] <= 1
            assert entry["lift"] == pytest.approx(entry["value"] / entry["base_rate"])
        if neuron["best_ap"]:
            assert set(neuron["best_ap"]) == {"genre", "ap", "auc"}
        strengths = [item["activation"] for item in neuron["top_items"]]
        assert strengths == sorted(strengths, reverse=True) and all(strength > 0 for strength in strengths)
        assert ("10" in neuron["purity"]) == (len(strengths) == 10)
    assert any("10" in neuron["purity"] and neuron["best_ap"] and neuron["ms_items"] for neuron in neurons)


def test_neurons_for_a_genre_come_the_best_detector_first_and_the_genre_may_be_written_small(tiny_run, read_json):
    found = read_json("neurons", tiny_run.path, "--genre", "horror")["neurons"]
    best = [neuron["best_ap"] for neuron in found]
    assert found
    assert {ap["genre"] for ap in best} == {"Horror"} == {neuron["purity"]["10"]["genre"] for neuron in found}
    values = [ap["ap"] for ap in best]
    assert values == sorted(values, reverse=True)
    assert min((neuron["purity"]["10"]["value"] for neuron in found[1:]), default=1) >= 0.5


def test_neurons_says_how_many_names_hold_and_how_many_of_random_directions(tiny_run, read_json):
    printed = read_json("neurons", tiny_run.path)
    named = [neuron for neuron in printed["neurons"] if neuron["named"]]
    fires = [neuron for neuron in printed["neurons"] if neuron["density_items"] > 0]
    assert printed["names"]["named"] == pytest.approx(len(named) / len(fires))
    assert set(printed["names"]["random"]) == {"named", "holds"}
    for neuron in printed["neurons"]:
        assert (neuron["name_holds"] is not None) == neuron["named"] == (neuron["facets"] is not None)


@once
def test_top_and_limit_shorten_the_lists(tiny_run, read_json):
    found = read_json("neurons", tiny_run.path, "--top", 3, "--limit", 4)["neurons"]
    assert len(found) == 4
    assert max(len(neuron["top_items"]) for neuron in found) == 3


def test_neurons_gives_what_a_neuron_raises_and_lowers_most_where_it_is_asked_for(tiny_run, read_json, cli):
    found = read_json("neurons", tiny_run.path, "--effects", 3, "--limit", 2)["neurons"]
    for neuron in found:
        for name, tables in zip(("raises", "lowers"), strongest_effects(tiny_run, neuron["id"], 3), strict=True):
            assert [item["title"] for item in neuron[name]] == tables["title"].tolist()
            assert [item["effect"] for item in neuron[name]] == pytest.approx(tables["effect"].tolist())
            assert {tuple(item) for item in neuron[name]} == {("item_id", "title", "effect")}
    heading, row, _ = cli("neurons", tiny_run.path, "--effects", 3, "--limit", 2).out.splitlines()
    assert heading.split()[-2:] == ["raises", "lowers"]
    assert all(item["title"] in row for name in ("raises", "lowers") for item in found[0][name])


@once
def test_neurons_are_searched_filtered_and_sorted_as_on_the_page(tiny_run, read_json):
    table = neuron_table(tiny_run, Audit())
    title = tiny_run.dataset.items["title"].iloc[0]
    options = ("--search", title, "--in", "items", "--where", "density_items >= 1%", "--sort=-density_users")
    found = read_json("neurons", tiny_run.path, *options)["neurons"]
    hits = search(tiny_run, table, title, "items")
    asked = checked_filter("density_items>=0.01", "-density_users")
    expected = matching(asked, table, tiny_run, hits.neurons).tolist()
    assert [neuron["id"] for neuron in found] == expected and expected
    assert all("%" in neuron["why"] for neuron in found)


def test_neurons_are_written_as_the_page_exports_them(tiny_run, cli, tmp_path):
    for ending, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        path = tmp_path / f"neurons{ending}"
        assert cli("neurons", tiny_run.path, "--sort=-ap", "--limit", 3, "--out", path).code == 0
        written = read(path)
        assert len(written) == 3 and written["ap"].is_monotonic_decreasing


def test_neurons_without_json_prints_a_row_each(tiny_run, cli):
    assert cli("neurons", tiny_run.path, "--limit", 4).out.count("\n") == 5


# --- steer

LIST_KEYS = {"rank", "item_id", "title", "score"}


def steered_neuron(run) -> int:
    """A neuron that fires on users."""
    return int(run.index.neurons["density_users"].idxmax())


@pytest.mark.parametrize("mode", ["exact", "paper"])
def test_steer_gives_three_lists_with_the_documented_keys(mode, tiny_run, read_json):
    user = tiny_run.dataset.users["user_id"].iloc[3]
    edit = f"{steered_neuron(tiny_run)}=1"
    lists = read_json("steer", tiny_run.path, "--user", user, "--set", edit, "--mode", mode, "--top", 7)
    assert (lists["user"], lists["mode"]) == (user, mode)
    for name in ("recommender", "reconstruction", "steered"):
        assert [row["rank"] for row in lists[name]] == list(range(1, 8))
        assert all(set(row) >= LIST_KEYS for row in lists[name])
        scores = [row["score"] for row in lists[name]]
        assert scores == sorted(scores, reverse=True)
    assert all("recommender_rank" in row for row in lists["steered"])


def test_without_edits_the_exact_mode_gives_the_recommenders_list(tiny_run, read_json):
    lists = read_json("steer", tiny_run.path, "--user", 1)
    assert [row["item_id"] for row in lists["steered"]] == [row["item_id"] for row in lists["recommender"]]
    assert [row["recommender_rank"] for row in lists["steered"]] == [row["rank"] for row in lists["steered"]]


@once
def test_edits_are_applied_in_the_order_given(tiny_run, read_json):
    k = steered_neuron(tiny_run)
    values = []
    for edits in (["--set", f"{k}=2", "--scale", f"{k}=3"], ["--scale", f"{k}=3", "--set", f"{k}=2"]):
        done = read_json("steer", tiny_run.path, "--user", 1, *edits, "--unit", "activation", "--add", f"{k}=-1")
        assert [edit["action"] for edit in done["edits"]] == [edits[0][2:], edits[2][2:], "add"]
        values.append(done["edits"][-1]["activation_after"])
    assert values == [2 * 3 - 1, 2 - 1]


@once
def test_values_are_in_units_of_the_neurons_maximum_by_default(tiny_run, read_json):
    k = steered_neuron(tiny_run)
    after = [
        read_json("steer", tiny_run.path, "--user", 1, "--set", f"{k}=2", *unit)["edits"][0]["activation_after"]
        for unit in ([], ["--unit", "max"], ["--unit", "activation"])
    ]
    assert after == pytest.approx([2 * float(tiny_run.units[k])] * 2 + [2])


@once
def test_steer_without_json_prints_the_steered_list(tiny_run, cli):
    k = steered_neuron(tiny_run)
    said = cli("steer", tiny_run.path, "--user", 1, "--top", 5, "--set", f"{k}=2").out.splitlines()
    first, effect, sentence, warning, _, *rows = said
    lists = steer(tiny_run, tiny_run.dataset.user_row(1), [Edit(k, "set", 2.0)], top=5)
    assert first == "User 1, exact mode, 1 change"
    assert f"{list_effect(lists).kept} of 5 items kept" in effect
    explanation = explain(tiny_run, lists)
    assert sentence == explanation.sentence
    assert warning == f"Beyond what users have: {explanation.warnings[0]}"
    assert [title in row for title, row in zip(lists.steered["title"], rows, strict=True)] == [True] * 5


@once
def test_steer_computes_the_effect_that_the_page_shows(tiny_run, read_json):
    k = steered_neuron(tiny_run)
    done = read_json("steer", tiny_run.path, "--user", 1, "--set", f"{k}=-2")
    lists = steer(tiny_run, tiny_run.dataset.user_row(1), [Edit(k, "set", -2.0)])
    assert done["effect"] == pytest.approx(asdict(list_effect(lists)))
    explanation = explain(tiny_run, lists)
    assert done["explanation"]["sentence"] == explanation.sentence
    assert done["explanation"]["facets"] == [asdict(facet) for facet in explanation.facets]
    out = [item["item_id"] for item in done["recommender"] if item["item_id"] not in done["explanation"]["gone"]]
    assert set(out) | set(done["explanation"]["new"]) == {item["item_id"] for item in done["steered"]}


@once
def test_steer_computes_with_one_thread_as_every_command(tiny_run, cli):
    torch.set_num_threads(2)
    try:
        cli("steer", tiny_run.path, "--user", 1)
        assert torch.get_num_threads() == 1
    finally:
        use_threads()


# --- mistakes with a run

RUN_MISTAKES = {
    "no command": ("", ["COMMAND", "--help"]),
    "unknown command": ("fly", ["'fly'", "steer", "--help"]),
    "evaluate without a run": ("evaluate", ["RUN_DIR", "--help"]),
    "evaluate no folder": ("evaluate nope", ["nope", "train"]),
    "evaluate no run": ("evaluate .", ["run.json"]),
    "neurons no folder": ("neurons nope", ["nope", "train"]),
    "neurons top 0": ("neurons {run} --top 0", ["--top 0", "at least 1"]),
    "neurons top too long": ("neurons {run} --top 100000", ["--top 100000", "50"]),
    "neurons top of words": ("neurons {run} --top x", ["--top", "'x'"]),
    "neurons effects 0": ("neurons {run} --effects 0", ["--effects 0", "at least 1"]),
    "neurons limit 0": ("neurons {run} --limit 0", ["--limit 0", "at least 1"]),
    "neurons unknown condition": ("neurons {run} --where beauty>=1", ["beauty", "ap"]),
    "neurons unknown order": ("neurons {run} --sort beauty", ["beauty", "ap"]),
    "neurons unknown place": ("neurons {run} --search x --in attic", ["attic", "items"]),
    "neurons unknown ending": ("neurons {run} --out x.doc", ["x.doc", ".csv"]),
    "neurons genre and search": ("neurons {run} --genre Horror --search x", ["--genre", "--where"]),
    "neurons unknown genre": ("neurons {run} --genre Polka", ["'Polka'", "Horror", "Slasher"]),
    "steer no folder": ("steer nope --user 1", ["nope", "train"]),
    "steer without a user": ("steer {run}", ["--user", "--help"]),
    "steer unknown user": ("steer {run} --user nobody", ["'nobody'", "look like 1, 2, 3"]),
    "steer unknown neuron": ("steer {run} --user 1 --set 9999=1", ["9999", "0 to 31"]),
    "steer neuron of words": ("steer {run} --user 1 --set Horror=1", ["Horror", "0 to 31"]),
    "steer without a value": ("steer {run} --user 1 --add 3", ["--add 3", "NEURON=VALUE", "--add 17=0.5"]),
    "steer value of words": ("steer {run} --user 1 --scale 3=much", ["--scale 3=much", "NEURON=VALUE"]),
    "steer value nan": ("steer {run} --user 1 --set 3=nan", ["nan", "neuron 3", "finite"]),
    "steer value infinite": ("steer {run} --user 1 --scale 3=inf", ["inf", "neuron 3", "finite"]),
    "steer value too large": ("steer {run} --user 1 --set 3=1e300", ["neuron 3"]),
    "steer unknown mode": ("steer {run} --user 1 --mode magic", ["--mode", "'magic'", "exact", "paper"]),
    "steer unknown unit": ("steer {run} --user 1 --unit metre", ["--unit", "'metre'", "max", "activation"]),
    "steer top 0": ("steer {run} --user 1 --top 0", ["is 0", "must be at least 1"]),
}


@once
@pytest.mark.parametrize(("command", "words"), RUN_MISTAKES.values(), ids=RUN_MISTAKES)
def test_a_mistake_is_reported_in_one_line_that_names_the_remedy(command, words, tiny_run, cli, place):
    before = everything_below(tiny_run.path)
    for more in ([], ["--json"]):
        assert_is_an_error(cli(*command.format(run=tiny_run.path).split(), *more), *words)
    assert everything_below(place) == {}
    assert everything_below(tiny_run.path) == before
