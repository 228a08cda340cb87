"""What the page of a user says, against loops over everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.browse import codes
from explorer.browse.codes import codes_of, crowd_of
from explorer.browse.users import recommended, score_place, similar_users, user_neurons
from explorer.people import fold_in
from explorer.steering import Person, person_of, reasons, steer

USER = 5


def test_neurons_come_with_their_place_among_the_users(tiny_run):
    found = user_neurons(tiny_run, person_of(tiny_run, USER))
    every = tiny_run.reconstruction.user_activations.numpy()
    own = every[USER]
    assert sorted(found["neuron"]) == np.flatnonzero(own).tolist()
    assert found["value"].is_monotonic_decreasing
    for row in found.itertuples():
        below = np.mean(every[:, row.neuron] < own[row.neuron] * (1 - 1e-5))
        assert row.stronger_than == pytest.approx(below, abs=1 / len(every))
        assert row.value == pytest.approx(own[row.neuron] / tiny_run.units[row.neuron], rel=1e-5)


def test_many_users_are_compared_with_some_of_them(tiny_runs, monkeypatch):
    monkeypatch.setattr(codes, "MAX_USERS", 50)
    run = replace(tiny_runs("als"))  # nothing is remembered with it
    crowd = crowd_of(run)
    assert len(crowd.users) == 50 == len(crowd.codes) and not crowd.everybody
    np.testing.assert_allclose(crowd.codes, codes_of(run, "user", np.arange(200))[crowd.users])
    assert crowd_of(replace(run)).users.tolist() == crowd.users.tolist()


def test_the_list_is_the_recommenders_with_the_main_reason_of_each(tiny_run):
    person = person_of(tiny_run, USER)
    found, lists = recommended(tiny_run, person, 8), steer(tiny_run, USER, top=8).recommender
    assert found["row"].tolist() == lists["row"].tolist()
    np.testing.assert_allclose(found["score"], lists["score"])
    assert found["why"].tolist() == reasons(tiny_run, USER, lists["row"].to_numpy())
    assert found["held_out"].tolist() == lists["row"].isin(person.held_out).tolist()
    new = fold_in(tiny_run, [3, 40])
    assert recommended(tiny_run, new, 8)["row"].tolist() == steer(tiny_run, new, top=8).recommender["row"].tolist()


def test_somebody_who_has_had_everything_has_an_empty_list(tiny_run):
    everything = replace(person_of(tiny_run, USER), seen=np.arange(tiny_run.dataset.n_items))
    found = recommended(tiny_run, everything)
    assert found.empty and {"held_out", "neuron", "why"} <= set(found)


def test_similar_users_have_the_largest_cosines_and_what_both_had(tiny_run):
    found = similar_users(tiny_run, person_of(tiny_run, USER), 6)
    u = tiny_run.recommender.user_embeddings.numpy().astype(float)
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    cosines = u @ u[USER]
    cosines[USER] = -2
    assert found["row"].tolist() == np.argsort(-cosines, kind="stable")[:6].tolist()
    np.testing.assert_allclose(found["similarity"], cosines[found["row"]], rtol=1e-5)
    seen = tiny_run.dataset.seen.toarray() > 0
    assert found["shared"].tolist() == (seen[found["row"]] & seen[USER]).sum(axis=1).tolist()
    assert found["items"].tolist() == seen[found["row"]].sum(axis=1).tolist()
    assert len(similar_users(tiny_run, fold_in(tiny_run, [3, 40]), 500)) == tiny_run.dataset.n_users


def test_the_place_of_an_item_is_its_rank_among_what_a_user_has_not_had(tiny_run):
    person = person_of(tiny_run, USER)
    lists = steer(tiny_run, USER, top=1000).recommender["row"].tolist()
    assert score_place(tiny_run, person, lists[11]) == (12, False)
    rank, had = score_place(tiny_run, person, int(person.seen[0]))
    assert had and 1 <= rank <= len(lists) + 1


def test_somebody_without_history_or_neurons_has_empty_tables(tiny_run):
    nobody = Person(tiny_run.recommender.user_embeddings[:1] * 0, np.empty(0, np.int64))
    similar = similar_users(tiny_run, nobody)
    assert len(similar) == 10 and not similar["similarity"].any() and not similar["shared"].any()
    assert user_neurons(tiny_run, nobody)["value"].ge(0).all()
    assert len(recommended(tiny_run, nobody, 5)) == 5
