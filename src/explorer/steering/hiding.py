"""Items that a list is never to show, because they are about something: "hide what fires on 17".

What counts as firing is a share of the activation on the neuron's strongest item. Activation above 0 would hide far too
much: codes have many small entries. On `ml-1m-implicit` a neuron that is named after a genre fires at all on 47% of the
catalogue, and 22% of those items are of the genre. From a fifth of the strongest on it is 67% of 6%, and of the items
just above that threshold every second one: below it, hiding takes more that is something else (`benchmarks/items.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from explorer.errors import UserError
from explorer.runs import Run

FIRES_FROM = 0.2
"""Share of a neuron's strongest item from which an item counts as one of its items."""


@dataclass(frozen=True)
class Hide:
    """Hide the items of one neuron."""

    neuron: int
    share: float = FIRES_FROM
    """Of the activation on its strongest item, from 0 to 1: weaker items stay. At 0 all go on which it fires at all."""


def hidden_items(run: Run, hide: Iterable[int | Hide]) -> np.ndarray:
    """Row numbers of the items that any of these neurons hides, ascending, int64; a number stands for `Hide(number)`.

    Raises `UserError` for a neuron that the run does not have and for a share outside 0 to 1.
    """
    wanted = [_checked(run, each if isinstance(each, Hide) else Hide(each)) for each in hide]
    hidden = torch.zeros(run.recommender.n_items, dtype=torch.bool)
    if wanted:
        activations = run.reconstruction.item_activations
        for each in wanted:
            column = activations[:, each.neuron]
            hidden |= (column > 0) & (column >= each.share * column.max())
    return torch.nonzero(hidden)[:, 0].numpy()


def _checked(run: Run, hide: Hide) -> Hide:
    if not (math.isfinite(hide.share) and 0 <= hide.share <= 1):
        raise UserError(f"The share {hide.share:g} for neuron {hide.neuron} must be from 0 to 1.")
    return Hide(run.neuron(hide.neuron), hide.share)


def hide_text(hide: Iterable[Hide]) -> str:
    """As one text for addresses and files: `17,3:0.5`; the share is left out where it is the usual one."""
    return ",".join(str(each.neuron) if each.share == FIRES_FROM else f"{each.neuron}:{each.share!r}" for each in hide)


def read_hide(text: str) -> list[Hide]:
    """The inverse of `hide_text`. Raises `UserError` where the text is not of that form."""
    return [_read_one(part) for part in filter(None, text.split(","))]


def _read_one(text: str) -> Hide:
    neuron, colon, share = text.partition(":")
    try:
        if not (neuron.strip().isdecimal() and len(neuron.strip()) < 10):
            raise ValueError
        return Hide(int(neuron), float(share) if colon else FIRES_FROM)
    except ValueError:
        raise UserError(f"“{text}” is not NEURON or NEURON:SHARE, for example 17 or 17:0.5.") from None
