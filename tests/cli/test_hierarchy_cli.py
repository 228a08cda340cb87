"""`hierarchy`, `maps` and `train --maps` on the command line: what is printed where, exit codes, keys of `--json`."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pytest

import explorer.maps
from explorer.data import demo
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import evidence, repeats, trend_sentences, with_parent
from explorer.hierarchy.hierarchy import ONE_LEVEL
from explorer.hierarchy.split import split_of
from explorer.hierarchy.store import load_hierarchy
from explorer.jobs import drawing as drawing_job
from explorer.maps import MAP_KINDS, load_map
from explorer.runs import load_run, save_run
from explorer.threads import use_threads
from tests.helpers import assert_is_an_error, everything_below

pytestmark = pytest.mark.slow

HIERARCHY = {
    *("run", "levels", "trends", "alone", "with_parent", "chance", "edges", "flags", "orphans", "reason", "recovery")
}
LEVEL = {
    *("level", "width", "neurons", "living", "density_items", "density_users", "popularity", "breadth"),
    *("breadth_random", "breadth_50", "breadth_50_random", "purity", "year_spread"),
    *("rbo@30", "ndcg@20", "recall@20", "ev_items", "ev_users", "l0_items", "l0_users"),
}
EDGE = {"child", "parent", "level", "parent_level", "is_edge", "score", "null_99", "strength", "confidence"}
FLAG = {"neuron", "level", "living", "parent", "children", "orphan", "split", "absorbs"}
MAP = {"kind", "method", "parameters", "trustworthiness", "trustworthiness_pca", "explained"}


@pytest.fixture(autouse=True)
def one_thread_again():
    """Commands that are run in this process set the threads of all that comes after."""
    yield
    use_threads()


@pytest.fixture
def levelled(tiny_variants):
    return tiny_variants("matryoshka")


@pytest.fixture
def copied(levelled, tmp_path):
    """A run without maps, to be written to."""
    return shutil.copytree(levelled.path, tmp_path / "run")


@pytest.fixture
def by_pca(monkeypatch) -> list[str]:
    """Maps are made by PCA, at once; returns the kinds and seeds that were asked for."""
    asked, make_map = [], explorer.maps.make_map

    def make(run, kind, method, seed, progress):
        asked.append((kind, seed))
        progress("map", 1.0, "all points")
        return make_map(run, kind, "pca", seed)

    monkeypatch.setattr("explorer.maps.make_map", make)
    monkeypatch.setattr("explorer.threads.drawing_processes", lambda: 1)  # in another process nothing is replaced
    return asked


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("hierarchy", ["--neuron", "--json"]),
        ("maps", ["--kind", "--seed", "--jobs", "--show", "--background", "--json", *MAP_KINDS]),
    ],
)
def test_the_help_mentions_every_option(command, options, cli):
    done = cli(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"explorer {command}" in done.out and all(option in done.out for option in options)
    assert f" {command} " in cli("--help").out


# --- hierarchy


def test_the_hierarchy_is_one_object_with_the_numbers_of_the_package(read_json, levelled):
    printed, found = read_json("hierarchy", levelled.path), Hierarchy.from_run(levelled)
    assert printed.keys() == HIERARCHY
    assert printed["run"] == str(levelled.path) and printed["recovery"] is None
    assert printed["reason"] == found.reason and printed["orphans"] == found.orphans()
    assert [level.keys() for level in printed["levels"]] == [LEVEL] * 4
    assert [level["width"] for level in printed["levels"]] == list(found.levels)
    assert [row["measure"] for row in printed["trends"]] == ["popularity", "breadth", "breadth_50"]
    edges = [(edge["child"], edge["parent"]) for edge in printed["edges"]]
    assert edges == list(found.edges[["child", "parent"]].itertuples(index=False, name=None)) and edges
    assert all(edge.keys() >= EDGE and edge["is_edge"] is True for edge in printed["edges"])
    assert [flag["neuron"] for flag in printed["flags"]] == list(range(32))
    assert printed["with_parent"] == found.with_parent._asdict() and printed["alone"] is levelled.sae.levels_stand_alone
    assert [row["level"] for row in printed["chance"]] == [2, 3, 4]
    assert all(flag.keys() >= FLAG for flag in printed["flags"])


def test_a_run_of_one_level_has_no_tree_and_no_trends_and_says_in_a_sentence_what_to_do(read_json, cli, tiny_variants):
    path = tiny_variants("topk-no-years").path
    printed = read_json("hierarchy", path)
    assert printed.keys() == HIERARCHY
    assert printed["reason"] == ONE_LEVEL and "train with the preset" in ONE_LEVEL
    assert printed["edges"] == printed["trends"] == printed["orphans"] == [] and len(printed["levels"]) == 1
    done = cli("hierarchy", path)
    assert done.code == 0
    header, level, reason = done.out.splitlines()
    assert (header.split()[0], level.split()[0], reason) == ("level", "1", ONE_LEVEL)


def test_the_place_of_one_neuron_is_shown_with_the_evidence(read_json, cli, levelled, tiny_variants):
    found, labels = Hierarchy.from_run(levelled), levelled.index.neurons["label"]
    edge, root = found.edges.iloc[0], found.roots()[0]
    child, parent = int(edge["child"]), int(edge["parent"])
    place = read_json("hierarchy", levelled.path, "--neuron", child)
    assert (place["neuron"], place["parent"], place["why_no_parent"]) == (child, parent, None)
    assert place["children"] == found.children_of(child) and place["evidence"] == evidence(found, child)
    lines = cli("hierarchy", levelled.path, "--neuron", child).out.splitlines()
    assert lines[0].startswith(f"{child} {labels[child]}") and lines[1] == f"parent: {parent} {labels[parent]}"
    assert f"Neuron {parent} is its parent." in lines
    assert "first level" in cli("hierarchy", levelled.path, "--neuron", root).out.splitlines()[1]
    assert ONE_LEVEL in cli("hierarchy", tiny_variants("topk-no-years").path, "--neuron", 3).out
    assert_is_an_error(cli("hierarchy", levelled.path, "--neuron", 99), "no neuron 99")


def test_how_a_concept_splits_is_what_the_page_says(read_json, cli, levelled):
    found = Hierarchy.from_run(levelled)
    parent = next(iter(found.families()))
    split = split_of(levelled, found, parent)
    printed = read_json("hierarchy", levelled.path, "--concept", parent)
    assert (printed["neuron"], printed["sentence"]) == (parent, split.sentence)
    assert [child["neuron"] for child in printed["children"]] == [child.neuron for child in split.children]
    assert sum(child["share"] for child in printed["children"]) + printed["stays"] == pytest.approx(1)
    done = cli("hierarchy", levelled.path, "--concept", levelled.index.neurons["label"].iloc[parent])
    assert done.out.splitlines()[0] == split.sentence and all(child.name in done.out for child in split.children)
    assert_is_an_error(cli("hierarchy", levelled.path, "--concept", "no such concept"), "No concept", "no such concept")


def test_the_hierarchy_is_printed_as_levels_trends_and_a_tree(cli, levelled):
    done, found = cli("hierarchy", levelled.path), Hierarchy.from_run(levelled)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].split()[:3] == ["level", "width", "living"] and lines[0].split()[-2:] == ["rbo@30", "ndcg@20"]
    assert [line.split()[:2] for line in lines[1:5]] == [["1", "4"], ["2", "8"], ["3", "16"], ["4", "32"]]
    trends = trend_sentences(found, levelled.dataset.nouns)
    assert lines[5 : 5 + len(trends)] == trends != []
    shares, *said = lines[5 + len(trends) :]
    repeated = [repeats(found)] if repeats(found) else []
    assert said[: len(repeated)] == repeated
    summary, *tree = said[len(repeated) :]
    assert shares.startswith(with_parent(found)) and "of random directions" in shares
    assert f"{len(found.edges)} of " in summary and f"{len(found.orphans())} have none" in summary
    labels = levelled.index.neurons["label"]
    for neuron in [*found.roots(), *found.edges["child"], *found.orphans()]:
        (line,) = (line for line in tree if line.split()[0] == str(neuron))
        depth = len(found.path(neuron)) - (found.path(neuron)[0] in found.roots())
        assert line == f"{'  ' * depth}{neuron} {labels[neuron]}"
    assert sum(line.startswith("no parent: ") for line in tree) == len(found.orphans())
    assert len(tree) == int(found.flags["living"].sum()) + len(found.orphans())


def test_where_the_tree_is_known_the_recovery_is_told(cli, read_json, levelled, monkeypatch):
    known = replace(levelled, dataset=replace(levelled.dataset, genre_parents=demo.genre_parents()))
    monkeypatch.setattr("explorer.audit.open_run", lambda folder: known)
    recovered = read_json("hierarchy", "any")["recovery"]
    assert recovered.keys() == {*("right", "wrong", "unjudged", "precision", "recall", "possible", "strict_precision")}
    assert "planted tree: precision " in cli("hierarchy", "any").out


@pytest.mark.parametrize("command", ["hierarchy", "maps"])
def test_a_folder_that_is_not_a_run_is_a_mistake(command, cli, tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "nothing"):
        assert_is_an_error(cli(command, folder), folder)
        assert_is_an_error(cli(command, folder, "--json"), folder)
    assert_is_an_error(cli(command), "RUN_DIR")
    assert set(everything_below(tmp_path)) == {tmp_path / "empty"}


# --- maps


def test_maps_are_drawn_added_and_described_as_one_object(read_json, by_pca, copied):
    printed = read_json("maps", copied, "--seed", 5)
    assert printed.keys() == {"run", "maps"} and printed["run"] == str(copied)
    assert by_pca == [(kind, 5) for kind in MAP_KINDS]
    assert [about["kind"] for about in printed["maps"]] == list(MAP_KINDS)
    for about in printed["maps"]:
        assert about.keys() == MAP
        assert about == load_map(copied, about["kind"])[0].about()
    assert load_hierarchy(copied) is not None


def test_maps_are_described_in_a_line_each_with_progress_on_stderr(cli, by_pca, copied):
    done = cli("maps", copied)
    assert done.out.splitlines() == [f"{load_map(copied, kind)[0].describe()}." for kind in MAP_KINDS]
    assert all(f"map of {kind} 100%" in done.err for kind in MAP_KINDS)


def test_a_kind_may_be_chosen_more_than_once(read_json, by_pca, copied):
    printed = read_json("maps", copied, "--kind", "together", "--kind", "items", "--kind", "together")
    assert [about["kind"] for about in printed["maps"]] == [kind for kind, _ in by_pca] == ["together", "items"]


def test_a_map_is_written_as_a_page_and_one_that_is_stored_is_not_computed_again(
    cli, read_json, by_pca, copied, tmp_path
):
    page = tmp_path / "map.html"
    for number in range(2):
        done = read_json(
            "maps", copied, "--kind", "items", "--html", page, "--colour", "activation", "--neuron", number
        )
        assert done["map"] == load_map(copied, "items")[0].about()
        (data,) = re.findall(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
        assert json.loads(data)["chosen"] == number and json.loads(data)["colours"]["by"] == "activation"
    assert len(by_pca) == 1
    for wrong in ([], ["--kind", "items", "--kind", "neurons"], ["--kind", "items", "--colour", "purity"]):
        assert_is_an_error(cli("maps", copied, "--html", page, *wrong))


def test_in_the_background_nothing_is_said_of_progress(cli, by_pca, copied, monkeypatch):
    calm = []
    monkeypatch.setattr(drawing_job, "lower_priority", lambda: calm.append(1))
    done = cli("maps", copied, "--background")
    assert (done.code, done.err) == (0, "") and calm


@pytest.mark.parametrize("arguments", [["--kind", "films"], ["--seed", "x"], ["--what"]], ids=str)
def test_a_wrong_option_is_a_mistake_and_nothing_is_drawn(arguments, cli, by_pca, copied):
    assert_is_an_error(cli("maps", copied, *arguments), arguments[0])
    assert by_pca == [] and not (copied / "maps").exists()


# --- train --maps


@pytest.fixture
def asked(monkeypatch) -> list[tuple]:
    """Maps are not drawn, only noted, with what the run is at that time."""
    calls = []

    def draw_maps(folder, kinds, seed, progress, jobs):
        calls.append((folder, kinds, seed, load_run(folder).sae.n))

    monkeypatch.setattr(drawing_job, "draw_maps", draw_maps)
    return calls


@pytest.fixture
def trained(monkeypatch, levelled) -> None:
    """Nothing is trained; a run that was trained before is written in its place."""

    def train_in_folder(folder, start, overwrite, *_, **__):
        start()
        return save_run(levelled, folder, overwrite)

    monkeypatch.setattr("explorer.jobs.worker.train_in_folder", train_in_folder)


def test_a_training_draws_its_maps_once_when_the_run_is_there_unless_told_not_to(
    cli, asked, trained, levelled, demo_folder
):
    command = ("train", "--dataset", demo_folder, "--out", "new")
    assert cli(*command, "--no-maps").code == 0
    assert_is_an_error(cli(*command), "--overwrite")
    assert asked == []
    done = cli(*command, "--overwrite")
    assert done.code == 0, done.err
    assert [(str(folder), *rest) for folder, *rest in asked] == [("new", None, levelled.config.seed, 32)]
    assert done.out.endswith("Run written to new\n")
