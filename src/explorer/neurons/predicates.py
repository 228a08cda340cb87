"""What can be said of an item in a name, and what can be said of most of a neuron's items beyond chance.

Shapes: N items of which M are ranked, F facets, S spans of years, Q ways to join facets, K places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

import numpy as np
from scipy.special import gammaln

from explorer.neurons.facets import ANY_YEAR, Facets, Span
from explorer.neurons.purity import SIGNIFICANCE, clopper_pearson

Join = Literal["every", "one", "both", "either"]

NAME_RANKS = 40
"""Number of strongest items that a name is made from and checked on."""
MIN_RANKS = 20
"""On fewer ranked items a neuron gets no name."""
MIN_SHARE = {"every": 0.75, "one": 0.5, "both": 0.5, "either": 0.75}
"""Share of the items that must bear a name, by how it joins facets. Years alone, and two facets of which either will
do, are true of many items anyway: at half, most of what random directions are named by is such."""
MIN_LIFT = 2.0
"""How many times its share of all ranked items that must be."""
SPARSE_SHARE, SPARSE_LIFT = 0.25, 5.0
"""Share and lift that do as well where facets are sparse (`Facets.are_sparse`)."""
MIN_PART = 0.25
"""Share of the items that a facet must have to be considered; of two joined by "or", each without the other."""
IMPLIED = 0.8
"""Two facets are not joined if this share of the items of one has the other anyway."""
WIDEST = 0.6
"""Share of all ranked items that a span of years may hold: a wider one says little."""
NEARLY_ALL = 0.9
"""Share of the items that must bear a narrower name for it to replace a wider one that holds as well."""
_MAX_FACETS = 10
_YEARS_ALONE = 0.2
"""How much better years alone must hold than what also says a facet: it says more."""
_JOINED_COST, _SPAN_COST, _TWO_ENDS_COST, _ODD_YEAR_COST = 0.2, 0.4, 0.1, 0.1
"""What a longer name must gain over a shorter one that holds as well, in logarithms of lift: years must exclude a third
of the items (log 1.5 = .4), and a decade is better than 1975–84."""


@dataclass(frozen=True)
class Predicate:
    """What a name says of an item: facets joined, and a span of years."""

    join: Join
    facets: tuple[int, ...] = ()
    span: int = ANY_YEAR

    def bears(self, facets: Facets, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Which items (those of these rows) it is true of, bool."""
        return _joined(self.join, facets.members[rows][:, list(self.facets)]) & facets.in_span[rows, self.span]

    def name(self, facets: Facets) -> str:
        """`Horror`, `Comedy, Romance, 1990s`, `Horror or Sci-Fi, since 1980`."""
        names = [facets.names[facet] for facet in self.facets]
        joined = " or ".join(names) if self.join == "either" else ", ".join(names)
        text = ", ".join(filter(None, (joined, facets.spans[self.span].name)))
        return text[0].upper() + text[1:]

    def about(self, facets: Facets) -> str:
        """`genre: Horror or Sci-Fi; years: since 1980`."""
        kinds = dict.fromkeys(facets.kinds[facet] for facet in self.facets)
        word = " or " if self.join == "either" else " and "
        parts = [f"{', '.join(kinds)}: {word.join(facets.names[facet] for facet in self.facets)}"] if kinds else []
        if self.span != ANY_YEAR:
            parts.append(f"years: {facets.spans[self.span].name}")
        return "; ".join(parts)

    def refines(self, other: Predicate, facets: Facets) -> bool:
        """Whether it says all that the other does and more."""
        if other.join == "either":
            same = self.join == "either" and self.facets == other.facets
        else:
            same = self.join != "either" and set(self.facets) >= set(other.facets)
        return same and self != other and facets.spans[self.span].within(facets.spans[other.span])


def _joined(join: Join, members: np.ndarray) -> np.ndarray:
    return members.any(axis=1) if join == "either" else members.all(axis=1)


