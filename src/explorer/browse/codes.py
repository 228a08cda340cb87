"""Activations of a few rows: encoded when they are asked for, where those of all would take seconds or gigabytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer.runs import Run
from explorer.sae.model import Side
from explorer.steering.grouping import remembered

MAX_USERS = 1_000
"""Users who stand for all where one is compared with the others."""
_ROWS_AT_ONCE = 128


@torch.inference_mode()
def codes_of(run: Run, side: Side, rows: np.ndarray) -> np.ndarray:
    """Activations of some users or items (row numbers), float32 `[len(rows), n]`."""
    model = run.recommender
    embeddings = model.user_embeddings if side == "user" else model.item_embeddings
    codes = np.empty((len(rows), run.sae.n), np.float32)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        codes[start : start + len(part)] = run.sae.encode(embeddings[torch.from_numpy(part)], side).numpy()
    return codes


@dataclass(frozen=True, eq=False)
class Crowd:
    """Users of the data as one stands beside: all, or as many at random as are quickly encoded."""

    users: np.ndarray
    """Row numbers, ascending, `[U]`."""
    codes: np.ndarray
    """Their activations, `[U, n]`."""
    everybody: bool

    def share_below(self, neurons: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The share of these users on whom a neuron fires more weakly than a value, for pairs of both, `[a]`."""
        return (self.codes[:, neurons] < values).mean(axis=0)


def crowd_of(run: Run) -> Crowd:
    """Those of a run, encoded once."""
    return remembered(run, "crowd", lambda: _crowd(run))


def _crowd(run: Run) -> Crowd:
    n = run.recommender.n_users
    users = np.arange(n)
    if n > MAX_USERS:
        users = np.sort(np.random.default_rng(run.config.seed).choice(n, MAX_USERS, replace=False))
    return Crowd(users, codes_of(run, "user", users), len(users) == n)
