"""Which knobs to offer for a person's list: neurons and concepts, each with its range and the reason why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from explorer.errors import listed
from explorer.measures import SHOWN_LENGTH
from explorer.neurons.search import find_neurons
from explorer.runs import Run
from explorer.steering.edits import Concept, is_number
from explorer.steering.grouping import concepts_of, fires_on_users
from explorer.steering.moves import moves_of
from explorer.steering.ranges import slider_range, usual_range
from explorer.steering.scores import PersonScores
from explorer.text import percent

KnobChoice = Literal["strongest", "causal", "concepts", "pinned"]
KNOB_CHOICES: tuple[KnobChoice, ...] = get_args(KnobChoice)
N_KNOBS = 8
"""Sliders on a page."""
_SAMPLE = 20_000
"""Items that an item is compared with, spread evenly."""
_MAX_GENRES = 3
"""Genres in each direction that a knob names."""


@dataclass(frozen=True)
class Knob:
    """A neuron or a concept that can be turned. Values are in units: 0 off, 1 the strongest user of the data."""

    key: str
    """A neuron's number, as in `17`, or a concept's name."""
    label: str
    """`17 · Horror`, or the concept's name."""
    neurons: tuple[int, ...]
    low: float
    """Where its slider begins, below 0."""
    high: float
    """Where it ends, above 1."""
    usual: tuple[float, float] | None
    """Between which values nine of ten users lie who have any of it; None if no user has."""
    own: float
    """The person's own value."""
    why: str
    """Why it is offered, in a few words."""
    about: str = ""
    """What it is made of and what it moves, in short."""

    @property
    def is_concept(self) -> bool:
        return not self.key.isdecimal()


@dataclass(frozen=True)
class Found:
    """A knob that a search found."""

    key: str
    label: str
    why: str


def choose_knobs(
    run: Run,
    scores: PersonScores,
    how: KnobChoice = "strongest",
    n: int = N_KNOBS,
    pinned: Iterable[str] = (),
    top: int = SHOWN_LENGTH,
) -> list[Knob]:
    """The pinned knobs, and then others until there are n: no neuron that no user fires.

    how: `strongest`: the neurons of which the person has most; `causal`: those that change her list most when they are
        switched off; `concepts`: the concepts of which she has most; `pinned`: no others than the pinned ones, as
        `strongest` where there are none.
    pinned: keys of knobs; those that the run does not have are left out (`knob_of` says why).
    top: length of the list that `causal` is about.
    """
    known = dict.fromkeys(key for key in pinned if is_knob(run, key))
    chosen = [knob_of(run, scores, key, "pinned") for key in known]
    if how == "pinned" and chosen:
        return chosen
    for key, why in _ranked(run, scores, how, top):
        if len(chosen) >= n:
            break
        if key not in known:
            chosen.append(knob_of(run, scores, key, why))
    return chosen


def is_knob(run: Run, key: str) -> bool:
    """Whether a run has a neuron, or a concept, of this key that some user fires."""
    if is_number(key):
        return int(key) < run.index.n and bool(fires_on_users(run)[int(key)])
    return key in concepts_of(run)


def knob_of(run: Run, scores: PersonScores, key: str, why: str = "") -> Knob:
    """The knob of a key; raises `UserError` (or `KeyError` for a concept) if the run has none."""
    if is_number(key):
        neuron = run.neuron(key)
        what, own, neurons = neuron, float(scores.values[neuron]), (neuron,)
    else:
        what = concepts_of(run)[key]
        own, neurons = what.value(scores.values), what.neurons
    low, high = slider_range(own)
    return Knob(key, knob_label(run, key), neurons, low, high, usual_range(run, what), own, why, _about(run, what))


def _about(run: Run, knob: int | Concept) -> str:
    """`5 neurons; raises Horror; lowers War, Romance`; what it moves only where that is the same for every user."""
    parts = [f"{len(knob.neurons)} neurons"] if isinstance(knob, Concept) and len(knob.neurons) > 1 else []
    if run.recommender.dot_product:
        moves = moves_of(run, knob)
        for verb, genres in (("raises", moves.rising), ("lowers", moves.falling)):
            parts += [f"{verb} {listed(genres[:_MAX_GENRES])}"] if genres else []
    return "; ".join(parts)


def knob_label(run: Run, key: str) -> str:
    """`17 · Horror`, or the concept's name."""
    return f"{int(key)} · {run.index.neurons['label'].iloc[int(key)]}" if is_number(key) else key


