"""Whether reviewers agree, beyond what they would by chance.

What counts is judgements: real, partly, not; nothing that was skipped or inherited. Only neurons that two or more
judged say anything.

    per cent agreement    A = mean over neurons of the share of pairs of their reviewers who agree
    κ = (A − E) / (1 − E)
    two reviewers (Cohen, 1960)   E = Σ_v p_v q_v     p, q: how often each of the two gives verdict v
    more (Fleiss, 1971)           E = Σ_v p_v²        p: how often v is given at all
    α (Krippendorff)              1 − D_o / D_e, real against not being a larger difference than real against partly

Fleiss's κ has as many reviewers for every neuron; where their number differs, A and p are taken over those there are.
The interval is from a bootstrap over neurons.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np

from explorer.audit.intervals import percentile_interval, resampled
from explorer.audit.values import JUDGEMENTS, Audit, Verdict
from explorer.ratio import ratio

MIN_COMMON = 5
"""Neurons that two people must have judged for κ to say anything."""


@dataclass(frozen=True)
class Agreement:
    """Of the reviewers of a run, or of two of them."""

    reviewers: tuple[str, ...]
    """Those who judged a neuron that somebody else judged as well."""
    neurons: int
    """That two or more of them judged."""
    share: float | None = None
    """Per cent agreement, 0 to 1; None if there are no such neurons."""
    kind: Literal["Cohen", "Fleiss"] = "Cohen"
    kappa: float | None = None
    """None where `reason` says why."""
    low: float | None = None
    high: float | None = None
    """Ends of the 95% interval of κ."""
    alpha: float | None = None
    """Krippendorff's α with ordered verdicts."""
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Disagreement:
    """A neuron on which reviewers differ."""

    neuron: int
    verdicts: tuple[tuple[str, Verdict], ...]
    """Reviewer and verdict, in the order of the alphabet."""
    distance: float
    """Mean over pairs of reviewers: 0 the same, 1 real and partly, 2 real and not."""
    resolved: bool


def agreement(audit: Audit, seed: int = 0) -> Agreement:
    """The agreement of everybody who judged: Cohen's κ of two reviewers, Fleiss's of more."""
    people, ratings = rating_table(audit)
    return _agreement(people, ratings, seed)


def pair_agreements(audit: Audit, seed: int = 0) -> list[Agreement]:
    """The agreement of every two reviewers who judged a neuron in common."""
    people, ratings = rating_table(audit)
    every = (
        _agreement([people[i], people[j]], ratings[:, [i, j]], seed) for i, j in combinations(range(len(people)), 2)
    )
    return [one for one in every if one.neurons]


def disagreements(audit: Audit) -> list[Disagreement]:
    """The neurons on which reviewers differ: those that nobody has resolved first, then those furthest apart."""
    found = []
    for neuron in sorted({said.neuron for said in audit.reviews}):
        said = sorted((one for one in audit.of(neuron) if one.judged), key=lambda one: one.reviewer.casefold())
        places = [JUDGEMENTS.index(one.verdict) for one in said]
        if len(set(places)) > 1:
            distance = float(np.mean([abs(a - b) for a, b in combinations(places, 2)]))
            verdicts = tuple((one.reviewer, one.verdict) for one in said)
            found.append(Disagreement(neuron, verdicts, distance, audit.resolution(neuron) is not None))
    return sorted(found, key=lambda one: (one.resolved, -one.distance, one.neuron))


def rating_table(audit: Audit) -> tuple[list[str], np.ndarray]:
    """Who judged, and what: places in `JUDGEMENTS`, a row per judged neuron and a column per reviewer, −1 where one did
    not judge it, int `[m, R]`."""
    judged = [one for one in audit.reviews if one.judged]
    people = {one.reviewer.casefold(): one.reviewer for one in judged}
    keys, neurons = sorted(people), sorted({one.neuron for one in judged})
    ratings = np.full((len(neurons), len(keys)), -1)
    column, row = ({value: i for i, value in enumerate(values)} for values in (keys, neurons))
    for one in judged:
        ratings[row[one.neuron], column[one.reviewer.casefold()]] = JUDGEMENTS.index(one.verdict)
    return [people[key] for key in keys], ratings


