"""`items`, and `people` with what explains a score: what the library finds, in the same words."""

from __future__ import annotations

import pytest

from explorer.browse.audience import audience_of, likeliest_user
from explorer.browse.items import item_facts, item_neurons, nearest_items
from explorer.browse.users import recommended
from explorer.browse.waterfall import waterfall
from explorer.experiments.items import Exposure, find_items
from explorer.steering import person_of
from tests.helpers import assert_is_an_error

ROW = 60


def test_an_item_is_listed_with_neurons_neighbours_audience_and_a_score_that_adds_up(tiny_run, read_json, cli):
    item_id, nouns = tiny_run.dataset.items["item_id"][ROW], tiny_run.dataset.nouns
    done = read_json("items", tiny_run.path, "--item", item_id)
    assert done["item"]["sentence"] == item_facts(tiny_run, ROW).sentence
    assert [one["neuron"] for one in done["neurons"]] == item_neurons(tiny_run, ROW)["neuron"].tolist()
    assert [one["item_id"] for one in done["nearest"]] == nearest_items(tiny_run, ROW)["item_id"].tolist()
    assert done["audience"]["sentence"] == audience_of(tiny_run, Exposure(tiny_run), ROW).sentence(nouns)
    user = likeliest_user(tiny_run, ROW)
    score = done["score"]
    assert score["user"] == tiny_run.dataset.users["user_id"][user]
    assert score["sentence"] == waterfall(tiny_run, user, ROW).sentence(nouns)
    assert sum(part["value"] for part in score["parts"]) == pytest.approx(score["score"], rel=1e-4)
    said = cli("items", tiny_run.path, "--item", item_id).out
    assert done["item"]["sentence"] in said and score["sentence"] in said and done["nearest"][0]["title"] in said


def test_the_score_is_that_of_the_user_who_is_asked_for_from_both_sides(tiny_run, read_json, cli):
    item_id, user = tiny_run.dataset.items["item_id"][ROW], tiny_run.dataset.users["user_id"][5]
    done = read_json("items", tiny_run.path, "--item", item_id, "--user", user)["score"]
    mirrored = read_json("people", tiny_run.path, "--user", user, "--item", item_id)
    assert done == mirrored["score"] and done["user"] == user
    listed = recommended(tiny_run, person_of(tiny_run, 5))
    assert [one["item_id"] for one in mirrored["recommended"]] == listed["item_id"].tolist()
    assert [one["why"] for one in mirrored["recommended"]] == listed["why"].tolist()
    assert len(mirrored["similar"]) == 10 and mirrored["neurons"]
    said = cli("people", tiny_run.path, "--user", user, "--item", item_id).out
    assert done["sentence"] in said and listed["title"][0] in said


def test_titles_are_searched_as_everywhere(tiny_run, read_json, cli):
    word = tiny_run.dataset.items["title"][ROW].split()[-1]
    rows = find_items(tiny_run, word, 3)
    done = read_json("items", tiny_run.path, "--search", word, "--limit", 3)["items"]
    assert [one["item_id"] for one in done] == tiny_run.dataset.items["item_id"].iloc[rows].tolist()
    most = tiny_run.dataset.items["title"].iloc[find_items(tiny_run, "", 1)[0]]
    assert most in cli("items", tiny_run.path).out


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("items", ["--item", "zzz"], ["'zzz'"]),
        ("items", ["--item", "5", "--user", "nobody"], ["'nobody'"]),
        ("items", ["--user", "5"], ["--user", "--item"]),
        ("items", ["--limit", "0"], ["--limit 0"]),
        ("items", ["--search", "zzz"], ["'zzz'"]),
        ("items", ["--search", "a", "--item", "5"], ["not allowed"]),
        ("people", ["--item", "5"], ["--item", "--user"]),
        ("people", ["--user", "5", "--item", "zzz"], ["'zzz'"]),
    ],
)
def test_mistakes_about_items_are_one_line(tiny_run, cli, command, options, words):
    assert_is_an_error(cli(command, tiny_run.path, *options), *words)
