"""The parts of a score add up to what the recommender says, whatever it is, and the bars and the words with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.browse.waterfall import Part, Waterfall, waterfall
from explorer.config import load_config
from explorer.data.nouns import FILMS
from explorer.figures.waterfall import waterfall_html
from explorer.people import fold_in
from explorer.runs.pipeline import explain_base
from explorer.steering import contributions, person_of
from tests.helpers import opaque

USERS, ITEMS = (0, 7, 50, 199), (0, 3, 60, 143)


def added(found: Waterfall) -> float:
    return sum(part.value for part in found.parts)


def of(found: Waterfall, kind: str) -> list[Part]:
    return [part for part in found.parts if part.kind == kind]


def assert_adds_up(run, who, item) -> Waterfall:
    found = waterfall(run, who, item)
    size = max(abs(part.value) for part in found.parts)
    assert added(found) == pytest.approx(found.score, rel=1e-4, abs=1e-5 * size)
    assert sum(part.value for part in found.bars(3)) == pytest.approx(added(found), rel=1e-9)
    return found


@pytest.mark.parametrize("kind", ["als", "mf", "lightgcn"])
def test_the_parts_of_a_dot_product_add_up_and_are_those_of_the_attribution(tiny_runs, kind):
    run = tiny_runs(kind)
    model = run.recommender
    for user in USERS:
        neurons, parts = contributions(run, user)
        for item in ITEMS:
            found = assert_adds_up(run, user, item)
            own = model.score(model.user_embeddings[[user]], model.item_embeddings, torch.tensor([user]))[0, item]
            assert found.exact and found.score == pytest.approx(float(own), rel=1e-5, abs=1e-6)
            values = {part.neuron: part.value for part in of(found, "neuron")}
            assert sorted(values) == neurons.tolist()
            np.testing.assert_allclose([values[k] for k in neurons], parts[:, item], rtol=1e-4, atol=1e-6)
            assert len(of(found, "item_bias")) == len(of(found, "user_bias")) == int(bool(model.item_bias.any()))


def test_they_add_up_with_users_at_unit_length_and_a_popularity_pair(tiny_bases):
    settings = ["sae.user_length=unit", "sae.popularity=pair", "sae.epochs=2", "sae.width=32", "sae.k=4"]
    run = explain_base(tiny_bases("mf"), load_config(settings=["recommender.dim=16", *settings]))
    assert run.sae.unit_length[0]
    pair = [assert_adds_up(run, user, item) for user in USERS for item in ITEMS]
    assert any(part.neuron in (0, 1) for found in pair for part in of(found, "neuron"))


def test_they_add_up_where_only_some_levels_rebuild(tiny_variants):
    run = tiny_variants("matryoshka")
    for item in ITEMS:
        assert_adds_up(run, 7, item)


def test_they_add_up_for_somebody_who_is_not_in_the_data(tiny_run):
    person = fold_in(tiny_run, [3, 40, 60])
    for item in ITEMS:
        found = assert_adds_up(tiny_run, person, item)
        assert found.person.user is None and of(found, "neuron")


@pytest.mark.parametrize("kind", ["ncf", "opaque"])
def test_what_single_neurons_do_not_add_up_to_has_a_bar_of_its_own(tiny_runs, kind):
    run = tiny_runs("ncf") if kind == "ncf" else opaque(tiny_runs("als"))
    model = run.recommender
    for user in USERS:
        found = assert_adds_up(run, user, 60)
        neurons, parts = contributions(run, user)
        values = {part.neuron: part.value for part in of(found, "neuron")}
        np.testing.assert_allclose([values[k] for k in neurons], parts[:, 60], rtol=1e-3, atol=1e-5)
        own = model.score(model.user_embeddings[[user]], model.item_embeddings, torch.tensor([user]))[0, 60]
        [rest] = of(found, "together")
        assert not found.exact and found.parts[-1] is rest
        assert rest.value == pytest.approx(float(own) - parts[:, 60].sum(), abs=1e-4)
        assert rest.name(FILMS) == "Not the sum of single neurons"


def test_a_neuron_says_how_strongly_it_fires_on_both_sides(tiny_run):
    found = waterfall(tiny_run, 7, 60)
    codes = tiny_run.reconstruction
    for part in of(found, "neuron"):
        assert part.of_user == pytest.approx(
            float(codes.user_activations[7, part.neuron] / tiny_run.units[part.neuron])
        )
        fires = bool(codes.item_activations[60, part.neuron] > 0)
        assert fires == (part.of_item > 0) and part.of_item <= 1 + 1e-6


def test_a_user_for_whom_no_neuron_fires_has_a_score_all_the_same(tiny_run):
    silent = replace(person_of(tiny_run, 3), embedding=tiny_run.sae.mean[:1].clone() * 0 + 1e-9)
    found = waterfall(tiny_run, silent, 60)
    if not of(found, "neuron"):
        assert "No neuron fires" in found.sentence(FILMS)
    assert added(found) == pytest.approx(found.score, abs=1e-5)


def made(score: float, *neurons: float, mean: float = 0.0, names: str = "ABCDEFGHIJKL") -> Waterfall:
    """A waterfall of neurons called A, B, …"""
    parts = [Part("neuron", value, i, names[i]) for i, value in enumerate(neurons)]
    rest = score - sum(neurons) - mean
    return Waterfall(None, 0, score, (Part("mean", mean), *parts, Part("unexplained", rest)), True)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (made(3.4, 2.2, 0.5), "Most of it is A (+2.2 of 3.4)."),
        (made(3.4, 1.2, 1.1), "The largest part is A (+1.2 of 3.4)."),
        (
            made(3.4, 0.4, mean=2.5),
            "Most of it is what every user gets (+2.5 of 3.4); of the neurons, A adds most (+0.4).",
        ),
        (made(-6.5, 0.4, -2.0), "Of the neurons, A raises it most (+0.4); the score is −6.5."),
        (made(1.0, -0.4, -0.1), "No neuron raises this score; A lowers it most (−0.4)."),
        (made(0.034, 0.03), "Most of it is A (+0.030 of 0.034)."),
        (made(1.0, 5.0, -4.0), "Of the neurons, A raises it most (+5.0); the score is 1.0."),
        (made(-0.003, 0.021), "Of the neurons, A raises it most (+0.021); the score is −0.003."),
        (
            made(1.0, 0.2, mean=1.7),
            "The largest part is what every user gets (+1.7 of 1.0); of the neurons, A adds most (+0.2).",
        ),
        (made(1.0, 0.0, 0.0), "No neuron changes this score."),
        (made(1.0), "No neuron fires for this user, so neurons explain nothing of this score."),
        (made(1.0, 0.8, names=["like X"]), "Most of it is neuron 0 (like X) (+0.8 of 1.0)."),
    ],
)
def test_the_sentence_says_what_most_of_it_is(found, sentence):
    assert found.sentence(FILMS) == sentence
    assert len(sentence.split()) <= 25


def test_small_neurons_are_one_bar_and_a_single_one_stays_itself():
    found = made(2.0, 1.0, 0.5, 0.01, -0.005, 0.002)
    kinds = [(part.kind, part.neurons) for part in found.bars()]
    assert kinds == [("mean", 1), ("neuron", 1), ("neuron", 1), ("others", 3), ("unexplained", 1)]
    assert found.bars()[3].name(FILMS) == "3 other neurons"
    assert made(2.0, 1.0, 0.001).bars() == list(made(2.0, 1.0, 0.001).parts)
    many = made(9.0, *np.linspace(1, 0.5, 12))
    assert [part.kind for part in many.bars(8)].count("neuron") == 8
    assert sum(part.value for part in many.bars(8)) == pytest.approx(9.0)


def test_the_bars_of_the_picture_are_contiguous_and_text_of_the_data_stays_text():
    found = made(2.0, 1.5, -0.5, names=["<img src=x>", "B"])
    html = waterfall_html(found, FILMS, "light", most=8)
    assert "<img" not in html and "&lt;img" in html
    assert "+1.50" in html and "−0.50" in html and ">2.00<" in html
    assert waterfall_html(found, FILMS, "light", link=lambda part: f"[{part.neuron}]").count("[0]") == 1
    dark = waterfall_html(found, FILMS, "dark")
    assert dark != html and dark.count("<tr") == html.count("<tr")
