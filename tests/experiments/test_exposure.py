"""What lists are worth and show, counted again by hand, and the bands around it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from explorer.experiments import steered_lists
from explorer.experiments.exposure import Band, ListMeasures, gini, variety
from explorer.fidelity import overlap, rbo
from explorer.measures import (
    ACCURACY_LENGTH,
    LIST_COVERAGE,
    LIST_GINI,
    LIST_KEPT,
    LIST_NDCG,
    LIST_POPULARITY,
    LIST_RBO,
    LIST_SHARE,
    LIST_VARIETY,
)
from explorer.recommenders import NOTHING, accuracy, recommend
from explorer.steering import Edit

USERS = np.arange(0, 200, 2)


@pytest.fixture
def measures(tiny_run) -> ListMeasures:
    own = recommend(tiny_run.recommender, tiny_run.dataset.seen, 20, USERS)
    return ListMeasures(tiny_run.dataset, USERS, own, tiny_run.dataset.genre_matrix[:, 0])


@pytest.fixture
def lists(tiny_run) -> np.ndarray:
    lists = steered_lists(tiny_run, USERS, [[Edit(3, "set", 1.0)]], 20)[0]
    lists[0], lists[1, 5:] = NOTHING, NOTHING
    return lists


def test_each_measure_of_a_user_is_counted_from_the_list(measures, lists):
    data, found = measures.dataset, measures.of_users(lists)
    percentile = (data.items["popularity"].rank() - 1) / (data.n_items - 1)
    for place in range(1, len(lists)):
        rows = lists[place][lists[place] != NOTHING]
        assert found[LIST_SHARE][place] == pytest.approx(measures.members[rows].mean())
        assert found[LIST_POPULARITY][place] == pytest.approx(percentile.iloc[rows].mean())
        shares = data.genre_matrix[rows].sum(axis=0) / data.genre_matrix[rows].sum()
        shares = shares[shares > 0]
        assert found[LIST_VARIETY][place] == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))
    np.testing.assert_allclose(found[LIST_RBO], rbo(measures.own, lists))
    np.testing.assert_allclose(found[LIST_KEPT], overlap(measures.own, lists))
    ndcg = next(iter(accuracy(lists, data.test[USERS], ACCURACY_LENGTH).values()))
    assert np.nanmean(found[LIST_NDCG]) == pytest.approx(ndcg)


def test_an_empty_list_has_no_share_and_keeps_nothing(measures, lists):
    found = measures.of_users(lists)
    assert np.isnan(found[LIST_SHARE][0]) and np.isnan(found[LIST_POPULARITY][0]) and np.isnan(found[LIST_VARIETY][0])
    assert found[LIST_KEPT][0] == 0


def test_exposure_counts_every_item_of_the_catalogue(measures, lists):
    found = measures.exposure_bands(lists)
    counts = np.bincount(lists[lists != NOTHING], minlength=measures.dataset.n_items)
    apart = np.abs(counts[:, None] - counts[None]).mean() / (2 * counts.mean())
    assert found[LIST_GINI].value == pytest.approx(apart)
    assert found[LIST_COVERAGE].value == pytest.approx((counts > 0).mean())
    for band in found.values():
        assert band.low < band.value < band.high


@pytest.mark.parametrize(("exposure", "value"), [([1, 1, 1, 1], 0), ([0, 0, 0, 8], 0.75), ([0, 0, 0, 0], np.nan)])
def test_the_gini_coefficient_is_that_of_the_books(exposure, value):
    assert gini(np.array(exposure)) == pytest.approx(value, nan_ok=True)


def test_a_band_is_that_of_the_normal_mean(measures, lists):
    found, values = measures.bands(measures.of_users(lists)), measures.of_users(lists)
    for name, band in found.items():
        known = values[name][np.isfinite(values[name])]
        reach = 1.96 * known.std(ddof=1) / len(known) ** 0.5
        assert band.value == pytest.approx(known.mean())
        assert band.high - band.value == pytest.approx(reach, rel=0.25)


def test_a_mean_over_resamples_counts_a_user_as_often_as_she_was_drawn(measures):
    values = np.arange(len(USERS), dtype=float)
    values[3] = np.nan
    for drawn, mean in zip(measures.weights, measures.means(values), strict=True):
        assert drawn.sum() == len(USERS)
        assert mean == pytest.approx(np.nanmean(np.repeat(values, drawn.astype(int))))


def test_a_seed_decides_the_band(tiny_run, measures, lists):
    again, other = (ListMeasures(tiny_run.dataset, USERS, measures.own, measures.members, seed) for seed in (0, 1))
    one = measures.bands(measures.of_users(lists))
    assert one == again.bands(again.of_users(lists)) != other.bands(other.of_users(lists))


def test_bands_stay_between_nothing_and_everything():
    assert Band.of(0.01, np.array([0.0, 0.1])).low == 0
    assert Band.of(0.99, np.array([0.9, 1.0])).high == 1
    assert np.isnan(Band.of(0.5, np.array([np.nan, np.nan])).low)


def test_lists_without_any_genre_have_no_variety():
    assert np.isnan(variety(np.array([[0, 1]]), np.zeros((2, 3), bool))).all()
    assert np.isnan(variety(np.array([[0, 1]]), np.zeros((2, 0), bool))).all()
    assert variety(np.array([[0, NOTHING]]), np.eye(2, dtype=bool)) == pytest.approx([1.0])


def test_users_without_held_out_positives_have_no_ndcg(tiny_run, measures, lists):
    data = measures.dataset
    positives = np.diff(csr_array(data.test[USERS]).indptr)
    np.testing.assert_array_equal(np.isnan(measures.of_users(lists)[LIST_NDCG]), positives == 0)
