"""Settings that come with the product: "less popular", "older", "less of the strongest genre". Their knobs, and how far
these are turned, come from the run and the person.

A preset says where its knobs would end. It is turned towards there in fifths, no further than it takes to exchange a
quarter of the list in the direction that it promises; where no fifth moves the list that way, it changes nothing.
All ends lie between off and the strongest user (`benchmarks/presets.py`: how often it holds what it promises).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from explorer.errors import UserError, listed, quoted
from explorer.measures import SHOWN_LENGTH
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles, rank_correlation
from explorer.ratio import ratio
from explorer.runs import Run
from explorer.steering.attribution import affinity
from explorer.steering.edits import AnyEdit, ConceptEdit, Edit
from explorer.steering.grouping import concepts_of, fires_on_users, remembered
from explorer.steering.ranges import usual_range
from explorer.steering.scores import PersonScores

STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)
"""How far from the person's own value towards its end a knob is turned, the first that does it."""
EXCHANGED = 0.25
"""Share of the list that a preset is to exchange."""
MIN_CORRELATION = 0.1
"""Of a neuron's effect on scores with popularity or year, from which on it can stand for it."""
_AS_GOOD = 2 / 3
"""Share of the best neuron's correlation from which on a second one is used too."""
_MIN_ITEMS = 20
_SAMPLE = 5_000
"""Items over which effects are correlated, spread evenly."""
_RAISED = 4
"""Genres that "Broaden" raises."""


class _Aim(NamedTuple):
    ends: dict[str, float]
    """Keys of knobs, and where they end."""
    measure: Callable[[np.ndarray], float]
    """Of a list (rows of items), what the preset is to raise."""


@dataclass(frozen=True, eq=False)
class Preset:
    """A setting with a name that comes with the product."""

    name: str
    about: str
    """A sentence."""
    aim: Callable[[PersonScores], _Aim | None]
    """What it would do for a person; None if nothing."""

    shown: Callable[[PersonScores], str] | None = None
    """The name on a button for a person, if it can say more: `Less Horror`."""

    def label(self, scores: PersonScores) -> str:
        """The name on a button."""
        return self.name if self.shown is None else self.shown(scores)

    def edits(self, scores: PersonScores, top: int = SHOWN_LENGTH) -> list[AnyEdit]:
        """The edits for a person, whose list is `top` long; none where they would not do what the name says."""
        aim = self.aim(scores)
        own = scores.best(scores.own.astype(np.float64), top)
        if aim is None or not len(own):
            return []
        start, best, gain = aim.measure(own), [], 0.0
        for strength in STRENGTHS:
            edits = [edit for key, end in aim.ends.items() if (edit := _towards(scores, key, end, strength))]
            rows = scores.best(scores.scores(scores.changes(edits), "exact"), top)
            gained = aim.measure(rows) - start
            if gained > gain:
                best, gain = edits, gained
                if len(np.setdiff1d(own, rows)) >= EXCHANGED * len(own):
                    break
        return best


def built_in_presets(run: Run) -> list[Preset]:
    """Those that make sense for a run: none about years where there are no years, none about genres without them."""
    return remembered(run, "presets", lambda: _built_in(run))


def find_preset(run: Run, name: str, others: Iterable[str] = ()) -> Preset:
    """By name, whatever its case, with hyphens for spaces if need be. `others`: names that there are besides."""
    presets = built_in_presets(run)
    wanted = plain(name)
    for preset in presets:
        if plain(preset.name) == wanted:
            return preset
    known = listed(f"“{known}”" for known in [*others, *(preset.name for preset in presets)]) or "none"
    raise UserError(f"There is no preset {quoted(name)}; this run has {known}.")


def plain(name: str) -> str:
    """`less-popular` and `Less popular` are the same."""
    return " ".join(name.replace("-", " ").casefold().split())


