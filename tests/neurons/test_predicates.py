"""What can be said of items, held to scipy's hypergeometric distribution and to what was planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import hypergeom

from explorer.neurons.facets import ANY_YEAR, Facets, Span, year_spans
from explorer.neurons.predicates import MIN_LIFT, MIN_SHARE, Predicate, Vocabulary, _tails

N = 2400
NAMES = ("Comedy", "Drama", "Horror", "Sci-Fi", "Slasher")
COMEDY, DRAMA, HORROR, SCI_FI, SLASHER = range(5)


@pytest.fixture(scope="module")
def facets() -> Facets:
    rng = np.random.default_rng(0)
    members = rng.random((N, 5)) < [0.4, 0.4, 0.1, 0.1, 0]
    members[:, SLASHER] = members[:, HORROR] & (rng.random(N) < 0.3)
    years = rng.integers(1920, 2000, N).astype(float)
    eligible = np.ones(N, bool)
    return Facets(NAMES, ("genre",) * 5, members, eligible, *year_spans(years, eligible))


@pytest.fixture(scope="module")
def vocabulary(facets) -> Vocabulary:
    return Vocabulary(facets)


def span(facets: Facets, first: int | None, last: int | None) -> int:
    return facets.spans.index(Span(first, last))


def some(facets: Facets, predicate: Predicate, k: int = 20, besides: int = 0) -> np.ndarray:
    """K rows of which all but so many bear it."""
    rng = np.random.default_rng(1)
    bears = predicate.bears(facets)
    there = rng.choice(np.flatnonzero(bears), k - besides, replace=False)
    return np.concatenate([there, rng.choice(np.flatnonzero(~bears), besides, replace=False)])


@pytest.mark.parametrize(("n_ranked", "k"), [(30, 10), (500, 20), (40, 40)])
def test_tails_equal_those_of_scipy(n_ranked, k):
    size, hits = np.arange(n_ranked + 1)[:, None], np.arange(k + 1)
    np.testing.assert_allclose(_tails(n_ranked, k), hypergeom.sf(hits - 1, n_ranked, size, k), atol=1e-9)


def test_names_join_facets_and_years(facets):
    eighties = span(facets, 1980, 1989)
    assert Predicate("one", (HORROR,)).name(facets) == "Horror"
    assert Predicate("both", (COMEDY, DRAMA), eighties).name(facets) == "Comedy, Drama, 1980s"
    assert Predicate("either", (HORROR, SCI_FI)).name(facets) == "Horror or Sci-Fi"
    assert Predicate("every", (), span(facets, None, 1969)).name(facets) == "Before 1970"
    assert Predicate("either", (HORROR, SCI_FI), eighties).about(facets) == "genre: Horror or Sci-Fi; years: 1980s"
    assert Predicate("both", (COMEDY, DRAMA)).about(facets) == "genre: Comedy and Drama"


def test_an_item_bears_a_name_if_all_of_it_is_true(facets):
    eighties = span(facets, 1980, 1989)
    in_eighties, has = facets.in_span[:, eighties], facets.members.T
    for predicate, expected in (
        (Predicate("both", (COMEDY, DRAMA), eighties), has[COMEDY] & has[DRAMA] & in_eighties),
        (Predicate("either", (HORROR, SCI_FI)), has[HORROR] | has[SCI_FI]),
        (Predicate("every", (), eighties), in_eighties),
    ):
        np.testing.assert_array_equal(predicate.bears(facets), expected)
        np.testing.assert_array_equal(predicate.bears(facets, np.array([5, 3])), expected[[5, 3]])


@pytest.mark.parametrize(
    "said",
    [
        ("one", (HORROR,), (None, None)),
        ("one", (HORROR,), (1960, 1969)),
        ("both", (COMEDY, DRAMA), (None, None)),
        ("either", (HORROR, SCI_FI), (None, None)),
        ("every", (), (1930, 1939)),
        ("every", (), (1990, None)),
    ],
)
def test_what_all_items_of_a_sample_have_is_said_of_them(facets, vocabulary, said):
    join, which, years = said
    predicate = Predicate(join, which, span(facets, *years) if years != (None, None) else ANY_YEAR)
    rows = some(facets, predicate)
    found = vocabulary.best(rows)
    assert found == predicate or found.refines(predicate, facets)
    assert found.bears(facets, rows).mean() >= 0.95


def test_two_topics_of_which_each_is_half_are_said_as_two(facets, vocabulary):
    only = [facets.members[:, a] & ~facets.members[:, b] for a, b in ((HORROR, SCI_FI), (SCI_FI, HORROR))]
    rows = np.concatenate([np.flatnonzero(who)[:10] for who in only])
    assert vocabulary.best(rows).facets == (HORROR, SCI_FI) and vocabulary.best(rows).join == "either"


def test_a_genre_that_another_implies_is_not_said_beside_it(facets, vocabulary):
    found = vocabulary.best(np.flatnonzero(facets.members[:, SLASHER])[:20])
    assert found.facets == (SLASHER,)


def test_what_most_items_have_anyway_is_not_said(facets, vocabulary):
    rows = some(facets, Predicate("either", (COMEDY, DRAMA)))
    base = Predicate("either", (COMEDY, DRAMA)).bears(facets).mean()
    assert 1 / base < MIN_LIFT  # otherwise this tests nothing
    found = vocabulary.best(rows)
    assert found is None or found.facets != (COMEDY, DRAMA)


def test_what_qualifies_is_frequent_enough_lifted_and_significant_by_scipys_reckoning(facets, vocabulary):
    rows = some(facets, Predicate("one", (HORROR,), span(facets, None, 1969)), besides=6)
    found = vocabulary.candidates(rows)
    assert found.qualified.any() and not found.qualified.all()
    for q, s in zip(*np.nonzero(found.share > 0), strict=True):
        predicate = Predicate(*found.joins[q], int(s))
        bears = predicate.bears(facets)
        assert found.share[q, s] == pytest.approx(bears[rows].mean())
        assert found.lift[q, s] == pytest.approx(bears[rows].mean() / bears.mean())
        p = hypergeom.sf(bears[rows].sum() - 1, N, bears.sum(), len(rows))
        if found.qualified[q, s]:
            assert p < 0.01 and bears[rows].mean() >= MIN_SHARE[predicate.join]
            assert bears[rows].mean() >= MIN_LIFT * bears.mean()


def test_random_items_get_a_name_in_fewer_than_2_of_100_draws(facets, vocabulary):
    rng = np.random.default_rng(3)
    named = [vocabulary.best(rng.choice(N, 20, replace=False)) is not None for _ in range(200)]
    assert np.mean(named) < 0.02


def test_a_longer_name_refines_a_shorter_one(facets):
    eighties, later = span(facets, 1980, 1989), span(facets, 1980, None)
    horror = Predicate("one", (HORROR,))
    assert Predicate("one", (HORROR,), eighties).refines(horror, facets)
    assert Predicate("both", (COMEDY, HORROR)).refines(horror, facets)
    assert Predicate("one", (HORROR,), eighties).refines(Predicate("every", (), later), facets)
    assert not horror.refines(horror, facets) and not Predicate("one", (DRAMA,)).refines(horror, facets)
    assert not Predicate("either", (HORROR, SCI_FI)).refines(horror, facets)
    assert not Predicate("one", (HORROR,), later).refines(Predicate("one", (HORROR,), eighties), facets)


def test_where_facets_are_sparse_a_smaller_share_will_do_if_its_lift_is_high():
    rng = np.random.default_rng(0)
    members = rng.random((N, 60)) < 0.02
    eligible = np.ones(N, bool)
    sparse = Facets(
        tuple(f"tag {i}" for i in range(60)),
        ("tag",) * 60,
        members,
        eligible,
        *year_spans(np.full(N, np.nan), eligible),
    )
    rows = some(sparse, Predicate("one", (0,)), besides=13)
    assert sparse.are_sparse and Vocabulary(sparse).best(rows) == Predicate("one", (0,))
    assert members[rows, 0].mean() < MIN_SHARE["one"]


def test_without_facets_and_years_nothing_is_said():
    eligible = np.ones(50, bool)
    nothing = Facets((), (), np.zeros((50, 0), bool), eligible, *year_spans(np.full(50, np.nan), eligible))
    assert Vocabulary(nothing).best(np.arange(20)) is None
