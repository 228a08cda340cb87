"""What a selection on a map is: its items, users or neurons, and what is more frequent there than elsewhere.

A random set of as many points shows nothing significant in 99 of 100 cases; what a person draws around is not a
random set, so nearly any patch of a map shows something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from explorer.audit import Audit
from explorer.browse.contrast import Groups, contrast, fond, rest
from explorer.browse.families import families
from explorer.browse.firing import firing_of, live_neurons
from explorer.data import Nouns
from explorer.errors import listed
from explorer.hierarchy.evidence import level_numbers
from explorer.maps.selection import Selection
from explorer.maps.vectors import Entity
from explorer.neurons.profiles import decades
from explorer.neurons.statistics import percentiles
from explorer.people.histories import Groups as HistoryGroups
from explorer.people.histories import histories_of
from explorer.ratio import ratio
from explorer.runs import Run
from explorer.steering.grouping import remembered
from explorer.storage.values import json_value
from explorer.text import percent

_NAMED = 3
"""Neurons that a headline names."""


@dataclass(frozen=True, eq=False)
class Part:
    """The points of one entity in a selection."""

    entity: Entity
    rows: np.ndarray
    """Row numbers, ascending."""
    total: int
    """How many there are of this entity, these included; of neurons, those that fire and are shown."""
    members: pd.DataFrame
    """What is known of each. Items: `row`, `item_id`, `title`, `genres`, `year`, `popularity`, the most popular first.
    Users: `row`, `user`, `items` (length of the history), `facet` (the most frequent in it), the longest first.
    Neurons: `neuron`, `label`, `genre`, `density_items`, `density_users`."""
    concepts: pd.DataFrame
    """Of items and users: every live neuron with `neuron`, `label`, `hits`, `here`, `elsewhere` (shares on which it
    fires strongly), `lift`, `p`, `significant` and `activation` (share of its activation that is here)."""
    traits: pd.DataFrame
    """Every facet, decade and so on: `kind`, `name`, `hits`, `here`, `elsewhere`, `lift`, `p`, `significant`."""
    audience: pd.DataFrame
    """Of items the users whose histories hold more of them than expected, of users the items that they have more than
    expected (`contrast.fond`, with `user` or `row`, `item_id` and `title`); of neurons the items on which more of them
    fire strongly than of the others. Significant ones only."""
    families: pd.DataFrame
    """Of neurons: `family`, `here` (neurons of it in the selection), `of` (all of it)."""
    left_out: int = 0
    """Neurons of the selection that are not shown at this width, or never fire."""

    @property
    def significant(self) -> pd.DataFrame:
        """The concepts that fire here significantly more often than elsewhere."""
        return self.concepts[self.concepts["significant"]] if len(self.concepts) else self.concepts


@dataclass(frozen=True, eq=False)
class Description:
    """What a selection is, in parts: items, users, neurons, those that it has."""

    parts: tuple[Part, ...]
    title: str
    """How many points, and the clearest facet, decade or quarter."""
    headline: str
    """The same with the clearest concept."""

    def part(self, entity: Entity) -> Part | None:
        """The part of an entity; None if the selection has none of it."""
        return next((part for part in self.parts if part.entity == entity), None)

    def neurons(self) -> list[int]:
        """Numbers of the significant concepts, the clearest first; of a selection of neurons, those."""
        found = [part.members["neuron"] for part in self.parts if part.entity == "neuron"]
        found += [part.significant["neuron"] for part in self.parts if part.entity != "neuron"]
        return list(dict.fromkeys(int(neuron) for column in found for neuron in column))

    def as_json(self) -> dict[str, Any]:
        """Everything in it in JSON's own types."""
        return json_value({"headline": self.headline, **{f"{p.entity}s": _part_record(p) for p in self.parts}})


def _part_record(part: Part) -> dict[str, Any]:
    record: dict[str, Any] = {"count": len(part.rows), "total": part.total, "members": part.members}
    for name in ("concepts", "traits", "audience", "families"):
        if len(table := getattr(part, name)):
            record[name] = table
    return {**record, "left_out": part.left_out} if part.left_out else record


