"""A person's scores: the same numbers as the moved embedding's, whoever the person is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.steering import Edit, PersonScores, person_of, steer

EDITS = [Edit(3, "set", 1.0), Edit(9, "set", -0.5), Edit(4, "add", 0.25)]


@pytest.mark.parametrize("mode", ["exact", "paper"])
@pytest.mark.parametrize("kind", ["als", "mf", "ncf", "lightgcn", "gmc"])
def test_the_scores_are_those_of_the_recommender_on_the_moved_embedding(tiny_runs, kind, mode):
    run = tiny_runs(kind)
    for user in (0, 17, 101):
        scores = PersonScores(run, person_of(run, user))
        changes = scores.changes(EDITS)
        x = run.recommender.user_embeddings[user : user + 1]
        z = run.sae.encode(x, "user")
        dz = torch.zeros_like(z)
        for neuron, change in changes.items():
            dz[0, neuron] = change * float(run.units[neuron])
        length = run.sae.lengths(x, "user")
        moved = x + run.sae.shift(dz, "user", length)
        if mode == "paper":
            moved = run.sae.decode(z + dz, "user", lengths=length)
        expected = run.recommender.score(moved, run.recommender.item_embeddings, torch.tensor([user]))[0]
        np.testing.assert_allclose(scores.scores(changes, mode), expected, rtol=1e-3, atol=2e-4)


def test_what_was_computed_before_gives_the_same_lists(tiny_run):
    scores = PersonScores(tiny_run, person_of(tiny_run, 5))
    steer(tiny_run, scores, [Edit(1, "set", 3.0)])
    for edits in ([], EDITS):
        again, anew = steer(tiny_run, scores, edits), steer(tiny_run, 5, edits)
        for name in ("recommender", "reconstruction", "steered"):
            assert getattr(again, name).equals(getattr(anew, name))


@pytest.mark.parametrize("kind", ["als", "mf", "ncf"])
def test_somebody_with_the_embedding_of_a_user_gets_that_users_list(tiny_runs, kind):
    run = tiny_runs(kind)
    user = person_of(run, 5)
    other = replace(user, user=None, user_id=None)
    known, new = steer(run, user, EDITS), steer(run, other, EDITS)
    assert new.steered["row"].tolist() == known.steered["row"].tolist()
    assert new.user is None and new.user_id is None
    differences = new.steered["score"] - known.steered["score"]
    assert differences.to_numpy() == pytest.approx(differences.iloc[0], abs=1e-4)


def test_somebody_who_has_seen_everything_gets_empty_lists(tiny_run):
    everything = replace(person_of(tiny_run, 5), seen=np.arange(tiny_run.dataset.n_items))
    lists = steer(tiny_run, everything, EDITS)
    assert [len(getattr(lists, name)) for name in ("recommender", "reconstruction", "steered")] == [0, 0, 0]
