"""Concepts and presets on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.audit import Audit
from explorer.browse.families import families
from explorer.browse.headline import headline_sentence
from explorer.browse.overview import PARTS, dictionary_parts
from explorer.browse.try_it import try_it
from explorer.runs import Run, load_run
from explorer.steering import (
    ConceptEdit,
    Edit,
    PersonScores,
    built_in_presets,
    concepts_of,
    person_of,
    preset_edits,
    steer,
    usual_range,
)
from explorer.steering.preset_file import presets_content, save_preset

USER = 7


@pytest.fixture(scope="module")
def demo() -> Run:
    return load_run(Path(__file__).parents[2] / "assets" / "demo-run")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))


def expected(run: Run, *edits) -> list:
    return steer(run, run.dataset.user_row(USER), edits).steered["item_id"].tolist()


def ids(said: dict) -> list:
    return [row["item_id"] for row in said["steered"]]


def test_concepts_lists_every_concept_with_its_neurons_and_what_it_moves(demo, read_json):
    said = read_json("concepts", demo.path, "--top", 2)
    assert [one["name"] for one in said["concepts"]] == list(concepts_of(demo))
    for one in said["concepts"]:
        concept = concepts_of(demo)[one["name"]]
        assert [member["neuron"] for member in one["neurons"]] == list(concept.neurons)
        assert [member["weight"] for member in one["neurons"]] == pytest.approx(concept.weights.tolist())
        assert one["usual"] == pytest.approx(usual_range(demo, concept))
        assert len(one["top_items"]) == 2
    assert "Horror" in next(one for one in said["concepts"] if one["name"] == "Horror")["raises"]
    assert [one["name"] for one in said["presets"]] == [preset.name for preset in built_in_presets(demo)]


def test_concepts_without_json_prints_a_row_each(demo, cli):
    lines = cli("concepts", demo.path).out.splitlines()
    assert len(lines) == 1 + len(concepts_of(demo)) + 2 + len(built_in_presets(demo))


def test_a_run_without_concepts_lists_none(tiny_variants, read_json, cli):
    run = tiny_variants("relu-no-genres")
    assert {one["name"] for one in read_json("concepts", run.path)["concepts"]} == set(concepts_of(run))
    assert "preset" in cli("concepts", run.path).out


def test_a_concept_is_set_whatever_its_case(demo, read_json):
    said = read_json("steer", demo.path, "--user", USER, "--concept", "horror=1.2")
    assert ids(said) == expected(demo, ConceptEdit("Horror", 1.2))
    (edit,) = said["edits"]
    concept = concepts_of(demo)["Horror"]
    assert (edit["concept"], edit["action"], edit["value"]) == ("Horror", "set", 1.2)
    assert [member["neuron"] for member in edit["neurons"]] == list(concept.neurons)
    units = [member["activation_after"] / demo.units[member["neuron"]] for member in edit["neurons"]]
    assert sum(w * unit for w, unit in zip(concept.weights, units, strict=True)) / concept.strongest == pytest.approx(
        1.2
    )


def test_concepts_and_neurons_are_set_together_and_the_last_value_of_a_concept_counts(demo, read_json):
    options = ["--concept", "Horror=1", "--set", "4=0.3", "--concept", "Horror=0.5", "--concept", "Comedy=-0.5"]
    said = read_json("steer", demo.path, "--user", USER, *options)
    edits = [Edit(4, "set", 0.3), ConceptEdit("Horror", 0.5), ConceptEdit("Comedy", -0.5)]
    assert ids(said) == expected(demo, *edits)
    assert [edit.get("concept", edit.get("neuron")) for edit in said["edits"]] == [4, "Horror", "Comedy"]


def test_a_preset_does_what_it_does_on_the_page(demo, read_json):
    scores = PersonScores(demo, person_of(demo, demo.dataset.user_row(USER)))
    said = read_json("steer", demo.path, "--user", USER, "--preset", "less-popular")
    assert ids(said) == expected(demo, *preset_edits(scores, "Less popular")) != expected(demo)


def test_a_preset_of_ones_own_is_found_beside_the_runs_or_in_a_file(demo, read_json, tmp_path):
    save_preset(demo, "Mine", [ConceptEdit("Horror", 0.7)])
    said = read_json("steer", demo.path, "--user", USER, "--preset", "mine")
    assert ids(said) == expected(demo, ConceptEdit("Horror", 0.7))
    assert {"name": "Mine", "about": "Horror at 0.7", "own": True} in read_json("concepts", demo.path)["presets"]
    file = tmp_path / "theirs.json"
    file.write_bytes(presets_content(demo, {"Theirs": [Edit(4, "set", 0.9)]}))
    said = read_json("steer", demo.path, "--user", USER, "--preset", "Theirs", "--presets", file)
    assert ids(said) == expected(demo, Edit(4, "set", 0.9))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--concept", "Horror"], ["NAME=VALUE", "Horror=0.5"]),
        (["--concept", "Horror=x"], ["NAME=VALUE"]),
        (["--concept", "Opera=1"], ["no concept", "Opera", "Adventure"]),
        (["--concept", "Horror=nan"], ["Horror", "finite"]),
        (["--concept", "Horror=1e308"], ["Horror", "beyond"]),
        (["--preset", "Nothing"], ["no preset 'Nothing'", "“Older”"]),
        (["--preset", "Older", "--presets", "nope.json"], ["no file nope.json"]),
    ],
)
def test_what_is_wrong_is_one_line(demo, cli, options, words):
    done = cli("steer", demo.path, "--user", USER, *options)
    said = done.err
    assert done.code == 2
    assert said.count("\n") == 1
    assert all(word in said for word in words), said


def test_families_are_those_of_the_start_page_with_a_change_to_try(demo, read_json, cli):
    said = read_json("concepts", demo.path, "--families", "--top", 2)
    found = families(demo, Audit())
    assert said["sentence"] == headline_sentence(demo, dictionary_parts(demo, Audit()), Audit())
    assert [(one["name"], one["kind"], len(one["concepts"])) for one in said["families"]] == [
        (family.name, family.kind, len(family.members)) for family in found.shown
    ]
    first = said["families"][0]["concepts"][0]
    assert first["neuron"] == found.shown[0].lead.neuron and len(first["top_items"]) == 2
    assert first["try"]["changed"] == try_it(demo, first["neuron"]).changed
    assert [part["part"] for part in said["parts"]] == list(PARTS)
    lines = cli("concepts", demo.path, "--families").out.splitlines()
    assert lines[0] == said["sentence"] and len(lines) == 2 + len(found.shown)
