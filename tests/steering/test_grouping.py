"""Neurons that share a genre or a name are one knob, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.measures import PURITY_DEPTHS
from explorer.neurons.purity import SIGNIFICANCE
from explorer.runs import Run
from explorer.steering import ConceptEdit, PersonScores, concepts_of, person_of, steer
from explorer.steering.grouping import MIN_SHARE, _genres_in


@pytest.fixture(scope="module")
def run(demo_run) -> Run:
    return demo_run


def with_neurons(run: Run, **columns) -> Run:
    """The same run with some columns of its table of neurons changed."""
    return replace(run, index=replace(run.index, neurons=run.index.neurons.assign(**columns)))


def strong_in(run: Run, genre: str) -> set[int]:
    """Neurons most of whose 20 strongest items are of a genre, by the table of purity."""
    table = run.index.purity
    rows = table[(table["k"] == PURITY_DEPTHS[1]) & (table["genre"] == genre)]
    return set(rows.loc[(rows["value"] >= MIN_SHARE) & (rows["p"] < SIGNIFICANCE), "neuron"])


def test_a_genres_neurons_are_those_named_after_it_and_those_whose_strongest_items_are(run):
    concepts, neurons = concepts_of(run), run.index.neurons
    assert len(concepts) > 3
    disguised = set(np.flatnonzero(neurons["popularity_disguise"]))
    popular = set(np.flatnonzero(neurons["label"].str.startswith(("Popular", "Little known"))))
    users = (run.reconstruction.user_activations > 0).sum(dim=0).numpy()
    left_out = 0
    for genre in run.dataset.genres:
        alone = set(concepts[genre].neurons) if genre in concepts else set()
        named = {k for k in range(run.index.n) if neurons["named"][k] and genre in _words(str(neurons["facets"][k]))}
        candidates = {k for k in (strong_in(run, genre) - disguised - popular) | named if users[k] >= 20}
        assert alone == {k for k in candidates if raises(run, k, genre)}
        left_out += len(candidates - alone)
    assert left_out  # a neuron named Horror that lowers horror films


def raises(run: Run, neuron: int, genre: str) -> bool:
    """Whether a neuron raises a genre's items more than the others, for any user."""
    effect = PersonScores(run, person_of(run, 0)).effect(neuron)
    of_genre = run.dataset.items["genres"].map(lambda genres: genre in genres).to_numpy()
    return effect[of_genre].mean() > effect[~of_genre].mean()


def _words(about: str) -> list[str]:
    """The genres in what a name says, of which an item has all."""
    said = about.partition("; years: ")[0].removeprefix("genre: ")
    return [] if " or " in said else said.split(" and ")


def test_no_concept_has_a_neuron_that_no_user_fires(run):
    silent = int(concepts_of(run)["Horror"].neurons[0])
    muted = with_neurons(
        run,
        max_users=run.index.neurons["max_users"].where(run.index.neurons["neuron"] != silent, 0.0),
        density_users=run.index.neurons["density_users"].where(run.index.neurons["neuron"] != silent, 0.0),
    )
    assert silent not in {neuron for concept in concepts_of(muted).values() for neuron in concept.neurons}


def test_the_weights_are_the_shares_of_the_strongest_items_and_sum_to_one(run):
    table = run.index.purity
    share = table[table["k"] == PURITY_DEPTHS[1]].set_index(["neuron", "genre"])["value"]
    several = 0
    for genre in set(run.dataset.genres) & set(concepts_of(run)):
        concept = concepts_of(run)[genre]
        assert concept.weights.sum() == pytest.approx(1)
        known = [(k, w) for k, w in zip(concept.neurons, concept.weights, strict=True) if share.get((k, genre), 0) > 0]
        if len(known) > 1:
            several += 1
            (a, wa), (b, wb) = known[:2]
            assert wa / wb == pytest.approx(share[a, genre] / share[b, genre])
    assert several


def test_the_strongest_user_has_the_value_one_and_nobody_has_more(run):
    z = run.reconstruction.user_activations.numpy().astype(float) / run.units
    for concept in concepts_of(run).values():
        means = z[:, list(concept.neurons)] @ concept.weights
        best = PersonScores(run, person_of(run, int(means.argmax())))
        assert concept.value(best.values) == 1.0
        assert max(concept.value(row) for row in z) == pytest.approx(1.0, abs=1e-5)


def test_raising_a_genres_concept_fills_lists_with_it(run):
    genre = max(set(run.dataset.genres) & set(concepts_of(run)), key=lambda g: len(concepts_of(run)[g].neurons))
    assert len(concepts_of(run)[genre].neurons) > 1
    counts = {}
    for value in (0.0, 1.0):
        lists = [steer(run, user, [ConceptEdit(genre, value)]).steered for user in range(0, 600, 60)]
        counts[value] = sum(genre in genres for table in lists for genres in table["genres"])
    assert counts[1.0] > 2 * counts[0.0]


def test_neurons_of_one_name_are_a_concept_and_one_that_is_a_number_gets_its_noun(run):
    neurons = run.index.neurons
    pair = [int(k) for k in np.flatnonzero(neurons["max_users"] > 0)[:2]]
    labels = neurons["label"].where(~neurons["neuron"].isin(pair), "1990: like " + neurons["label"])
    years = pd.array(["years: 1990" if k in pair else None for k in neurons["neuron"]], dtype="string")
    named = neurons["neuron"].isin(pair)
    changed = with_neurons(run, label=labels, facets=years, named=named, name_holds=np.where(named, 0.75, np.nan))
    concept = concepts_of(changed)["genre 1990"]
    assert concept.neurons == tuple(pair)
    assert concept.weights.tolist() == [0.5, 0.5]
    assert not any(name.isdecimal() for name in concepts_of(changed))


def test_a_run_without_genres_has_no_genre_as_a_concept(tiny_variants):
    assert not set(concepts_of(tiny_variants("relu-no-genres"))) & {"Horror", "Comedy"}


def test_the_concepts_are_found_once_per_run(run):
    assert concepts_of(run) is concepts_of(run)
    assert concepts_of(run)["Horror"] is concepts_of(run)["Horror"]
    assert concepts_of(replace(run)) is not concepts_of(run)


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ("genre: Horror", ["Horror"]),
        ("genre: Horror; years: before 1995", ["Horror"]),
        ("genre: Action and Thriller; years: 1990s", ["Action", "Thriller"]),
        ("genre: Sword and sorcery", ["Sword and sorcery"]),
        ("genre: Sword and sorcery and Horror", ["Sword and sorcery", "Horror"]),
        ("genre: Horror or Action", []),
        ("years: 1980s", []),
        ("tag: Horror", []),
        ("genre: Unknown", []),
    ],
)
def test_what_a_name_says_is_read_whatever_words_a_genre_has(about, found):
    assert _genres_in(about, "genre", {"Horror", "Action", "Thriller", "Sword and sorcery"}) == found
