"""The Hierarchy page, level by level: the lists, sentences and curves are those of the package."""

from __future__ import annotations

import json

import pytest

from explorer.hierarchy.level_fidelity import fidelity_sentences
from explorer.runs import save_run
from explorer.steering import level_lists
from explorer.steering.level_words import level_sentences
from tests.pages.conftest import assert_sound

PAGE = "pages/Hierarchy.py"


@pytest.fixture
def run(tiny_variants, runs_folder):
    return save_run(tiny_variants("nested"), runs_folder / "levels")


def columns(at) -> list[dict]:
    found = (one.proto for one in at.main.get("bidi_component"))
    return next(json.loads(one.json) for one in found if one.component_name == "explorer_level_lists")["columns"]


def test_the_lists_of_the_user_in_the_address_stand_beside_each_other_as_far_as_levels_are_shown(app, run):
    user = str(run.dataset.users["user_id"].iloc[17])
    at = app(PAGE, run="levels", view="levels", user=user)
    assert_sound(at)
    lists = level_lists(run, 17)
    own, *levels = columns(at)
    assert [item["row"] for item in own["items"]] == lists.recommender["row"].tolist()
    for shown, level in zip(levels, lists.levels, strict=True):
        assert [item["row"] for item in shown["items"]] == level.table["row"].tolist()
        assert [item["row"] for item in shown["lost"]] == level.lost["row"].tolist()
        assert [item["new"] for item in shown["items"]] == level.table["new"].tolist()
        brought = [item["concept"]["neuron"] for item in shown["items"] if item["concept"]]
        assert brought == level.table.query("concept >= 0 and (new or @level.number == 1)")["concept"].tolist()
        assert f"user={user}" in shown["items"][0]["href"]
    labels = run.index.neurons["label"].tolist()
    assert [one["sentence"] for one in levels] == level_sentences(lists, labels, run.dataset.nouns)
    captions = " ".join(caption.value for caption in at.caption)
    assert fidelity_sentences(run.metrics)[0].split("@")[0] in captions
    at = app(PAGE, run="levels", view="levels", user=user, levels="1")
    assert_sound(at)
    assert [column["title"] for column in columns(at)] == ["Recommender", "Level 1"]


def test_a_user_who_is_not_there_is_said_and_another_one_shown(app, run):
    at = app(PAGE, run="levels", view="levels", user="nobody")
    assert not at.exception
    assert any("no user" in warning.value and "nobody" in warning.value for warning in at.warning)
    assert len(columns(at)) == 3


def test_one_level_is_a_sentence(app, tiny_runs, runs_folder):
    save_run(tiny_runs("ncf"), runs_folder / "flat")
    at = app(PAGE, run="flat", view="levels")
    assert not at.exception and not at.error
    assert any("one level" in info.value for info in at.info)
