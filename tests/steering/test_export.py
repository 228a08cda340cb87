"""What is exported makes the same list again."""

from __future__ import annotations

import io
import json
import shlex
from dataclasses import replace

import pandas as pd
import pytest

from explorer.cli import build_parser
from explorer.people import fold_in
from explorer.steering import ConceptEdit, Edit, Hide, PersonScores, concepts_of, person_of, steer
from explorer.steering.export import command_line, export_csv, export_json, export_python, read_export
from explorer.steering.setting import Setting
from tests.helpers import refused

STRANGE = '=cmd("x"); <img src=x onerror=alert(1)> $(y) \' "'


@pytest.fixture
def run(tiny_runs):
    return tiny_runs("als")


@pytest.fixture
def setting(run) -> Setting:
    concept = next(iter(concepts_of(run)))
    return Setting(
        edits=(Edit(3, "set", 1.1), Edit(17, "set", -0.3), ConceptEdit(concept, 0.7)),
        mode="paper",
        hide=(Hide(2), Hide(5, 0.75)),
        top=7,
    )


@pytest.fixture(params=["user", "new person"])
def scores(run, request) -> PersonScores:
    return PersonScores(run, person_of(run, 11) if request.param == "user" else fold_in(run, [3, 5, 8]))


def lists_of(run, scores, setting):
    return steer(run, scores, setting.edits, setting.mode, setting.top, setting.hide)


def test_json_is_read_back_as_the_setting_it_was_made_with(run, scores, setting, tmp_path):
    lists = lists_of(run, scores, setting)
    (tmp_path / "x.json").write_bytes(export_json(run, lists, setting))
    read = read_export(run, tmp_path / "x.json")
    assert (read.setting, read.problems) == (setting, ())
    record = json.loads((tmp_path / "x.json").read_text())
    assert [row["item_id"] for row in record["steered"]] == lists.steered["item_id"].tolist()
    assert record["person"] == ({"user_id": lists.user_id} if lists.user is not None else {"likes": likes(run, lists)})


def likes(run, lists) -> list:
    return run.dataset.items["item_id"].iloc[lists.person.seen].tolist()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"{}", b"[" * 100_000, b'{"format": "presets"}'])
def test_a_broken_or_foreign_file_is_refused_in_a_sentence(run, tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with refused("x.json", "not a steered list"):
        read_export(run, tmp_path / "x.json")


def test_a_file_of_another_run_or_version_or_no_file_is_refused(run, tiny_runs, setting, tmp_path):
    lists = lists_of(run, PersonScores(run, person_of(run, 0)), setting)
    (tmp_path / "x.json").write_bytes(export_json(run, lists, setting))
    with refused("another run", run.name):
        read_export(tiny_runs("mf"), tmp_path / "x.json")
    record = json.loads((tmp_path / "x.json").read_text())
    (tmp_path / "x.json").write_text(json.dumps({**record, "version": 2}))
    with refused("another version"):
        read_export(run, tmp_path / "x.json")
    with refused("cannot be read"):
        read_export(run, tmp_path / "nothing.json")


def test_csv_has_the_changes_in_every_row_and_runs_nothing_in_a_spreadsheet(run, setting):
    items = run.dataset.items.assign(title=STRANGE)
    strange = replace(run, dataset=replace(run.dataset, items=items))
    lists = lists_of(strange, PersonScores(strange, person_of(strange, 11)), setting)
    content = io.BytesIO(export_csv(strange, lists, setting))
    table = pd.read_csv(content, float_precision="round_trip")
    assert table["item_id"].astype(str).tolist() == lists.steered["item_id"].astype(str).tolist()
    assert table["score"].tolist() == lists.steered["score"].tolist()
    assert set(table["edits"]) == {f"3:1.1,17:-0.3,{setting.edits[2].concept}:0.7"}
    assert set(table["mode"]) == {"paper"} and set(table["user_id"].astype(str)) == {str(lists.user_id)}
    assert set(table["title"]) == {"'" + STRANGE}


def test_the_lines_of_python_make_the_same_list(run, scores, setting, capsys):
    exec(compile(export_python(run, scores.person, setting), "lines", "exec"), {})
    printed = capsys.readouterr().out.splitlines()[1:]
    expected = lists_of(run, scores, setting).steered
    assert [line.split()[0] for line in printed] == expected["rank"].astype(str).tolist()
    assert all(title in line for title, line in zip(expected["title"], printed, strict=True))


def test_python_and_command_take_ids_and_names_for_text(run, setting):
    concept = 'Noir"; import os #'
    strange = replace(setting, edits=(ConceptEdit(concept, 1.0),))
    person = replace(person_of(run, 1), user_id=STRANGE)
    assert repr(STRANGE) in export_python(run, person, strange)
    options = build_parser().parse_args(shlex.split(command_line(run, person, strange))[3:])
    assert (options.user, options.edits) == (STRANGE, [("concept", f"{concept}=1.0")])


def test_the_command_makes_the_same_list(run, scores, setting, capsys):
    from explorer.cli import main

    words = shlex.split(command_line(run, scores.person, setting))
    assert main([*words[3:], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    expected = lists_of(run, scores, setting).steered
    assert [row["item_id"] for row in told["steered"]] == expected["item_id"].tolist()
    assert [row["score"] for row in told["steered"]] == expected["score"].tolist()
