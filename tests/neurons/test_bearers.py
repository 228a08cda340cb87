"""A name read back is true of the very items that it was made for."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from explorer.neurons.bearers import bearers
from explorer.neurons.facets import Facets
from explorer.neurons.predicates import Predicate


def test_every_name_that_can_be_given_is_read_back(dataset):
    facets = Facets.of(dataset, np.ones(dataset.n_items, bool))
    joins = [("every", ()), *(("one", (i,)) for i in range(len(facets.names)))]
    joins += [(join, pair) for join in ("both", "either") for pair in combinations(range(len(facets.names)), 2)]
    read = 0
    for join, members in joins:
        for span in range(len(facets.spans)):
            name = Predicate(join, members, span)
            if about := name.about(facets):
                np.testing.assert_array_equal(bearers(dataset, about), name.bears(facets), about)
                read += 1
    assert read > 500


@pytest.mark.parametrize(
    "names", [("Rock and Roll", "Blues", "Rock", "Roll"), ("War; years: 1980s", "War", "a", "b or c")]
)
def test_genres_whose_names_look_like_two_or_like_years_are_read_as_they_are(dataset, names):
    rng = np.random.default_rng(0)
    has = rng.random((dataset.n_items, len(names))) < 0.3
    items = dataset.items.assign(genres=[[names[i] for i in np.flatnonzero(row)] for row in has])
    data = replace(dataset, items=items)
    for i, one in enumerate(names):
        np.testing.assert_array_equal(bearers(data, f"genre: {one}"), has[:, i])
    np.testing.assert_array_equal(bearers(data, f"genre: {names[0]} or {names[1]}"), has[:, 0] | has[:, 1])


@pytest.mark.parametrize("about", [None, "", float("nan"), "genre: no such", "years: soon", "tag: Horror", "nonsense"])
def test_what_cannot_be_read_is_none(dataset, about):
    assert bearers(dataset, about) is None