@dataclass(frozen=True, eq=False)
class Candidates:
    """All that might be said of some items, `[Q, S]` each."""

    joins: list[tuple[Join, tuple[int, ...]]]
    """`[Q]`."""
    share: np.ndarray
    """Of the items, how many it is true of."""
    lift: np.ndarray
    """That, divided by its share of all ranked items."""
    qualified: np.ndarray
    """Whether it may be a name: true of enough of them, with a corrected p < .01."""

    def best(self, cost: np.ndarray, k: int) -> Predicate | None:
        """Of the qualified ones the one whose share has the highest lower bound (95%, Clopper and Pearson), years alone
        set back; of equals the one that says most.

        cost: of each span `[S]`.
        k: number of items.
        """
        if not self.qualified.any():
            return None
        low = np.where(self.qualified, clopper_pearson(self.share, k)[0], -1.0)
        low -= _YEARS_ALONE * np.array([join == "every" for join, _ in self.joins])[:, None]
        joined = np.array([_JOINED_COST * (len(facets) > 1) for _, facets in self.joins])
        says = np.log(np.maximum(self.lift, 1e-9)) - joined[:, None] - cost
        q, span = np.unravel_index(np.where(low >= low.max(), says, -np.inf).argmax(), low.shape)
        return Predicate(*self.joins[q], int(span))


