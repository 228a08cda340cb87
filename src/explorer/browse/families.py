"""The concepts of a run in families: what belongs together beside each other, and what is alike once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from explorer.audit import Audit
from explorer.browse.overview import NAMED_PARTS, Dictionary, dictionary_parts
from explorer.measures import VERY_STABLE
from explorer.neurons.alive import MIN_ITEMS, MIN_USERS
from explorer.runs import Run

Kind = Literal["facet", "people", "examples", "years", "popularity"]
MAX_FAMILIES = 20
ALIKE = VERY_STABLE
"""Cosine of two directions, or of what two neurons do on all items, from which on they are one concept twice."""
CLEAR_NAME = 0.8
"""Share of the items that it was not made from for which a name holds from which on its meaning is clear."""
RELATED = 0.5
"""Cosine of two directions from which on neurons without a name are of one family."""
_MAX_CLUSTERED = 2048
"""Neurons without a name that are put into families by their directions, those that carry most taste."""
PEOPLE, YEARS, POPULARITY = "Named by people", "Release years", "Popularity"


@dataclass(frozen=True)
class Member:
    """A concept of a family: one neuron, and those that are alike."""

    neuron: int
    name: str
    taste: float
    """Share of the users' code energy that all of them carry; 0 if it is not known."""
    alike: tuple[int, ...] = ()
    """Neurons of the same name, or nearly equal ones; they are not shown by themselves."""
    confirmed: bool = False
    """Whether people found that it stands for one concept."""
    own: bool = False
    """Whether people gave the name."""

    @property
    def title(self) -> str:
        """The name without the example that tells it from other neurons of the name: they are folded here."""
        before, like, _ = self.name.partition(": like ")
        return before if like and not self.own else self.name


@dataclass(frozen=True)
class Family:
    """Concepts that belong together. The first member is the clearest; the others follow by the taste they carry."""

    name: str
    kind: Kind
    members: tuple[Member, ...]
    taste: float

    @property
    def lead(self) -> Member:
        return self.members[0]

    @property
    def neurons(self) -> tuple[int, ...]:
        """All of them, those that are alike included, ascending."""
        return tuple(sorted(n for member in self.members for n in (member.neuron, *member.alike)))


@dataclass(frozen=True)
class Card:
    """A concept as it is shown."""

    family: Family
    member: Member
    rest: tuple[Member, ...] = ()
    """Of its family, those that no card shows; told beside the last one shown."""


@dataclass(frozen=True)
class Families:
    """The families that are shown, and the neurons of those that are left out for want of room."""

    shown: tuple[Family, ...]
    further: tuple[int, ...] = ()
    by_examples: bool = False
    """Whether no neuron has a name from a facet, so that they are put together by their directions instead."""

    def cards(self, n: int = MAX_FAMILIES) -> list[Card]:
        """About n concepts to show, family by family: the first of each, then those that carry most taste, each
        family's in its order. What is left of a family is told beside the last one shown of it."""
        counts = dict.fromkeys(range(len(self.shown)), 1)
        for _ in range(n - len(self.shown)):
            more = [at for at, family in enumerate(self.shown) if counts[at] < len(family.members)]
            if not more:
                break
            counts[max(more, key=lambda at: (self.shown[at].members[counts[at]].taste, -at))] += 1
        cards = []
        for at, family in enumerate(self.shown):
            shown = family.members[: counts[at]]
            cards += [Card(family, member) for member in shown[:-1]]
            cards.append(Card(family, shown[-1], family.members[counts[at] :]))
        return cards


def families(run: Run, audit: Audit, limit: int = MAX_FAMILIES) -> Families:
    """At most `limit` families of the concepts of a run, from the stored index; the same for the same run and audit.

    Named neurons (`dictionary_parts`) are put together by the main facet of their name: of several the one that the
    neuron detects best by average precision. Where that makes too many families, facets count as their broader one,
    where the data set knows it. Names of release years alone, names that only people gave, and neurons about
    popularity are families of their own, after the others, which come in the order of the taste they carry. If no name
    says a facet, neurons without a name that pass the quality bar (`clear_neurons`) are put together by directions.
    """
    found = dictionary_parts(run, audit)
    taste = np.nan_to_num(found.taste)
    keys = _keys(run, found)
    groups: dict[tuple[Kind, str], list[int]] = {}
    for neuron, key in keys.items():
        groups.setdefault(key, []).append(neuron)
    by_examples = not any(kind == "facet" for kind, _ in groups)
    if by_examples:
        groups |= _by_direction(run, found, audit, taste)
    elif len(groups) > limit and run.dataset.genre_parents:
        groups = _broader(groups, run.dataset.genre_parents)
    made = [_family(run, found, kind, name, neurons, taste) for (kind, name), neurons in groups.items()]
    main = sorted((one for one in made if one.kind in ("facet", "examples")), key=_by_taste)
    apart = sorted((one for one in made if one.kind not in ("facet", "examples")), key=lambda one: _APART[one.kind])
    room = max(limit - len(apart), 0)
    left = [neuron for one in main[room:] for neuron in one.neurons]
    return Families((*main[:room], *apart[:limit]), tuple(sorted(left)), by_examples)


