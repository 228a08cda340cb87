"""What a knob moves is what it does to scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.steering import Concept, ConceptEdit, Edit, PersonScores, concepts_of, knob_moves, moves_of, person_of


@pytest.mark.parametrize("kind", ["als", "mf"])
def test_the_effect_is_what_one_unit_adds_to_the_scores_of_a_user_of_mean_length(tiny_runs, kind):
    run = replace(tiny_runs(kind))
    scores = PersonScores(run, person_of(run, 5))
    lengths = run.sae.lengths(run.recommender.user_embeddings, "user")
    stretch = float(lengths.mean() / lengths[5]) if lengths.numel() > 1 else 1.0
    concept = Concept("two", (3, 7), np.array([0.25, 0.75]), 0.5)
    vars(run)["_steering"] = {"concepts": {"two": concept}}
    own = concept.value(scores.values)
    for knob, edit in ((7, Edit(7, "add", 1.0)), (concept, ConceptEdit("two", own + 1))):
        added = scores.scores(scores.changes([edit]), "exact") - scores.own
        np.testing.assert_allclose(moves_of(run, knob).effect, stretch * added, atol=2e-4 * np.abs(added).max())


def test_every_genres_own_concept_raises_it_and_most_of_them_raise_it_most(demo_run):
    moves = {genre: knob_moves(demo_run, genre) for genre in demo_run.dataset.genres if genre in concepts_of(demo_run)}
    assert len(moves) > 20
    assert all(genre in one.rising and genre not in one.falling for genre, one in moves.items())
    assert sum(one.rising[0] == genre for genre, one in moves.items()) > 0.7 * len(moves)


def test_items_are_the_ranked_ones_from_the_most_to_the_least_raised(tiny_run):
    moves = knob_moves(tiny_run, "3")
    items = moves.items
    assert items["effect"].is_monotonic_decreasing
    ranked = tiny_run.dataset.ranked(tiny_run.config.neurons.min_support)
    assert sorted(items["row"]) == np.flatnonzero(ranked).tolist()
    np.testing.assert_array_equal(items["effect"], moves.effect[items["row"]])


def test_without_genres_no_genre_moves(tiny_variants):
    moves = knob_moves(tiny_variants("relu-no-genres"), "0")
    assert (moves.rising, moves.falling) == ([], [])


def test_a_genre_of_all_items_does_not_move(tiny_run):
    items = tiny_run.dataset.items.assign(genres=[["Any"]] * tiny_run.dataset.n_items)
    run = replace(tiny_run, dataset=replace(tiny_run.dataset, items=items))
    assert knob_moves(run, "0").genres["effect"].to_numpy() == pytest.approx([0], abs=1e-9)
