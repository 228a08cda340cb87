"""How a concept splits: the path down to it, its children, what share of its items each of them gets, and one sentence.

Each of a concept's own items (`Codes.own`) goes to the child that has it among its own and holds it strongest in parts
of the child's mean activation on its own items (`parts.divide_items`). What no child has stays. So

    Σ_c share(c) + stays = 1,    share(c) = items that go to child c / own items of the concept

and the whole percentages that are shown add up to 100 as well. Children that are cut off with their level get nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from explorer.errors import UserError
from explorer.hierarchy.columns import EXAMPLES
from explorer.hierarchy.evidence import level_numbers
from explorer.hierarchy.explain import NO_MORE_THAN_CHANCE, beyond_chance, repeated_by, why_no_parent, with_parent
from explorer.hierarchy.hierarchy import Hierarchy
from explorer.hierarchy.parts import whole_percents
from explorer.neurons.labels import LITTLE_KNOWN, POPULAR
from explorer.runs import Run
from explorer.text import number, percent

NAMED = 4
"""Children that the sentence names when there are more than one more of them."""


class Example(NamedTuple):
    """An item that shows what a concept is."""

    row: int
    item_id: str
    title: str


@dataclass(frozen=True)
class Place:
    """A concept and how it lies in its parent.

    short: its name without what only repeats its parent's.
    own: how many ranked items are its own.
    share: of the parent's own items, 0 to 1; None without a parent, or with one that has none.
    percent: the same as a whole number; these and the parent's `stays` add up to 100.
    confidence: share of resamples in which its parent is found; None without a parent.
    score: of its parent; `null_99`: what 1% of shuffled dictionaries exceed, `random_99`: 1% of random directions.
    random_share: of random directions of its level that would have a parent.
    """

    neuron: int
    name: str
    short: str
    level: int
    own: int
    examples: tuple[Example, ...]
    share: float | None = None
    percent: int | None = None
    confidence: float | None = None
    score: float | None = None
    null_99: float | None = None
    random_99: float | None = None
    random_share: float | None = None

    @property
    def evidence(self) -> str:
        """How sure its parent is, beside what chance gives; empty without one."""
        if self.confidence is None:
            return ""
        chance = f"shuffled {number(self.null_99, '{:.2f}')}, random directions {number(self.random_99, '{:.2f}')}"
        return f"Found in {percent(self.confidence)} of resamples. Score {number(self.score, '{:.2f}')}; {chance}."


@dataclass(frozen=True)
class Split:
    """How a concept splits.

    path: from a root, or from one without a parent, down to the concept itself.
    children: the one with most items first.
    stays: share of its own items that are in no child; None without any.
    sentence: the answer. notes: what else has to be known, a sentence each.
    """

    path: tuple[Place, ...]
    children: tuple[Place, ...]
    stays: float | None
    stays_percent: int | None
    sentence: str
    notes: tuple[str, ...]

    @property
    def concept(self) -> Place:
        return self.path[-1]

    def as_json(self) -> dict[str, Any]:
        """For the command line: examples by their titles."""

        def of(place: Place) -> dict[str, Any]:
            return {**asdict(place), "examples": [example.title for example in place.examples]}

        return {
            "path": [of(place) for place in self.path],
            "children": [of(place) for place in self.children],
            "stays": self.stays,
            "stays_percent": self.stays_percent,
            "sentence": self.sentence,
            "notes": list(self.notes),
        }


def split_of(run: Run, found: Hierarchy, neuron: int, width: int | None = None) -> Split:
    """How a concept splits in the dictionary cut after `width` neurons (all of them without).

    found: complete (`Hierarchy.complete`). Raises `UserError` for a neuron that there is not.
    """
    return Splits(run, found, width).of(neuron)


@dataclass(frozen=True, eq=False)
class Splits:
    """The answers for all neurons of a run; what they share is looked up once."""

    run: Run
    found: Hierarchy
    width: int | None = None

    def of(self, neuron: int) -> Split:
        """How a neuron splits."""
        path = tuple(self.place(one) for one in self.found.path(neuron))
        percents, children = self._percents(neuron), self.children(neuron)
        own = self.own(neuron)
        stays = 1 - sum(self._items(child) for child in children) / own if own and children else None
        return Split(
            path,
            tuple(self.place(child) for child in children),
            stays,
            percents.get(None) if stays is not None else None,
            self.sentence(neuron),
            self.notes(neuron),
        )

    @property
    def levels(self) -> int:
        """How many levels are shown."""
        widths = self.found.levels
        return len(widths) if self.width is None else 1 + int(np.searchsorted(widths, min(self.width, widths[-1])))

    def parent(self, neuron: int) -> int | None:
        """Its parent; None without one."""
        parent = int(self._parents[neuron])
        return None if parent < 0 else parent

    def children(self, neuron: int) -> list[int]:
        """Its children that are shown, the one with most of its items first."""
        return self._children.get(neuron, [])

    def families(self) -> dict[int, list[int]]:
        """Every parent with its children as `children` has them."""
        return self._children

    @property
    def shown(self) -> int:
        """How many neurons the shown levels have."""
        return self.found.levels[self.levels - 1]

    def name(self, neuron: int) -> str:
        """What the run calls it."""
        return self._labels[neuron]

    def short(self, neuron: int) -> str:
        """Its name without what only repeats its parent's."""
        parent = self.parent(neuron)
        return self.name(neuron) if parent is None else short_name(self.name(neuron), self.name(parent))

    @cached_property
    def popularity(self) -> frozenset[int]:
        """Neurons that stand for popularity, or for the lack of it, and not for a concept."""
        apart = set(range(getattr(self.run.sae, "pair", 0)))
        names = (self.run.proposed_name(neuron) for neuron in range(self.run.index.n))
        return frozenset(
            apart | {neuron for neuron, name in enumerate(names) if name.startswith((POPULAR, LITTLE_KNOWN))}
        )

    def own(self, neuron: int) -> int:
        """How many ranked items are its own."""
        return int(self._own[neuron])

    def place(self, neuron: int) -> Place:
        """It and how it lies in its parent."""
        parent = self.parent(neuron)
        place = Place(
            neuron,
            self.name(neuron),
            self.short(neuron),
            int(self._level[neuron]),
            self.own(neuron),
            self.examples(neuron),
        )
        if parent is None:
            return place
        row = self._candidates[neuron]
        return replace(
            place,
            share=self.share(neuron),
            percent=self.percent(neuron),
            confidence=row[0],
            score=row[1],
            null_99=row[2],
            random_99=row[3],
            random_share=self._random.get(int(self._level[neuron])),
        )

    def share(self, neuron: int) -> float | None:
        """Of its parent's own items, 0 to 1; None without a parent that has any, and for one that is cut off."""
        parent = self.parent(neuron)
        if parent is None or neuron not in self._given or not self.own(parent):
            return None
        return self._given[neuron] / self.own(parent)

    def percent(self, neuron: int) -> int | None:
        """The same as a whole number; those of siblings and what stays add up to 100."""
        return None if self.share(neuron) is None else self._percents(self.parent(neuron))[neuron]

    def examples(self, neuron: int) -> tuple[Example, ...]:
        """Up to three items that show what it is."""
        ids, titles = self._items_known
        rows = (int(row) for row in self._examples[neuron])
        return tuple(Example(row, str(ids[row]), str(titles[row])) for row in rows if 0 <= row < len(ids))

    # --- in words

    def sentence(self, neuron: int) -> str:
        """The answer to: how does it split?"""
        name, children = quoted(self.name(neuron)), self.children(neuron)
        start = name[:1].upper() + name[1:]
        if not children:
            return f"{start} {self._why_none(neuron)}"
        percents = self._percents(neuron)
        having = [child for child in children if self._items(child)]
        if not having:
            count = "one child, which has" if len(children) == 1 else f"{len(children)} children, which have"
            return f"{start} has {count} none of its own {self.run.dataset.nouns.items}: all of them stay."
        named = having if len(having) <= NAMED + 1 else having[:NAMED]
        parts = [f"{quoted(self.short(child))} ({shown_percent(percents[child])})" for child in named]
        if rest := having[len(named) :]:
            parts.append(f"{len(rest)} more ({shown_percent(sum(percents[child] for child in rest))})")
        stays = percents[None]
        # What rounds to nothing is not all.
        remains = f"{shown_percent(stays)} stays" if self._stays(neuron) else "nothing stays"
        if len(having) == 1:
            return f"{start} has one child, {parts[0]}; {remains}."
        return f"{start} splits into {', '.join(parts[:-1])} and {parts[-1]}; {remains}."

    def _why_none(self, neuron: int) -> str:
        """Why a neuron has no children, to follow its name."""
        found, level = self.found, int(self._level[neuron])
        if not found.flags["living"].iloc[neuron]:
            return "never fires, so there is nothing that it could split into."
        if not found.has_levels:
            return "does not split: this dictionary has one level, so no neuron comes after another."
        if neuron in self.popularity:
            return "stands for popularity and not for a concept, so nothing is a part of it."
        parent, share = self.parent(neuron), self.percent(neuron)
        is_part = ""
        if share is not None:
            items = self.run.dataset.nouns.items
            is_part = f"has {shown_percent(share)} of the {items} of {quoted(self.name(parent))} and "
        if level >= len(found.levels):
            return f"{is_part}does not split: it is on the last level."
        if level >= self.levels:
            return f"{is_part}is on the last level that is shown, so no children are shown."
        if found.children_of(neuron):
            return f"{is_part}has children only on levels that are not shown."
        return f"{is_part}does not split: no later neuron is found to be a part of it."

    def notes(self, neuron: int) -> tuple[str, ...]:
        """What else has to be known of its place, a sentence each."""
        found, said = self.found, []
        if found.has_levels and self._level[neuron] > 1 and self.parent(neuron) is None:
            repeated = repeated_by(found, neuron)
            if repeated is not None and not found.flags["too_few"].iloc[neuron]:
                said.append(
                    f"It is {quoted(self.name(repeated))} (neuron {repeated}) once more: it has most of its "
                    f"{self.run.dataset.nouns.items}, so it is not a part of it."
                )
            elif found.flags["living"].iloc[neuron]:
                said.append(f"It has no parent. {why_no_parent(found, neuron)}")
        silent = [child for child in self.children(neuron) if not self._items(child)]
        if silent and len(silent) < len(self.children(neuron)):
            plural = "One more child has" if len(silent) == 1 else f"{len(silent)} more children have"
            said.append(f"{plural} none of its own {self.run.dataset.nouns.items}.")
        if (self.parent(neuron) is not None or self.children(neuron)) and not beyond_chance(found):
            said.append(f"{with_parent(found)} {NO_MORE_THAN_CHANCE}")
        return tuple(said)

    # --- looked up once

    @cached_property
    def _labels(self) -> list[str]:
        return [str(label) for label in self.run.index.neurons["label"]]

    @cached_property
    def _parents(self) -> np.ndarray:
        return self.found.flags["parent"].to_numpy()

    @cached_property
    def _level(self) -> np.ndarray:
        return self.found.flags["level"].to_numpy()

    @cached_property
    def _given(self) -> dict[int, int]:
        """Items that go to each child that is shown."""
        shares = self.found.shares
        shares = shares[shares["levels"] == self.levels]
        return dict(zip(shares["child"].tolist(), shares["items"].tolist(), strict=True))

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        children: dict[int, list[int]] = {}
        for child in sorted(self._given, key=lambda child: (-self._given[child], child)):
            children.setdefault(int(self._parents[child]), []).append(child)
        return children

    @cached_property
    def _own(self) -> np.ndarray:
        return self.found.examples["own"].to_numpy()

    @cached_property
    def _examples(self) -> np.ndarray:
        return self.found.examples[[f"example_{place + 1}" for place in range(EXAMPLES)]].to_numpy()

    @cached_property
    def _items_known(self) -> tuple[np.ndarray, np.ndarray]:
        items = self.run.dataset.items
        return items["item_id"].to_numpy(), items["title"].to_numpy()

    @cached_property
    def _candidates(self) -> dict[int, tuple[float, float, float, float]]:
        edges = self.found.edges
        columns = (edges[name].tolist() for name in ("confidence", "score", "null_99", "random_99"))
        return dict(zip(edges["child"].tolist(), zip(*columns, strict=True), strict=True))

    @cached_property
    def _random(self) -> dict[int, float]:
        chance = self.found.chance
        shares = (chance["random_with_parent"] / chance["random"].clip(lower=1)).tolist()
        return dict(zip(chance["level"].tolist(), shares, strict=True))

    def _items(self, child: int) -> int:
        return self._given.get(child, 0)

    def _stays(self, neuron: int) -> int:
        return self.own(neuron) - sum(self._items(child) for child in self.children(neuron))

    def _percents(self, neuron: int) -> dict[int | None, int]:
        """Of each child that is shown, and under None of what stays; they add up to 100."""
        known = self._known_percents
        if neuron not in known:
            children = self.children(neuron)
            counts = [*map(self._items, children), self._stays(neuron)]
            known[neuron] = dict(zip((*children, None), whole_percents(counts), strict=True))
        return known[neuron]

    @cached_property
    def _known_percents(self) -> dict[int, dict[int | None, int]]:
        return {}


