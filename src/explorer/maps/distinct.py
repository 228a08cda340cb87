"""Names of groups that are distinct within a zoom level: of two that would be called the same, each gets what tells it
apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

import numpy as np

Members = Sequence[np.ndarray]
"""Positions of the points in each of some groups."""
EXAMPLES = 2
"""Examples in the name of a group that has no other."""
MAX_EXAMPLES = 300
"""Examples that are tried, best first, until one is in no other name."""


class Namer(Protocol):
    """What groups of points can be called."""

    def names(self, groups: Members) -> list[str]:
        """What the points of each have in common; empty where nothing is clear."""

    def traits(self, name: str, groups: Members) -> Iterator[list[str]]:
        """What tells groups that share a name apart, a kind of difference at a time; empty where it tells nothing."""

    def examples(self, points: np.ndarray) -> tuple[str, Iterator[str]]:
        """`like`, or another word before them, and titles that stand for a group, the best first."""


def distinct_names(namer: Namer, groups: Members) -> list[str]:
    """A name for each group, the largest first; no two are the same but for those that have none, which are empty.

    A name that several would have goes with a trait that only one of them has, or with an example. One of them may keep
    it as it is, if all others are told apart. A group without a name has examples.
    """
    names = namer.names(groups)
    count = Counter(names)
    taken = {name for name in names if count[name] == 1}
    for name in dict.fromkeys(names):
        if name and count[name] > 1:
            same = [i for i, other in enumerate(names) if other == name]
            for i, longer in zip(same, _told_apart(namer, name, [groups[i] for i in same], taken), strict=True):
                names[i] = longer
    used: set[str] = set()
    for i, name in enumerate(names):
        if not name:
            names[i] = _after_examples(namer, "", groups[i], EXAMPLES, taken, used)
            taken.add(names[i])
    return names


def _told_apart(namer: Namer, name: str, groups: Members, taken: set[str]) -> list[str]:
    """Longer names of groups that share one; `taken` grows by them."""
    found = [""] * len(groups)
    for trait in namer.traits(name, groups):
        once = Counter(trait)
        for i, text in enumerate(trait):
            longer = f"{name}, {text}"
            if text and not found[i] and once[text] == 1 and longer not in taken:
                found[i] = longer
                taken.add(longer)
    left = [i for i, longer in enumerate(found) if not longer]
    if len(left) == 1 and name not in taken:
        found[left[0]] = name
    else:
        used: set[str] = set()
        for i in left:
            found[i] = _after_examples(namer, f"{name}: ", groups[i], 1, taken, used)
    taken.update(found)
    return found


def _after_examples(namer: Namer, before: str, points: np.ndarray, count: int, taken: set[str], used: set[str]) -> str:
    """A name by the first examples, those that no other group is called after before others; empty where all that
    there are make a name that is taken."""
    word, titles = namer.examples(points)
    titles = [title for title in dict.fromkeys(islice(titles, MAX_EXAMPLES)) if title]
    titles = sorted(titles, key=lambda title: title in used)  # stable: the best stay first
    for start in range(max(1, len(titles) - count + 1) if titles else 0):
        chosen = titles[start : start + count]
        name = f"{before}{word} {', '.join(chosen)}"
        if name not in taken:
            used.update(chosen)
            return name
    return ""
