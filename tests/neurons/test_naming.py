"""Names come from the odd ranks; the even ones say how far they hold."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.neurons.facets import Facets, Span, year_spans
from explorer.neurons.naming import (
    HOLDS,
    Namer,
    confirmed,
    name_mass,
    name_recall,
    naming_summary,
)
from explorer.neurons.predicates import MIN_RANKS, NAME_RANKS, Predicate
from explorer.neurons.ranking import Ranking

N = 2000
HORROR, COMEDY = range(2)


@pytest.fixture(scope="module")
def facets() -> Facets:
    rng = np.random.default_rng(0)
    members = rng.random((N, 2)) < [0.1, 0.2]
    years = rng.integers(1920, 2000, N).astype(float)
    eligible = rng.random(N) < 0.9
    return Facets(("Horror", "Comedy"), ("genre",) * 2, members, eligible, *year_spans(years, eligible))


def ranked_by(facets: Facets, *orders: np.ndarray) -> Ranking:
    """Neurons that fire on these rows, the first the strongest."""
    z = np.zeros((N, len(orders)), np.float32)
    for neuron, rows in enumerate(orders):
        z[rows, neuron] = np.linspace(2, 1, len(rows))
    return Ranking.of(z, facets.eligible)


def rows_of(facets: Facets, who: np.ndarray, k: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice(np.flatnonzero(who & facets.eligible), k, replace=False)


def interleaved(odd: np.ndarray, even: np.ndarray) -> np.ndarray:
    return np.stack([odd, even], axis=1).ravel()


def only(facets: Facets, genre: int) -> np.ndarray:
    return facets.members[:, genre] & ~facets.members[:, 1 - genre]


def test_a_neurons_items_are_dealt_out_by_odd_and_even_rank(facets):
    rows = rows_of(facets, only(facets, HORROR), NAME_RANKS + 5)
    namer = Namer(ranked_by(facets, rows), facets)
    assert namer.odd[0].tolist() == rows[:NAME_RANKS:2].tolist()
    assert namer.even[0].tolist() == rows[1:NAME_RANKS:2].tolist()


def test_a_genre_that_all_strong_items_have_is_a_name_that_holds(facets):
    [name] = Namer(ranked_by(facets, rows_of(facets, facets.members[:, HORROR], 40)), facets).names()
    assert HORROR in name.predicate.facets and name.confirmed
    assert name.share >= 0.9 and name.holds >= 0.8


def test_a_name_is_chosen_without_a_look_at_the_even_ranks(facets):
    horror, comedy = (rows_of(facets, only(facets, genre), 20) for genre in (HORROR, COMEDY))
    ranking = ranked_by(facets, interleaved(horror, comedy), interleaved(comedy, horror))
    first, second = Namer(ranking, facets).names()
    assert HORROR in first.predicate.facets and COMEDY in second.predicate.facets
    for name in (first, second):
        assert name.share >= 0.9 and name.holds < HOLDS and not name.confirmed
    assert confirmed([first, second]) == [None, None]


def test_the_share_that_holds_is_that_of_the_even_ranks(facets):
    horror = rows_of(facets, only(facets, HORROR), 32)
    others = rows_of(facets, ~facets.members.any(axis=1), 8)
    [name] = Namer(ranked_by(facets, interleaved(horror[:20], np.concatenate([horror[20:], others]))), facets).names()
    assert name.predicate.facets == (HORROR,)
    even = np.concatenate([horror[20:], others])
    assert name.holds == name.predicate.bears(facets, even).mean()


@pytest.mark.parametrize("firing", [MIN_RANKS - 1, MIN_RANKS])
def test_a_neuron_that_fires_on_too_few_items_has_no_name(facets, firing):
    [name] = Namer(ranked_by(facets, rows_of(facets, facets.members[:, HORROR], firing)), facets).names()
    assert (name is None) == (firing < MIN_RANKS)


def test_a_genre_that_few_items_have_is_looked_for_among_as_many(facets):
    members = np.zeros((N, 1), bool)
    rare = rows_of(facets, np.ones(N, bool), 26)
    members[rare] = True
    few = Facets(("Film-Noir",), ("genre",), members, facets.eligible, facets.spans, facets.in_span)
    others = rows_of(facets, ~members[:, 0], 14)
    [name] = Namer(ranked_by(few, np.concatenate([rare, others])), few).names()
    assert name.predicate == Predicate("one", (0,)) and name.confirmed and name.share == name.holds == 1
    [name] = Namer(ranked_by(few, np.concatenate([others, rare])), few).names()
    assert name is None or name.holds < 1  # those are not its strongest


@pytest.mark.parametrize("whole_genre", [True, False])
def test_a_neuron_is_named_for_a_kind_of_a_genre_only_if_it_detects_that_better(facets, whole_genre):
    """Its strongest items are slashers but for one; it fires on the other horror as well, or on nothing else."""
    horror = facets.members[:, HORROR] & facets.eligible
    slashers = rows_of(facets, horror, 60)
    members = np.column_stack([horror, np.isin(np.arange(N), slashers)])
    tree = Facets(("Horror", "Slasher"), ("genre",) * 2, members, facets.eligible, facets.spans, facets.in_span)
    others = np.flatnonzero(horror & ~members[:, 1])
    strongest = np.concatenate([slashers[:4], others[:1], slashers[4:]])
    ranking = ranked_by(tree, np.concatenate([strongest, others[1:]]) if whole_genre else strongest)
    [name] = Namer(ranking, tree).names()
    assert name.predicate == Predicate("one", (0 if whole_genre else 1,)) and name.confirmed


def test_random_items_have_no_name_that_holds(facets):
    everything = np.ones(N, bool)
    ranking = ranked_by(facets, *(rows_of(facets, everything, 60, seed) for seed in range(50)))
    assert not any(confirmed(Namer(ranking, facets).names()))


def test_neurons_of_one_name_are_told_apart_by_what_separates_them_best(facets):
    old, new = (facets.in_span[:, facets.spans.index(span)] for span in (Span(None, 1959), Span(1960, None)))
    horror = facets.members[:, HORROR]
    # Years are mixed in the one neuron, and its sibling's are old ones: only the sibling has something to add.
    mixed = np.concatenate([rows_of(facets, horror & old, 20), rows_of(facets, horror & new, 20)])
    mixed = mixed[np.random.default_rng(0).permutation(40)]
    ranking = ranked_by(facets, mixed, mixed[::-1])
    namer = Namer(ranking, facets)
    names = namer.names()
    same = namer.check(0, Predicate("one", (HORROR,))), namer.check(1, Predicate("one", (HORROR,)))
    assert namer.contrasted(list(same)) == list(same)  # nothing separates two that are the same
    ranking = ranked_by(facets, mixed, rows_of(facets, horror & old & ~facets.members[:, COMEDY], 40))
    namer = Namer(ranking, facets)
    names = [namer.check(neuron, Predicate("one", (HORROR,))) for neuron in (0, 1)]
    kept, longer = namer.contrasted(names)
    assert kept == names[0]
    assert longer.predicate.refines(names[1].predicate, facets) and longer.confirmed
    assert longer.predicate.bears(facets, namer.odd[1]).mean() >= 0.9
    assert longer.predicate.bears(facets, namer.odd[0]).mean() <= 0.7


def test_a_name_that_one_neuron_has_stays_as_it_is(facets):
    ranking = ranked_by(facets, *(rows_of(facets, only(facets, genre), 40) for genre in (HORROR, COMEDY)))
    namer = Namer(ranking, facets)
    names = namer.names()
    assert namer.contrasted(names) == names


def test_mass_and_recall_are_over_all_ranked_items(facets):
    horror = facets.members[:, HORROR] & facets.eligible
    rows = np.concatenate([rows_of(facets, horror, 60), rows_of(facets, ~facets.members.any(axis=1), 60)])
    ranking = ranked_by(facets, rows)
    name = Namer(ranking, facets).check(0, Predicate("one", (HORROR,)))
    z = ranking.matrix.toarray()[:, 0]
    bears = facets.members[ranking.rows, HORROR]
    assert name_mass(ranking, facets, [name]) == pytest.approx(z[bears].sum() / z.sum())
    assert name_recall(ranking, facets, [name]) == pytest.approx(60 / horror.sum())
    assert np.isnan(name_mass(ranking, facets, [None])).all() and np.isnan(name_recall(ranking, facets, [None])).all()


def test_the_summary_counts_names_that_hold(facets):
    horror, comedy = (rows_of(facets, only(facets, genre), 20) for genre in (HORROR, COMEDY))
    good = rows_of(facets, only(facets, HORROR), 40)
    names = Namer(ranked_by(facets, good, interleaved(horror, comedy)), facets).names()
    assert naming_summary(names) == {"named": 0.5, "holds": names[0].holds}
    assert naming_summary([]) == {"named": None, "holds": None}
    assert naming_summary([None]) == {"named": 0, "holds": None}
