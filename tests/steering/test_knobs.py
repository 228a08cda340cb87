"""Which knobs a person is offered: against lists that are made again without each neuron."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.runs import Run
from explorer.steering import (
    Edit,
    PersonScores,
    choose_knobs,
    concepts_of,
    knob_moves,
    knobs_recommending,
    person_of,
    search_knobs,
    steer,
)
from explorer.steering.knobs import is_knob, knob_of, knobs_raising
from tests.helpers import Opaque, refused


@pytest.fixture(scope="module")
def scores(demo_run) -> PersonScores:
    return PersonScores(demo_run, person_of(demo_run, 7))


def silenced(run: Run, neuron: int) -> Run:
    """The same run, as if no user fired a neuron."""
    neurons = run.index.neurons
    still = neurons["neuron"] != neuron
    columns = {name: neurons[name].where(still, 0.0) for name in ("max_users", "density_users")}
    return replace(run, index=replace(run.index, neurons=neurons.assign(**columns)))


def test_the_strongest_knobs_are_the_neurons_of_which_the_person_has_most(scores):
    knobs = choose_knobs(scores.run, scores, "strongest", 5)
    own = [knob.own for knob in knobs]
    assert own == sorted(scores.values, reverse=True)[:5]
    assert own == [scores.values[int(knob.key)] for knob in knobs]
    assert knobs[0].why == f"{own[0]:.0%} of the strongest user"


@pytest.mark.parametrize("opaque", [False, True])
def test_the_most_causal_knobs_are_those_without_which_most_items_leave(demo_run, opaque):
    run = replace(demo_run, recommender=Opaque(demo_run.recommender)) if opaque else demo_run
    scores = PersonScores(run, person_of(run, 3))
    left = {}
    for neuron in np.flatnonzero(scores.values > 0):
        lists = steer(run, 3, [Edit(int(neuron), "set", 0.0)], top=15)
        left[str(neuron)] = len(set(lists.recommender["row"]) - set(lists.steered["row"]))
    knobs = choose_knobs(run, scores, "causal", 4, top=15)
    assert [left[knob.key] for knob in knobs] == sorted(left.values(), reverse=True)[:4]
    assert knobs[0].why == f"without it {left[knobs[0].key]} of 15 leave the list"


def test_of_neurons_that_push_out_as_many_items_the_one_comes_first_that_lifts_the_list_more(demo_run):
    scores = PersonScores(demo_run, person_of(demo_run, 3))
    own = scores.own.astype(float)
    listed = scores.best(own, 20)
    lifts = {}
    for knob in choose_knobs(demo_run, scores, "causal", 30):
        lost = own - scores.scores({int(knob.key): -knob.own}, "exact")
        lifts.setdefault(knob.why, []).append(lost[listed].mean() - lost.mean())
    assert max(map(len, lifts.values())) > 1
    assert all(same == sorted(same, reverse=True) for same in lifts.values())


def test_concepts_are_offered_by_how_much_of_them_the_person_has(scores):
    knobs = choose_knobs(scores.run, scores, "concepts", 6)
    assert all(knob.is_concept for knob in knobs)
    values = sorted((one.value(scores.values) for one in concepts_of(scores.run).values()), reverse=True)
    assert [knob.own for knob in knobs] == values[:6]


def test_pinned_knobs_come_first_once_and_count(scores):
    strongest = choose_knobs(scores.run, scores, "strongest", 8)
    pins = ["Horror", strongest[2].key, "17", "Horror"]
    knobs = choose_knobs(scores.run, scores, "strongest", 8, pins)
    assert [knob.key for knob in knobs[:3]] == ["Horror", strongest[2].key, "17"]
    assert len(knobs) == len({knob.key for knob in knobs}) == 8
    assert len(choose_knobs(scores.run, scores, "strongest", 1, pins)) == 3


def test_pins_that_the_run_does_not_have_are_left_out(scores):
    knobs = choose_knobs(scores.run, scores, pinned=["Opera", "99999", "²", "-1", ""])
    assert [knob.key for knob in knobs] == [knob.key for knob in choose_knobs(scores.run, scores)]


def test_a_neuron_that_no_user_fires_is_not_offered_by_any_way(demo_run):
    scores = PersonScores(demo_run, person_of(demo_run, 7))
    gone = choose_knobs(demo_run, scores, "strongest", 1)[0].key
    run = silenced(demo_run, int(gone))
    scores = PersonScores(run, person_of(run, 7))
    item = int(run.top_items(int(gone), 1)["row"].iloc[0])
    found = [
        *(knob.key for how in ("strongest", "causal") for knob in choose_knobs(run, scores, how, 100, [gone])),
        *(one.key for one in search_knobs(run, gone, 100)),
        *(one.key for one in search_knobs(run, demo_run.index.neurons["label"][int(gone)], 100)),
        *(one.key for one in knobs_recommending(run, scores, item, 100)),
        *(one.key for one in knobs_raising(run, item, 100)),
    ]
    assert found
    assert gone not in found
    assert not is_knob(run, gone)


def test_somebody_with_no_neuron_gets_only_what_is_pinned(demo_run):
    person = person_of(demo_run, 7)
    nobody = PersonScores(demo_run, replace(person, embedding=0 * person.embedding, user=None))
    nobody.values[:] = 0
    assert choose_knobs(demo_run, nobody, "strongest") == []
    assert choose_knobs(demo_run, nobody, "causal") == []
    assert [knob.key for knob in choose_knobs(demo_run, nobody, pinned=["Horror"])] == ["Horror"]


def test_a_knob_says_what_it_is(scores):
    concept, neuron = knob_of(scores.run, scores, "Horror"), knob_of(scores.run, scores, "33")
    assert (concept.label, neuron.label) == ("Horror", f"33 · {scores.run.index.neurons['label'][33]}")
    assert concept.neurons == concepts_of(scores.run)["Horror"].neurons
    assert concept.about.startswith(f"{len(concept.neurons)} neurons; raises ")
    assert "Horror" in concept.about
    assert concept.low < 0 < concept.usual[0] < concept.usual[1] < 1 < concept.high
    with refused("no neuron", "9999"):
        knob_of(scores.run, scores, "9999")


def test_knobs_are_found_by_name_number_and_title(demo_run):
    by_name = [one.key for one in search_knobs(demo_run, "horror")]
    assert by_name[0] == "Horror"
    assert {"28", "33"} <= set(by_name)
    assert search_knobs(demo_run, "33")[0].key == "33"
    strongest = demo_run.top_items(33, 1)["title"].iloc[0]
    assert ("33", "title") in {(one.key, one.why) for one in search_knobs(demo_run, strongest, 100)}
    assert search_knobs(demo_run, "  ") == search_knobs(demo_run, "no such words") == []
    assert search_knobs(demo_run, "²") == []


def test_what_recommends_an_item_to_a_person_is_what_it_loses_without_each_neuron(demo_run):
    scores = PersonScores(demo_run, person_of(demo_run, 3))
    item = int(scores.best(scores.own.astype(float), 1)[0])
    lost = {}
    for neuron in np.flatnonzero(scores.values > 0).tolist():
        lists = steer(demo_run, 3, [Edit(neuron, "set", 0.0)], top=demo_run.dataset.n_items)
        own, without = (table.set_index("row")["score"] for table in (lists.recommender, lists.steered))
        effect = scores.effect(neuron) * scores.values[neuron]
        assert own[item] - without[item] == pytest.approx(effect[item], abs=1e-5)
        lost[str(neuron)] = effect[item] - effect.mean()
    found = knobs_recommending(demo_run, scores, item, 100)
    positive = {key: value for key, value in lost.items() if value > 0}
    assert [one.key for one in found] == sorted(positive, key=positive.get, reverse=True)
    share = max(positive.values()) / sum(positive.values())
    assert found[0].why == f"{share:.0%} of what lifts it"


def test_what_recommends_an_item_to_anybody_raises_it_before_most_others(demo_run):
    item, ranked = 40, demo_run.dataset.ranked(demo_run.config.neurons.min_support)
    found = knobs_raising(demo_run, item, 100)
    share = {}
    for one in found:
        effect = knob_moves(demo_run, one.key).effect
        share[one.key] = np.mean(effect[ranked] < effect[item])
        assert effect[item] > effect[ranked].mean()
        said = int(one.why.removeprefix("raises it before ").removesuffix("% of all"))
        assert said == pytest.approx(100 * min(share[one.key], 0.99), abs=0.6)
    np.testing.assert_allclose(list(share.values()), sorted(share.values(), reverse=True), atol=2e-3)
    assert any(len(concepts_of(demo_run)[key].neurons) > 1 for key in share if not key.isdecimal())
    opaque = replace(demo_run, recommender=Opaque(demo_run.recommender))
    assert knobs_raising(opaque, item) == []
