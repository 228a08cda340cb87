"""Does the best neuron of a genre stay good on items that it was not chosen on?

The ranked items are halved at random; each genre's best neuron is chosen on one half and measured on the other. All of
it is computed from the activations above zero alone, of which a sparse code has few.

Shapes: M ranked items, n neurons, G genres, E activations above zero, P pairs of one of those and a genre of its item.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.measures import HELD_OUT_DEPTHS
from explorer.neurons.ranking import Ranking
from explorer.neurons.statistics import none_if_missing
from explorer.ratio import ratio

HALVINGS = 20
_DEPTH = HELD_OUT_DEPTHS[0]


@dataclass(frozen=True, eq=False)
class _Firing:
    """The activations above zero, strongest first within a neuron, and the genres of their items."""

    n: int
    row: np.ndarray
    """Which of the ranked items, `[E]`."""
    begin: np.ndarray
    """Where its neuron begins, `[E]`."""
    last: np.ndarray
    """The last of its tie, `[E]`."""
    entry: np.ndarray
    """Of each pair the activation, by neuron, genre and strength, `[P]`."""
    key: np.ndarray
    """Of each pair neuron · G + genre, `[P]`."""
    key_begin: np.ndarray
    """Where the pairs of its key begin, `[P]`."""
    key_last: np.ndarray
    """The last pair of its key whose activation is in its tie, `[P]`."""

    @classmethod
    def of(cls, ranking: Ranking, groups: np.ndarray) -> _Firing:
        n, n_genres = ranking.n, groups.shape[1]
        neuron, row = ranking.neuron, ranking.position
        last = _last_of_run(neuron, ranking.value)
        genres_of = groups.sum(axis=1)
        genre = np.nonzero(groups)[1]
        first = np.cumsum(genres_of) - genres_of  # of each item's genres in that list
        count = genres_of[row]
        entry = np.repeat(np.arange(len(row)), count)
        which = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
        key = neuron[entry] * n_genres + genre[first[row[entry]] + which]
        order = np.argsort(key, kind="stable")
        entry, key = entry[order], key[order]
        begin, key_begin = _first_of_run(neuron), _first_of_run(key)
        return cls(n, row, begin, last, entry, key, key_begin, _last_of_run(key, last[entry]))


def _changes(*values: np.ndarray) -> np.ndarray:
    """Where a run of equal values begins, and the end."""
    differs = np.any([of[1:] != of[:-1] for of in values], axis=0)
    return np.flatnonzero(np.concatenate([[True], differs, [True]]))


def _first_of_run(values: np.ndarray) -> np.ndarray:
    edges = _changes(values) if len(values) else np.zeros(1, int)
    return np.repeat(edges[:-1], np.diff(edges))


def _last_of_run(*values: np.ndarray) -> np.ndarray:
    edges = _changes(*values) if len(values[0]) else np.zeros(1, int)
    return np.repeat(edges[1:] - 1, np.diff(edges))


def _on_half(
    firing: _Firing, groups: np.ndarray, half: np.ndarray, keys: np.ndarray | None = None
) -> tuple[dict[int, np.ndarray], np.ndarray]:
    """Purity at each depth and average precision on a half of the items, `[n, G]` each; places that a neuron does not
    fill count as misses. Only at the `keys`, bool `[n · G]`, if they are given; elsewhere it is not computed.

    half: bool `[M]`.
    """
    shape = firing.n, groups.shape[1]
    there = half[firing.row]
    count = np.concatenate([[0], np.cumsum(there)])
    has = there[firing.entry]
    hits = np.concatenate([[0], np.cumsum(has)])
    pairs = np.flatnonzero(has if keys is None else has & keys[firing.key])
    entry, key = firing.entry[pairs], firing.key[pairs]
    before = count[firing.begin[entry]]
    place = count[entry + 1] - before
    size = shape[0] * shape[1]
    purity = {
        k: np.bincount(key[place <= k], minlength=size).reshape(shape) / k for k in HELD_OUT_DEPTHS if half.sum() >= k
    }
    precision = (hits[firing.key_last[pairs] + 1] - hits[firing.key_begin[pairs]]) / (
        count[firing.last[entry] + 1] - before
    )
    total = np.bincount(key, precision, size).reshape(shape)
    members = groups[half].sum(axis=0)
    # The items on which a neuron is silent are one tie at the end, where the precision is the genre's share.
    silent = members - np.bincount(key, minlength=size).reshape(shape)
    return purity, ratio(total + silent * members / max(half.sum(), 1), members)


def held_out(ranking: Ranking, groups: np.ndarray, genres: list[str], seed: int) -> dict[str, Any]:
    """Held-out purity and average precision of the best neuron per genre, over `HALVINGS` seeded random halvings.

    `halvings`; `purity` by depth as text, and `ap`: each with the `mean` over genres and halvings, the standard
    deviation `sd` of the mean over genres from halving to halving, and the mean `by_genre`. None where a half has fewer
    items than the depth, or nothing has a genre. Of neurons of equal purity the one with the higher average precision
    on the same half is chosen.

    ranking: of the ranked items by a dictionary.
    groups: which ranked item carries which genre, bool `[M, G]`.
    """
    firing = _Firing.of(ranking, groups)
    found = {key: np.full((HALVINGS, len(genres)), np.nan) for key in (*HELD_OUT_DEPTHS, "ap")}
    for halving, half in enumerate(_halves(len(groups), seed) if firing.n and len(genres) else ()):
        known = groups[half].any(axis=0) & groups[~half].any(axis=0)
        purity, ap = _on_half(firing, groups, half)
        ap = np.nan_to_num(ap)
        best = {k: np.argmax(values + ap * 1e-6, axis=0) for k, values in purity.items()} | {
            "ap": np.argmax(ap, axis=0)
        }
        keys = np.zeros((firing.n, len(genres)), bool)
        for chosen in best.values():
            keys[chosen, np.arange(len(genres))] = True
        purity, ap = _on_half(firing, groups, ~half, keys.ravel())
        for key, chosen in best.items():
            values = (ap if key == "ap" else purity[key])[chosen, np.arange(len(genres))]
            found[key][halving] = np.where(known, values, np.nan)
    measured = {key: _summary(values, genres) for key, values in found.items()}
    ap = measured.pop("ap")
    return {"halvings": HALVINGS, "purity": {str(k): values for k, values in measured.items()}, "ap": ap}


def held_out_of_each(ranking: Ranking, groups: np.ndarray, seed: int) -> np.ndarray:
    """Held-out purity@10 of every neuron, `[n]`: of the genre that it detects best on one half of the ranked items
    (average precision above the base rate, as in the table of neurons), measured on the other; the mean over the same
    halvings as `held_out`.

    Halvings in which either half has fewer than 10 items on which a neuron fires say nothing of it; NaN if all do.

    groups: which ranked item carries which genre, bool `[M, G]`.
    """
    firing, n, n_genres = _Firing.of(ranking, groups), ranking.n, groups.shape[1]
    total, times, every = np.zeros(n), np.zeros(n), np.arange(n)
    for half in _halves(len(groups), seed) if n and n_genres else ():
        base_rate = ratio(groups[half].sum(axis=0), half.sum())
        _, ap = _on_half(firing, groups, half)
        genre = np.argmax(np.nan_to_num(ratio(ap - base_rate, 1 - base_rate), nan=-np.inf), axis=1)
        keys = np.zeros((n, n_genres), bool)
        keys[every, genre] = True
        purity, _ = _on_half(firing, groups, ~half, keys.ravel())
        fires = [np.bincount(ranking.neuron[side[ranking.position]], minlength=n) for side in (half, ~half)]
        known = np.minimum(*fires) >= _DEPTH
        if _DEPTH in purity:
            total[known] += purity[_DEPTH][every, genre][known]
            times += known
    return ratio(total, times)


def _halves(m: int, seed: int) -> Iterator[np.ndarray]:
    """The halvings of m ranked items, bool `[M]` each."""
    rng = np.random.default_rng(seed)
    for _ in range(HALVINGS):
        half = np.zeros(m, bool)
        half[rng.permutation(m)[: m // 2]] = True
        yield half


def _summary(values: np.ndarray, genres: list[str]) -> dict[str, Any]:
    """Of values by halving and genre, `[H, G]`."""
    known = ~np.isnan(values)
    filled = np.where(known, values, 0)
    by_halving, by_genre = (ratio(filled.sum(axis=axis), known.sum(axis=axis)) for axis in (1, 0))
    by_halving = by_halving[~np.isnan(by_halving)]
    return {
        "mean": none_if_missing(by_halving.mean()) if len(by_halving) else None,
        "sd": none_if_missing(by_halving.std(ddof=1)) if len(by_halving) > 1 else None,
        "by_genre": {genre: float(value) for genre, value in zip(genres, by_genre, strict=True) if value == value},
    }
