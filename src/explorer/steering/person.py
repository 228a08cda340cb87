"""Who gets a list: a user of the data, or somebody who is not in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from explorer.runs import Run


@dataclass(frozen=True, eq=False)
class Person:
    """All that the recommender and the lists need to know of somebody."""

    embedding: Tensor
    """Float32 `[1, d]`."""
    seen: np.ndarray
    """Row numbers of the items that no list shows again, ascending, int64."""
    held_out: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    """Row numbers of known favourites that the recommender has not seen."""
    user: int | None = None
    """Row number; None for somebody who is not in the data."""
    user_id: object = None
    """By the data set's own id; None for somebody who is not in the data."""


def person_of(run: Run, user: int) -> Person:
    """A user of the data, by row number."""
    seen = run.dataset.seen
    return Person(
        embedding=run.recommender.user_embeddings[user : user + 1],
        seen=np.sort(seen.indices[seen.indptr[user] : seen.indptr[user + 1]]).astype(np.int64),
        held_out=run.dataset.held_out(user),
        user=user,
        user_id=run.dataset.users["user_id"].iloc[user],
    )


def score_person(run: Run, person: Person, embeddings: Tensor, items: Tensor | None = None) -> Tensor:
    """Scores for embeddings `[B, d]` in the person's place, `[B, n_items]`; only of some items (row numbers) if given.

    Somebody who is not in the data has no bias of her own and gets the mean of the users', which moves all her scores
    alike.
    """
    model = run.recommender
    users = torch.full((len(embeddings),), 0 if person.user is None else person.user)
    q = model.item_embeddings if items is None else model.item_embeddings[items]
    scores = model.score(embeddings, q, users, items)
    bias = getattr(model, "user_bias", None)
    if person.user is None and bias is not None:
        scores = scores - bias[0] + bias.mean()
    return scores
