"""Concepts that belong together stand together, and what is alike stands there once."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.audit import Audit, Review
from explorer.browse.families import PEOPLE, POPULARITY, YEARS, clear_neurons, facets_of, families
from explorer.browse.overview import dictionary_parts
from explorer.runs import Run, load_run
from tests.browse.test_overview import with_neurons
from tests.helpers import make_format_2


def called(run: Run, labels: dict[int, str], facets: dict[int, str | None], **columns) -> Run:
    """The run with other proposed names."""
    table = run.index.neurons
    label, said = table["label"].tolist(), table["facets"].astype(object).tolist()
    for neuron, name in labels.items():
        label[neuron] = name
    for neuron, about in facets.items():
        said[neuron] = about
    named = run.index.named.to_numpy(bool).copy()
    named[list(facets)] = True
    return with_neurons(run, label=label, facets=pd.array(said, dtype="string"), named=named, **columns)


def shown(run: Run, audit: Audit | None = None, **options) -> dict[str, list[int]]:
    return {family.name: list(family.neurons) for family in families(run, audit or Audit(), **options).shown}


def test_every_named_neuron_and_those_about_popularity_are_in_one_family(demo_run):
    found = families(demo_run, Audit())
    inside = [neuron for family in found.shown for neuron in family.neurons]
    parts = dictionary_parts(demo_run, Audit()).parts
    assert sorted(inside) == sorted([*parts["named"].neurons, *parts["popularity"].neurons])
    assert not found.by_examples and not found.further
    assert found == families(demo_run, Audit())


def test_families_come_by_the_taste_they_carry_with_popularity_apart(demo_run):
    found = families(demo_run, Audit()).shown
    assert found[-1].kind == "popularity" and found[-1].name == POPULARITY
    shares = [family.taste for family in found[:-1]]
    assert shares == sorted(shares, reverse=True)
    taste = dictionary_parts(demo_run, Audit()).taste
    for family in found:
        assert family.taste == pytest.approx(taste[list(family.neurons)].sum())


def test_too_many_facets_count_as_their_broader_ones(demo_run):
    many = families(demo_run, Audit(), limit=100).shown
    few = families(demo_run, Audit()).shown
    assert {"Slasher", "Heist"} <= {family.name for family in many}
    assert len(few) <= 20 < len(many)
    horror = next(family for family in few if family.name == "Horror")
    assert "Slasher" in {member.title for member in horror.members}


def test_what_has_no_room_is_counted(demo_run):
    flat = replace(demo_run, dataset=replace(demo_run.dataset, genre_parents={}))
    whole, cut = families(flat, Audit(), limit=100), families(flat, Audit(), limit=5)
    assert len(cut.shown) == 5 and cut.shown[-1].kind == "popularity"
    assert cut.shown[:4] == whole.shown[:4]
    inside = {neuron for family in whole.shown for neuron in family.neurons}
    assert {*cut.further, *(n for family in cut.shown for n in family.neurons)} == inside


def test_a_name_of_years_alone_and_one_that_people_gave_are_apart(demo_run):
    run = called(demo_run, {2: "Before 1990", 3: "like Some Film"}, {2: "years: before 1990", 3: None})
    run = with_neurons(run, named=run.index.named & (run.index.neurons["neuron"] != 3))
    audit = Audit((Review(3, "Ada", name="Quiet families"),))
    found = shown(run.called(audit.own_names()), audit)
    assert found[YEARS] == [2] and found[PEOPLE] == [3]


def test_names_that_were_not_checked_are_put_together_by_their_words(demo_run):
    labels = demo_run.index.neurons["label"].tolist()
    labels[:5] = ["Popular", "unclear", "1980s", "Slasher, 1990s", "Satire, popular"]
    missing = dict.fromkeys(("named", "name_holds", "name_ranks", "facets", "popularity_disguise", "lowers"))
    found = shown(with_neurons(demo_run, label=labels, **missing), limit=100)
    assert found[POPULARITY] == [0] and found[YEARS] == [2]
    assert 3 in found["Slasher"] and 4 in found["Satire"]
    assert not any(1 in neurons for neurons in found.values())


def test_a_name_with_two_facets_is_of_the_one_that_the_neuron_detects_better(demo_run):
    run = called(demo_run, {23: "Satire or Slasher"}, {23: "genre: Satire or Slasher"})
    assert facets_of(run, 23) == ["Satire", "Slasher"]
    assert 23 in shown(run, limit=100)["Slasher"]


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ("genre: Slasher; years: before 1990", ["Slasher"]),
        ("genre: Slasher and Satire; years: 1980s", ["Slasher", "Satire"]),
        ("tag: Slasher", ["Slasher"]),  # the data set's own word for it
        ("years: 1980s", []),
        ("genre: No such one", []),
        (None, []),
    ],
)
def test_facets_are_read_from_what_the_name_says(demo_run, about, expected):
    assert facets_of(called(demo_run, {}, {23: about}), 23) == expected


def test_neurons_of_one_name_are_one_concept_unless_people_call_them_otherwise(demo_run):
    labels = {21: "Slasher: like One", 22: "Slasher: like Two", 23: "Slasher: like Three"}
    facets = dict.fromkeys(labels, "genre: Slasher")
    run = called(demo_run, labels, facets)
    [family] = [one for one in families(run, Audit(), limit=100).shown if one.name == "Slasher"]
    [member] = family.members
    assert member.title == "Slasher" and sorted((member.neuron, *member.alike)) == [21, 22, 23]
    audit = Audit((Review(22, "Ada", name="Masked killers"),))
    family = next(
        one for one in families(run.called(audit.own_names()), audit, limit=100).shown if one.name == "Slasher"
    )
    assert {(one.title, len(one.alike)) for one in family.members} == {("Slasher", 1), ("Masked killers", 0)}


def test_neurons_that_point_the_same_way_are_one_concept(demo_run):
    directions = demo_run.sae.W_dec.clone()
    directions[5] = directions[15] * 0.99 + 0.01 * directions[5]
    run = replace(demo_run, sae=type(demo_run.sae).from_tensors({**demo_run.sae.tensors(), "W_dec": directions}))
    family = next(one for one in families(run, Audit()).shown if 5 in one.neurons)
    assert any({5, 15} <= {one.neuron, *one.alike} for one in family.members)
    assert not any(one.alike for family in families(demo_run, Audit()).shown for one in family.members)


def test_neurons_that_fire_on_the_same_items_are_one_concept(demo_run):
    row = {"neuron": 5, "kind": "items", "rank": 1, "other": 15, "similarity": 0.95}
    run = replace(demo_run, index=replace(demo_run.index, neighbours=pd.DataFrame([row])))
    family = next(one for one in families(run, Audit()).shown if 5 in one.neurons)
    assert any({5, 15} <= {one.neuron, *one.alike} for one in family.members)


def test_the_first_of_a_family_is_confirmed_else_the_one_with_a_clear_name_that_carries_most(demo_run):
    neurons, taste = demo_run.index.neurons, dictionary_parts(demo_run, Audit()).taste
    family = families(demo_run, Audit()).shown[0]
    clear = [n for n in family.neurons if neurons["name_holds"][n] >= 0.8 and not neurons["lowers"][n]]
    assert family.lead.neuron == max(clear, key=lambda neuron: taste[neuron])
    last = family.members[-1].neuron
    audited = families(demo_run, Audit((Review(last, "Ada", "real"),))).shown[0]
    assert audited.lead.neuron == last and audited.lead.confirmed


def test_what_people_rejected_or_dispute_is_not_shown(demo_run):
    rejected = Audit((Review(23, "Ada", "not"), Review(22, "Ada", "real"), Review(22, "Bo", "not")))
    inside = {neuron for neurons in shown(demo_run, rejected).values() for neuron in neurons}
    assert {22, 23}.isdisjoint(inside)


def test_cards_show_each_family_and_then_what_carries_most(demo_run):
    found = families(demo_run, Audit())
    cards = found.cards(20)
    assert len(cards) == 20
    assert list(dict.fromkeys(card.family for card in cards)) == list(found.shown)
    told = [member for card in cards for member in (card.member, *card.rest)]
    assert sorted(one.neuron for one in told) == sorted(m.neuron for family in found.shown for m in family.members)
    assert len(found.cards(3)) == len(found.shown)
    everything = sum(len(family.members) for family in found.shown)
    assert len(found.cards(1000)) == everything


def test_without_facets_neurons_are_put_together_by_their_directions(tiny_variants):
    run = tiny_variants("relu-no-genres")
    found, parts = families(run, Audit()), dictionary_parts(run, Audit())
    assert found.by_examples
    clear = clear_neurons(run, parts, Audit())
    inside = [n for family in found.shown if family.kind == "examples" for n in family.neurons]
    assert sorted([*inside, *found.further]) == sorted(clear)
    chance = run.metrics.baselines.random.ms
    assert (run.index.neurons["ms_items"][clear] > chance).all()
    directions = torch.nn.functional.normalize(run.sae.W_dec, dim=1).numpy()
    for family in found.shown:
        if family.kind == "examples":
            assert family.name == run.index.neurons["label"].iloc[family.lead.neuron]
            first = max(family.neurons, key=lambda n: (round(parts.taste[n], 12), -n))
            assert all(directions[first] @ directions[n] >= 0.5 for n in family.neurons if n != first)


def test_clear_neurons_that_people_rejected_are_left_out(tiny_variants):
    run = tiny_variants("relu-no-genres")
    clear = clear_neurons(run, dictionary_parts(run, Audit()), Audit())
    assert clear
    audit = Audit((Review(clear[0], "Ada", "not"),))
    assert clear_neurons(run, dictionary_parts(run, audit), audit) == clear[1:]


def test_a_dictionary_that_is_silent_has_no_family(demo_run):
    silent = with_neurons(demo_run, max_activation=np.zeros(demo_run.index.n))
    assert families(silent, Audit()).shown == ()


def test_names_of_a_run_of_format_2_are_not_taken_for_those_that_people_gave(demo_run, tmp_path):
    old = load_run(make_format_2(shutil.copytree(demo_run.path, tmp_path / "old")))
    kinds = {family.name: family.kind for family in families(old, Audit()).shown}
    assert PEOPLE not in kinds
    assert kinds["Horror"] == "facet"
