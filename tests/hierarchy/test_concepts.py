"""The table of concepts says what the hierarchy and the index say, and a page opens with a concept that splits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.hierarchy import Hierarchy
from explorer.hierarchy.concepts import concept_table, first_concept, listed_concepts


@pytest.fixture(scope="module")
def run(tiny_variants):
    return tiny_variants("matryoshka")


@pytest.fixture(scope="module")
def found(run) -> Hierarchy:
    return Hierarchy.from_run(run)


def test_every_neuron_has_its_parent_children_and_items(run, found):
    table = concept_table(run, found)
    assert table["neuron"].tolist() == list(range(run.index.n))
    fires = (run.reconstruction.item_activations.numpy() > 0).sum(axis=0)
    assert table["items"].tolist() == fires.tolist()
    edges = found.edges.set_index("child")
    assert len(edges)
    for neuron in range(run.index.n):
        row = table.iloc[neuron]
        assert row["children"] == len(found.children_of(neuron))
        assert row["level"] == run.sae.level_of(neuron)
        if found.parents_of(neuron):
            (parent,) = found.parents_of(neuron)
            assert row["parent_name"] == f"{parent} {run.index.neurons['label'][parent]}"
            assert row["share"] == edges["share"][neuron] and row["confidence"] == edges["confidence"][neuron]
        else:
            assert row["parent"] == -1 and np.isnan(row["share"])


def test_a_dictionary_of_one_level_says_nothing_of_a_tree(tiny_variants):
    run = tiny_variants("relu-no-genres")
    table = concept_table(run, Hierarchy.from_run(run))
    assert table[["level", "parent_name", "share", "confidence", "children"]].isna().all(axis=None)
    assert table["living"].any()


def test_listed_are_the_living_neurons_of_the_shown_levels_that_have_all_words(run, found):
    table = concept_table(run, found)
    living = found.flags.loc[found.flags["living"], "neuron"].tolist()
    assert listed_concepts(table, 32)["neuron"].tolist() == living
    assert listed_concepts(table, 8)["neuron"].tolist() == [neuron for neuron in living if neuron < 8]
    name = table["label"][living[-1]]
    hits = listed_concepts(table, 32, f" {name.upper()}  {living[-1]}")
    assert living[-1] in hits["neuron"].tolist()
    assert listed_concepts(table, 32, "no such (name").empty


def test_the_first_concept_splits_has_a_name_and_is_not_about_popularity(run, found):
    families = list(found.families())
    names = run.index.neurons.assign(named=True, genre=None)
    index = replace(run.index, neurons=names)
    assert first_concept(replace(run, index=index), found) == families[0]
    named = names.assign(named=names["neuron"] == families[-1])
    assert first_concept(replace(run, index=replace(run.index, neurons=named)), found) == families[-1]
    child = found.children_of(families[0])[0]
    unsplit = names.assign(named=names["neuron"] == child)
    assert found.flags["living"][child]
    assert first_concept(replace(run, index=replace(run.index, neurons=unsplit)), found) == child


def test_a_concept_that_is_named_after_a_facet_comes_before_one_that_is_named_after_years(run, found):
    *_, last = found.families()
    neurons = run.index.neurons.assign(named=True, genre=None)
    neurons.loc[last, ["genre", "label"]] = ["Western", "Western: like Shane"]
    assert first_concept(replace(run, index=replace(run.index, neurons=neurons)), found) == last
