"""A run as a value to work with in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from explorer import runs
from explorer.choices import SteeringMode
from explorer.errors import UserError, quoted
from explorer.recommenders import model_title

if TYPE_CHECKING:
    from explorer.steering import SteeredLists

Side = Literal["items", "users"]
_SIDES = {"items": "item", "users": "user"}
_TOP = 20


def load_run(folder: str | Path) -> Run:
    """Open a run folder, with the names that people gave its neurons.

    Raises `explorer.errors.UserError` if it is not a run, or is damaged.
    """
    from explorer.audit import open_run

    return Run(open_run(Path(folder)))


@dataclass(frozen=True, repr=False)
class Run:
    """A trained run: a data set, a frozen recommender, and the neurons that explain its embeddings."""

    inner: runs.Run = field()
    """What the rest of the package works with."""

    def __repr__(self) -> str:
        data = self.inner.dataset
        return (
            f"<Run {self.inner.name}: {data.name}, {data.n_users:,} users, {data.n_items:,} items, "
            f"{self.inner.index.n:,} neurons of {model_title(self.inner.config.recommender)}>"
        )

    @property
    def metrics(self) -> dict[str, Any]:
        """All measures, as `evaluate --json` prints them."""
        return self.inner.metrics.as_json()

    @property
    def neurons(self) -> pd.DataFrame:
        """A row per neuron, by number: `label`, whether it is `named`, how often it fires, purity, and more."""
        return self.inner.index.neurons.copy()

    def items(self, neuron: int, k: int = 10) -> pd.DataFrame:
        """The k strongest items of a neuron, best first: `rank`, `activation`, and what is known of each.

        Fewer where it fires on fewer, or where the run has stored fewer.
        """
        if k < 1:
            raise UserError(f"The number of items is {k}; it must be at least 1.")
        return self.inner.top_items(self.inner.neuron(neuron), k).drop(columns="row", errors="ignore")

    def activations(self, side: Side, ids: Sequence[object] | None = None) -> np.ndarray:
        """Activations of items or users, float32 `[n, n_neurons]`, in the order of `ids` (None: all)."""
        from explorer.browse.codes import codes_of

        return codes_of(self.inner, _side(side), self._rows(side, ids))

    def encode(self, x: np.ndarray, side: Side) -> np.ndarray:
        """Activations of any embeddings in the recommender's space, `[n, d]` → float32 `[n, n_neurons]`."""
        import torch

        try:
            values = np.asarray(x, dtype=np.float32)
        except (TypeError, ValueError):
            raise UserError("The embeddings are not an array of numbers; they must be [n, d].") from None
        d = self.inner.recommender.dim
        if values.ndim != 2 or values.shape[1] != d:
            raise UserError(f"The embeddings have the shape {values.shape}; they must be [n, {d}].")
        if not np.isfinite(values).all():
            raise UserError("The embeddings hold NaN or infinity; leave these rows out.")
        with torch.inference_mode():
            return self.inner.sae.encode(torch.from_numpy(values.copy()), _side(side)).numpy()

    def recommend(self, user: object, k: int = _TOP) -> pd.DataFrame:
        """The recommender's own list of a user (by id): `rank`, `item_id`, `title`, `score`."""
        return self.steer(user, {}, k).before

    def steer(self, user: object, neurons: Mapping[int, float], k: int = _TOP, mode: SteeringMode = "exact") -> Steered:
        """The list of a user (by id) when some neurons are set to other values: 0 is off, 1 the strongest user's.

        mode: `exact` moves the user's own embedding; `paper` decodes the edited code.
        """
        from explorer.steering import Edit, steer

        edits = [Edit(self.inner.neuron(number), "set", _number(value, number)) for number, value in neurons.items()]
        row = self.inner.dataset.user_row(user)
        return Steered(steer(self.inner, row, edits, mode, k))

    def export(self, path: str | Path, what: str | None = None, side: Side = "items", k: int = _TOP) -> Path:
        """Write a file; what it holds and its format follow from `what` and the end of the name (`exports.EXPORTS`).

        what: `neurons` (the default; of .html: `report`), `activations`, `embeddings`, `lists`, `report`.
        """
        from explorer.api.exports import export_run

        return export_run(self.inner, Path(path), what, side, k)

    def _rows(self, side: Side, ids: Sequence[object] | None) -> np.ndarray:
        data = self.inner.dataset
        known = data.items["item_id"] if _side(side) == "item" else data.users["user_id"]
        if ids is None:
            return np.arange(len(known))
        rows = pd.Index(known.map(str)).get_indexer([str(each) for each in ids])
        if (rows < 0).any():
            raise UserError(f"There is no {_side(side)} {ids[int(np.argmax(rows < 0))]!r} in {data.name}.")
        return rows


@dataclass(frozen=True, repr=False)
class Steered:
    """A list before and after a change."""

    inner: SteeredLists

    def __repr__(self) -> str:
        changed = len(set(self.list["item_id"]) - set(self.before["item_id"]))
        return f"<Steered user {self.inner.user_id}: {changed} of {len(self.list)} items changed>"

    @property
    def list(self) -> pd.DataFrame:
        """With the change: `rank`, `item_id`, `title`, `score`, and `recommender_rank`, the item's rank before."""
        return self.inner.steered.drop(columns="row")

    @property
    def before(self) -> pd.DataFrame:
        """The recommender's own list."""
        return self.inner.recommender.drop(columns="row")


def _number(value: object, neuron: int) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UserError(
            f"The value {quoted(value)} for neuron {neuron} is not a number; give one, such as 1.5."
        ) from None


def _side(side: str) -> Literal["item", "user"]:
    if side not in _SIDES:
        raise UserError(f"The side is {side!r}; it is items or users.")
    return _SIDES[side]
