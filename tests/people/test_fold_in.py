"""A person who is not in the data."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.people import fold_in
from explorer.recommenders import fold_in_examples
from explorer.steering import steer
from tests.helpers import opaque, refused


@pytest.mark.parametrize("kind", ["als", "mf", "ncf", "lightgcn"])
def test_she_gets_a_list_without_what_she_has_chosen(tiny_runs, kind):
    run = tiny_runs(kind)
    person = fold_in(run, [9, 3, 3, 40])
    assert person.user is None and person.user_id is None and not len(person.held_out)
    assert person.seen.tolist() == [3, 9, 40]
    lists = steer(run, person)
    assert len(lists.steered) == 20 and not {3, 9, 40} & set(lists.steered["row"])
    popularity = run.dataset.items["popularity"].to_numpy()
    expected = fold_in_examples(run.config.recommender, run.recommender, person.seen, popularity)
    assert torch.equal(person.embedding, expected)


def test_with_a_users_whole_history_she_is_much_like_that_user(tiny_runs):
    run = tiny_runs("als")
    train = run.dataset.train
    for user in (0, 17, 101):
        rows = train.indices[train.indptr[user] : train.indptr[user + 1]]
        cosines = torch.cosine_similarity(fold_in(run, rows).embedding, run.recommender.user_embeddings)
        assert cosines[user] > 0.85 and cosines[user] > np.quantile(cosines, 0.98)


def test_she_can_be_steered_where_the_score_is_not_a_dot_product(tiny_runs):
    run = opaque(tiny_runs("mf"))
    assert len(steer(run, fold_in(run, [1, 2])).steered) == 20


def test_nothing_chosen_is_said_in_a_sentence(tiny_run):
    with refused("at least one", tiny_run.dataset.nouns.item):
        fold_in(tiny_run, [])


def test_somebody_who_likes_the_whole_catalogue_has_an_empty_list(tiny_run):
    lists = steer(tiny_run, fold_in(tiny_run, range(tiny_run.dataset.n_items)))
    assert lists.steered.empty and lists.recommender.empty


def test_somebody_who_likes_a_genre_gets_more_of_it(tiny_runs):
    run = tiny_runs("als")
    genres = run.dataset.genre_matrix
    gains = []
    for genre in range(genres.shape[1]):
        rows = np.flatnonzero(genres[:, genre])[:5]
        listed = steer(run, fold_in(run, rows)).recommender["row"]
        gains.append(genres[listed, genre].mean() - genres[:, genre].mean())
    assert np.mean(gains) > 0.05
