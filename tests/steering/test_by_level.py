"""A user's list from each level of the dictionary, against scores computed by hand and against the run's metrics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch

from explorer.fidelity import overlap, rbo
from explorer.measures import COMPARED_LENGTH
from explorer.recommenders import NOTHING, recommend
from explorer.runs import Run
from explorer.steering import level_lists, steer
from explorer.steering.by_level import NO_CONCEPT, level_gains

USERS = [0, 17, 101, 199]
NAMES = ["matryoshka", "topk-no-years", "ncf"]


@pytest.fixture(params=NAMES)
def run(request, tiny_runs, tiny_variants) -> Run:
    """With four levels and with one, and with a score that is not a dot product."""
    return tiny_runs("ncf") if request.param == "ncf" else tiny_variants(request.param)


@pytest.fixture
def levelled(tiny_variants) -> Run:
    return tiny_variants("matryoshka")


def ranked(run: Run, user: int, width: int | None, top: int) -> tuple[list[int], np.ndarray]:
    """The unseen items by the score of the embeddings rebuilt whole and then cut (None: the recommender's own), and all
    scores."""
    model, sae = run.recommender, run.sae
    sides = []
    for i, (side, x) in enumerate((("user", model.user_embeddings[[user]]), ("item", model.item_embeddings))):
        if width is not None:
            z = sae.encode(x, side).clone()
            z[:, width:] = 0
            if sae.levels_stand_alone:
                before = max((other for other in sae.levels if other < width), default=sae.pair)
                z[:, sae.pair : before] = 0
            length = x.norm(dim=1, keepdim=True) if sae.unit_length[i] else 1.0
            x = length * (z @ sae.W_dec * sae.scale[i] + sae.mean[i])
        sides.append(x)
    scores = model.score(*sides, torch.tensor([user]))[0].detach().numpy()
    unseen = np.flatnonzero(run.dataset.seen[[user]].toarray()[0] == 0)
    return unseen[np.argsort(-scores[unseen], kind="stable")][:top].tolist(), scores


def padded(table: pd.DataFrame, top: int) -> np.ndarray:
    return np.array([[*table["row"], *[NOTHING] * (top - len(table))]])


def seen_but(run: Run, user: int, left: int) -> Run:
    """The run, but the user has seen everything except the first few items."""
    seen = run.dataset.seen.tolil()
    seen[user, :] = 1
    seen[user, :left] = 0
    dataset = replace(run.dataset)
    dataset.__dict__["seen"] = sp.csr_array(seen)
    return replace(run, dataset=dataset)


def test_each_level_is_the_list_of_users_and_items_rebuilt_from_its_neurons_alone(run):
    for user in USERS:
        lists = level_lists(run, user)
        assert tuple(level.width for level in lists.levels) == run.sae.levels
        rows, scores = ranked(run, user, None, 20)
        np.testing.assert_allclose(lists.recommender["score"], scores[rows], rtol=1e-4, atol=1e-5)
        for level in lists.levels:
            rows, scores = ranked(run, user, level.width, 20)
            np.testing.assert_allclose(level.table["score"], scores[rows], rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(level.table["score"], scores[level.table["row"]], rtol=1e-4, atol=1e-5)


def test_the_last_level_is_the_list_from_everybody_rebuilt_whole(run):
    rebuilt = run.reconstruction
    embeddings = {"user_embeddings": rebuilt.user_embeddings, "item_embeddings": rebuilt.item_embeddings}
    for user in USERS:
        expected = recommend(run.recommender, run.dataset.seen, 20, np.array([user]), **embeddings)[0]
        last = level_lists(run, user).levels[-1]
        assert last.width == run.sae.n
        assert last.table["row"].tolist() == expected[expected != NOTHING].tolist()


def test_the_recommenders_list_is_that_of_steering(run):
    own = level_lists(run, 17).recommender
    pd.testing.assert_frame_equal(own.drop(columns="first_level"), steer(run, 17).recommender)


@pytest.mark.slow
def test_the_mean_agreement_over_users_is_that_of_the_runs_metrics(levelled):
    users = np.flatnonzero(np.diff(levelled.dataset.test.indptr))
    lists = [level_lists(levelled, user, COMPARED_LENGTH).levels for user in users]
    assert [level["width"] for level in levelled.metrics.as_json()["levels"]] == [level.width for level in lists[0]]
    for i, measured in enumerate(levelled.metrics.as_json()["levels"]):
        agreement = np.mean([levels[i].agreement for levels in lists])
        shared = np.mean([levels[i].shared for levels in lists])
        assert agreement == pytest.approx(measured[f"rbo@{COMPARED_LENGTH}"], abs=1e-3)
        assert shared == pytest.approx(measured[f"overlap@{COMPARED_LENGTH}"], abs=1e-3)


@pytest.mark.parametrize("top", [1, 20, 1000])
def test_agreement_is_that_of_the_two_lists_on_show(run, top):
    for user in USERS:
        lists = level_lists(run, user, top)
        for level in lists.levels:
            pair = padded(lists.recommender, top), padded(level.table, top)
            assert level.agreement == pytest.approx(rbo(*pair)[0])
            assert level.shared == pytest.approx(overlap(*pair)[0])


@pytest.mark.parametrize("top", [1, 20, 1000])
def test_seen_items_are_never_shown_and_every_list_is_as_long_as_it_can_be(run, top):
    seen = run.dataset.seen.toarray() > 0
    for user in USERS:
        lists = level_lists(run, user, top)
        for table in (lists.recommender, *(level.table for level in lists.levels)):
            assert len(table) == min(top, (~seen[user]).sum())
            assert not seen[user][table["row"]].any()
            assert table["row"].is_unique and table["score"].is_monotonic_decreasing
            assert table["rank"].tolist() == list(range(1, len(table) + 1))
            assert table["title"].tolist() == run.dataset.items["title"].iloc[table["row"]].tolist()


def test_the_recommenders_rank_counts_the_unseen_items_it_puts_above(levelled):
    seen = levelled.dataset.seen.toarray() > 0
    for user in USERS:
        _, scores = ranked(levelled, user, None, 1)
        for level in level_lists(levelled, user).levels:
            for item, rank in zip(level.table["row"], level.table["recommender_rank"], strict=True):
                assert rank == 1 + (scores[~seen[user]] > scores[item]).sum()


def test_what_a_level_brings_is_what_the_level_before_had_not(levelled):
    brought = 0
    for user in USERS:
        before: list[int] = []
        for number, level in enumerate(level_lists(levelled, user).levels):
            rows = level.table["row"].tolist()
            ranks = [before.index(row) + 1 if row in before else 0 for row in rows]
            assert level.table["before"].tolist() == ranks
            assert level.table["new"].tolist() == [number > 0 and rank == 0 for rank in ranks]
            before = rows
            brought += level.table["new"].sum()
    assert brought > 0


def test_the_neurons_of_a_level_are_those_it_adds_that_fire_for_the_user_strongest_first(run):
    for user in USERS:
        z, start = run.reconstruction.user_activations[user].numpy(), 0
        for level in level_lists(run, user).levels:
            fires = [neuron for neuron in range(start, level.width) if z[neuron] > 0]
            assert sorted(level.neurons.tolist()) == fires
            assert (np.diff(z[level.neurons]) <= 0).all()
            start = level.width


def test_a_flat_dictionary_has_one_level_and_nothing_in_it_is_new(tiny_variants):
    run = tiny_variants("topk-no-years")
    (level,) = level_lists(run, 17).levels
    assert level.width == run.sae.n
    assert not level.table["new"].any() and not level.table["before"].any()


@pytest.mark.parametrize("left", [1, 3])
def test_a_user_with_few_unseen_items_gets_those_and_all_levels_share_them(levelled, left):
    lists = level_lists(seen_but(levelled, 17, left), 17)
    for level in lists.levels:
        assert sorted(level.table["row"]) == list(range(left)) and level.shared == 1
        assert not level.table["new"].any()
    assert left > 1 or [level.agreement for level in lists.levels] == [1] * 4


def test_a_user_who_has_seen_everything_has_empty_lists_and_no_agreement(levelled):
    lists = level_lists(seen_but(levelled, 17, 0), 17)
    assert lists.recommender.empty
    for level in lists.levels:
        assert level.table.empty and np.isnan(level.agreement) and np.isnan(level.shared)
        assert {"new", "before", "recommender_rank"} <= set(level.table)


def test_asking_leaves_the_run_as_it_is(levelled):
    before = levelled.reconstruction.user_activations.numpy().tobytes(), levelled.sae.W_dec.numpy().tobytes()
    lists = level_lists(levelled, 3)
    for level in lists.levels:
        level.neurons[:] = 0
    assert before == (levelled.reconstruction.user_activations.numpy().tobytes(), levelled.sae.W_dec.numpy().tobytes())


@pytest.mark.parametrize("name", ["matryoshka", "nested"])
def test_what_a_level_adds_to_an_item_is_the_sum_of_its_concepts_parts_and_the_rest(tiny_variants, name):
    run, rows = tiny_variants(name), np.arange(0, 40, 3)
    for user in USERS[:2]:
        before = np.zeros(len(rows))
        for number, width in enumerate(run.sae.levels, start=1):
            found, (_, scores) = level_gains(run, user, number, rows), ranked(run, user, width, 1)
            above = scores[rows] - scores.mean()
            np.testing.assert_allclose(found.total, above - before, atol=1e-4)
            np.testing.assert_allclose(found.parts.sum(axis=0) + found.rest, found.total)
            fires = np.flatnonzero(run.reconstruction.user_activations[user].numpy() > 0)
            assert found.neurons.tolist() == fires.tolist()
            assert not found.parts[fires >= width].any()
            before = above


def test_a_new_item_was_brought_by_the_levels_own_concept_with_the_largest_part(levelled):
    brought = 0
    for user in USERS:
        start = 0
        for level in level_lists(levelled, user).levels:
            table, own = level.table, range(start, level.width)
            found = level_gains(levelled, user, level.number, table["row"].to_numpy())
            parts = np.where(np.isin(found.neurons, own)[:, None], found.parts, -np.inf)
            for place, row in enumerate(table.itertuples()):
                best = parts[:, place].argmax() if len(parts) else 0
                if len(parts) and parts[best, place] > 0:
                    assert (row.concept, row.part) == (found.neurons[best], pytest.approx(parts[best, place]))
                else:
                    assert row.concept == NO_CONCEPT and np.isnan(row.part)
            new = table if level.number == 1 else table[table["new"]]
            assert level.n_new == len(new)
            assert dict(level.brought()) == new.query("concept >= 0")["concept"].value_counts().to_dict()
            start, brought = level.width, brought + len(new)
    assert brought > 0


def test_what_is_lost_is_what_the_level_before_had(levelled):
    for user in USERS:
        before = pd.DataFrame({"row": [], "rank": []})
        for level in level_lists(levelled, user).levels:
            gone = before[~before["row"].isin(level.table["row"])]
            assert level.lost[["row", "rank"]].to_numpy(int).tolist() == gone[["row", "rank"]].to_numpy(int).tolist()
            assert (level.lost["part"].dropna() < 0).all()
            before = level.table


def test_where_scores_are_not_dot_products_no_single_concept_brought_an_item(tiny_runs):
    lists = level_lists(tiny_runs("ncf"), 17)
    assert not lists.exact
    for level in lists.levels:
        assert (level.table["concept"] == NO_CONCEPT).all() and level.table["part"].isna().all()
        assert level.brought() == [] and level.table["gain"].notna().all()