def _built_in(run: Run) -> list[Preset]:
    popularity = percentiles(run.dataset.items["popularity"].to_numpy()).astype(float)
    years, nouns = release_years(run.dataset), run.dataset.nouns
    items = nouns.items.capitalize()
    less, more = (
        ("Less popular", f"{items} that fewer people know."),
        ("More popular", f"{items} that more people know."),
    )
    older, newer = ("Older", f"{items} from earlier years."), ("Newer", f"{items} from later years.")
    presets = [*_lean(run, "popularity", popularity, less, more), *_lean(run, "year", years, older, newer)]
    genres = [genre for genre in run.dataset.genres if genre in concepts_of(run)]
    if genres:
        presets += [
            Preset(
                f"Less of the strongest {nouns.facet}",
                f"Turns down the {nouns.facet} that stands out most in the list.",
                lambda scores: _genre(scores, genres, more=False),
                lambda scores: f"Less {_strongest_genre(scores, genres) or nouns.facet}",
            ),
            Preset(
                f"More of the strongest {nouns.facet}",
                f"Turns up the {nouns.facet} that stands out most in the list.",
                lambda scores: _genre(scores, genres, more=True),
                lambda scores: f"More {_strongest_genre(scores, genres) or nouns.facet}",
            ),
        ]
    presets.append(Preset("More of the same", "Raises the neuron of which this person has most.", _same))
    if len(genres) > 2:
        about = f"A wider mix of {nouns.facets}: the strongest one lower, others higher."
        presets.append(Preset("Broaden", about, lambda scores: _broaden(scores, genres)))
    return presets


def _towards(scores: PersonScores, key: str, end: float, strength: float) -> AnyEdit | None:
    """The edit that turns a knob this far from the person's own value; None where it would not move."""
    own = _own(scores, key)
    value = round(own + strength * (end - own), 2)
    if abs(value - own) < 0.005:
        return None
    return Edit(int(key), "set", value) if key.isdecimal() else ConceptEdit(key, value)


def _own(scores: PersonScores, key: str) -> float:
    if key.isdecimal():
        return float(scores.values[int(key)])
    return concepts_of(scores.run)[key].value(scores.values)


def _raised(scores: PersonScores, key: str) -> float:
    """Where a knob ends that is raised: at the strongest user, or where the first neuron of a concept is there."""
    own = _own(scores, key)
    if key.isdecimal():
        return max(own, 1.0)
    end = max(own, 1.0)
    rooms = [
        max(0.0, 1 - float(scores.values[neuron])) / change * (end - own)
        for neuron, change in concepts_of(scores.run)[key].changes(scores.values, end).items()
        if change > 0
    ]
    return min([end, *(own + room for room in rooms)])


def _lean(run: Run, what: str, values: np.ndarray, less: tuple[str, str], more: tuple[str, str]) -> list[Preset]:
    """Two presets that lower and raise the list's mean of what is known of items, `[n_items]`.

    what: `popularity` or `year`.
    """
    correlation = _correlations(run, values, what)
    falling, rising = _strongest(-correlation), _strongest(correlation)

    def preset(name: str, about: str, sign: int, up: list[int], down: list[int]) -> Preset:
        def aim(scores: PersonScores) -> _Aim:
            ends = {str(k): 0.0 for k in down if scores.values[k] > 0}
            ends |= {str(k): _raised(scores, str(k)) for k in up}
            return _Aim(ends, lambda rows: sign * _mean(values[rows]))

        return Preset(name, about, aim)

    presets = [preset(*less, -1, falling, rising), preset(*more, 1, rising, falling)]
    return presets if falling or rising else []


def _correlations(run: Run, values: np.ndarray, what: str) -> np.ndarray:
    """Rank correlation of what each neuron adds to items' scores with something known of them, `[n]`. 0 for neurons
    that no user fires.

    what: `popularity` or `year`, of which the index has the correlation with the neuron's activation: it is taken where
        what a neuron adds depends on the user.
    """
    rows = np.flatnonzero(run.dataset.ranked(run.config.neurons.min_support) & ~np.isnan(values))
    if len(rows) < _MIN_ITEMS or np.ptp(values[rows]) == 0:
        return np.zeros(run.index.n)
    if run.recommender.dot_product:
        rows = rows[np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(int)]
        effects = (run.recommender.item_embeddings[rows] @ run.sae.W_dec.T).numpy()
        found = rank_correlation(_ranks(effects), values[rows])
    else:
        found = run.index.neurons[f"{what}_spearman"].to_numpy(float)
    return np.where(fires_on_users(run), np.nan_to_num(found), 0.0)


