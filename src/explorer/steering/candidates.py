"""Which items any setting of some knobs can bring into a person's list: the only ones that a browser must know."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from explorer.steering.edits import edit_of
from explorer.steering.scores import PersonScores

Range = tuple[float, float]
_SLACK = 1e-9
"""Relative to the scores: sums of bounds round otherwise than the scores that they bound."""


def change_ranges(scores: PersonScores, ranges: Mapping[str, Range]) -> dict[int, Range]:
    """By how much each neuron can change, in units, ascending, if every knob stays within its range.

    ranges: lowest and highest value of each knob by its key. Knobs that share a neuron add up.
    """
    found: dict[int, Range] = {}
    for key, (low, high) in ranges.items():
        ends = [scores.changes([edit_of(key, value)]) for value in (low, high)]
        for neuron in {*ends[0], *ends[1]}:
            # A change rises with its knob's value, so that the ends of the one are those of the other.
            least, most = (end.get(neuron, 0.0) for end in ends)
            before = found.get(neuron, (0.0, 0.0))
            # A knob that is not moved changes nothing, wherever its range lies.
            found[neuron] = before[0] + min(least, 0.0), before[1] + max(most, 0.0)
    return dict(sorted(found.items()))


def candidates(
    start: np.ndarray, effects: Mapping[int, np.ndarray], ranges: Mapping[int, Range], barred: np.ndarray, n: int
) -> np.ndarray:
    """Row numbers of all items that can be among the n best for changes within the ranges, ascending, int64.

    An item is left out if the most it can reach is less than what n others have at least.

    start: scores without changes, float64 `[n_items]`. effects: of one unit of each neuron, `[n_items]` each.
    barred: rows that no list shows.
    """
    least, most = start.copy(), start.copy()
    size = np.abs(start)
    for neuron, (low, high) in ranges.items():
        effect = effects[neuron].astype(np.float64)
        ends = low * effect, high * effect
        least += np.minimum(*ends)
        most += np.maximum(*ends)
        size += np.maximum(np.abs(ends[0]), np.abs(ends[1]))
    allowed = np.ones(len(start), bool)
    allowed[barred] = False
    if allowed.sum() <= n:
        return np.flatnonzero(allowed)
    certain = least[allowed]
    threshold = np.partition(certain, len(certain) - n)[len(certain) - n]
    return np.flatnonzero(allowed & (most >= threshold - _SLACK * size.max()))
