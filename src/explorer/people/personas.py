"""Kinds of users that a data set has, each with users who are good examples of it.

A fan of a facet or a decade has much more of it in the history than the average user, by more than chance: users are
ranked by the lower end of a 95% interval of that share (Wilson 1927), so that three of three do not beat 90 of 100.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from explorer.data import Nouns
from explorer.people.histories import Groups, Histories, histories_of
from explorer.ratio import ratio
from explorer.runs import Run
from explorer.steering.grouping import remembered
from explorer.text import percent

MAX_FACETS, MAX_DECADES, MAX_NEURONS = 4, 1, 4
MIN_LIFT = 1.5
"""A fan's share, at the lower end of its interval, is at least so many times the average user's."""
_EXAMPLES = 20
"""Best examples by which facets are compared, and most frequent facets by which users are."""
MIN_FANS = 0.01
"""Share of all users that are fans, at least: a taste that hardly anybody has is not a kind of user."""
_Z = float(norm.ppf(0.975))
_MIN_ITEMS = 10
"""Items in the history of a fan, at least."""
_MAX_SHARED = 0.5
"""Of the users of a taste, that are also of another one with more of them: else both are one taste."""
_TENTH = 10


@dataclass(frozen=True, eq=False)
class Persona:
    """A kind of user."""

    name: str
    """`Horror fan`, `Light user`."""
    why: str
    """A sentence about the first example."""
    users: np.ndarray
    """Row numbers of all of this kind, the best example first, int64."""


def personas_of(run: Run) -> list[Persona]:
    """At most ten, tastes first: fans of facets and of a decade, or of what neurons fire on where there are neither;
    then who is typical, mainstream or not, and who has had little or much. Found once."""
    return remembered(run, "personas", lambda: _find(run, histories_of(run)))


def _find(run: Run, known: Histories) -> list[Persona]:
    nouns = run.dataset.nouns
    tastes = [
        *_fans(known.facets, known.lengths, MAX_FACETS, "are {}", nouns),
        *_fans(known.decades, known.lengths, MAX_DECADES, "are from the {}", nouns),
    ]
    tastes = tastes or _strongest(run)
    return [*tastes, *_typical(known, nouns), *_by_popularity(known, nouns), *_by_length(known, nouns)]


def wilson_low(counts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Lower end of the 95% interval of `counts / totals`; 0 where there is nothing."""
    share = ratio(counts, totals, otherwise=0.0)
    square = ratio(_Z**2, totals, otherwise=0.0)
    middle = share + square / 2
    reach = np.sqrt(np.maximum(share * (1 - share) * ratio(1.0, totals, otherwise=0.0) * _Z**2 + square**2 / 4, 0))
    return np.maximum((middle - reach) / (1 + square), 0.0)


# --- tastes


def _fans(groups: Groups, lengths: np.ndarray, most: int, are: str, nouns: Nouns) -> list[Persona]:
    """Of the groups that set their fans apart most, none of which has the same fans as one before it."""
    found = []
    for group, name in enumerate(groups.names):
        base, counts = groups.average[group], groups.counts_of(group)
        low = wilson_low(counts, groups.totals)
        fans = np.flatnonzero((low >= MIN_LIFT * base) & (counts >= _MIN_ITEMS / 2) & (groups.totals >= _MIN_ITEMS))
        if not 0 < base < 1 or len(fans) < max(1, MIN_FANS * len(lengths)):
            continue
        best = fans[np.lexsort((fans, -low[fans]))]
        apart = float(np.mean(low[best[:_EXAMPLES]]) - base) / np.sqrt(base * (1 - base))
        share = counts[best[0]] / groups.totals[best[0]]
        of_all = nouns.count_items(int(lengths[best[0]]))
        why = f"{percent(share)} of {of_all} {are.format(name)}; of the average user's {percent(base)}."
        found.append((apart, Persona(f"{name} fan", why, best)))
    return _different([persona for _, persona in sorted(found, key=lambda one: -one[0])], most)


def _strongest(run: Run) -> list[Persona]:
    """Without any metadata: who is strongest on the neurons that carry most of the users' codes."""
    values = run.reconstruction.user_activations.numpy() / run.units
    labels, found = run.index.neurons["label"], []
    for neuron in np.argsort(-(values * run.units).sum(axis=0), kind="stable")[: 4 * MAX_NEURONS]:
        mine, base = values[:, neuron], float(values[:, neuron].mean())
        users = np.flatnonzero(mine > 0)
        if not len(users):
            continue
        best = users[np.lexsort((users, -mine[users]))]
        why = f"Has it at {mine[best[0]]:.2f} of the strongest user; the average user has it at {base:.2f}."
        found.append(Persona(f"Strong on {neuron} · {labels[neuron]}", why, best))
    return _different(found, MAX_NEURONS)


