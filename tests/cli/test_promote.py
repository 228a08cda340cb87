"""`promote` prints what the library finds, and `steer --hide` what it hides."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.experiments import cohort_of
from explorer.experiments.items import Exposure, item_sweep, promote, reach_sentence
from explorer.steering import Edit, hidden_items, steer
from tests.helpers import assert_is_an_error


def test_promote_prints_whom_the_item_reaches_before_and_after(tiny_run, read_json):
    item = tiny_run.dataset.items["item_id"][60]
    told = read_json("promote", tiny_run.path, "--item", item, "--set", "5=1.5", "--set", "2=-0.5", "--top", 10)
    found = promote(Exposure(tiny_run, 10), 60, [Edit(5, "set", 1.5), Edit(2, "set", -0.5)])
    assert told["item"] == {"item_id": item, "title": tiny_run.dataset.items["title"][60]}
    assert [(edit["neuron"], edit["after"]) for edit in told["edits"]] == [(2, -0.5), (5, 1.5)]
    assert (told["users"]["before"], told["users"]["after"]) == found.reached
    assert (told["share"]["before"], told["share"]["after"]) == found.share
    assert (told["median_rank"]["before"], told["median_rank"]["after"]) == found.median_rank
    assert (told["gained"], told["lost"]) == (found.gained.sum(), found.lost.sum())
    assert [row["users"] for row in told["displaced"]] == found.displaced["users"].tolist()
    assert told["sentence"] == reach_sentence(found)
    assert told["audience"] == {
        "rule": "all",
        "users": 200,
        "counted": 200 - found.seen,
        "seen": found.seen,
        "sample": False,
    }
    assert told["best_neurons"] == [] and told["sweep"] is None


def test_promote_asks_an_audience_and_sweeps_one_neuron(tiny_run, read_json, tmp_path):
    rule = "top 20% of neuron 5"
    told = read_json("promote", tiny_run.path, "--item", 9, "--set", "5=1", "--users", rule, "--sweep", 3)
    item = int(np.flatnonzero(tiny_run.dataset.items["item_id"] == 9)[0])
    users = cohort_of(tiny_run, rule).users
    found = promote(Exposure(tiny_run), item, [Edit(5, "set", 1.0)], users)
    assert told["audience"]["counted"] == len(found.positions) and told["users"]["after"] == found.reached[1]
    assert told["sweep"] == item_sweep(Exposure(tiny_run), item, 3, [Edit(5, "set", 1.0)], users).to_dict("records")
    (tmp_path / "ids.txt").write_text("1\n2\n3\n")
    told = read_json("promote", tiny_run.path, "--item", 9, "--ids", tmp_path / "ids.txt")
    assert told["audience"]["users"] == 3


def test_promote_without_a_change_names_the_neurons_that_would_reach_most(tiny_run, read_json):
    told = read_json("promote", tiny_run.path, "--item", 9)
    reach = [neuron["users_at_1"] for neuron in told["best_neurons"]]
    assert told["users"]["before"] == told["users"]["after"] and reach == sorted(reach, reverse=True)
    best = told["best_neurons"][0]
    told = read_json("promote", tiny_run.path, "--item", 9, "--set", f"{best['neuron']}=1")
    assert told["users"]["after"] == best["users_at_1"]


def test_promote_says_it_in_words_without_json(tiny_run, cli):
    done = cli("promote", tiny_run.path, "--item", 9, "--set", "5=3", "--sweep", 5)
    title = tiny_run.dataset.items.set_index("item_id")["title"][9]
    assert done.code == 0 and title in done.out and "of it have seen it" in done.out
    assert "instead of" in done.out or "the same" in done.out
    plain = cli("promote", tiny_run.path, "--item", 9).out
    assert "Neurons that would reach most of them" in plain


@pytest.mark.parametrize(
    ("arguments", "words"),
    {
        "no item": ([], ["--item"]),
        "unknown item": (["--item", "no such title"], ["'no such title'"]),
        "not an edit": (["--item", "9", "--set", "5"], ["--set 5", "NEURON=VALUE"]),
        "no such neuron": (["--item", "9", "--set", "99=1"], ["99", "0 to 31"]),
        "not a number": (["--item", "9", "--set", "5=nan"], ["nan", "finite"]),
        "too large": (["--item", "9", "--set", "5=1e308"], ["neuron 5"]),
        "no such sweep": (["--item", "9", "--sweep", "99"], ["99", "0 to 31"]),
        "no such rule": (["--item", "9", "--users", "height > 2"], ["height"]),
        "no length": (["--item", "9", "--top", "0"], ["must be at least 1"]),
    }.values(),
)
def test_promote_says_in_a_sentence_what_is_wrong(tiny_run, cli, arguments, words):
    assert_is_an_error(cli("promote", tiny_run.path, *arguments), *words)


def test_steer_hides_what_fires_on_a_neuron(tiny_run, read_json, cli):
    first = steer(tiny_run, 0).recommender["row"][0]
    neuron = int(tiny_run.reconstruction.item_activations[first].argmax())
    user = tiny_run.dataset.users["user_id"][0]
    told = read_json("steer", tiny_run.path, "--user", user, "--hide", f"{neuron}:0.01", "--hide", 3)
    lists = steer(tiny_run, 0, hide=[3])
    assert told["hide"] == [{"neuron": neuron, "share": 0.01}, {"neuron": 3, "share": 0.2}]
    assert told["hidden"] >= len(lists.hidden) > 0
    shown = [row["item_id"] for row in told["steered"]]
    assert told["recommender"][0]["item_id"] not in shown and len(shown) == 20
    hidden = tiny_run.dataset.items["item_id"].iloc[hidden_items(tiny_run, [3])].tolist()
    assert not set(shown) & set(hidden)
    assert (
        f"Hidden: {len(lists.hidden)} items of the catalogue"
        in cli("steer", tiny_run.path, "--user", user, "--hide", 3).out
    )
    assert_is_an_error(cli("steer", tiny_run.path, "--user", user, "--hide", "Horror"), "Horror", "17:0.5")
    assert_is_an_error(cli("steer", tiny_run.path, "--user", user, "--hide", "3:2"), "neuron 3", "from 0 to 1")