class Vocabulary:
    """Everything that names can be made of in a catalogue, with how often each is true of its ranked items."""

    def __init__(self, facets: Facets):
        self.facets = facets
        self.n_ranked = len(facets.ranked)
        n, together = len(facets.names), facets.together
        spans = len(facets.spans) - 1
        kinds = {"every": 1, "one": n, "both": np.count_nonzero(np.triu(together, 1)), "either": n * (n - 1) // 2}
        tests = {(join, False): size for join, size in kinds.items() if size and join != "every"}
        tests |= {(join, True): size * spans for join, size in kinds.items() if size and spans}
        self._tests = {kind: size * _kinds(kind, len(tests)) for kind, size in tests.items()}
        self._implied = together / np.maximum(np.diag(together)[:, None], 1)
        wide = facets.ranked_in_span.mean(axis=0) if self.n_ranked else np.zeros(spans + 1)
        self._too_wide = wide > WIDEST
        self._too_wide[ANY_YEAR] = False
        self.cost = np.array([0.0, *(_cost(span) for span in facets.spans[1:])])
        self._supports: dict[tuple, np.ndarray] = {}

    def candidates(self, rows: np.ndarray) -> Candidates:
        """All that might be said of some ranked items, K rows, strongest first.

        p is the hypergeometric probability of as many among K random ones, times the number of things of its kind that
        might have been said (a facet, two, either of two, each with a span or without). Half of the error is kept for
        single facets, the other half is shared among the other kinds evenly (Bonferroni).
        """
        facets, k = self.facets, len(rows)
        joins = self._joins(facets.members[rows])
        hits = np.stack([_joined(join, facets.members[rows][:, list(which)]) for join, which in joins])
        hits = np.round(hits.astype(np.float32) @ facets.in_span[rows].astype(np.float32)).astype(int)
        support = np.stack([self._support(join, which) for join, which in joins])
        dated = np.arange(hits.shape[1]) != ANY_YEAR
        tests = np.array([[self._tests.get((join, with_years), 0) for with_years in dated] for join, _ in joins])
        share, p = hits / k, self.tail(support, hits, k)
        for q, (join, which) in enumerate(joins):
            first = self.depth(Predicate(join, which)) // 2
            if first < k:
                hits_first = int(facets.members[rows[:first], which[0]].sum())
                share[q, ANY_YEAR] = hits_first / first
                p[q, ANY_YEAR] = self.tail(support[q, ANY_YEAR], hits_first, first)
        lift = share * self.n_ranked / np.maximum(support, 1)
        least = np.array([MIN_SHARE[join] for join, _ in joins])[:, None]
        enough = (share >= least) & (lift >= MIN_LIFT)
        if facets.are_sparse:
            single = np.array([join in ("one", "both") for join, _ in joins])[:, None]
            enough |= single & (share >= SPARSE_SHARE) & (lift >= SPARSE_LIFT)
        return Candidates(joins, share, lift, enough & (p * tests < SIGNIFICANCE) & (tests > 0) & ~self._too_wide)

    def best(self, rows: np.ndarray) -> Predicate | None:
        """What is best said of some ranked items, strongest first; None if nothing can be."""
        return self.candidates(rows).best(self.cost, len(rows))

    def narrower(self, said: Predicate, rows: np.ndarray) -> list[Predicate]:
        """Facets that imply one of those said, as Slasher does Horror, and that nearly all the items have.

        The wider one is true of a few more of the items always.
        """
        found = self.candidates(rows)
        return [
            Predicate(join, which)
            for q, (join, which) in enumerate(found.joins)
            if join == "one"
            and found.qualified[q, ANY_YEAR]
            and found.share[q, ANY_YEAR] >= NEARLY_ALL
            and any(self._implied[which[0], facet] > IMPLIED >= self._implied[facet, which[0]] for facet in said.facets)
        ]

    def depth(self, predicate: Predicate) -> int:
        """How many of a neuron's strongest items a name is made from and checked on: `NAME_RANKS`.

        For a single facet that fewer items have it is as many as have it (made even, and at least `MIN_RANKS`), since
        no more could bear it.
        """
        if predicate.join != "one" or predicate.span != ANY_YEAR:
            return NAME_RANKS
        return min(NAME_RANKS, max(MIN_RANKS, (self.support(predicate) + 1) // 2 * 2))

    def support(self, predicate: Predicate) -> int:
        """Of how many ranked items it is true."""
        return int(self._support(predicate.join, predicate.facets)[predicate.span])

    def tail(self, support: np.ndarray, hits: np.ndarray, k: int) -> np.ndarray:
        """Probability of at least so many hits among k random ranked items, `support` of which would be hits."""
        return _tails(self.n_ranked, k)[support, hits]

    def _joins(self, members: np.ndarray) -> list[tuple[Join, tuple[int, ...]]]:
        """Ways to join facets that many of these items `[K, F]` have."""
        share = members.mean(axis=0) if members.size else np.zeros(members.shape[1])
        common = np.argsort(-share, kind="stable")[:_MAX_FACETS]
        common = sorted(common[share[common] >= MIN_PART].tolist())
        joins: list[tuple[Join, tuple[int, ...]]] = [("every", ()), *(("one", (facet,)) for facet in common)]
        for a, b in combinations(common, 2):
            if max(self._implied[a, b], self._implied[b, a]) > IMPLIED:
                continue
            alone = (members[:, a] & ~members[:, b]).mean(), (members[:, b] & ~members[:, a]).mean()
            joins += [("both", (a, b))] if (members[:, a] & members[:, b]).any() else []
            joins += [("either", (a, b))] if min(alone) >= MIN_PART else []
        return joins

    def _support(self, join: Join, facets: tuple[int, ...]) -> np.ndarray:
        """Of how many ranked items it is true in each span, int `[S]`."""
        key = join, facets
        if key not in self._supports:
            true = _joined(join, self.facets.ranked[:, list(facets)] > 0).astype(np.float32)
            self._supports[key] = np.round(true @ self.facets.ranked_in_span).astype(int)
        return self._supports[key]


def _kinds(kind: tuple[Join, bool], n: int) -> int:
    """What a p is multiplied by for there being n kinds of names."""
    return 1 if n == 1 else 2 if kind == ("one", False) else 2 * (n - 1)


def _cost(span: Span) -> float:
    """What a span must gain over every year, in logarithms of lift."""
    if span.is_decade:
        return _SPAN_COST
    limits = [span.first, None if span.last is None else span.last + 1]
    two_ends = _TWO_ENDS_COST * (None not in limits)
    return _SPAN_COST + two_ends + _ODD_YEAR_COST * sum(limit is not None and limit % 10 != 0 for limit in limits)


@lru_cache(maxsize=64)
def _tails(n_ranked: int, k: int) -> np.ndarray:
    """Hypergeometric P(X ≥ h) of drawing k of n_ranked items, `[size of the group, h]`; scipy's equal, all at once."""
    size, hits = np.arange(n_ranked + 1)[:, None], np.arange(k + 1)
    possible = (hits <= size) & (k - hits <= n_ranked - size)
    size, hits = np.broadcast_arrays(size, hits)
    p = np.zeros(size.shape)
    inside, h = size[possible], hits[possible]
    p[possible] = np.exp(
        _log_choose(inside, h) + _log_choose(n_ranked - inside, k - h) - _log_choose(np.array(n_ranked), np.array(k))
    )
    return np.minimum(np.cumsum(p[:, ::-1], axis=1)[:, ::-1], 1.0)


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
