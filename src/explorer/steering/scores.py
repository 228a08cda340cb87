"""A person's scores, and how edits move them.

For dot products a score is linear in the user, so an edit adds to every item what the neuron's effect on it is:

    score_i = own_i + Σ_k c_k · effect_ki        c_k: change of neuron k, in units
    effect_ki = l · s · unit_k · ⟨d_k, q_i⟩

The sum is taken in double precision over neurons in ascending order, of effects in single precision. The dashboard
computes it in the browser in the same order from the same numbers, and so gets the same list to the last item.
For other scores the moved embedding `x + l·s·(Δz W_dec)` is scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import torch

from explorer.choices import SteeringMode
from explorer.runs import Run
from explorer.steering.edits import AnyEdit, changes_of
from explorer.steering.grouping import concepts_of
from explorer.steering.person import Person, score_person
from explorer.steering.ranking import best_rows, ranks_of


class PersonScores:
    """What is computed once for a person, whatever is edited then. Read-only but for what it remembers."""

    def __init__(self, run: Run, person: Person):
        self.run, self.person = run, person
        with torch.inference_mode():
            self._code = run.sae.encode(person.embedding, "user")
            self._length = run.sae.lengths(person.embedding, "user")
            self.own = self._scores(person.embedding)
        self._effects: dict[int, np.ndarray] = {}

    @property
    def activations(self) -> np.ndarray:
        """The person's neurons, raw, float32 `[n]`; a copy."""
        return self._code[0].numpy().copy()

    @cached_property
    def values(self) -> np.ndarray:
        """The same in units, float64 `[n]`."""
        return self._code[0].numpy().astype(np.float64) / self.run.units.astype(np.float64)

    @cached_property
    @torch.inference_mode()
    def rebuilt(self) -> np.ndarray:
        """Scores of the person rebuilt from neurons, float32 `[n_items]`; `own` are the recommender's."""
        return self._scores(self.run.sae.decode(self._code, "user", lengths=self._length))

    @torch.inference_mode()
    def effect(self, neuron: int) -> np.ndarray:
        """What one unit of a neuron adds to each item's score, float32 `[n_items]`; of dot products only."""
        if neuron not in self._effects:
            sae = self.run.sae
            step = self._length[0] * sae.scale[0] * float(self.run.units[neuron]) * sae.W_dec[neuron]
            # One neuron at a time: a product of another shape may round differently.
            self._effects[neuron] = (self.run.recommender.item_embeddings @ step).numpy()
        return self._effects[neuron]

    def changes(self, edits: Iterable[AnyEdit]) -> dict[int, float]:
        """By how much each edited neuron changes, in units, ascending (`changes_of`)."""
        return changes_of(edits, self.values, self.run.units, concepts_of(self.run))

    def scores(self, changes: Mapping[int, float], mode: SteeringMode) -> np.ndarray:
        """Scores with some neurons changed (units, ascending), float64 `[n_items]`."""
        start = self.own if mode == "exact" else self.rebuilt
        if not changes:
            return start.astype(np.float64)
        if self.run.recommender.dot_product:
            scores = start.astype(np.float64)
            for neuron, change in changes.items():
                scores += change * self.effect(neuron).astype(np.float64)
            return scores
        return self._moved(changes, mode).astype(np.float64)

    @torch.inference_mode()
    def _moved(self, changes: Mapping[int, float], mode: SteeringMode) -> np.ndarray:
        sae = self.run.sae
        dz = torch.zeros_like(self._code)
        for neuron, change in changes.items():
            dz[0, neuron] = change * float(self.run.units[neuron])
        x = self.person.embedding if mode == "exact" else sae.decode(self._code, "user", lengths=self._length)
        return self._scores(x + sae.shift(dz, "user", self._length))

    def _scores(self, embedding: torch.Tensor) -> np.ndarray:
        # One row at a time: a product of another shape may round differently, and equal embeddings must give equal
        # lists.
        return score_person(self.run, self.person, embedding)[0].numpy()

    def best(self, scores: np.ndarray, n: int) -> np.ndarray:
        """Row numbers of the n best unseen items."""
        return best_rows(scores, self.person.seen, n)

    def own_ranks(self, rows: np.ndarray) -> np.ndarray:
        """The rank of items in the recommender's own order of all unseen ones."""
        return ranks_of(self.own.astype(np.float64), self.person.seen, rows)
