"""What a name does not tell."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.neurons.facets import Facets, year_spans
from explorer.neurons.flags import in_disguise, lowered_share
from explorer.neurons.naming import Name
from explorer.neurons.predicates import Predicate

N = 1000
NAME = Name(Predicate("one", (0,)), share=1.0, holds=1.0, confirmed=True)


def facets_of(members: np.ndarray) -> Facets:
    eligible = np.ones(N, bool)
    return Facets(("Horror",), ("genre",), members[:, None], eligible, *year_spans(np.full(N, np.nan), eligible))


@pytest.mark.parametrize("lowered", [0, 25, 100])
def test_the_lowered_share_is_that_of_items_that_bear_the_name(lowered):
    members = np.arange(N) < 100
    effects = np.ones((N, 2))
    effects[:lowered, 0] = -1
    effects[100:, 0] = -1  # other items do not count
    found = lowered_share(effects.T.__getitem__, facets_of(members), [NAME, None])
    assert found[0] == lowered / 100 and np.isnan(found[1])


def disguised(rho: float, members: np.ndarray, rows: np.ndarray) -> bool:
    return bool(in_disguise(np.array([rho]), (-0.3, 0.3), [NAME], [rows], facets_of(members), np.arange(N))[0])


def test_a_name_that_equally_popular_items_bear_as_often_is_popularity_in_disguise():
    popular = np.arange(N) >= 900  # the last tenth, all of which bear the name
    assert disguised(0.4, popular, np.arange(900, 920))
    assert not disguised(0.29, popular, np.arange(900, 920))  # random directions reach that


def test_a_name_that_equally_popular_items_bear_half_as_often_at_most_is_not():
    some = np.arange(N) % 4 == 0
    rows = np.flatnonzero(some & (np.arange(N) >= 900))[:20]
    assert not disguised(0.4, some, rows)


def test_a_neuron_that_follows_popularity_closely_is_about_nothing_else():
    some = np.arange(N) % 4 == 0
    rows = np.flatnonzero(some & (np.arange(N) >= 900))[:20]
    assert disguised(0.8, some, rows) and disguised(-0.8, some, rows)


def test_without_a_name_nothing_is_disguised():
    limits = (-0.3, 0.3)
    found = in_disguise(np.array([0.9]), limits, [None], [np.arange(20)], facets_of(np.arange(N) < 100), np.arange(N))
    assert not found.any()
