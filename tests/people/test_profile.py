"""Who somebody is, in numbers that a loop finds too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.people import fold_in
from explorer.people.profile import profile
from explorer.steering import Person, person_of, steer


def test_a_history_is_compared_with_the_average_users(tiny_run):
    data = tiny_run.dataset
    shares = np.array([data.genre_matrix[data.history(user).index].mean(axis=0) for user in range(data.n_users)])
    found = profile(tiny_run, person_of(tiny_run, 5))
    table = found.facets.set_index("name").loc[data.genres]
    np.testing.assert_allclose(table["share"], shares[5])
    np.testing.assert_allclose(table["average"], shares.mean(axis=0))
    assert found.facets["share"].is_monotonic_decreasing
    lengths = np.diff(data.seen.indptr)
    assert found.items == lengths[5] and found.longer_than == np.mean(lengths < lengths[5])
    years = data.history(5)["year"].dropna().astype(float)
    assert found.year == pytest.approx(years.mean())
    assert found.decades["share"].sum() == pytest.approx(1) and found.decades["name"].is_monotonic_increasing


def test_concepts_are_the_strongest_neurons_in_units_of_sliders(tiny_run):
    found = profile(tiny_run, person_of(tiny_run, 5)).concepts
    values = steer(tiny_run, 5).before / tiny_run.units
    assert found["neuron"].tolist() == np.argsort(-values, kind="stable")[: len(found)].tolist()
    np.testing.assert_allclose(found["value"], values[found["neuron"]], rtol=1e-6)
    average = tiny_run.reconstruction.user_activations[:, found["neuron"].to_numpy()].mean(dim=0).numpy()
    np.testing.assert_allclose(found["average"], average / tiny_run.units[found["neuron"]], rtol=1e-5)


def test_the_sentence_says_how_much_and_what(tiny_run):
    data = tiny_run.dataset
    name = data.genres[0]
    rows = np.flatnonzero(data.genre_matrix[:, 0])[:8]
    new = fold_in(tiny_run, rows)
    said = profile(tiny_run, new).sentence
    assert said.startswith(f"{data.nouns.count_items(8)}; much ") and "more than" not in said
    first = profile(tiny_run, new).facets.iloc[0]
    assert first["share"] == 1.0 and name in said and "(100%, the average user " in said
    of_user = profile(tiny_run, person_of(tiny_run, 5))
    assert f", more than {of_user.longer_than:.0%} of users have; " in of_user.sentence


def test_no_sentence_of_any_user_is_longer_than_25_words(tiny_run):
    for user in range(tiny_run.dataset.n_users):
        assert len(profile(tiny_run, person_of(tiny_run, user)).sentence.split()) <= 25


@pytest.mark.parametrize(("column", "empty"), [("genres", "facets"), ("year", "decades")])
def test_what_the_data_does_not_say_is_left_out(tiny_run, column, empty):
    data = tiny_run.dataset
    nothing = [[]] * data.n_items if column == "genres" else pd.array([pd.NA] * data.n_items, "Int64")
    bare = replace(tiny_run, dataset=replace(data, items=data.items.assign(**{column: nothing})))
    found = profile(bare, person_of(bare, 5))
    assert getattr(found, empty).empty and found.sentence
    assert np.isnan(found.year) == (column == "year")


def test_somebody_without_a_history_has_a_profile_that_says_so(tiny_run):
    person = Person(tiny_run.recommender.user_embeddings[:1] * 0, np.empty(0, np.int64), user=0, user_id=1)
    found = profile(tiny_run, person)
    assert found.sentence == f"No {tiny_run.dataset.nouns.item} of this person is known."
    assert found.items == 0 and np.isnan(found.popularity) and (found.facets["share"] == 0).all()
    assert torch.equal(person.embedding, torch.zeros_like(person.embedding))