def _agreement(people: list[str], ratings: np.ndarray, seed: int) -> Agreement:
    common = ratings[(ratings >= 0).sum(axis=1) >= 2]
    there = (common >= 0).any(axis=0)
    people, common = [who for who, is_there in zip(people, there, strict=True) if is_there], common[:, there]
    n = len(common)
    if not n:
        return Agreement(tuple(people), 0, reason="No neuron was judged by two people yet.")
    kind: Literal["Cohen", "Fleiss"] = "Cohen" if len(people) == 2 else "Fleiss"
    ones = np.ones((1, n))
    share = float(_pairs_that_agree(common).mean())
    if n < MIN_COMMON:
        neurons = "1 neuron was" if n == 1 else f"{n} neurons were"
        reason = f"{neurons} judged by two people; it takes {MIN_COMMON} to tell agreement from chance."
        return Agreement(tuple(people), n, share, kind, reason=reason)
    kappas = cohen if kind == "Cohen" else fleiss
    kappa = float(kappas(common, ones)[0])
    if np.isnan(kappa):
        reason = f"Everybody gave the same verdict to all {n} neurons, so nothing tells their agreement from habit."
        return Agreement(tuple(people), n, share, kind, reason=reason)
    low, high = percentile_interval(kappas(common, resampled(n, seed)))
    return Agreement(tuple(people), n, share, kind, kappa, low, high, krippendorff(common))


def cohen(ratings: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Cohen's κ of two reviewers who both judged every neuron, for each of some weightings of the neurons, `[B]`; NaN
    where both always say the same one thing.

    ratings: places in `JUDGEMENTS`, `[m, 2]`.
    weights: `[B, m]`.
    """
    one, other = (np.eye(len(JUDGEMENTS))[ratings[:, i]] for i in range(2))
    total = weights.sum(axis=1)
    agree = weights @ (ratings[:, 0] == ratings[:, 1]) / total
    expected = ((weights @ one) * (weights @ other)).sum(axis=1) / total**2
    return _beyond(agree, expected)


def fleiss(ratings: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fleiss's κ of any number of reviewers of whom some judged not every neuron, but each neuron was judged by two or
    more; otherwise as `cohen`.

    ratings: −1 where a reviewer did not judge, `[m, R]`.
    """
    counts = _counts(ratings)
    given = weights @ counts
    expected = ((given / given.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return _beyond(weights @ _pairs_that_agree(ratings) / weights.sum(axis=1), expected)


def krippendorff(ratings: np.ndarray) -> float:
    """Krippendorff's α of ordered categories; NaN if only one of them is ever given. `ratings` as for `fleiss`.

    With o(c, k) the pairs of values c and k within neurons, each neuron's by its number of reviewers less one, and n_c
    the sum of a row of it: D_o = Σ o(c, k) δ²(c, k), D_e = Σ n_c n_k δ²(c, k) / (n − 1), and δ(c, k) the number of
    values from c to k, the two themselves counted half.
    """
    counts = _counts(ratings)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1])
    observed = (pairs / (counts.sum(axis=1) - 1)[:, None, None]).sum(axis=0)
    given = observed.sum(axis=1)
    upto = np.cumsum(given) - given / 2
    distance = (upto[:, None] - upto[None, :]) ** 2
    expected = (given[:, None] * given[None, :] * distance).sum() / (given.sum() - 1)
    return float(1 - ratio((observed * distance).sum(), expected))


def _counts(ratings: np.ndarray) -> np.ndarray:
    """How often each verdict was given to each neuron, `[m, V]`."""
    return (ratings[:, :, None] == np.arange(max(len(JUDGEMENTS), ratings.max() + 1))).sum(axis=1)


def _pairs_that_agree(ratings: np.ndarray) -> np.ndarray:
    """Share of the pairs of its reviewers who agree, of each neuron, `[m]`."""
    counts = _counts(ratings)
    n = counts.sum(axis=1)
    return (counts * (counts - 1)).sum(axis=1) / (n * (n - 1))


def _beyond(agree: np.ndarray, expected: np.ndarray) -> np.ndarray:
    left = 1 - expected
    return np.where(left > 1e-12, (agree - expected) / np.where(left > 1e-12, left, 1), np.nan)
