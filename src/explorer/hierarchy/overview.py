"""The whole tree as a picture that can be read: at most some 40 sectors at once, the rest folded and one click away.

What is drawn is a view: the tree from some focus on, which is everything, a concept, or a fold. A fold is the rest of a
concept's children from some place on, so it has a name of its own, such as `12+3`, and opens into a view of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from explorer.hierarchy.split import Splits
from explorer.neurons.names import UNCLEAR

MAX_SECTORS = 40
"""Sectors of a view; more are too narrow for names."""
MAX_FIRST = 24
"""Sectors of the innermost ring, so that there is room for what is around them."""
MAX_DEPTH = 3
"""Rings of a view."""
MIN_PART = 0.015
"""Part of its parent's sector that the smallest child gets, so that it can be clicked."""
WHOLE = ""
"""The focus of the view of everything."""

Reason = Literal["repeated", "chance", "few", "popularity", "dead"]
REASONS: dict[Reason, str] = {
    "repeated": "Same concept as an earlier one",
    "chance": "No more inside an earlier one than by chance",
    "few": "On too few items and users to tell",
    "popularity": "For popularity, not a concept",
    "dead": "Never fire",
}


class Sector(NamedTuple):
    """A sector of a view.

    neuron: its number; −1 for a fold.
    focus: of the view that it opens into.
    count: how many concepts a fold holds, else how many children it has.
    unnamed: whether all of those in a fold are unnamed.
    above: place of the sector inside it in the view; −1 for the innermost ring.
    depth: ring, from 0.
    start, end: of its angle, or of its height, 0 to 1.
    """

    neuron: int
    focus: str
    count: int
    unnamed: bool
    above: int
    depth: int
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Overview:
    """The tree of a run in the dictionary that `splits` is cut to."""

    splits: Splits
    _ordered: dict[int | None, list[int]] = field(default_factory=dict)

    def view(self, focus: str = WHOLE) -> list[Sector]:
        """The sectors around a focus, inner ones first; at most `MAX_SECTORS`.

        Of the innermost ring a sector's size is its share of all items there are in the ring, the concepts' own; of an
        outer one its share of its parent's own items, and what stays with the parent is left free.
        """
        parent, place = _read(focus)
        whole = parent is None or "+" in focus
        members = self.ordered(parent)[place:]
        entries = self._entries(parent, place, members, MAX_FIRST, fold_unnamed="+" not in focus)
        sectors: list[Sector] = []
        self._add(sectors, entries, -1, parent, whole)
        for depth in range(1, MAX_DEPTH):
            # Small families first: what they leave over is for the large ones.
            families = [
                at for at, one in enumerate(sectors) if one.depth == depth - 1 and one.neuron >= 0 and one.count
            ]
            for left, at in enumerate(sorted(families, key=lambda at: (sectors[at].count, at)), -len(families)):
                neuron, room = sectors[at].neuron, (MAX_SECTORS - len(sectors)) // -left
                if room:
                    self._add(sectors, self._entries(neuron, 0, self.ordered(neuron), room), at, neuron)
        return sectors

    def views(self) -> dict[str, list[Sector]]:
        """Every view that can be come to from the whole, by its focus; the whole first."""
        found: dict[str, list[Sector]] = {}
        waiting = deque([WHOLE])
        while waiting:
            focus = waiting.popleft()
            if focus not in found:
                found[focus] = self.view(focus)
                waiting.extend(sector.focus for sector in found[focus] if sector.count)
        return found

    def ordered(self, parent: int | None) -> list[int]:
        """Children of a concept, or for None the roots: the large ones first, then leaves without a name."""
        if parent not in self._ordered:
            children = self.roots if parent is None else self.splits.children(parent)
            self._ordered[parent] = sorted(
                children, key=lambda one: (self.is_unnamed_leaf(one), -self._items(one, parent), one)
            )
        return self._ordered[parent]

    @cached_property
    def roots(self) -> list[int]:
        """Live neurons of the first level, but those for popularity that are not anybody's parent."""
        return [neuron for neuron in self.splits.found.roots() if not self._for_popularity(neuron)]

    @cached_property
    def apart(self) -> dict[Reason, list[int]]:
        """What is not in the tree and why, in the order of `REASONS`; of the levels that are shown."""
        splits, found, groups = self.splits, self.splits.found, {reason: [] for reason in REASONS}
        orphans = set(found.orphans())
        living, few = found.flags["living"].to_numpy(), found.flags["too_few"].to_numpy()
        repeated = set(found.candidates.loc[found.candidates["repeats"] >= 0, "child"].tolist())
        for neuron in range(splits.shown):
            if not living[neuron]:
                groups["dead"].append(neuron)
            elif self._for_popularity(neuron):
                groups["popularity"].append(neuron)
            elif neuron in orphans:
                reason = "few" if few[neuron] else "repeated" if found.alone and neuron in repeated else "chance"
                groups[reason].append(neuron)
        return {reason: members for reason, members in groups.items() if members}

    def is_unnamed_leaf(self, neuron: int) -> bool:
        """Whether it has no children and is called after examples only."""
        return not self.splits.children(neuron) and self.is_unnamed(neuron)

    def is_unnamed(self, neuron: int) -> bool:
        """Whether it is called after examples only, by the run and by people."""
        name = self.splits.name(neuron)
        return neuron not in self.splits.run.proposed and (name.startswith("like ") or name == UNCLEAR)

    def _for_popularity(self, neuron: int) -> bool:
        splits = self.splits
        if neuron not in splits.popularity:
            return False
        return splits.parent(neuron) is None and not splits.found.children_of(neuron)

    # --- a view

    def _items(self, neuron: int, parent: int | None) -> float:
        return self.splits.own(neuron) if parent is None else self.splits.share(neuron) or 0.0

    def _entries(
        self, parent: int | None, first: int, members: Sequence[int], room: int, fold_unnamed: bool = True
    ) -> list[tuple[int, int]]:
        """What stands for some of a concept's children in so many sectors: (place among the children, how many)."""
        unnamed = sum(self.is_unnamed_leaf(one) for one in members) if fold_unnamed else 0
        named = len(members) - unnamed if unnamed > 1 else len(members)
        if named + (named < len(members)) > room:
            named = max(room - 1, 0)
        if len(members) - named == 1:
            named += 1
        entries = [(first + place, 1) for place in range(named)]
        return entries if named == len(members) else [*entries, (first + named, len(members) - named)]

    def _add(
        self,
        sectors: list[Sector],
        entries: Sequence[tuple[int, int]],
        above: int,
        parent: int | None,
        whole: bool = False,
    ) -> None:
        """Add what stands for a concept's children; `whole`: they fill the place, whatever stays with the concept."""
        ordered = self.ordered(parent)
        sizes = [sum(self._items(one, parent) for one in ordered[place : place + count]) for place, count in entries]
        start, end, depth = (0.0, 1.0, 0) if above < 0 else (*sectors[above][-2:], sectors[above].depth + 1)
        total = sum(sizes) if whole else 1.0
        parts = [max(size / total if total else 0.0, MIN_PART) for size in sizes]
        scale = (end - start) / (sum(parts) if whole else max(sum(parts), 1.0))
        for (place, count), part in zip(entries, parts, strict=True):
            folded, stop = ordered[place : place + count], start + part * scale
            if count == 1:
                about = (folded[0], str(folded[0]), len(self.splits.children(folded[0])), False)
            else:
                about = (
                    -1,
                    f"{'' if parent is None else parent}+{place}",
                    count,
                    all(map(self.is_unnamed_leaf, folded)),
                )
            sectors.append(Sector(*about, above, depth, start, stop))
            start = stop


def _read(focus: str) -> tuple[int | None, int]:
    """The concept whose children a view shows, and from which place on."""
    parent, _, place = focus.partition("+")
    return int(parent) if parent else None, int(place or 0)
