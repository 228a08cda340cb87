"""Facets of items, and spans of years whose limits are the catalogue's."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.neurons.facets import ANY_YEAR, MIN_CELL, Facets, Span, year_spans
from tests.neurons.conftest import make_dataset


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        (None, None, ""),
        (None, 1969, "before 1970"),
        (1990, None, "since 1990"),
        (1980, 1989, "1980s"),
        (1960, 1984, "1960–84"),
        (1995, 2004, "1995–2004"),
        (1900, 1904, "1900–04"),
        (1987, 1987, "1987"),
    ],
)
def test_a_span_is_said_as_one_says_it(first, last, name):
    assert Span(first, last).name == name


def test_a_span_lies_within_another_if_all_its_years_do():
    whole, seventies = Span(), Span(1970, 1979)
    assert seventies.within(whole) and seventies.within(Span(None, 1979)) and seventies.within(Span(1970, None))
    assert seventies.within(seventies)
    assert not whole.within(seventies) and not Span(None, 1979).within(Span(1970, 1985))
    assert not Span(1970, None).within(Span(1960, 1999)) and not seventies.within(Span(1975, None))


def test_every_span_holds_the_items_of_its_years_and_the_first_holds_all():
    rng = np.random.default_rng(0)
    years = np.where(rng.random(500) < 0.1, np.nan, rng.integers(1920, 2001, 500))
    spans, inside = year_spans(years, np.ones(500, bool))
    assert inside.shape == (500, len(spans)) and spans[ANY_YEAR] == Span() and inside[:, ANY_YEAR].all()
    for span, who in zip(spans[1:], inside.T[1:], strict=True):
        low, high = span.first or -np.inf, span.last or np.inf
        np.testing.assert_array_equal(who, (years >= low) & (years <= high))
    assert {Span(1980, 1989), Span(None, 1969), Span(1990, None), Span(1960, 1984)} <= set(spans)


def test_limits_are_round_years_between_which_lie_a_hundredth_of_the_dated_items():
    rng = np.random.default_rng(0)
    years = np.concatenate([rng.integers(1985, 2001, 990), rng.integers(1920, 1985, 10)]).astype(float)
    spans, _ = year_spans(years, np.ones(1000, bool))
    limits = sorted({span.first for span in spans} - {None})
    assert all(limit % 5 == 0 for limit in limits)
    counts = np.histogram(years, [-np.inf, *limits, np.inf])[0]
    assert counts.min() >= MIN_CELL * 1000
    assert limits[0] >= 1980  # too few items are older


@pytest.mark.parametrize("years", [np.full(30, np.nan), np.full(30, 1999.0), np.zeros(0)])
def test_without_different_years_every_year_is_the_only_span(years):
    spans, inside = year_spans(years, np.ones(len(years), bool))
    assert spans == (Span(),) and inside.shape == (len(years), 1)


def test_limits_come_from_ranked_items_alone():
    years = np.repeat([1950.0, 1990.0, 1995.0], 50)
    ranked = years > 1960
    assert year_spans(years, ranked)[0] == year_spans(years[ranked], np.ones(100, bool))[0]
    assert year_spans(years, ranked)[0] != year_spans(years, np.ones(150, bool))[0]


def test_any_name_with_members_can_be_a_facet():
    data = make_dataset()
    french = np.arange(data.n_items) % 7 == 0
    found = Facets.of(data, data.ranked(20), {"country": {"France": french}})
    assert found.names == (*data.genres, "France") and found.kinds == ("genre",) * 5 + ("country",)
    np.testing.assert_array_equal(found.members, np.column_stack([data.genre_matrix, french]))
    together = found.members[found.eligible].T.astype(int) @ found.members[found.eligible].astype(int)
    np.testing.assert_array_equal(found.together, together)


def test_facets_are_sparse_if_most_of_them_are_rare():
    data = make_dataset()
    eligible = data.ranked(0)
    rare = {f"tag {i}": np.arange(data.n_items) % 100 == i for i in range(20)}
    assert not Facets.of(data, eligible).are_sparse
    assert Facets.of(data, eligible, {"tag": rare}).are_sparse
    assert not Facets.of(make_dataset(genres=False), eligible).are_sparse
