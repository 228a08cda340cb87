"""Sparse codes by pursuit: the non-negative code of a row that a given dictionary explains best, found step by step.

Orthogonal matching pursuit (Pati, Rezaiifar, Krishnaprasad 1993), non-negative (Bruckstein, Elad, Zibulevsky
2008): each step adds the direction that points most along what is left over, then fits all coefficients again.
"""

from __future__ import annotations

from operator import mul

import torch
from torch import Tensor

ROWS_AT_ONCE = 8192
"""Rows that are coded together, which bounds the memory."""
SWEEPS, LAST_SWEEPS = 3, 12
"""Sweeps of the refit after each step and after the last one. Coefficients start where the step before left them."""
_LARGE = 1024
"""Directions from which on their inner products are computed for few rows only where they are needed: all of them take
longer than the search, and much memory."""
_SILENT = 1e-6
"""Coefficients up to this share of the row's largest are rounding, not a neuron that fires."""
_RIDGE = 1e-6
"""Keeps directions that are nearly the same from having huge coefficients of opposite sign."""


def nonnegative_pursuit(x: Tensor, directions: Tensor, k: int) -> Tensor:
    """Codes `[B, n]`, ≥ 0 and with at most k entries above 0 per row, such that `codes @ directions` is near `x`.

    x: `[B, d]`. directions: unit vectors `[n, d]`. Every row by itself, whatever else is in the batch.
    """
    codes = x.new_zeros(len(x), len(directions))
    k = min(k, len(directions))
    if not k:
        return codes
    gram = None if _few_rows(x, directions, k) else directions @ directions.T
    for start in range(0, len(x), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        chosen, values = _pursue(x[rows], directions, gram, k)
        codes[rows] = torch.zeros_like(codes[rows]).scatter(1, chosen, values)
    return codes


def _few_rows(x: Tensor, directions: Tensor, k: int) -> bool:
    """Whether the inner products of all directions are more than the search needs."""
    n = len(directions)
    return n >= _LARGE and len(x) * k**3 < n * n and not (x.requires_grad or directions.requires_grad)


def _pursue(x: Tensor, directions: Tensor, gram: Tensor | None, k: int) -> tuple[Tensor, Tensor]:
    """Numbers of the chosen directions `[B, k]` and their coefficients `[B, k]`.

    gram: inner products of all directions, `[n, n]`; None: they are computed as they are needed.
    """
    along = x @ directions.T
    chosen = torch.zeros(len(x), k, dtype=torch.long)
    values = x.new_zeros(len(x), k)
    used = torch.zeros(len(x), len(directions), dtype=torch.bool)
    computed = x.new_zeros(len(x), k, k) if gram is None else None
    left = x
    for step in range(k):
        best = (left @ directions.T).masked_fill_(used, -torch.inf).max(dim=1)
        chosen[:, step] = best.indices
        used.scatter_(1, best.indices[:, None], True)
        values[:, step] = best.values.clamp(min=0)
        now = chosen[:, : step + 1]
        if gram is None:
            added = (directions[now] @ directions[best.indices][:, :, None])[:, :, 0]
            computed[:, step, : step + 1], computed[:, : step + 1, step] = added, added
            overlaps = computed[:, : step + 1, : step + 1]
        else:
            overlaps = gram[now[:, :, None], now[:, None, :]]
        sweeps = LAST_SWEEPS if step == k - 1 else SWEEPS
        fitted = refit(overlaps, along.gather(1, now), values[:, : step + 1], sweeps)
        values[:, : step + 1] = fitted
        left = x - (fitted[:, None] @ directions[now])[:, 0]
    exact = least_squares(overlaps, along.gather(1, chosen), values > 0)
    values = torch.where((exact >= 0).all(dim=1, keepdim=True), exact, values)
    return chosen, torch.where(values > _SILENT * values.max(dim=1, keepdim=True).values, values, 0.0)


def refit(overlaps: Tensor, along: Tensor, values: Tensor, sweeps: int) -> Tensor:
    """Non-negative least squares by coordinate descent from `values`, all rows at once, `[B, k]`.

    The number of sweeps is fixed: if they ended when all rows have settled, a row's code would depend on the others.

    overlaps: inner products of each row's directions, `[B, k, k]`, with ones on the diagonal.
    along: inner products of the row with them, `[B, k]`.
    """
    if len(values) == 1 and not any(part.requires_grad for part in (overlaps, along, values)):
        return _refit_one(overlaps, along, values, sweeps)
    values = values.clone()
    for _ in range(sweeps):
        for place in reversed(range(values.shape[1])):
            error = along[:, place] - (overlaps[:, place] * values).sum(dim=1)
            values[:, place] = (values[:, place] + error).clamp(min=0)
    return values


def _refit_one(overlaps: Tensor, along: Tensor, values: Tensor, sweeps: int) -> Tensor:
    """The same for one row in plain numbers: a tensor of so few costs many times what is computed with it, and a person
    waits for one row while she steers."""
    rows, to_reach, now = overlaps[0].tolist(), along[0].tolist(), values[0].tolist()
    places = range(len(now) - 1, -1, -1)
    for _ in range(sweeps):
        for place in places:
            fitted = now[place] + (to_reach[place] - sum(map(mul, rows[place], now)))
            now[place] = 0.0 if fitted <= 0 else fitted
    return values.new_tensor([now])


def least_squares(overlaps: Tensor, along: Tensor, fires: Tensor) -> Tensor:
    """Plain least squares over the directions that fire, 0 for the others, `[B, k]`; gradients go through it.

    That is the non-negative solution wherever that one is above zero in just these places.

    fires: bool `[B, k]`.
    """
    both = fires[:, :, None] & fires[:, None, :]
    others = torch.diag_embed((~fires).to(overlaps.dtype) + _RIDGE)
    return torch.linalg.solve(overlaps * both + others, (along * fires)[:, :, None])[:, :, 0]
