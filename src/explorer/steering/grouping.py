"""Concepts that several neurons share, as one knob each: a genre, or a name that several neurons have.

A genre's neurons are those whose names say it, and those whose 20 strongest items are mostly of it, more often than
chance (`MIN_SHARE`, `SIGNIFICANCE`), as long as their directions point towards its items: a neuron can fire on horror
films for what is left of them when others have explained the horror, and then lowers them. Each weighs as much as the
share of its strongest items that are of the genre. So a genre can be had that is spread over several neurons, and for
less: `benchmarks/concepts.py` holds the knob against equal weights, against its best neuron alone and against the
centroid of the genre's items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
import torch

from explorer.measures import PURITY_DEPTHS
from explorer.neurons.alive import MIN_USERS
from explorer.neurons.labels import LITTLE_KNOWN, POPULAR
from explorer.neurons.predicates import MIN_SHARE as NAME_SHARE
from explorer.neurons.purity import SIGNIFICANCE
from explorer.runs import Run
from explorer.steering.edits import Concept

MIN_SHARE = NAME_SHARE["one"]
"""Share of a neuron's strongest items that must be of a genre."""
_DEPTH = PURITY_DEPTHS[1]
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


def concept_named(run: Run, name: str) -> str | None:
    """The run's own spelling of a concept's name, whatever the case; None if it has none of that name."""
    concepts = concepts_of(run)
    return name if name in concepts else next((one for one in concepts if one.casefold() == name.casefold()), None)


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
    evidence: dict[str, dict[int, float]] = {genre: {} for genre in run.dataset.genres}
    names: dict[str, dict[int, float]] = {}
    offered, named, holds = _offered(run), run.index.named.to_numpy(), _holds(run)
    towards, genre_column = _towards(run), {genre: i for i, genre in enumerate(run.dataset.genres)}
    for row in _shares(run).itertuples(index=False):
        sure = row.value >= MIN_SHARE and row.p < SIGNIFICANCE and towards[row.neuron, genre_column[row.genre]]
        if offered[row.neuron] and sure and not _is_about_popularity(run, row.neuron):
            evidence[row.genre][int(row.neuron)] = float(row.value)
    shares = _shares(run).set_index(["neuron", "genre"])["value"].to_dict()
    called = named.copy()
    called[list(run.proposed)] = True  # by people: a name is theirs to give, whether or not the proposed one holds
    for neuron in np.flatnonzero(offered & called).tolist():
        name, genres = _said(run, neuron)
        for genre in genres if named[neuron] else ():
            if not towards[neuron, genre_column[genre]]:
                continue
            evidence[genre][neuron] = float(shares.get((neuron, genre), 0)) or float(holds[neuron])
        names.setdefault(name, {})[neuron] = float(holds[neuron])
    found = {genre: members for genre, members in evidence.items() if members}
    for name, members in sorted(names.items()):
        if len(members) > 1 and not any(members.keys() == one.keys() for one in found.values()):
            found.setdefault(name, members)
    return {_not_a_number(name, run.dataset.nouns.facet): _group(members) for name, members in found.items()}


def _group(evidence: dict[int, float]) -> _Group:
    neurons = tuple(sorted(evidence))
    weights = np.array([evidence[neuron] for neuron in neurons])
    return _Group(neurons, weights / weights.sum())


def fires_on_users(run: Run) -> np.ndarray:
    """Which neurons fire on some user, bool `[n]`: no other can be steered in its unit."""
    return (run.index.neurons["max_users"] > 0).to_numpy()


def _offered(run: Run) -> np.ndarray:
    """Which neurons enough users fire to be judged by, bool `[n]`."""
    users = run.index.neurons["density_users"].to_numpy(float) * run.dataset.n_users
    return fires_on_users(run) & (np.round(users) >= min(MIN_USERS, run.dataset.n_users))


def _towards(run: Run) -> np.ndarray:
    """Which neurons' directions point from the other items towards those of which genre, bool `[n, n_genres]`. For dot
    products: which raise its items more than the others."""
    of_genre = torch.from_numpy(run.dataset.genre_matrix).to(torch.float32)
    items = run.recommender.item_embeddings
    inside, outside = ((which.T @ items) / which.sum(dim=0).clamp(min=1)[:, None] for which in (of_genre, 1 - of_genre))
    return (run.sae.W_dec @ (inside - outside).T > 0).numpy()


def _shares(run: Run) -> pd.DataFrame:
    """Of each neuron and genre the share of its strongest items: rows of `index.purity`."""
    table = run.index.purity
    return table[table["k"] == _DEPTH]


def _holds(run: Run) -> np.ndarray:
    """How far each neuron's name holds, `[n]`, above 0; 1 where names were not checked."""
    neurons = run.index.neurons
    holds = neurons["name_holds"].to_numpy(float) if "name_holds" in neurons else np.ones(len(neurons))
    return np.where(holds > 0, holds, 1.0)


def _is_about_popularity(run: Run, neuron: int) -> bool:
    """Whether it is popularity, and its items' genre comes with that."""
    row = run.index.neurons.iloc[neuron]
    return bool(row.get("popularity_disguise", False)) or run.proposed_name(neuron).startswith((POPULAR, LITTLE_KNOWN))


def _said(run: Run, neuron: int) -> tuple[str, list[str]]:
    """The name of a neuron without examples, and the genres that all of its items are said to have."""
    neurons, genres = run.index.neurons, run.dataset.genres
    name = str(neurons["label"].iloc[neuron]).partition(": like ")[0]
    if "facets" not in neurons:  # a run of format 2
        return name, [genre for genre in genres if genre in run.proposed_name(neuron).split(", ")]
    about = neurons["facets"].iloc[neuron]
    return name, _genres_in(about, run.dataset.nouns.facet, set(genres)) if isinstance(about, str) else []


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
