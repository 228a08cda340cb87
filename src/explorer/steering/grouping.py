"""Concepts that several neurons share, as one knob each: all neurons whose names say the same genre, or that have the
same name. What a name says is in the column `facets` of the neuron index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch

from explorer.neurons.labels import LITTLE_KNOWN, POPULAR
from explorer.runs import Run
from explorer.steering.edits import Concept

Value = TypeVar("Value")


def remembered(run: Run, name: str, make: Callable[[], Value]) -> Value:
    """What is computed once per run, kept with the run as its cached properties are."""
    kept = vars(run).setdefault("_steering", {})
    if name not in kept:
        kept[name] = make()
    return kept[name]


def concepts_of(run: Run) -> Mapping[str, Concept]:
    """The concepts of a run by name: genres in alphabetical order, then names. Each is made when it is asked for, since
    its strongest user is only known when all users are encoded."""
    return remembered(run, "concepts", lambda: _Concepts(run))


@dataclass(frozen=True, eq=False)
class _Group:
    neurons: tuple[int, ...]
    weights: np.ndarray


class _Concepts(Mapping[str, Concept]):
    def __init__(self, run: Run):
        self._run, self._groups, self._made = run, _groups(run), {}

    def __getitem__(self, name: str) -> Concept:
        if name not in self._made:
            group = self._groups[name]
            strongest = _strongest(self._run, group)
            self._made[name] = Concept(name, group.neurons, group.weights, strongest)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._groups

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)


def _groups(run: Run) -> dict[str, _Group]:
    """The neurons of each concept, ascending, and their weights; those that no user fires are in none."""
    by_facet: dict[str, list[int]] = {genre: [] for genre in run.dataset.genres}
    by_name: dict[str, list[int]] = {}
    for neuron in np.flatnonzero(fires_on_users(run)).tolist():
        name, genres = _said(run, neuron)
        for genre in genres:
            by_facet[genre].append(neuron)
        if name is not None:
            by_name.setdefault(name, []).append(neuron)
    found = {genre: members for genre, members in by_facet.items() if members}
    for name, members in sorted(by_name.items()):
        if len(members) > 1 and members not in found.values():
            found.setdefault(name, members)
    return {
        _not_a_number(name, run.dataset.nouns.facet): _Group(tuple(members), np.full(len(members), 1 / len(members)))
        for name, members in found.items()
    }


def fires_on_users(run: Run) -> np.ndarray:
    """Which neurons fire on some user, bool `[n]`: no other can be steered in its unit."""
    return (run.index.neurons["max_users"] > 0).to_numpy()


def _said(run: Run, neuron: int) -> tuple[str | None, list[str]]:
    """A neuron's name without examples, None if it has none, and the genres that all of its items are said to have."""
    neurons, genres = run.index.neurons, run.dataset.genres
    label = str(neurons["label"].iloc[neuron])
    if not run.index.named.iloc[neuron]:
        return next((name for name in (POPULAR, LITTLE_KNOWN) if label.startswith(f"{name}: ")), None), []
    name = label.partition(": like ")[0]
    if "facets" not in neurons:  # a run of format 2
        return name, [genre for genre in genres if genre in name.split(", ")]
    about = neurons["facets"].iloc[neuron]
    if not isinstance(about, str):
        return name, []
    return name, _genres_in(about, run.dataset.nouns.facet, set(genres))


def _genres_in(about: str, kind: str, genres: set[str]) -> list[str]:
    """`genre: Horror and Sci-Fi; years: 1980s` → both; none where either will do. A genre's own name may hold `and`."""
    if not about.startswith(f"{kind}: "):
        return []
    text = about.removeprefix(f"{kind}: ")
    text = text if text in genres else text.rpartition("; years: ")[0] or text
    if text in genres:
        return [text]
    words = text.split(" and ")
    for cut in range(1, len(words)):
        pair = [" and ".join(words[:cut]), " and ".join(words[cut:])]
        if genres.issuperset(pair):
            return pair
    return []


def _not_a_number(name: str, noun: str) -> str:
    """In an address a number is a neuron."""
    return f"{noun} {name}" if name.isdecimal() else name


@torch.inference_mode()
def _strongest(run: Run, group: _Group) -> float:
    """The weighted mean of the user who has most of a concept, in units."""
    rows, units = list(group.neurons), run.units.astype(np.float64)
    means = run.reconstruction.user_activations[:, rows].numpy().astype(np.float64) / units[rows] @ group.weights
    best = int(means.argmax())
    # By itself, as a person is encoded, so that her value is 1 to the last digit.
    code = run.sae.encode(run.recommender.user_embeddings[best : best + 1], "user")[0].numpy().astype(np.float64)
    return Concept("", group.neurons, group.weights, 1.0).value(code / units)