def describe_selection(run: Run, selection: Selection, width: int | None = None) -> Description:
    """Everything that is said of a selection. `width`: only the first so many neurons are shown (all if None)."""
    parts = tuple(_PARTS[entity](run, rows, width) for entity, rows in selection.rows.items())
    title, headline = (" ".join(_part_text(run, part, whole) for part in parts) for whole in (False, True))
    nothing = "Nothing is selected."
    return Description(parts, title or nothing, headline or nothing)


# --- the groups that points are in


def concept_groups(run: Run, entity: Entity, width: int | None) -> Groups:
    """Which items or users each live neuron fires strongly on."""
    live = live_neurons(run, width)
    labels = run.index.neurons["label"].to_numpy(object)[live]
    strong = remembered(run, f"strong:{entity}:{width}", lambda: firing_of(run, entity).strong[:, live])
    return Groups(pd.DataFrame({"neuron": live, "label": labels}), csr_array(strong))


def trait_groups(run: Run, entity: Entity, width: int | None = None) -> list[Groups]:
    """Facets, decades and popularity of items; main facet, main decade and length of history of users; best facet and
    level of neurons."""
    if entity == "neuron":
        return _neuron_traits(run, width)
    make = _item_traits if entity == "item" else _user_traits
    return remembered(run, f"traits:{entity}", lambda: make(run))


def _item_traits(run: Run) -> list[Groups]:
    nouns, found = run.dataset.nouns, histories_of(run)
    names, members = decades(found.item_years)
    return [
        _groups(nouns.facet.capitalize(), run.dataset.genres, run.dataset.genre_matrix),
        _groups("Decade", names, members, ~np.isnan(found.item_years)),
        _quarters("Popularity", "popularity", found.item_popularity),
    ]


def _user_traits(run: Run) -> list[Groups]:
    nouns, found = run.dataset.nouns, histories_of(run)
    return [
        _main(f"Main {nouns.facet}", found.facets),
        _main("Main decade", found.decades),
        _quarters("History", "length of history", percentiles(found.lengths) / 100),
    ]


def _neuron_traits(run: Run, width: int | None) -> list[Groups]:
    shown, nouns = _firing_neurons(run, width), run.dataset.nouns
    best = run.index.neurons["genre"].astype(object).where(run.index.neurons["genre"].notna(), None).to_numpy()
    names = run.dataset.genres
    made = [_groups(f"Best {nouns.facet}", names, best[:, None] == np.array(names, object)[None], shown)]
    if len(run.sae.levels) > 1:
        level = level_numbers(run.sae.levels)
        numbers = [k for k in range(1, len(run.sae.levels) + 1) if (level[shown] == k).any()]
        made.append(_groups("Level", [f"level {k}" for k in numbers], level[:, None] == np.array(numbers), shown))
    return made


def _groups(kind: str, names: list[str], members: np.ndarray, known: np.ndarray | None = None) -> Groups:
    about = pd.DataFrame({"kind": kind, "name": pd.Series(list(names), dtype=object)})
    return Groups(about, csr_array(np.asarray(members, np.float32).reshape(len(members), len(names))), known)


def _quarters(kind: str, what: str, shares: np.ndarray) -> Groups:
    """The quarters of all rows by how much they have of something; ties make them uneven."""
    quarter = np.minimum((shares * 4).astype(int), 3)
    names = [f"{which} quarter by {what}" for which in ("lowest", "second", "third", "highest")]
    return _groups(kind, names, quarter[:, None] == np.arange(4))


def _main(kind: str, groups: HistoryGroups) -> Groups:
    """The most frequent group in each history; of several the first by name."""
    counts = groups.counts.toarray()
    known = counts.max(axis=1, initial=0) > 0
    best = counts.argmax(axis=1) if counts.shape[1] else np.zeros(len(counts), int)
    return _groups(kind, list(groups.names), (best[:, None] == np.arange(counts.shape[1])) & known[:, None], known)


