"""Nudging and suppressing a cohort, against steering user by user."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.experiments import cohort_of, nudge, suppress
from explorer.experiments.crowd import Crowd
from explorer.experiments.experiment import (
    COLUMNS,
    EQUAL_COLUMNS,
    at_share,
    check_doses,
    choose_target,
    finer_doses,
    sweep,
    together,
)
from explorer.experiments.exposure import Band
from explorer.experiments.target import AlongDirection, ByCausalNeurons, Group, Target, centroid, control_neuron
from explorer.measures import LIST_KEPT, LIST_NDCG, LIST_RBO, LIST_SHARE
from explorer.recommenders import NOTHING
from explorer.steering import Edit, concepts_of, steer
from tests.helpers import opaque, refused

TOP = 20


@pytest.fixture
def cohort(tiny_run):
    return cohort_of(tiny_run, "all", 25, seed=3)


@pytest.fixture(scope="module")
def nudged(tiny_runs):
    run = tiny_runs("als")
    name = max(concepts_of(run), key=lambda name: len(concepts_of(run)[name].neurons))
    return run, nudge(run, name, cohort_of(run, "all", 60), top=TOP)


def share_by_hand(run, cohort, neuron: int, dose: float, direction: int, members) -> float:
    """Mean share of the members in the lists, one user at a time; users beyond the dose stay as they are."""
    shares = []
    for user in cohort.users:
        own = float(run.reconstruction.user_activations[user, neuron]) / float(run.units[neuron])
        edits = [Edit(neuron, "set", dose)] if (dose - own) * direction > 0 else []
        shares.append(members[steer(run, int(user), edits, top=TOP).steered["row"]].mean())
    return float(np.mean(shares))


@pytest.mark.parametrize(("kind", "dose"), [("nudge", 0.3), ("nudge", 2.0), ("suppress", 0.0), ("suppress", -1.5)])
def test_the_share_at_a_dose_is_that_of_steering_each_user(tiny_run, cohort, kind, dose):
    facet = tiny_run.dataset.genres[1]
    found = sweep(tiny_run, kind, 3, cohort, [dose], facet, TOP, baselines=False)
    members = tiny_run.dataset.genre_matrix[:, 1]
    rows = found.table.query("measure == @LIST_SHARE").set_index("arm")["value"]
    direction = 1 if kind == "nudge" else -1
    assert rows["neuron"] == pytest.approx(share_by_hand(tiny_run, cohort, 3, dose, direction, members))
    own = [members[steer(tiny_run, int(user), top=TOP).recommender["row"]].mean() for user in cohort.users]
    assert rows["own"] == pytest.approx(np.mean(own))


def test_the_table_has_a_row_for_every_way_dose_and_measure(nudged):
    _, found = nudged
    assert list(found.table) == list(COLUMNS) and list(found.equal) == list(EQUAL_COLUMNS)
    assert not found.table.duplicated(["arm", "dose", "measure"]).any()
    sizes = found.table.groupby(["arm", "dose"], dropna=False).size()
    assert sizes.min() == sizes.max()
    assert {"own", "concept", "causal", "centroid", "random"} <= set(found.table["arm"])
    assert found.table.loc[found.table["arm"] == "own", "dose"].isna().all()
    assert (found.table["users"] == 60).all() and (found.table["kind"] == "nudge").all()
    known = found.table.dropna(subset=["value", "low", "high"])
    assert (known["low"] <= known["value"] + 1e-12).all() and (known["value"] <= known["high"] + 1e-12).all()


def test_own_lists_keep_everything_and_higher_doses_move_further(nudged):
    _, found = nudged
    kept = found.curve("concept", LIST_KEPT)
    assert kept["value"].iloc[0] == 1 and kept["value"].is_monotonic_decreasing
    share = found.curve("concept", LIST_SHARE)["value"]
    assert share.iloc[-1] > share.iloc[0]


def test_the_same_seed_gives_the_same_tables_and_another_other_random_directions(tiny_run, cohort):
    first, again, other = (nudge(tiny_run, 3, cohort, doses=[1.0], seed=seed) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(first.table, again.table)
    pd.testing.assert_frame_equal(first.equal, again.equal)
    values = [found.table.query("arm == 'random'")["value"].tolist() for found in (first, other)]
    assert values[0] != values[1]


def test_every_way_moves_a_user_by_the_length_of_the_target(nudged):
    run, found = nudged
    target = Target.of(run, found.target)
    crowd = Crowd(run, found.cohort.users)
    shift = crowd.shift(target.changes(crowd, 1.0, 1))
    toward = centroid(run, target.group())
    assert toward.norm() == pytest.approx(1, rel=1e-5)
    by_length = crowd.moved(shift.norm(dim=1, keepdim=True) * toward)
    np.testing.assert_array_equal(AlongDirection("centroid", target, 1, toward).scores(crowd, 1.0), by_length)


def test_the_centroid_is_the_mean_of_the_labelled_items_less_that_of_all(tiny_run):
    group = Group.of(tiny_run.dataset, tiny_run.dataset.genres[0])
    items = tiny_run.recommender.item_embeddings.numpy().astype(float)
    ranked = tiny_run.dataset.ranked(tiny_run.config.neurons.min_support)
    wanted = items[group.members & ranked].mean(axis=0) - items[ranked].mean(axis=0)
    np.testing.assert_allclose(centroid(tiny_run, group), wanted / np.linalg.norm(wanted), rtol=1e-4, atol=1e-5)
    assert centroid(tiny_run, Group("all", np.ones(tiny_run.dataset.n_items, bool))) is None


def test_a_control_neuron_is_unrelated_and_fires_about_as_often(tiny_run):
    neurons = tiny_run.index.neurons
    for number in range(0, 32, 5):
        target = Target.of(tiny_run, number)
        control = control_neuron(tiny_run, target, target.group())
        if control is None:
            continue
        cosine = float(tiny_run.sae.W_dec[control] @ tiny_run.sae.W_dec[number])
        assert control != number and abs(cosine) < 0.3
        assert neurons["genre"][control] != target.group().name
        assert neurons["density_users"][control] > 0


def test_only_neurons_that_change_a_users_list_by_themselves_are_causal_for_it(nudged):
    run, found = nudged
    target, group = Target.of(run, found.target), Target.of(run, found.target).group()
    crowd = Crowd(run, found.cohort.users)
    way = ByCausalNeurons("causal", target, 1, group, TOP, 1.0)
    scores = way.scores(crowd, 0.7)

    def count(lists) -> np.ndarray:
        return (group.members[lists] & (lists != NOTHING)).sum(axis=1)

    full, dose = target.changes(crowd, 1.0, 1), target.changes(crowd, 0.7, 1)
    before = count(crowd.best(crowd.start, TOP))
    gains = {k: count(crowd.best(crowd.changed({k: by}), TOP)) - before for k, by in full.items()}
    most = np.max(list(gains.values()), axis=0)
    kept = {k: np.where((gain > 0) & (gain >= most / 2), dose[k], 0.0) for k, gain in gains.items() if k in dose}
    np.testing.assert_array_equal(scores, crowd.changed(kept))
    assert any((kept[k] != dose[k]).any() for k in kept)


def test_a_nudge_lowers_nobody_and_suppressing_raises_nobody(tiny_run):
    crowd = Crowd(tiny_run, np.arange(200))
    values = crowd.values  # noqa: PD011
    neuron = int((values > 0).mean(axis=0).argmax())
    target = Target.of(tiny_run, neuron)
    middle = float(np.median(values[values[:, neuron] > 0, neuron]))
    up, down = (target.changes(crowd, middle, direction)[neuron] for direction in (1, -1))
    np.testing.assert_allclose(values[:, neuron] + up, np.maximum(values[:, neuron], middle))
    np.testing.assert_allclose(values[:, neuron] + down, np.minimum(values[:, neuron], middle))


def test_the_value_at_equal_share_is_read_from_the_curve_where_it_first_crosses():
    shares, values = np.array([0.1, 0.3, 0.2, 0.5]), np.array([1.0, 0.8, 0.7, 0.1])
    assert at_share(shares, values, 0.2) == pytest.approx(0.9)
    assert at_share(shares, values, 0.1) == 1.0
    assert at_share(shares, values, 0.4) == pytest.approx(0.3)
    assert np.isnan(at_share(shares, values, 0.6)) and np.isnan(at_share(shares, values, 0.05))
    assert at_share(shares[::-1], values[::-1], 0.5) == 0.1
    assert at_share(np.array([0.2, 0.2]), np.array([1.0, 0.5]), 0.2) == 1.0


def test_at_equal_effect_the_other_value_lies_on_the_other_ways_curve(nudged):
    _, found = nudged
    shares, rbos = (found.curve("centroid", name)["value"].to_numpy() for name in (LIST_SHARE, LIST_RBO))
    rows = found.equal.query("arm == 'centroid' and measure == @LIST_RBO")
    mine = found.curve("concept", LIST_SHARE).set_index("dose")["value"]
    assert len(rows) == len(mine) - 1
    for row in rows.itertuples():
        assert row.share == pytest.approx(mine[row.dose])
        assert row.other == pytest.approx(at_share(shares, rbos, row.share), nan_ok=True)
        if np.isfinite(row.low):
            assert row.low <= row.other - row.value <= row.high


def test_doses_are_put_in_the_order_in_which_they_move_users_further():
    assert check_doses([1, 0.5, 1], "nudge") == [0.5, 1.0]
    assert check_doses([0.5, -1, 0], "suppress") == [0.5, 0.0, -1.0]
    assert finer_doses([0.55, 1.0], 1) == sorted([0.55, *(np.arange(1, 17) / 8)])
    down = finer_doses([0.5, -1.0], -1)
    assert down[0] == 1 - 3 / 16 and down[-1] == -2 and {0.5, -1.0} < set(down) and down == sorted(down, reverse=True)
    assert finer_doses([0.5], -1)[-1] == 0.5
    for doses, words in (
        ([], "no doses"),
        ([float("nan")], "nan"),
        ([float("inf")], "±1e+06"),
        ([1e308], "±1e+06"),
    ):
        with refused(words):
            check_doses(doses, "nudge")


def test_several_directions_have_a_band_for_the_draw_of_users_and_of_directions():
    band = together([Band(0.1, 0.05, 0.15), Band(0.3, 0.25, 0.35)])
    assert band.value == pytest.approx(0.2)
    assert band.high - band.value == pytest.approx(np.hypot(0.05, 1.96 * np.std([0.1, 0.3], ddof=1) / 2**0.5))
    assert together([Band(1.0, 0.5, 1.5)]) == Band(1.0, 0.5, 1.5)


@pytest.mark.parametrize(("kind", "doses"), [("nudge", (0.25, 0.5, 0.75, 1.0)), ("suppress", (0.5, 0.0, -0.5, -1.0))])
def test_the_chosen_target_keeps_most_of_the_lists_at_half_the_largest_change(nudged, kind, doses):
    run, _ = nudged
    cohort = cohort_of(run, "all", 40)
    facet = next(iter(concepts_of(run)))
    candidates = [facet, *run.index.association.query("genre == @facet").nlargest(5, "ap")["neuron"].tolist()]
    curves = []
    for what in candidates:
        found = sweep(run, kind, what, cohort, doses, facet, TOP, baselines=False)
        arm = "concept" if what == facet else "neuron"
        curves.append([found.curve(arm, name)["value"].to_numpy() for name in (LIST_SHARE, LIST_KEPT)])
    start = curves[0][0][0]
    most = max((shares.max() if kind == "nudge" else -shares.min()) for shares, _ in curves)
    wanted = (start + (most if kind == "nudge" else -most)) / 2
    kept = [at_share(shares, keeps, wanted) for shares, keeps in curves]
    assert choose_target(run, kind, facet, cohort, TOP) == candidates[int(np.nanargmax(kept))]


@pytest.mark.parametrize("kind", ["ncf", "squashed"])
def test_scores_that_are_not_dot_products_take_part(tiny_runs, kind):
    run = tiny_runs("ncf") if kind == "ncf" else opaque(tiny_runs("mf"))
    found = suppress(run, 3, cohort_of(run, "all", 4), doses=[0.0, -1.0], top=TOP)
    assert {"own", "neuron", "random"} <= set(found.table["arm"])
    assert found.table["value"].notna().all()


@pytest.mark.parametrize("name", ["relu-no-genres", "topk-no-years"])
def test_data_without_genres_or_years_count_the_neurons_own_items(tiny_variants, name):
    run = tiny_variants(name)
    neuron = int(run.index.neurons["max_users"].argmax())
    found = nudge(run, neuron, cohort_of(run, "all", 10), doses=[1.0], top=5)
    assert (found.group == "strongest items") == (name == "relu-no-genres")
    share = found.curve("neuron", LIST_SHARE)["value"]
    assert share.iloc[-1] >= share.iloc[0]
    assert found.curve("neuron", LIST_NDCG)["value"].notna().all()


def test_a_list_may_be_longer_than_the_catalogue(tiny_run, cohort):
    found = nudge(tiny_run, 3, cohort, doses=[1.0], top=1000, baselines=False)
    assert found.curve("neuron", LIST_KEPT)["value"].tolist() == [1.0, 1.0]


def test_what_does_not_exist_is_said_in_a_sentence(tiny_run, cohort):
    with refused("no concept 'Nonsense'"):
        nudge(tiny_run, "Nonsense", cohort)
    with refused("no neuron 99"):
        nudge(tiny_run, 99, cohort)
    with refused("'Nonsense' is neither"):
        nudge(tiny_run, 3, cohort, facet="Nonsense")
    with refused("must be at least 1"):
        nudge(tiny_run, 3, cohort, top=0)