_APART = {"people": 0, "years": 1, "popularity": 2}


def _by_taste(family: Family) -> tuple:
    return -round(family.taste, 9), family.lead.neuron


def _keys(run: Run, found: Dictionary) -> dict[int, tuple[Kind, str]]:
    """The family of each neuron that is named or about popularity."""
    keys: dict[int, tuple[Kind, str]] = dict.fromkeys(found.parts["popularity"].neurons, ("popularity", POPULARITY))
    named = [neuron for part in NAMED_PARTS for neuron in found.parts[part].neurons]
    precision = _precision(run, named)
    for neuron in named:
        facets = facets_of(run, neuron)
        if facets:
            best = max(facets, key=lambda one: (precision.get((neuron, one), 0.0), -facets.index(one)))
            keys[neuron] = "facet", best
        elif _says_years(run, neuron):
            keys[neuron] = "years", YEARS
        else:
            keys[neuron] = "people", PEOPLE
    return keys


def _precision(run: Run, neurons: Iterable[int]) -> dict[tuple[int, str], float]:
    rows = run.index.association
    rows = rows[rows["neuron"].isin(list(neurons))]
    return dict(zip(zip(rows["neuron"], rows["genre"], strict=True), rows["ap"], strict=True))


def facets_of(run: Run, neuron: int) -> list[str]:
    """The facets that the proposed name of a neuron says, in its order, whether joined by "and" or by "or"."""
    neurons, known = run.index.neurons, set(run.dataset.genres)
    if not run.index.names_checked:  # a run of format 2 says no more than the name
        return [word for word in run.proposed_name(neuron).split(", ") if word in known]
    about, kind = neurons["facets"].iloc[neuron], f"{run.dataset.nouns.facet}: "
    # What it says is stored with the noun of the data set at the time.
    if not isinstance(about, str) or about.startswith("years: "):
        return []
    text = about.removeprefix(kind) if about.startswith(kind) else about.partition(": ")[2]
    if text not in known and (before := text.rpartition("; years: ")[0]):
        text = before
    return next((parts for parts in _splits(text) if known.issuperset(parts)), [])


def _splits(text: str) -> Iterable[list[str]]:
    """A facet's own name may hold "and" or "or"."""
    yield [text]
    for word in (" and ", " or "):
        words = text.split(word)
        for cut in range(1, len(words)):
            yield [word.join(words[:cut]), word.join(words[cut:])]


def _says_years(run: Run, neuron: int) -> bool:
    """Whether the proposed name, which says no facet, is one of years: in a run of format 2, if it is shown."""
    if not run.index.names_checked:
        return neuron not in run.proposed
    about = run.index.neurons["facets"].iloc[neuron]
    return isinstance(about, str) and about.startswith("years: ")


def _broader(groups: dict[tuple[Kind, str], list[int]], parents: dict[str, str]) -> dict[tuple[Kind, str], list[int]]:
    """The same with every facet as the broadest one above it."""
    merged: dict[tuple[Kind, str], list[int]] = {}
    for (kind, name), neurons in groups.items():
        if kind == "facet":
            for _ in parents:  # ends even if the tree has a circle
                name = parents.get(name, name)
        merged.setdefault((kind, name), []).extend(neurons)
    return merged


# --- neurons without a name


def clear_neurons(run: Run, found: Dictionary, audit: Audit) -> list[int]:
    """Neurons without a name that are worth showing: they fire on enough items and users to be judged, their strongest
    items are more alike to the recommender than those of random directions are on average, and people did not find
    that they stand for nothing."""
    neurons = run.index.neurons
    fires = run.index.top_items.groupby("neuron").size().reindex(neurons["neuron"], fill_value=0).to_numpy()
    users = (neurons["density_users"] * run.dataset.n_users).round().to_numpy()
    chance = run.metrics.baselines.random.ms
    alike = neurons["ms_items"] > (neurons["ms_items_base_rate"] if chance is None else chance)
    enough = (fires >= MIN_ITEMS) & (users >= MIN_USERS) & alike.to_numpy()
    return [
        int(neuron)
        for neuron in np.flatnonzero(enough & (found.part_of == "open"))
        if audit.standing(int(neuron)) != "not"
    ]