# --- the parts


def _items(run: Run, rows: np.ndarray, width: int | None) -> Part:
    data, others = run.dataset, rest(rows, run.dataset.n_items)
    table = data.items[["item_id", "title", "genres", "year", "popularity"]].iloc[rows].assign(row=rows)
    users = fond(by_item(run), rows, others)
    users.insert(0, "user", data.users["user_id"].to_numpy(object)[users["column"]])
    return Part(
        "item",
        rows,
        data.n_items,
        table.sort_values("popularity", ascending=False, kind="stable", ignore_index=True),
        concepts_of_rows(run, "item", rows, width),
        contrast(trait_groups(run, "item"), rows, others),
        users.rename(columns={"column": "row"}),
        _NO_FAMILIES,
    )


def _users(run: Run, rows: np.ndarray, width: int | None) -> Part:
    data, others = run.dataset, rest(rows, run.dataset.n_users)
    lengths = histories_of(run).lengths[rows]
    main = trait_groups(run, "user")[0]
    facet = pd.Series(None, index=range(len(rows)), dtype=object)
    at, which = main.members[rows].nonzero()
    facet.iloc[at] = main.about["name"].to_numpy(object)[which]
    ids = data.users["user_id"].to_numpy(object)[rows]
    table = pd.DataFrame({"row": rows, "user": ids, "items": lengths, "facet": facet})
    liked = fond(data.train, rows, others)
    items = data.items.iloc[liked["column"]]
    liked.insert(0, "item_id", items["item_id"].to_numpy(object))
    liked.insert(1, "title", items["title"].to_numpy(object))
    return Part(
        "user",
        rows,
        data.n_users,
        table.sort_values("items", ascending=False, kind="stable", ignore_index=True),
        concepts_of_rows(run, "user", rows, width),
        contrast(trait_groups(run, "user"), rows, others),
        liked.rename(columns={"column": "row"}),
        _NO_FAMILIES,
    )


def _neurons(run: Run, rows: np.ndarray, width: int | None) -> Part:
    shown = _firing_neurons(run, width)
    kept = rows[shown[rows]]
    others = np.setdiff1d(np.flatnonzero(shown), kept)
    names = run.dataset.items[["item_id", "title"]].assign(row=np.arange(run.dataset.n_items))
    items = contrast([Groups(names, by_neuron(run))], kept, others) if len(kept) else names.iloc[:0]
    columns = ["neuron", "label", "genre", "density_items", "density_users"]
    return Part(
        "neuron",
        kept,
        int(shown.sum()),
        run.index.neurons[columns].iloc[kept].reset_index(drop=True),
        pd.DataFrame(),
        contrast(trait_groups(run, "neuron", width), kept, others),
        items[items["significant"]].reset_index(drop=True) if len(items) else items,
        _families(run, kept, width),
        len(rows) - len(kept),
    )


_PARTS: dict[Entity, Callable[[Run, np.ndarray, int | None], Part]] = {
    "item": _items,
    "user": _users,
    "neuron": _neurons,
}
_NO_FAMILIES = pd.DataFrame([], columns=["family", "here", "of"])


def concepts_of_rows(
    run: Run, entity: Entity, rows: np.ndarray, width: int | None, there: np.ndarray | None = None
) -> pd.DataFrame:
    """`Part.concepts` of some items or users; `there`: beside these only, and both ways."""
    firing, n = firing_of(run, entity), len(run.dataset.items if entity == "item" else run.dataset.users)
    others = rest(rows, n) if there is None else there
    table = contrast([concept_groups(run, entity, width)], rows, others, both_ways=there is not None)
    inside = np.asarray(firing.activations[rows].sum(axis=0)).ravel()
    return table.assign(activation=ratio(inside, firing.totals)[table["neuron"].to_numpy(int)])


def by_item(run: Run) -> csr_array:
    """Training interactions, `[items, users]`."""
    return remembered(run, "train by item", lambda: csr_array(run.dataset.train.T))


