"""What each level does to a user's list, in a sentence: for the page and for the command line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.data import Nouns
from explorer.steering.by_level import LevelList, LevelLists
from explorer.text import number

_FORM = "{:.2f}"


def level_sentences(lists: LevelLists, labels: Sequence[str], nouns: Nouns) -> list[str]:
    """One for each level: what it adds, by which concept most of it, and how near the list now is to the recommender's.

    labels: names of the neurons, `[n]`.
    """
    before: list[LevelList | None] = [None, *lists.levels[:-1]]
    return [
        _sentence(level, earlier, lists.exact, labels, nouns)
        for earlier, level in zip(before, lists.levels, strict=True)
    ]


def _sentence(level: LevelList, before: LevelList | None, exact: bool, labels: Sequence[str], nouns: Nouns) -> str:
    if level.table.empty:
        return f"There is no {nouns.item} left to recommend."
    n, of = level.n_new, len(level.table)
    if before is None:
        added = f"Level 1 alone lists {nouns.count_items(of)}"
    elif n == 0:
        added = f"Level {level.number} adds no {nouns.item}"
    else:
        added = f"Level {level.number} adds {n} of {nouns.count_items(of)}"
    return f"{added}{_by(level, exact, labels) if n else ''}; {_agreement(level, before)}."


def _by(level: LevelList, exact: bool, labels: Sequence[str]) -> str:
    if not exact:
        return ", by no single concept"
    brought = level.brought()
    if not brought:
        return ", none by a concept of its own"
    neuron, count = brought[0]
    name = labels[neuron]
    if count == level.n_new:
        return f", by {name}" if count == 1 else f", all by {name}"
    equals = [labels[other] for other, of in brought if of == count]
    if len(equals) == 1:
        return f", most of them by {name} ({count})" if 2 * count > level.n_new else f", the most by {name} ({count})"
    if len(equals) == 2:
        return f", the most by {equals[0]} and {equals[1]} ({count} each)"
    return f", by {len(brought)} concepts, none of which brought more than {count}"


def _agreement(level: LevelList, before: LevelList | None) -> str:
    now = number(level.agreement, _FORM)
    if before is None or np.isnan(before.agreement):
        return f"its agreement with the recommender is {now}"
    was = number(before.agreement, _FORM)
    if was == now:
        return f"agreement with the recommender stays at {now}"
    moves = "rises" if level.agreement > before.agreement else "falls"
    return f"agreement with the recommender {moves} from {was} to {now}"