def _ranks(effects: np.ndarray) -> np.ndarray:
    """Of each column from 1, `[M, n]`. Effects hardly ever tie, and `rankdata` takes ten times as long."""
    order = np.argsort(effects.T, axis=1)
    ranks = np.empty(order.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, len(effects) + 1)[None], axis=1)
    return ranks.T


def _strongest(correlation: np.ndarray) -> list[int]:
    """The neuron of the highest correlation, and a second one that is nearly as good."""
    best = np.argsort(-correlation, kind="stable")[:2]
    least = max(MIN_CORRELATION, _AS_GOOD * float(correlation[best[0]]))
    return [int(k) for k in best if correlation[k] >= least]


def _standing_out(scores: PersonScores, genres: list[str]) -> dict[str, float]:
    """By how much the share of each genre in the person's list exceeds that among all items."""
    own, dataset = scores.best(scores.own.astype(np.float64), SHOWN_LENGTH), scores.run.dataset
    if not len(own):
        return dict.fromkeys(genres, 0.0)
    shares = remembered(scores.run, "genre-shares", lambda: dataset.genre_matrix.mean(axis=0))
    excess = dataset.genre_matrix[own].mean(axis=0) - shares
    return {genre: float(excess[dataset.genres.index(genre)]) for genre in genres}


def _strongest_genre(scores: PersonScores, genres: list[str]) -> str | None:
    """The one that stands out most in the list, of those of which the person has any."""
    standing = _standing_out(scores, genres)
    return max((genre for genre in genres if _own(scores, genre) > 0), key=standing.get, default=None)


def _genre(scores: PersonScores, genres: list[str], more: bool) -> _Aim | None:
    genre = _strongest_genre(scores, genres)
    if genre is None:
        return None
    members = scores.run.dataset.genre_matrix[:, scores.run.dataset.genres.index(genre)]
    if more:
        return _Aim({genre: _raised(scores, genre)}, lambda rows: float(members[rows].mean()))
    return _Aim({genre: 0.0}, lambda rows: -float(members[rows].mean()))


def _same(scores: PersonScores) -> _Aim | None:
    run = scores.run
    popular = remembered(run, "popularity-neurons", lambda: _popularity_neurons(run))
    firing = [int(k) for k in np.flatnonzero((scores.values > 0) & fires_on_users(run)) if k not in popular]
    if not firing:
        return None
    neuron = max(firing, key=lambda k: scores.values[k])
    effect = affinity(run, neuron)[-1]
    return _Aim({str(neuron): _raised(scores, str(neuron))}, lambda rows: float(effect[rows].mean()))


def _popularity_neurons(run: Run) -> list[int]:
    correlation = _correlations(run, run.dataset.items["popularity"].to_numpy(float), "popularity")
    return _strongest(correlation) + _strongest(-correlation)


def _broaden(scores: PersonScores, genres: list[str]) -> _Aim | None:
    strongest = _strongest_genre(scores, genres)
    if strongest is None:
        return None
    standing, own = _standing_out(scores, genres), {genre: _own(scores, genre) for genre in genres}
    others = [genre for genre in sorted(own, key=own.get, reverse=True) if genre != strongest and standing[genre] <= 0]
    ends = {strongest: own[strongest] / 2}
    for genre in others[:_RAISED]:
        usual = usual_range(scores.run, concepts_of(scores.run)[genre])
        if usual and (middle := sum(usual) / 2) > own[genre]:
            ends[genre] = middle
    members = scores.run.dataset.genre_matrix.astype(np.float64)
    return _Aim(ends, lambda rows: _entropy(members[rows]))


def _entropy(members: np.ndarray) -> float:
    """Of the genres of a list, `[k, n_genres]`, an item's genres sharing it evenly: in nats."""
    shares = ratio(members, members.sum(axis=1, keepdims=True), otherwise=0.0).sum(axis=0)
    shares = shares[shares > 0] / shares.sum() if shares.any() else np.ones(1)
    return float(-(shares * np.log(shares)).sum())


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else 0.0