def _different(personas: list[Persona], most: int) -> list[Persona]:
    """The first ones, without those whose users are mostly those of one before, or the other way round."""
    kept: list[Persona] = []
    for persona in personas:
        shared = [
            len(np.intersect1d(persona.users, other.users)) / min(len(persona.users), len(other.users))
            for other in kept
        ]
        if len(kept) < most and max(shared, default=0.0) <= _MAX_SHARED:
            kept.append(persona)
    return kept


# --- all others


def _middle(known: Histories) -> np.ndarray:
    """Users whose history is neither short nor long: the middle half; row numbers."""
    some = known.lengths > 0
    if not some.any():
        return np.empty(0, np.int64)
    low, high = np.quantile(known.lengths[some], [0.25, 0.75])
    return np.flatnonzero(some & (known.lengths >= low) & (known.lengths <= high))


def _typical(known: Histories, nouns: Nouns) -> list[Persona]:
    """Who differs least from the average user in facets, years and popularity."""
    users = _middle(known)
    if not len(users):
        return []
    distance = _standardised(known.popularity[users]) ** 2
    if not np.isnan(known.years).all():
        distance += _standardised(known.years[users]) ** 2
    facets = known.facets
    common = np.argsort(-facets.average, kind="stable")[:_EXAMPLES]
    for group in common:
        share = ratio(facets.counts_of(group), facets.totals, otherwise=0.0)[users]
        distance += (share - facets.average[group]) ** 2 / max(share.var(), 1e-6)
    best = users[np.lexsort((users, distance))]
    of = [nouns.facets] * bool(facets.names) + ["years"] * bool(known.decades.names)
    of = f"{', '.join(of)} and popularity" if of else "popularity"
    why = f"Nearest to the average user in {of}, with {nouns.count_items(int(known.lengths[best[0]]))}."
    return [Persona("Typical user", why, best[: _tenth(best)])]


def _by_popularity(known: Histories, nouns: Nouns) -> list[Persona]:
    """Who has the most and who has the least popular items, of those with a history of middle length."""
    users = _middle(known)
    values = known.popularity[users]
    if len(users) < 2 or np.ptp(values) < 1e-9:
        return []
    average = float(np.nanmean(known.popularity))
    found = []
    for name, sign in (("Mainstream", -1), ("Off the beaten track", 1)):
        best = users[np.lexsort((users, sign * values))]
        mean = known.popularity[best[0]]
        why = (
            f"{nouns.count_items(int(known.lengths[best[0]]))} whose mean popularity percentile is {100 * mean:.0f}; "
            f"of the average user's it is {100 * average:.0f}."
        )
        found.append(Persona(name, why, best[: _tenth(best)]))
    return found


def _by_length(known: Histories, nouns: Nouns) -> list[Persona]:
    """Who has had little, at the tenth percentile, and who has had much, at the ninety-fifth."""
    users = np.flatnonzero(known.lengths > 0)
    if not len(users):
        return []
    lengths = known.lengths[users]
    low, high = np.quantile(lengths, [0.1, 0.95])
    if low == high:
        return []
    found = []
    for name, at, of_kind in (("Light user", low, lengths <= low), ("Heavy user", high, lengths >= high)):
        kind = users[of_kind]
        best = kind[np.lexsort((kind, np.abs(lengths[of_kind] - at)))]
        n = int(known.lengths[best[0]])
        fewer = float((lengths > n).mean()) if at == low else known.shorter_than(n)
        why = f"{nouns.count_items(n)}: {percent(fewer)} of users have {'more' if at == low else 'fewer'}."
        found.append(Persona(name, why, best))
    return found


def _tenth(users: np.ndarray) -> int:
    return max(len(users) // _TENTH, 1)


def _standardised(values: np.ndarray) -> np.ndarray:
    """In standard deviations from the mean; 0 where a value is missing or all are equal."""
    known = values[~np.isnan(values)]
    spread = float(known.std()) if len(known) else 0.0
    if spread == 0:
        return np.zeros(len(values))
    return np.nan_to_num((values - known.mean()) / spread)