def _ranked(run: Run, scores: PersonScores, how: KnobChoice, top: int) -> list[tuple[str, str]]:
    """Keys of knobs, the best first, each with why."""
    firing = np.flatnonzero((scores.values > 0) & fires_on_users(run))
    if how == "concepts":
        own = {name: concept.value(scores.values) for name, concept in concepts_of(run).items()}
        best = sorted(own, key=lambda name: -own[name])
        return [(name, f"{percent(own[name])} of the strongest user") for name in best]
    if how == "causal":
        return _causal(run, scores, firing, top)
    best = firing[np.argsort(-scores.values[firing], kind="stable")]
    return [(str(neuron), f"{percent(scores.values[neuron])} of the strongest user") for neuron in best]


def _causal(run: Run, scores: PersonScores, firing: np.ndarray, top: int) -> list[tuple[str, str]]:
    """By how many items leave the list when a neuron is switched off, then by how much its items lose over the mean."""
    own = scores.own.astype(np.float64)
    listed = scores.best(own, top)
    found = []
    for neuron in firing.tolist():
        without = scores.scores({neuron: -float(scores.values[neuron])}, "exact")
        left = len(np.setdiff1d(listed, scores.best(without, top)))
        lost = own - without
        lift = float(lost[listed].mean() - lost.mean()) if len(listed) else 0.0
        found.append((left, lift, neuron))
    found.sort(key=lambda one: (-one[0], -one[1], one[2]))
    return [(str(neuron), f"without it {left} of {len(listed)} leave the list") for left, _, neuron in found]


def search_knobs(run: Run, text: str, limit: int = N_KNOBS) -> list[Found]:
    """Concepts and neurons by name, neurons by number and by the titles of their strongest items; no neuron that no
    user fires."""
    words = text.strip().casefold()
    if not words:
        return []
    found = [Found(name, name, "name") for name in concepts_of(run) if words in name.casefold()]
    fires = fires_on_users(run)
    if is_number(words) and int(words) < run.index.n and fires[int(words)]:
        found.insert(0, Found(str(int(words)), knob_label(run, words), "number"))
    for neuron, label in find_neurons(run.index, run.dataset, text)[["neuron", "label"]].itertuples(index=False):
        if fires[neuron] and str(neuron) not in {one.key for one in found}:
            why = "name" if words in label.casefold() else "title"
            found.append(Found(str(neuron), knob_label(run, str(neuron)), why))
    return found[:limit]


def knobs_recommending(run: Run, scores: PersonScores, item: int, limit: int = N_KNOBS) -> list[Found]:
    """The person's neurons that lift an item (row number) over the average item, most first."""
    own = scores.own.astype(np.float64)
    lifts = {}
    for neuron in np.flatnonzero((scores.values > 0) & fires_on_users(run)).tolist():
        part = own - scores.scores({neuron: -float(scores.values[neuron])}, "exact")
        lifts[neuron] = float(part[item] - part.mean())
    best = sorted((neuron for neuron in lifts if lifts[neuron] > 0), key=lambda neuron: -lifts[neuron])
    total = sum(lifts[neuron] for neuron in best)
    return [
        Found(str(k), knob_label(run, str(k)), f"{percent(lifts[k] / total)} of what lifts it") for k in best[:limit]
    ]


def knobs_raising(run: Run, item: int, limit: int = N_KNOBS) -> list[Found]:
    """The concepts and neurons that raise an item (row number) before most others, whoever the person is, the one that
    raises it before most first; none where what they raise depends on the person."""
    if not run.recommender.dot_product:
        return []
    keys, directions = _directions(run)
    ranked = np.flatnonzero(run.dataset.ranked(run.config.neurons.min_support))
    if not len(ranked):
        return []
    others = ranked[np.linspace(0, len(ranked) - 1, min(_SAMPLE, len(ranked))).astype(int)]
    items = run.recommender.item_embeddings
    effects, own = (items[others] @ directions.T).numpy(), (items[item] @ directions.T).numpy()
    share = np.where(own > effects.mean(axis=0), (effects < own).mean(axis=0), 0.0)
    best = [k for k in np.argsort(-share, kind="stable")[:limit] if share[k] > 0]
    return [Found(keys[k], knob_label(run, keys[k]), f"raises it before {_nearly(share[k])} of all") for k in best]


def _directions(run: Run) -> tuple[list[str], Tensor]:
    """The keys of all concepts of several neurons and of all neurons that some user fires, and where one unit of each
    moves a user, up to her length, `[knobs, d]`."""
    steps = torch.from_numpy(run.units)[:, None] * run.sae.W_dec
    concepts = {name: one for name, one in concepts_of(run).items() if len(one.neurons) > 1}
    neurons = np.flatnonzero(fires_on_users(run)).tolist()
    joined = [torch.from_numpy(one.weights).float() @ steps[list(one.neurons)] for one in concepts.values()]
    return [*concepts, *map(str, neurons)], torch.stack([*joined, *steps[neurons]])


def _nearly(share: float) -> str:
    """A share in per cent, never rounded up to all."""
    return percent(min(share, 0.99))
