"""What sets one selection on a map apart from another, both ways.

Points that both have tell nothing, so those that only A has are held against those that only B has. Where one lies
within the other, it is held against what the other has besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explorer.browse.contrast import Groups, contrast, fond
from explorer.browse.selection import (
    Part,
    by_item,
    by_neuron,
    concepts_of_rows,
    count_text,
    describe_selection,
    share_text,
    trait_groups,
    trait_text,
)
from explorer.maps.selection import Selection
from explorer.maps.vectors import Entity
from explorer.runs import Run
from explorer.storage.values import json_value

SIDES = {"here": "A", "there": "B"}


@dataclass(frozen=True, eq=False)
class Difference:
    """What sets A apart from B among the points of one entity.

    The tables are those of `Part` with `here` for A and `elsewhere` for B, `more`, which of both has more ("A" or "B"),
    and a lift of the one that has more over the other; what is significant only.
    """

    entity: Entity
    only_a: int
    only_b: int
    both: int
    concepts: pd.DataFrame
    traits: pd.DataFrame
    audience: pd.DataFrame
    sentence: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two selections beside each other; `parts` has the entities that both have."""

    a: str
    """The title of A."""
    b: str
    parts: tuple[Difference, ...]
    headline: str

    def as_json(self) -> dict[str, Any]:
        """Everything in it in JSON's own types."""
        parts = {
            f"{one.entity}s": {
                "only_a": one.only_a,
                "only_b": one.only_b,
                "both": one.both,
                "concepts": one.concepts,
                "traits": one.traits,
                "audience": one.audience,
            }
            for one in self.parts
        }
        return json_value({"headline": self.headline, "a": self.a, "b": self.b, **parts})


def compare_selections(run: Run, a: Selection, b: Selection, width: int | None = None) -> Comparison:
    """What sets A apart from B, and B from A. `width`: only the first so many neurons are shown (all if None)."""
    first, second = (describe_selection(run, one, width) for one in (a, b))
    parts = tuple(
        _difference(run, part, other, width) for part in first.parts if (other := second.part(part.entity)) is not None
    )
    said = " ".join(part.sentence for part in parts)
    nothing = "The two selections have points of different kinds, so there is nothing to compare."
    return Comparison(first.title, second.title, parts, said or nothing)


def _difference(run: Run, a: Part, b: Part, width: int | None) -> Difference:
    here, there = np.setdiff1d(a.rows, b.rows), np.setdiff1d(b.rows, a.rows)
    both = len(a.rows) - len(here)
    only_a, only_b = len(here), len(there)
    if not only_a and not only_b:
        same = f"Both are the same {count_text(run.dataset.nouns, a.entity, both)}."
        none = pd.DataFrame()
        return Difference(a.entity, 0, 0, both, none, none, none, same)
    here, there = here if only_a else a.rows, there if only_b else b.rows
    concepts = pd.DataFrame()
    if a.entity != "neuron":
        concepts = _turned(concepts_of_rows(run, a.entity, here, width, there).drop(columns="activation"))
    traits = _turned(contrast(trait_groups(run, a.entity, width), here, there, both_ways=True))
    found = Difference(a.entity, only_a, only_b, both, concepts, traits, _audience(run, a.entity, here, there), "")
    return Difference(**{**vars(found), "sentence": _sentence(run, found)})


def _turned(table: pd.DataFrame) -> pd.DataFrame:
    """Significant rows, with the lift of the side that has more over the other."""
    table = table[table["significant"]].drop(columns="significant").reset_index(drop=True)
    with np.errstate(divide="ignore"):
        lift = np.where(table["more"] == "here", table["lift"], 1 / table["lift"].to_numpy(float))
    return table.assign(lift=lift, more=table["more"].map(SIDES))


def _audience(run: Run, entity: Entity, here: np.ndarray, there: np.ndarray) -> pd.DataFrame:
    """Users who like the items of one side more, or items that the users or neurons of one side are for more."""
    items, data = run.dataset.items, run.dataset
    if entity == "neuron":
        names = items[["item_id", "title"]].assign(row=np.arange(len(items)))
        return _turned(contrast([Groups(names, by_neuron(run))], here, there, both_ways=True))
    table = fond(by_item(run) if entity == "item" else data.train, here, there, both_ways=True)
    rows = table["column"].to_numpy()
    if entity == "item":
        table.insert(0, "user", data.users["user_id"].to_numpy(object)[rows])
    else:
        table.insert(0, "item_id", items["item_id"].to_numpy(object)[rows])
        table.insert(1, "title", items["title"].to_numpy(object)[rows])
    return table.rename(columns={"column": "row"}).assign(more=table["more"].map(SIDES))


def _sentence(run: Run, found: Difference) -> str:
    nouns = run.dataset.nouns

    def count(n: int) -> str:
        return count_text(nouns, found.entity, n)

    if not found.only_a:
        said = [f"A lies within B: its {count(found.both)} beside the {count(found.only_b)} that only B has."]
    elif not found.only_b:
        said = [f"B lies within A: its {count(found.both)} beside the {count(found.only_a)} that only A has."]
    else:
        overlap = f"; {found.both:,} in both" if found.both else ", none in both"
        said = [f"{count(found.only_a)} only in A, {count(found.only_b)} only in B{overlap}."]
    for side in SIDES.values():
        said += _clearest(found, side, nouns)
    if len(said) == 1:
        said.append("Nothing sets them apart that chance does not explain.")
    return " ".join(said)


def _clearest(found: Difference, side: str, nouns) -> list[str]:
    """What sets one side apart most clearly: a trait and a concept."""
    said = []
    for table in (found.traits, found.concepts):
        rows = table[table["more"] == side] if len(table) else table
        if rows.empty:
            continue
        best = rows.iloc[0]
        shares = f"{share_text(best['here'])} of A, {share_text(best['elsewhere'])} of B"
        if "kind" in best:
            said.append(f"{trait_text(best['kind'], best['name'], nouns)} ({shares})")
        else:
            said.append(f"neuron {best['neuron']} {best['label']} (fires strongly on {shares})")
    return [f"More in {side}: {'; '.join(said)}."] if said else []
