"""Fidelity: do users and items rebuilt from neurons get the recommender's lists? And how sparse is the code?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from explorer.data import Dataset
from explorer.fidelity.agreement import kendall, overlap, rbo
from explorer.measures import ACCURACY_LENGTH, COMPARED_LENGTH, KENDALL, NDCG, OVERLAP, RBO
from explorer.recommenders import Recommender, accuracy, recommend
from explorer.sae import SIDES, SparseAutoencoder, explained_variance
from explorer.sae.codes import SparseCodes
from explorer.storage.tensors import scratch

CODE_MEASURES = ("l0_items", "l0_users", "ev_items", "ev_users", "dead")
"""What `measure_code` measures."""


_CELLS_AT_ONCE = 2**25
"""Activations, rows × neurons, that are in memory as a dense matrix at once while all rows are encoded or decoded."""


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """All users and items, encoded and decoded."""

    user_codes: SparseCodes
    """Of the users, `[n_users, n]`."""
    item_codes: SparseCodes
    """`[n_items, n]`"""
    user_embeddings: Tensor
    """Decoded from them, `[n_users, d]`."""
    item_embeddings: Tensor
    """`[n_items, d]`."""

    @cached_property
    def user_activations(self) -> Tensor:
        """The users' codes as a dense matrix `[n_users, n]`, ≥ 0."""
        return torch.from_numpy(self.user_codes.dense())

    @cached_property
    def item_activations(self) -> Tensor:
        """The items' codes as a dense matrix `[n_items, n]`, ≥ 0."""
        return torch.from_numpy(self.item_codes.dense())


MAX_TESTED = 20_000
"""Users whose lists are compared: the mean of more of them is hardly more certain, and takes hours on large data."""


def tested_users(dataset: Dataset) -> np.ndarray:
    """Users with held-out positives, by row number: all, or `MAX_TESTED` of them evenly spread."""
    users = np.flatnonzero(np.diff(dataset.test.indptr))
    if len(users) <= MAX_TESTED:
        return users
    return users[np.linspace(0, len(users) - 1, MAX_TESTED).astype(np.int64)]


@dataclass(frozen=True, eq=False)
class Lists:
    """The recommender's own lists of some users with held-out positives, to hold other lists against."""

    dataset: Dataset
    recommender: Recommender
    users: np.ndarray
    """Row numbers."""
    own: np.ndarray
    """Int64 `[len(users), 30]`."""

    @classmethod
    def of(cls, dataset: Dataset, recommender: Recommender, users: np.ndarray | None = None) -> Lists:
        """Of these users; None for `tested_users`."""
        users = tested_users(dataset) if users is None else users
        return cls(dataset, recommender, users, recommend(recommender, dataset.seen, COMPARED_LENGTH, users))

    def of_some(self, users: np.ndarray) -> Lists:
        """Those of some of the users, by their row numbers in ascending order."""
        return replace(self, users=users, own=self.own[np.searchsorted(self.users, users)])

    def rebuilt(self, user_embeddings: Tensor, item_embeddings: Tensor) -> np.ndarray:
        """The lists of the same users from other embeddings of all users and items, `[·, d]`."""
        return recommend(
            self.recommender, self.dataset.seen, COMPARED_LENGTH, self.users, user_embeddings, item_embeddings
        )

    def agreement(self, user_embeddings: Tensor, item_embeddings: Tensor) -> dict[str, float]:
        """RBO of those lists with the recommender's, and their NDCG."""
        lists = self.rebuilt(user_embeddings, item_embeddings)
        accurate = accuracy(lists, self.dataset.test[self.users], ACCURACY_LENGTH)
        return {RBO: mean_of_users(rbo(self.own, lists)), NDCG: accurate[NDCG]}


@torch.inference_mode()
def reconstruct(recommender: Recommender, sae: SparseAutoencoder) -> Reconstruction:
    """Encode and decode every user and item."""
    codes = [
        SparseCodes.of_blocks((sae.encode(x[rows], side) for rows in _blocks(len(x), sae.n)), sae.n)
        for x, side in zip(_embeddings(recommender), SIDES, strict=True)
    ]
    return Reconstruction(*codes, *_decoded(recommender, sae, codes, sae.n))


