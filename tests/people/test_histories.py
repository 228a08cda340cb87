"""What all users have had, against loops over their histories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.people.histories import Histories, owners_of


@pytest.fixture(scope="module")
def dataset(tiny_run):
    return tiny_run.dataset


@pytest.fixture(scope="module")
def known(dataset) -> Histories:
    return Histories.of(dataset)


def test_shares_of_facets_and_decades_are_those_of_a_loop_over_histories(dataset, known):
    facets, decades, average = [], [], []
    for user in range(dataset.n_users):
        items = dataset.history(user)
        genres = [genre for genres in items["genres"] for genre in genres]
        facets.append([genres.count(name) for name in known.facets.names])
        years = [f"{year // 10 * 10}s" for year in items["year"].dropna()]
        decades.append([years.count(name) for name in known.decades.names])
        average.append(np.array(facets[-1]) / len(items))
    np.testing.assert_array_equal(known.facets.counts.toarray(), facets)
    np.testing.assert_array_equal(known.decades.counts.toarray(), decades)
    np.testing.assert_allclose(known.facets.average, np.mean(average, axis=0))
    assert known.facets.counts_of(1).tolist() == np.array(facets)[:, 1].tolist()


def test_popularity_and_years_are_means_over_each_history(dataset, known):
    for user in (0, 5, 90):
        items = dataset.seen.indices[dataset.seen.indptr[user] : dataset.seen.indptr[user + 1]]
        assert known.lengths[user] == len(items)
        assert known.popularity[user] == pytest.approx(known.item_popularity[items].mean())
        assert known.years[user] == pytest.approx(dataset.items["year"].iloc[items].astype(float).mean())


def test_a_user_without_a_history_counts_nowhere(dataset):
    some = dataset.interactions[dataset.interactions["user"] != 3]
    known, before = Histories.of(replace(dataset, interactions=some)), Histories.of(dataset)
    others = np.arange(dataset.n_users) != 3
    assert known.lengths[3] == 0 and np.isnan(known.popularity[3]) and np.isnan(known.years[3])
    expected = (before.facets.counts.toarray() / before.lengths[:, None])[others].mean(axis=0)
    np.testing.assert_allclose(known.facets.average, expected)
    assert known.shorter_than(1) == 0.0


def test_the_share_of_shorter_histories_is_counted(known):
    n = int(np.median(known.lengths))
    assert known.shorter_than(n) == np.mean([length < n for length in known.lengths])


@pytest.mark.parametrize("variant", ["topk-no-years", "relu-no-genres"])
def test_without_years_or_genres_there_are_no_such_groups(tiny_variants, variant):
    known = Histories.of(tiny_variants(variant).dataset)
    empty = known.decades if variant == "topk-no-years" else known.facets
    assert empty.names == () and empty.average.shape == (0,)


def test_the_owners_of_an_item_begin_with_those_of_usual_histories(tiny_run):
    seen = tiny_run.dataset.seen.toarray() > 0
    owners = owners_of(tiny_run, 30)
    assert sorted(owners) == np.flatnonzero(seen[:, 30]).tolist()
    apart = np.abs(seen.sum(axis=1) - np.median(seen.sum(axis=1)))[owners]
    assert (np.diff(apart) >= 0).all()
