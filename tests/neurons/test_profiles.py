"""Decades and deciles of popularity of the strongest items."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.neurons.profiles import DECILES, PROFILE_DEPTH, decades, deciles, profile, release_years
from explorer.neurons.ranking import Ranking
from explorer.neurons.statistics import percentiles
from tests.neurons.conftest import make_dataset, sparse


def test_decades_are_those_there_are_and_an_item_without_a_year_is_in_none(dataset):
    names, groups = decades(release_years(dataset))
    assert names == ["1960s", "1970s", "1980s", "1990s", "2000s"]
    for year, row in zip(dataset.items["year"], groups, strict=True):
        expected = [] if pd.isna(year) else [f"{str(year)[:3]}0s"]
        assert [name for name, inside in zip(names, row, strict=True) if inside] == expected


def test_without_years_there_are_not_decades():
    names, groups = decades(release_years(make_dataset(years=False)))
    assert names == [] and groups.shape == (len(make_dataset().items), 0)


def test_deciles_run_from_the_least_to_the_most_popular_tenth():
    groups = deciles(percentiles(np.arange(100)))
    assert (groups.sum(axis=1) == 1).all() and groups.sum(axis=0).tolist() == [10] * 10
    assert groups[:10, 0].all() and groups[90:, 9].all()


def test_items_equally_popular_are_in_one_decile():
    groups = deciles(percentiles(np.array([1] * 60 + [5] * 40)))
    assert DECILES[groups.any(axis=0)].tolist() == [3, 9]  # mean percentiles 29.8 and 80.3
    assert groups.sum() == 100


def test_a_profile_holds_shares_of_the_top_fifty_beside_those_of_ranked_items(rng):
    z, groups, eligible = sparse(rng, (200, 6), 0.36), rng.random((200, 3)) < 0.3, rng.random(200) < 0.7
    top, _ = Ranking.of(z, eligible).top(80)
    table = profile(top, groups, eligible, "decile", [1, 2, 3])
    firing = (z[eligible] > 0).sum(axis=0)
    assert 0 < (firing >= PROFILE_DEPTH).sum() < 6  # otherwise this tests nothing
    assert set(table["neuron"]) == set(np.flatnonzero(firing >= PROFILE_DEPTH))
    assert list(table.columns) == ["neuron", "decile", "share", "base_rate"]
    for row in table.itertuples():
        assert row.share == pytest.approx(groups[top[:50, row.neuron], row.decile - 1].mean())
        assert row.base_rate == pytest.approx(groups[eligible, row.decile - 1].mean())