def _blocks(rows: int, n: int) -> Iterator[slice]:
    step = max(1024, _CELLS_AT_ONCE // max(n, 1))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _embeddings(recommender: Recommender) -> tuple[Tensor, Tensor]:
    return recommender.user_embeddings, recommender.item_embeddings


def _decoded(recommender: Recommender, sae: SparseAutoencoder, codes: list[SparseCodes], width: int) -> list[Tensor]:
    """The embeddings decoded from the codes of all users and items by the neurons of one level."""
    found = []
    for of_side, x, side in zip(codes, _embeddings(recommender), SIDES, strict=True):
        rebuilt = torch.from_numpy(scratch(*x.shape))
        for rows in _blocks(len(x), sae.n):
            z = torch.from_numpy(of_side.dense(rows))
            rebuilt[rows] = sae.decode(z, side, width, sae.lengths(x[rows], side))
        found.append(rebuilt)
    return found


def measure_recommender(dataset: Dataset, recommender: Recommender, own: Lists | None = None) -> dict[str, float]:
    """NDCG, recall and hit rate of the recommender's own lists on the held-out positives; `own` if they are known."""
    own = own or Lists.of(dataset, recommender)
    return accuracy(own.own, dataset.test[own.users], ACCURACY_LENGTH)


def measure_levels(
    dataset: Dataset,
    recommender: Recommender,
    sae: SparseAutoencoder,
    reconstruction: Reconstruction,
    own: Lists | None = None,
) -> list[dict[str, float]]:
    """Fidelity and code of every prefix of the dictionary as a recommender of its own, the narrowest first.

    The last is the whole dictionary, and the only one without Matryoshka. Each has its `width`.

    own: the recommender's lists of all users with held-out positives; None to compute them.
    """
    own = own or Lists.of(dataset, recommender)
    levels = []
    for width in sae.levels:
        with torch.inference_mode():
            codes = [reconstruction.user_codes, reconstruction.item_codes]
            used = sae.rebuilding(width).numpy()
            level = Reconstruction(*(each.only(used) for each in codes), *_decoded(recommender, sae, codes, width))
        code = measure_code(recommender.user_embeddings, recommender.item_embeddings, level)
        levels.append({"width": width, **measure_fidelity(dataset, recommender, level, own), **code})
    return levels


def measure_fidelity(
    dataset: Dataset, recommender: Recommender, reconstruction: Reconstruction, own: Lists | None = None
) -> dict[str, float]:
    """The recommender's lists against those from reconstructed users and items, over users with held-out positives.

    RBO, Kendall's τ and overlap of the lists, and NDCG, recall and hit rate of the reconstruction's lists.

    own: the recommender's lists of these users; None to compute them.
    """
    own = own or Lists.of(dataset, recommender)
    rebuilt = own.rebuilt(reconstruction.user_embeddings, reconstruction.item_embeddings)
    return {
        RBO: mean_of_users(rbo(own.own, rebuilt)),
        KENDALL: mean_of_users(kendall(own.own, rebuilt)),
        OVERLAP: mean_of_users(overlap(own.own, rebuilt)),
        **accuracy(rebuilt, dataset.test[own.users], ACCURACY_LENGTH),
    }


def mean_of_users(values: np.ndarray) -> float:
    """Mean over the users for whom there is a value; NaN if there are none."""
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def measure_code(user_embeddings: Tensor, item_embeddings: Tensor, reconstruction: Reconstruction) -> dict[str, float]:
    """Sparsity, explained variance and dead neurons of the code of these users and items, `[·, d]`."""
    users, items = reconstruction.user_codes, reconstruction.item_codes
    return {
        "l0_items": float(torch.from_numpy(items.active).float().mean()),
        "l0_users": float(torch.from_numpy(users.active).float().mean()),
        "ev_items": explained_variance(item_embeddings, reconstruction.item_embeddings),
        "ev_users": explained_variance(user_embeddings, reconstruction.user_embeddings),
        "dead": int(((users.firing == 0) & (items.firing == 0)).sum()),
    }
