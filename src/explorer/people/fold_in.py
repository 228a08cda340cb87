"""Somebody who is not in the data: what she likes makes her embedding, by the base model."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from explorer.errors import UserError
from explorer.recommenders import fold_in_examples
from explorer.runs import Run
from explorer.steering.person import Person


def fold_in(run: Run, items: Iterable[int]) -> Person:
    """A person who likes these items (row numbers, in any order); no list shows them again.

    Raises `UserError` if there are none.
    """
    seen = np.unique(np.fromiter(items, np.int64))
    if not len(seen):
        raise UserError(f"Nobody to recommend to: choose at least one {run.dataset.nouns.item} that the person likes.")
    popularity = run.dataset.items["popularity"].to_numpy()
    return Person(fold_in_examples(run.config.recommender, run.recommender, seen, popularity), seen)
