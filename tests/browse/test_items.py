"""What the page of an item says, against loops over everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.browse.audience import audience_of, likeliest_user, main_facets, mean_parts, standing
from explorer.browse.items import item_facts, item_neurons, nearest_items, sharing_items
from explorer.experiments.items import Exposure, item_units, promote, reach_sentence
from explorer.steering import contributions, steer
from tests.helpers import opaque

ITEM = 60


@pytest.fixture(scope="module")
def run(tiny_runs):
    return tiny_runs("als")


@pytest.fixture(scope="module")
def exposure(run):
    return Exposure(run, 5)


def with_items(run, **columns):
    return replace(run, dataset=replace(run.dataset, items=run.dataset.items.assign(**columns)))


def test_popularity_is_said_in_words_that_hold(run):
    counts = run.dataset.items["popularity"].to_numpy()
    nouns, n = run.dataset.nouns, run.dataset.n_items
    for item in range(n):
        facts = item_facts(run, item)
        assert (facts.users == counts[item] and str(facts.users) in facts.sentence) or not facts.users
        assert facts.more_popular_than == pytest.approx(np.mean(np.delete(counts, item) < counts[item]))
        assert ("no item has fewer" in facts.sentence or "No user" in facts.sentence) or counts[item] > counts.min()
    counts = np.arange(n)
    ranked = with_items(run, popularity=counts)
    assert "No user has it" in item_facts(ranked, 0).sentence
    assert item_facts(ranked, 1).sentence.startswith("1 user of the training data has it: more popular than")
    assert "more than any other" in item_facts(ranked, n - 1).sentence
    assert "none of" in item_facts(with_items(run, popularity=np.full(n, 4)), 3).sentence
    assert nouns.count_items(n) in item_facts(ranked, 1).sentence


def test_what_the_data_does_not_say_of_an_item_is_left_out(run):
    n = run.dataset.n_items
    bare = with_items(run, genres=[[]] * n, year=pd.array([pd.NA] * n, "Int64"))
    facts = item_facts(bare, ITEM)
    assert facts.facets == () and facts.year is None and facts.sentence


def test_the_neurons_of_an_item_are_those_of_its_code_the_strongest_first(run):
    found = item_neurons(run, ITEM)
    code = run.reconstruction.item_activations[ITEM].numpy()
    assert sorted(found["neuron"]) == np.flatnonzero(code).tolist()
    np.testing.assert_allclose(found["value"], code[found["neuron"]] / item_units(run)[found["neuron"]], rtol=1e-5)
    assert found["value"].is_monotonic_decreasing and found["value"].max() <= 1 + 1e-5
    for row in found.itertuples():
        top = run.index.strongest_items(row.neuron, 10_000)
        rank = top.loc[top["row"] == ITEM, "rank"]
        assert (pd.isna(row.rank) and rank.empty) or row.rank == rank.iloc[0]


def test_the_nearest_items_have_the_largest_cosines(run):
    q = run.recommender.item_embeddings.numpy().astype(float)
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    cosines = q @ q[ITEM]
    cosines[ITEM] = -2
    found = nearest_items(run, ITEM, 7)
    assert found["row"].tolist() == np.argsort(-cosines, kind="stable")[:7].tolist()
    np.testing.assert_allclose(found["similarity"], np.sort(cosines)[::-1][:7], rtol=1e-5)
    codes = run.reconstruction.item_activations.numpy()
    for row, shared in zip(found["row"], found["shared"], strict=True):
        assert all(codes[row, k] > 0 and codes[ITEM, k] > 0 for k in shared)
        assert len(shared) == min(3, int(((codes[row] > 0) & (codes[ITEM] > 0)).sum()))


def test_items_with_the_same_neurons_are_those_of_a_search_through_all(run):
    values = run.reconstruction.item_activations.numpy() / item_units(run)
    lengths = np.linalg.norm(values, axis=1) * np.linalg.norm(values[ITEM])
    cosines = np.divide(values @ values[ITEM], lengths, out=np.zeros(len(values), np.float32), where=lengths > 0)
    cosines[ITEM] = -2
    found = sharing_items(run, ITEM, 6)
    np.testing.assert_allclose(found["similarity"], np.sort(cosines)[::-1][:6], rtol=1e-4)


def test_an_item_without_a_direction_or_neurons_has_neighbours_all_the_same(run):
    model = run.recommender
    q = model.item_embeddings.clone()
    q[ITEM] = 0
    nowhere = replace(run, recommender=replace(model, item_embeddings=q))
    assert len(nearest_items(nowhere, ITEM)) == 10 and not nearest_items(nowhere, ITEM)["similarity"].any()
    assert len(sharing_items(nowhere, ITEM)) <= 10


def test_the_audience_is_who_has_it_in_the_list(run, exposure):
    lists = [steer(run, user, top=5).recommender["row"].tolist() for user in range(run.dataset.n_users)]
    for item in range(0, run.dataset.n_items, 24):
        found = audience_of(run, exposure, item)
        expected = {user: rows.index(item) + 1 for user, rows in enumerate(lists) if item in rows}
        assert dict(zip(found.users.tolist(), found.ranks.tolist(), strict=True)) == expected
        assert found.ranks.tolist() == sorted(found.ranks)
        promotion = promote(exposure, item)
        assert (found.counted, found.had) == (len(promotion.positions), promotion.seen)
        said = found.sentence(run.dataset.nouns)
        if found.counted and len(found.users):
            share = reach_sentence(promotion).rpartition(", ")[2].rstrip(".")
            assert f"of {len(found.users):,} of {found.counted:,} users, {share}" in said


def test_their_histories_and_neurons_stand_beside_the_average_users(run, exposure):
    best = exposure.best[:, :5]
    item = int(np.bincount(best[best >= 0]).argmax())
    found = audience_of(run, exposure, item)
    data = run.dataset
    shares = np.array([data.genre_matrix[data.history(user).index].mean(axis=0) for user in range(data.n_users)])
    table = found.facets.set_index("name").loc[data.genres]
    np.testing.assert_allclose(table["share"], shares[found.users].mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(table["average"], shares.mean(axis=0), atol=1e-9)
    parts = np.zeros((data.n_users, run.sae.n))
    for user in range(data.n_users):
        neurons, of_items = contributions(run, user)
        parts[user, neurons] = of_items[:, item]
    theirs, average = parts[found.users].mean(axis=0), parts.mean(axis=0)
    np.testing.assert_allclose(found.neurons["part"], theirs[found.neurons["neuron"]], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found.neurons["average"], average[found.neurons["neuron"]], rtol=1e-3, atol=1e-6)
    assert found.neurons["neuron"].iloc[0] == (theirs - average).argmax()
    assert found.neurons["difference"].is_monotonic_decreasing
    named = [data.genres[k] for k in shares[found.users].argmax(axis=1)]
    assert main_facets(run, found.users) == named


def test_mean_parts_of_other_scores_are_by_ablation(run):
    other = opaque(run)
    users = np.array([3, 9, 40])
    expected = np.zeros(run.sae.n)
    for user in users.tolist():
        neurons, parts = contributions(other, user)
        expected[neurons] += parts[:, ITEM] / len(users)
    np.testing.assert_allclose(mean_parts(other, users, ITEM), expected, rtol=1e-3, atol=1e-5)


def test_an_item_that_nobody_can_get_or_nobody_gets_is_said_in_words(run):
    data = run.dataset
    rest = data.interactions[data.interactions["item"] != ITEM]
    had = pd.DataFrame({"user": np.arange(data.n_users), "item": ITEM, "part": 0}).astype(rest.dtypes[["user", "item"]])
    everybody = replace(run, dataset=replace(data, interactions=pd.concat([rest, had], ignore_index=True)))
    exposure = Exposure(everybody, 5)
    found = audience_of(everybody, exposure, ITEM)
    assert found.counted == 0 and "nobody gets it" in found.sentence(data.nouns) and standing(exposure, ITEM) is None
    assert 0 <= likeliest_user(everybody, ITEM) < data.n_users
    exposure = Exposure(run, 1)
    unlisted = next(item for item in range(data.n_items) if not (exposure.best[:, :1] == item).any())
    found = audience_of(run, exposure, unlisted)
    assert found.sentence(data.nouns).startswith("None of ") and found.neurons.empty
    user, rank, median = standing(exposure, unlisted)
    ranks = exposure.ranks(unlisted, exposure.scores[:, unlisted], np.arange(data.n_users))
    unseen = ~np.isneginf(exposure.scores[:, unlisted])
    assert rank == ranks[unseen].min() == ranks[user] and median == np.median(ranks[unseen])


def test_the_likeliest_user_has_the_highest_score_and_has_not_had_it(run):
    model = run.recommender
    scores = model.score(model.user_embeddings, model.item_embeddings, torch.arange(model.n_users))[:, ITEM].numpy()
    had = run.dataset.seen[:, [ITEM]].toarray()[:, 0] > 0
    assert likeliest_user(run, ITEM) == np.where(had, -np.inf, scores).argmax()