def find_concept(run: Run, text: str) -> int:
    """The neuron of a number or a name: that is called so, whatever the case; else so but for its examples; else whose
    name begins with it, or has it in it. Of several, the one on the earliest level.

    Raises `UserError`, which names a few where there are several.
    """
    wanted = " ".join(str(text).split()).casefold()
    if wanted.isascii() and wanted.isdecimal():
        return run.neuron(wanted)
    names = [" ".join(str(label).split()).casefold() for label in run.index.neurons["label"]]
    level = level_numbers(run.sae.levels)
    rules = (
        lambda name: name == wanted,
        lambda name: name.partition(": like ")[0] == wanted,
        lambda name: name.startswith(wanted),
        lambda name: wanted in name,
    )
    for rule in rules if wanted else ():
        matches = [neuron for neuron, name in enumerate(names) if rule(name)]
        first = [neuron for neuron in matches if level[neuron] == level[matches].min()]
        if len(first) == 1:
            return first[0]
        if matches:
            few = "; ".join(f"{neuron} {run.index.neurons['label'].iloc[neuron]}" for neuron in first[:5])
            more = f"; and {len(first) - 5} more" if len(first) > 5 else ""
            raise UserError(f"{len(first)} concepts are called “{_cut(text)}”: {few}{more}. Give the number of one.")
    raise UserError(
        f"No concept of this run is called “{_cut(text)}”; `python -m explorer neurons {run.name}` lists their names."
    )


def short_name(name: str, parent: str) -> str:
    """A child's name under its parent's, whole where it does not repeat that.

    `Horror: like Saw` under `Horror: like Alien` → `like Saw`; `Sci-Fi, 1990s` under `Sci-Fi` → `1990s`.
    """
    base = parent.partition(": like ")[0]
    for separator in (": ", ", "):
        if not base.startswith("like ") and name.startswith(base + separator):
            return name.removeprefix(base + separator)
    return name


def quoted(name: str) -> str:
    """A name in a sentence: in quotation marks where its own commas or words would run into the sentence."""
    return f"“{name}”" if any(mark in name for mark in ",:;“…") or name.startswith("like ") else name


def shown_percent(whole: int) -> str:
    """A whole percentage of something that is there."""
    return percent(whole / 100) if whole else "under 1%"


def _cut(text: str) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= 60 else f"{text[:59]}…"