def _by_direction(run: Run, found: Dictionary, audit: Audit, taste: np.ndarray) -> dict[tuple[Kind, str], list[int]]:
    """Those that carry most taste first: each joins the family whose first neuron it is most alike, if it is
    `RELATED`, else it begins one. A family is called after its first neuron, which is called after its items."""
    candidates = sorted(clear_neurons(run, found, audit), key=lambda neuron: (-taste[neuron], neuron))[:_MAX_CLUSTERED]
    directions = _directions(run, candidates)
    similarity = directions @ directions.T
    leads: list[int] = []
    groups: dict[tuple[Kind, str], list[int]] = {}
    for place, neuron in enumerate(candidates):
        near = similarity[place, leads]
        if len(near) and near.max() >= RELATED:
            lead = candidates[leads[int(near.argmax())]]
        else:
            leads.append(place)
            lead = neuron
        groups.setdefault(("examples", str(lead)), []).append(neuron)
    return groups


def _directions(run: Run, neurons: list[int]) -> np.ndarray:
    """Of unit length, `[len(neurons), d]`."""
    rows = run.sae.W_dec[neurons].numpy().astype(np.float64)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


# --- one family


def _family(run: Run, found: Dictionary, kind: Kind, name: str, neurons: list[int], taste: np.ndarray) -> Family:
    if kind == "popularity":  # the popular ones, then the little known
        ordered = sorted(neurons, key=run.index.neurons["popularity"].fillna(0).to_numpy().__getitem__, reverse=True)
    else:
        ordered = sorted(neurons, key=_clearest(run, found, taste))
    members = _folded(run, found, ordered, taste)
    lead, *others = members
    if kind != "popularity":
        others.sort(key=lambda one: (-round(one.taste, 9), one.neuron))
    title = lead.name if kind == "examples" else name
    return Family(title, kind, (lead, *others), float(sum(one.taste for one in members)))


def _clearest(run: Run, found: Dictionary, taste: np.ndarray) -> Callable[[int], tuple]:
    """Confirmed ones first, then those that do not work against their name, then those with a name that is clear
    (`CLEAR_NAME`), then by the taste they carry."""
    neurons = run.index.neurons
    lowers = neurons["lowers"].fillna(False).to_numpy(bool) if "lowers" in neurons else np.zeros(len(neurons), bool)
    holds = neurons["name_holds"].fillna(0).to_numpy(float) if "name_holds" in neurons else np.zeros(len(neurons))

    def key(neuron: int) -> tuple:
        confirmed = found.part_of[neuron] == "confirmed"
        return not confirmed, bool(lowers[neuron]), bool(holds[neuron] < CLEAR_NAME), -taste[neuron], neuron

    return key


def _folded(run: Run, found: Dictionary, ordered: list[int], taste: np.ndarray) -> list[Member]:
    """The neurons as members: those of the same name, or that are `ALIKE`, under the first of them."""
    directions, together = _directions(run, ordered), _together(run, ordered)
    firsts: list[int] = []
    alike: dict[int, list[int]] = {}
    by_name: dict[str, int] = {}
    for place, neuron in enumerate(ordered):
        name = _plain_name(run, neuron)
        first = by_name.get(name) if name else None
        if first is None and firsts:
            near = directions[firsts] @ directions[place]
            if near.max() >= ALIKE:
                first = firsts[int(near.argmax())]
        if first is None:
            first = next((one for one in firsts if (ordered[one], neuron) in together), None)
        if first is None:
            first = place
            firsts.append(place)
            alike[place] = []
        else:
            alike[first].append(neuron)
        if name:
            by_name.setdefault(name, first)
    labels = run.index.neurons["label"]
    return [
        Member(
            ordered[first],
            str(labels.iloc[ordered[first]]),
            float(taste[[ordered[first], *others]].sum()),
            tuple(sorted(others)),
            bool(found.part_of[ordered[first]] == "confirmed"),
            ordered[first] in run.proposed,
        )
        for first, others in alike.items()
    ]


def _plain_name(run: Run, neuron: int) -> str:
    """What the name says without the example that tells it from others; nothing for neurons called after examples."""
    label = str(run.index.neurons["label"].iloc[neuron])
    if neuron in run.proposed:
        return label.casefold()
    return "" if label.startswith("like ") else label.partition(": like ")[0].casefold()


def _together(run: Run, neurons: list[int]) -> set[tuple[int, int]]:
    """Pairs that fire on the same items alike, where the run has stored that."""
    table: pd.DataFrame | None = getattr(run.index, "neighbours", None)
    if table is None or table.empty:
        return set()
    rows = table[(table["kind"] == "items") & (table["similarity"] >= ALIKE) & table["neuron"].isin(neurons)]
    pairs = set(zip(rows["neuron"].astype(int), rows["other"].astype(int), strict=True))
    return pairs | {(other, neuron) for neuron, other in pairs}