def by_neuron(run: Run) -> csr_array:
    """Where each neuron fires strongly, `[neurons, items]`."""
    return remembered(run, "strong by neuron", lambda: csr_array(firing_of(run, "item").strong.T))


def _firing_neurons(run: Run, width: int | None) -> np.ndarray:
    """Which neurons a map can show, bool `[n]`: those that fire, of the first `width`."""
    shown = run.index.neurons["max_activation"].to_numpy() > 0
    return shown if width is None else shown & (np.arange(len(shown)) < width)


def _families(run: Run, rows: np.ndarray, width: int | None) -> pd.DataFrame:
    chosen, found = set(rows.tolist()), []
    for family in remembered(run, "families", lambda: families(run, Audit())).shown:
        members = [neuron for neuron in family.neurons if width is None or neuron < width]
        if here := len(chosen.intersection(members)):
            found.append((family.name, here, len(members)))
    table = pd.DataFrame(found, columns=["family", "here", "of"])
    return table.sort_values(["here", "of"], ascending=[False, True], kind="stable", ignore_index=True)


# --- in words


def count_text(nouns: Nouns, entity: Entity, n: int) -> str:
    """`1 film`, `37 users`, `9 neurons`."""
    return nouns.count_items(n) if entity == "item" else f"{n:,} {entity}{'' if n == 1 else 's'}"


def _part_text(run: Run, part: Part, whole: bool) -> str:
    """`142 films. Horror is 6.3 times as common here as elsewhere (81%, elsewhere 13%). Neuron 12 Horror fires strongly
    on 88%, elsewhere on 4%.`, the concept only if `whole`."""
    nouns, n = run.dataset.nouns, len(part.rows)
    counted = count_text(nouns, part.entity, n)
    if n == part.total:
        return f"{counted}: these are all, so there is nothing to compare them with."
    if part.entity == "neuron":
        members = zip(part.members["neuron"], part.members["label"], strict=True)
        names = listed((f"{neuron} {label}" for neuron, label in members), _NAMED)
        return " ".join(filter(None, [f"{counted}: {names}." if n else f"{counted}.", _trait_sentence(part, nouns)]))
    said = [f"{counted}.", _trait_sentence(part, nouns)]
    if not whole:
        pass
    elif len(part.significant):
        best = part.significant.iloc[0]
        elsewhere = f"elsewhere on {share_text(best['elsewhere'])}"
        said.append(f"Neuron {best['neuron']} {best['label']} fires strongly on {percent(best['here'])}, {elsewhere}.")
    else:
        said.append("No concept fires here more often than chance explains.")
    return " ".join(filter(None, said))


def _trait_sentence(part: Part, nouns: Nouns) -> str:
    """Of the clearest facet, decade or quarter; nothing where none is significant."""
    if not len(part.traits) or not part.traits["significant"].any():
        return ""
    best = part.traits[part.traits["significant"]].iloc[0]
    name = trait_text(best["kind"], best["name"], nouns)
    if not np.isfinite(best["lift"]):
        return f"{name} is found only here ({percent(best['here'])})."
    shares = f"({percent(best['here'])}, elsewhere {share_text(best['elsewhere'])})"
    return f"{name} is {best['lift']:.1f} times as common here as elsewhere {shares}."


def share_text(share: float) -> str:
    """`4%`; `none` and `less than 0.1%` where per cent would be read as either."""
    return "none" if share == 0 else "less than 0.1%" if share < 0.0005 else percent(share)


def trait_text(kind: str, name: str, nouns: Nouns) -> str:
    """A trait as the subject of a sentence: `Horror`, `Release in the 1980s`, `Horror as main genre`."""
    if kind in (nouns.facet.capitalize(), "Level"):
        return name[:1].upper() + name[1:]
    if kind == "Decade":
        return f"Release in the {name}"
    if kind in ("Popularity", "History"):
        return f"The {name}"
    return f"{'The ' if kind == 'Main decade' else ''}{name} as {kind.lower()}"
