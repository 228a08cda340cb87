"""Users who consume what they are shown, round after round."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from explorer.experiments import cohort_of, rounds
from explorer.experiments.simulation import COLUMNS, _Market, take, without
from explorer.experiments.target import Group
from explorer.fidelity.agreement import RBO_P
from explorer.measures import CONSUMED_SHARE, LIST_COVERAGE, LIST_SHARE
from explorer.recommenders import NOTHING
from explorer.steering import steer
from tests.helpers import opaque, refused


@pytest.fixture
def cohort(tiny_run):
    return cohort_of(tiny_run, "all", 20)


def market(run, cohort, refit=False) -> _Market:
    return _Market(run, cohort, Group.of(run.dataset, run.dataset.genres[0]), 4, 3, 10, refit)


@pytest.mark.parametrize("refit", [False, True])
def test_what_was_taken_comes_from_the_list_and_is_never_shown_again(tiny_run, cohort, refit):
    shown, taken = market(tiny_run, cohort, refit)._part(cohort.users, None, [0])
    for place, user in enumerate(cohort.users):
        gone = set(tiny_run.dataset.history(int(user)).index)
        for lists, chosen in zip(shown[:, place], taken[:, place], strict=True):
            there = set(lists[lists != NOTHING])
            assert not there & gone
            assert set(chosen[chosen != NOTHING]) <= there
            assert len(set(chosen)) == len(chosen) or NOTHING in chosen
            gone |= set(chosen)


def test_the_first_round_shows_the_recommenders_own_lists(tiny_run, cohort):
    shown, _ = market(tiny_run, cohort)._part(cohort.users, None, [0])
    for place, user in enumerate(cohort.users):
        rows = steer(tiny_run, int(user), top=10).recommender["row"].tolist()
        assert shown[0, place].tolist()[: len(rows)] == rows


def test_an_item_is_as_much_less_likely_as_the_rule_says(rng):
    lists = np.tile(np.arange(10), (40_000, 1))
    counts = Counter(take(lists, 1, rng)[:, 0].tolist())
    weights = RBO_P ** np.arange(10)
    for rank in range(10):
        assert counts[rank] / 40_000 == pytest.approx(weights[rank] / weights.sum(), abs=0.01)


def test_short_lists_give_what_they_have(rng):
    chosen = take(np.array([[4, NOTHING, NOTHING], [NOTHING] * 3]), 2, rng)
    assert chosen.tolist() == [[4, NOTHING], [NOTHING, NOTHING]]
    assert take(np.array([[4]]), 3, rng).tolist() == [[4, NOTHING, NOTHING]]


def test_what_was_taken_leaves_the_held_out_positives():
    matrix = csr_array(np.array([[1, 1, 0], [0, 1, 1]]))
    left = without(matrix, np.array([[1, NOTHING], [0, 2]]))
    assert left.toarray().tolist() == [[1, 0, 0], [0, 1, 0]]
    assert np.diff(left.indptr).tolist() == [1, 1]


def test_the_table_has_a_row_for_every_policy_round_and_measure(tiny_run, cohort):
    found = rounds(tiny_run, 3, 1.0, cohort, n_rounds=4, seeds=2).table
    assert list(found) == list(COLUMNS)
    assert not found.duplicated(["arm", "round", "measure"]).any()
    assert set(found["arm"]) == {"own", "steered"} and set(found["round"]) == {1, 2, 3, 4}
    assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()
    shown = found[(found["measure"] == LIST_COVERAGE) & (found["arm"] == "own")]["value"]
    assert shown.is_monotonic_increasing and shown.iloc[-1] > shown.iloc[0]


def test_the_same_seed_gives_the_same_rounds_and_another_others(tiny_run, cohort):
    first, again, other = (rounds(tiny_run, 3, 1.0, cohort, n_rounds=3, seeds=2, seed=seed).table for seed in (0, 0, 5))
    pd.testing.assert_frame_equal(first, again)
    assert not first["value"].equals(other["value"])


def test_both_policies_meet_the_same_choices_so_that_nothing_steered_is_nothing_changed(tiny_run, cohort):
    neuron = int(tiny_run.index.neurons["max_users"].argmax())
    found = rounds(tiny_run, neuron, 1e-9, cohort, n_rounds=3, seeds=1).table
    own, steered = (found[found["arm"] == arm]["value"].to_numpy() for arm in ("own", "steered"))
    np.testing.assert_allclose(own, steered)


def test_a_nudge_brings_more_of_its_genre_to_lists_and_to_what_is_taken(tiny_run, cohort):
    neuron = int(tiny_run.index.association.nlargest(1, "ap")["neuron"].iloc[0])
    found = rounds(tiny_run, neuron, 2.0, cohort, n_rounds=3, seeds=2).table
    for name in (LIST_SHARE, CONSUMED_SHARE):
        means = found[found["measure"] == name].groupby("arm")["value"].mean()
        assert means["steered"] > means["own"]


def test_scores_that_are_not_dot_products_take_part(tiny_runs):
    run = opaque(tiny_runs("mf"))
    assert rounds(run, 3, -0.5, cohort_of(run, "all", 5), n_rounds=2, seeds=1).table["value"].notna().all()


def test_numbers_below_one_are_refused(tiny_run, cohort):
    for setting in ("n_rounds", "per_round", "top", "seeds"):
        with refused("must be at least 1"):
            rounds(tiny_run, 3, 1.0, cohort, **{setting: 0})
