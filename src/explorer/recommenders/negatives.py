"""Negatives for training on implicit data: items drawn at random, popular ones more often."""

from __future__ import annotations

import torch
from torch import Tensor


class NegativeSampler:
    """Draws items with `p(i) ∝ count_i^power`; power 0 is uniform over the catalogue.

    `log_odds` `[n_items]` is how much more often than uniformly an item is drawn, as a logarithm; what to take off
    a logit so that it does not depend on how the negatives were drawn.
    """

    def __init__(self, positives: Tensor, n_items: int, power: float):
        """`positives` `[n]` are the items of all training interactions."""
        share = torch.bincount(positives, minlength=n_items).double() ** power
        share /= share.sum()
        self._cumulative = share.cumsum(0)
        self._last = n_items - 1
        self.log_odds = (share * n_items).clamp(min=1e-12).log().float()

    def draw(self, rows: int, per_row: int, generator: torch.Generator) -> Tensor:
        """Items, int64 `[rows, per_row]`, with replacement."""
        draws = torch.rand(rows, per_row, generator=generator, dtype=torch.double)
        return torch.searchsorted(self._cumulative, draws).clamp(max=self._last)
