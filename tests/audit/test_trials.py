"""Questions can be answered by the concept only: the right items fire, the others do not and are alike otherwise."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from explorer.audit import Audit
from explorer.audit.queue import firing
from explorer.audit.trials import MAX_DISTANCE, NoQuestion, Question, answered, draw, forward, intruder, next_seed
from explorer.neurons.statistics import percentiles
from tests.audit.said import intruder_trial
from tests.helpers import refused


def activation(run, question):
    z = run.sae.encode(run.recommender.item_embeddings[list(question.items)], "item")[:, question.neuron]
    return dict(zip(question.items, z.tolist(), strict=True))


def questions(run, kind):
    drawn = [draw(run, neuron, kind, seed=neuron, name="a name") for neuron in firing(run).tolist()]
    return [one for one in drawn if isinstance(one, Question)], [one for one in drawn if isinstance(one, NoQuestion)]


@pytest.fixture(params=["demo", "relu-no-genres", "topk-no-years"])
def any_run(request, demo_run, tiny_variants):
    return demo_run if request.param == "demo" else tiny_variants(request.param)


@pytest.mark.parametrize("kind", ["intruder", "forward"])
def test_the_neuron_fires_on_its_items_and_on_none_of_the_others_which_are_alike(any_run, kind):
    found, none = questions(any_run, kind)
    assert found
    assert all(one.reason.endswith(".") for one in none)
    ranked = any_run.dataset.ranked(any_run.config.neurons.min_support)
    years = any_run.dataset.items["year"].notna().any()
    for one in found:
        z = activation(any_run, one)
        fires = {row for row in one.items if z[row] > 0}
        assert fires == (set(one.right) if kind == "forward" else set(one.items) - set(one.right))
        assert len(fires) == 5 and len(one.items) == (10 if kind == "forward" else 6) == len(set(one.items))
        assert all(ranked[list(one.items)])
        assert one.popularity_gap <= MAX_DISTANCE
        assert (one.year_gap is not None) == years


def test_the_forward_test_goes_from_weak_to_strong(demo_run):
    strongest = demo_run.index.neurons["max_items"]
    for one in questions(demo_run, "forward")[0]:
        share = [z / strongest[one.neuron] for z in activation(demo_run, one).values() if z > 0]
        assert max(share) > 0.8
        assert min(share) < 0.5


def test_neither_popularity_nor_year_gives_the_intruder_away(demo_run):
    """Its place among the six by popularity, and by year, is any of them."""
    items = demo_run.dataset.items
    popularity = percentiles(items["popularity"].to_numpy())
    drawn = [intruder(demo_run, neuron, seed) for neuron in firing(demo_run).tolist() for seed in range(4)]
    drawn = [one for one in drawn if isinstance(one, Question)]
    for values in (popularity, items["year"].to_numpy(float)):
        extreme = [
            np.argsort(np.argsort(values[list(one.items)]))[one.items.index(one.right[0])] in (0, 5) for one in drawn
        ]
        assert np.mean(extreme) < 1 / 3 + 3 * np.sqrt(2 / 9 / len(extreme))
    places = Counter(one.items.index(one.right[0]) for one in drawn)
    assert set(places) == set(range(6))


def test_a_seed_draws_the_same_question_and_another_seed_another(demo_run):
    for kind in ("intruder", "forward"):
        drawn = [draw(demo_run, 3, kind, seed, "a name") for seed in (1, 1, 2)]
        assert drawn[0] == drawn[1] != drawn[2]


def test_every_try_has_a_seed_of_its_own(demo_run):
    run = replace(demo_run, digest="a digest")

    def seed(neuron=1, who="Ann", kind="intruder", said=()):
        return next_seed(run, Audit(trials=said), neuron, who, kind)

    once = (intruder_trial(1, True, "ANN"),)
    seeds = [seed(), seed(2), seed(who="Bob"), seed(kind="forward"), seed(said=once), seed(said=once * 2)]
    assert len(set(seeds)) == len(seeds)
    assert seed(who="ann") == seed() == 1261888629
    assert all(0 <= one < 2**31 for one in seeds)


def test_where_there_is_no_question_words_say_why(demo_run):
    def with_neuron(**values):
        table = demo_run.index.neurons.copy()
        for column, value in values.items():
            table.loc[4, column] = value
        return replace(demo_run, index=replace(demo_run.index, neurons=table))

    def with_items(count):
        top, examples = (table[table["neuron"] != 4] for table in (demo_run.index.top_items, demo_run.index.examples))
        few = demo_run.index.strongest_items(4, count)
        few = top.iloc[:0].merge(few, how="outer")
        return replace(demo_run, index=replace(demo_run.index, top_items=few, examples=examples))

    assert "no name" in forward(with_neuron(named=False), 4, 0).reason
    assert isinstance(forward(with_neuron(named=False).called({4: "Mine"}), 4, 0), Question)
    assert "needs 5" in intruder(with_items(4), 4, 0).reason
    assert "needs 5" in forward(with_items(4), 4, 0, "a name").reason
    none = replace(
        with_items(0), index=replace(with_items(0).index, neurons=with_neuron(max_activation=0).index.neurons)
    )
    assert intruder(none, 4, 0).reason == "It never fires."
    with refused("no neuron 99"):
        intruder(demo_run, 99, 0)


def test_a_neuron_that_fires_on_everything_alike_has_no_question(demo_run, monkeypatch):
    monkeypatch.setattr(type(demo_run.sae), "encode", lambda sae, x, side: x.new_ones(len(x), sae.n))
    found = intruder(demo_run, 3, 0)
    assert isinstance(found, NoQuestion)
    assert "as popular" in found.reason


def test_what_the_name_tells_of_is_not_shown(demo_run):
    title = demo_run.dataset.items["title"].iloc[demo_run.index.strongest_items(3, 1)["row"].iloc[0]]
    for seed in range(10):
        one = forward(demo_run, 3, seed, f"Drama: like {title}")
        assert title not in demo_run.dataset.items["title"].iloc[list(one.items)].tolist()


def test_an_answer_is_scored_and_one_that_does_not_fit_the_question_is_refused(demo_run):
    asked = intruder(demo_run, 3, 0)
    wrong = next(row for row in asked.items if row not in asked.right)
    assert answered(asked, "Ann", asked.right, 4.5).correct == 1
    assert answered(asked, "Ann", [wrong]).correct == 0
    named = forward(demo_run, 3, 0, "a name")
    trial = answered(named, "Ann", named.right[:4])
    assert (trial.correct, trial.decisions, trial.chance) == (9, 10, 0.5)
    assert answered(named, "Ann", []).correct == 5
    with refused("Choose one"):
        answered(asked, "Ann", [])
    with refused("did not show"):
        answered(named, "Ann", [-1])
    with refused("twice"):
        answered(named, "Ann", [named.items[0]] * 2)
