"""What steering does to a user's list: how much of it is kept, and which held-out positives it still has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.fidelity import overlap, rbo
from explorer.recommenders import NOTHING
from explorer.steering.steer import SteeredLists


@dataclass(frozen=True)
class ListEffect:
    """The steered list beside the recommender's own."""

    length: int
    """Items of the recommender's list."""
    kept: int
    """Items that are in both lists."""
    agreement: float
    """RBO of the two lists; NaN where both are empty."""
    held_out: int
    """Held-out positives of the user, whether a list has them or not."""
    held_out_before: int
    """Those in the recommender's list."""
    held_out_after: int
    """Those in the steered list."""


def list_effect(lists: SteeredLists) -> ListEffect:
    """Compare the steered list with the recommender's own."""
    own, steered = lists.recommender["row"], lists.steered["row"]
    held_out = lists.person.held_out
    return ListEffect(
        length=len(own),
        kept=int(steered.isin(own).sum()),
        agreement=list_agreement(own, steered)[0],
        held_out=len(held_out),
        held_out_before=int(own.isin(held_out).sum()),
        held_out_after=int(steered.isin(held_out).sum()),
    )


def list_agreement(own: pd.Series, other: pd.Series) -> tuple[float, float]:
    """RBO and overlap of two lists of items (row numbers, best first), which may differ in length."""
    pair = np.full((2, 1, max(len(own), len(other), 1)), NOTHING)
    for row, rows in zip(pair[:, 0], (own, other), strict=True):
        row[: len(rows)] = rows
    return float(rbo(*pair)[0]), float(overlap(*pair)[0])


def move_text(rank: int, recommender_rank: int, length: int) -> str:
    """How an item got to its rank in a list: `=`, `↑ 6`, `↓ 3`, or `new · was #127` from beyond the first `length`."""
    if recommender_rank > length:
        return f"new · was #{recommender_rank}"
    if rank == recommender_rank:
        return "="
    return f"{'↑' if rank < recommender_rank else '↓'} {abs(rank - recommender_rank)}"
