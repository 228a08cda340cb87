"""Steered lists of many users, the same to the last item as `steer` makes for one.

Where scores are dot products the very products of `PersonScores` are taken, one user at a time, because a product of
another shape may round differently; everything after them is done for all users at once. Other scores are computed
for many users together, and two items whose scores differ by rounding alone may change places.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.choices import STEERING_MODES, SteeringMode
from explorer.errors import UserError
from explorer.recommenders import NOTHING
from explorer.runs import Run
from explorer.steering.edits import AnyEdit, changes_of
from explorer.steering.grouping import concepts_of
from explorer.steering.ranking import best_rows

CELLS_AT_ONCE = 2**21
"""Scores of a chunk of users: 16 MB in double precision."""

Changes = Mapping[int, np.ndarray]
"""By how much each neuron changes, in units, float64 `[B]`; neurons in ascending order."""


class Crowd:
    """Some users, few enough for their scores to fit in memory together. Read-only but for what it remembers."""

    def __init__(self, run: Run, users: np.ndarray, mode: SteeringMode = "exact", embeddings: Tensor | None = None):
        """users: row numbers. embeddings: float32 `[B, d]`; None for the recommender's own."""
        if mode not in STEERING_MODES:
            raise UserError(f"The mode {mode!r} does not exist; it is exact or paper.")
        self.run, self.users, self.mode = run, users, mode
        model, sae = run.recommender, run.sae
        with torch.inference_mode():
            x = model.user_embeddings[torch.from_numpy(users)] if embeddings is None else embeddings
            self._code = sae.encode(x, "user")
            self.lengths = sae.lengths(x, "user")
            self.embeddings = x if mode == "exact" else sae.decode(self._code, "user", lengths=self.lengths)
        self._effects: dict[int, np.ndarray] = {}
        self._kept: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self.users)

    def remember(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is made once and used again while the crowd lasts."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    @cached_property
    def values(self) -> np.ndarray:
        """The users' neurons, in units, float64 `[B, n]`."""
        return self._code.numpy().astype(np.float64) / self.run.units.astype(np.float64)

    @cached_property
    def seen(self) -> tuple[np.ndarray, np.ndarray]:
        """Places in the crowd and row numbers of the items that no list shows again."""
        seen = self.run.dataset.seen[self.users].tocoo()
        return seen.row.astype(np.int64), seen.col.astype(np.int64)

    @cached_property
    def start(self) -> np.ndarray:
        """Scores before any change, float64 `[B, n_items]`, −∞ where an item was seen."""
        scores = self._scores(self.embeddings).numpy().astype(np.float64)
        scores[self.seen] = -np.inf
        return scores

    @torch.inference_mode()
    def _scores(self, x: Tensor) -> Tensor:
        model, rows = self.run.recommender, torch.from_numpy(self.users)
        if not model.dot_product:
            return model.score(x, model.item_embeddings, rows)
        scores = torch.empty(len(x), model.n_items)
        for i in range(len(x)):
            scores[i] = model.score(x[i : i + 1], model.item_embeddings, rows[i : i + 1])[0]
        return scores

    @torch.inference_mode()
    def effect(self, neuron: int) -> np.ndarray:
        """What one unit of a neuron adds to each item's score, float32 `[B, n_items]`, or `[1, n_items]` where it is
        the same for all; of dot products only."""
        if neuron not in self._effects:
            sae, items = self.run.sae, self.run.recommender.item_embeddings
            lengths = self.lengths if bool(sae.unit_length[0]) else self.lengths[:1]
            steps = lengths * sae.scale[0] * float(self.run.units[neuron]) * sae.W_dec[neuron]
            effect = torch.empty(len(steps), len(items))
            for i, step in enumerate(steps):
                effect[i] = items @ step
            self._effects[neuron] = effect.numpy()
        return self._effects[neuron]

    def changes(self, edits: Iterable[AnyEdit]) -> dict[int, np.ndarray]:
        """What the same edits change for each user."""
        edits, concepts = list(edits), concepts_of(self.run)
        found: dict[int, np.ndarray] = {}
        for i, values in enumerate(self.values):
            for neuron, change in changes_of(edits, values, self.run.units, concepts).items():
                found.setdefault(neuron, np.zeros(len(self)))[i] = change
        return {neuron: found[neuron] for neuron in sorted(found)}

    def shift(self, changes: Changes) -> Tensor:
        """By how much changes move the users' embeddings, float32 `[B, d]`."""
        sae = self.run.sae
        dz = torch.zeros_like(self._code)
        for neuron, change in changes.items():
            dz[:, neuron] = torch.from_numpy(change * float(self.run.units[neuron]))
        return sae.shift(dz, "user", self.lengths)

    def changed(self, changes: Changes) -> np.ndarray:
        """Scores with some neurons changed, float64 `[B, n_items]`, −∞ where an item was seen."""
        if not self.run.recommender.dot_product:
            return self.moved(self.shift(changes)) if changes else self.start
        scores = self.start.copy()
        for neuron, change in changes.items():
            scores += change[:, None] * self.effect(neuron)
        return scores

    @torch.inference_mode()
    def moved(self, shift: Tensor) -> np.ndarray:
        """Scores with the embeddings moved by `[B, d]`, float64 `[B, n_items]`, −∞ where an item was seen."""
        model = self.run.recommender
        if model.dot_product:
            return self.start + (shift @ model.item_embeddings.T).numpy()
        scores = self._scores(self.embeddings + shift).numpy().astype(np.float64)
        scores[self.seen] = -np.inf
        return scores

    def best(self, scores: np.ndarray, top: int) -> np.ndarray:
        """The best unseen items by scores `[B, n_items]` in the order of `ranking`, int64 `[B, top]`, `NOTHING` where
        there are no more."""
        values, items = (found.numpy() for found in torch.from_numpy(scores).topk(min(top, scores.shape[1]), dim=1))
        by_row = np.argsort(items, axis=1)
        values, items = (np.take_along_axis(found, by_row, axis=1) for found in (values, items))
        order = np.argsort(-values, axis=1, kind="stable")
        values, items = (np.take_along_axis(found, order, axis=1) for found in (values, items))
        lists = np.full((len(scores), top), NOTHING)
        lists[:, : items.shape[1]] = np.where(values > -np.inf, items, NOTHING)
        # `topk` takes any of the items that tie for the last place.
        last = values[:, -1:]
        for i in np.flatnonzero(((scores >= last).sum(axis=1) > values.shape[1]) & (last[:, 0] > -np.inf)):
            lists[i, : items.shape[1]] = best_rows(scores[i], np.flatnonzero(np.isneginf(scores[i])), top)
        return lists


def crowds(run: Run, users: np.ndarray, mode: SteeringMode = "exact") -> Iterator[tuple[slice, Crowd]]:
    """Users in chunks, each with its place among them."""
    at_once = max(1, CELLS_AT_ONCE // max(run.dataset.n_items, 1))
    for start in range(0, len(users), at_once):
        place = slice(start, min(start + at_once, len(users)))
        yield place, Crowd(run, users[place], mode)


def steered_lists(
    run: Run, users: np.ndarray, edits: Iterable[Iterable[AnyEdit]], top: int, mode: SteeringMode = "exact"
) -> np.ndarray:
    """The lists of users (row numbers) under each of several settings, int64 `[settings, B, top]`, `NOTHING` where
    there are no more items."""
    settings = [list(setting) for setting in edits]
    if top < 1:
        raise UserError(f"The length of the lists is {top}; it must be at least 1.")
    lists = np.full((len(settings), len(users), top), NOTHING)
    for place, crowd in crowds(run, users, mode):
        for setting, of_setting in zip(settings, lists, strict=True):
            of_setting[place] = crowd.best(crowd.changed(crowd.changes(setting)), top)
    return lists
