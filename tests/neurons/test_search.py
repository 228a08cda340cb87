"""Finding neurons by words, genre and purity."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from explorer.neurons import find_neurons
from tests.neurons.conftest import PLANTED


def planted(found: pd.DataFrame) -> set[str]:
    return {PLANTED[neuron] for neuron in found["neuron"]}


def test_without_a_question_all_neurons_are_found_named_ones_first_then_the_best_detectors(index, dataset):
    found = find_neurons(index, dataset)
    assert sorted(found["neuron"]) == list(range(index.n))
    named = found["named"]
    assert named.is_monotonic_decreasing and named.any()
    for group in (found[named], found[~named]):
        assert group["ap"].fillna(-1).is_monotonic_decreasing


@pytest.mark.parametrize("words", ["horror", "HORROR", "  Horror "])
def test_words_are_looked_for_in_names_whatever_their_case(index, dataset, words):
    assert planted(find_neurons(index, dataset, words)) == {"Horror", "Horror of the 1980s"}


@pytest.mark.parametrize("words", ["1.5)", "(part", "[a+b]", "a+b", "FILM"])
def test_words_are_looked_for_literally_in_the_titles_of_the_ten_strongest_items(index, dataset, words):
    top = index.top_items[index.top_items["rank"] <= 10]
    expected = {
        PLANTED[neuron]
        for neuron, rows in top.groupby("neuron")
        if any(words.lower() in dataset.items["title"][row].lower() for row in rows["row"])
    }
    assert expected and planted(find_neurons(index, dataset, words)) == expected


@pytest.mark.parametrize("rank", [1, 10, 11])
def test_a_title_finds_the_neurons_that_have_it_among_their_ten_strongest_items(index, dataset, rank):
    at_rank = index.top_items[index.top_items["rank"] == rank]
    for neuron, item in zip(at_rank["neuron"], at_rank["row"], strict=True):
        found = find_neurons(index, dataset, dataset.items["title"][item])
        assert (neuron in set(found["neuron"])) == (rank <= 10)


@pytest.mark.parametrize("words", [".*", "Film.", "1.5]", "\\", "Horror|1980s", "(", "^Film"])
def test_words_are_not_a_pattern(index, dataset, words):
    titles = dataset.items["title"].iloc[index.top_items.loc[index.top_items["rank"] <= 10, "row"]]
    there = any(words.lower() in text.lower() for text in [*titles, *index.neurons["label"]])
    assert bool(len(find_neurons(index, dataset, words))) == there


@pytest.mark.parametrize("genre", ["Horror", "Comedy"])
@pytest.mark.parametrize("least", [0.0, 0.3, 1.0])
def test_with_a_genre_purity_is_that_of_the_genre(index, dataset, genre, least):
    found = find_neurons(index, dataset, genre=genre, min_purity=least)
    rows = index.purity[(index.purity["genre"] == genre) & (index.purity["k"] == 10) & (index.purity["value"] >= least)]
    assert set(found["neuron"]) == set(rows["neuron"])
    assert found.set_index("neuron")["purity"].to_dict() == rows.set_index("neuron")["value"].to_dict()
    assert set(found["genre"]) <= {genre}


def test_named_only_leaves_out_the_unclear_and_the_silent(index, dataset):
    found = find_neurons(index, dataset, named_only=True)
    assert planted(found) == {"Horror", "1980s", "Horror of the 1980s"}


def test_where_names_were_not_checked_every_name_counts(index, dataset):
    neurons = index.neurons.assign(name_ranks=np.nan, named=False, name_holds=np.nan, ap=np.nan)
    old = dataclasses.replace(index, neurons=neurons)
    assert not old.names_checked and index.names_checked
    assert "Horror" in planted(find_neurons(old, dataset, named_only=True))
