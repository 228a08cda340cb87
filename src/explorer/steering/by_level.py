"""A user's list rebuilt from the first neurons only: one list per Matryoshka level, and what each level adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from explorer.measures import SHOWN_LENGTH
from explorer.runs import Run
from explorer.steering.effect import list_agreement
from explorer.steering.person import person_of, score_person
from explorer.steering.ranking import ranks_of
from explorer.steering.steer import list_table


@dataclass(frozen=True)
class LevelList:
    """The list of one level."""

    width: int
    """Neurons that it is made from: the first so many."""
    table: pd.DataFrame
    """As of `steer`, with `recommender_rank`, `before` (the rank in the level before, 0 if not in its list) and `new`
    (bool: not in the list of the level before)."""
    agreement: float
    """RBO with the recommender's own list."""
    shared: float
    """Share of items that are also in the recommender's own list."""
    neurons: np.ndarray
    """The level's own neurons that fire for the user, strongest first."""


@dataclass(frozen=True)
class LevelLists:
    """A user's list from the recommender, and from each level of the dictionary, the narrowest first."""

    recommender: pd.DataFrame
    levels: list[LevelList]


@torch.inference_mode()
def level_lists(run: Run, user: int, top: int = SHOWN_LENGTH) -> LevelLists:
    """Lists of one user (row number) with the dictionary cut at each prefix: user and items rebuilt from the first
    neurons only, as `fidelity.measure_levels` measures it; seen items masked."""
    model, sae, person, rows = run.recommender, run.sae, person_of(run, user), torch.tensor([user])
    x = person.embedding
    z, of_items = sae.encode(x, "user"), run.reconstruction.item_activations
    own = score_person(run, person, x)[0].numpy().astype(np.float64)
    recommender = list_table(run, person.seen, own, top)
    levels, start, before = [], 0, None
    for width in sae.levels:
        rebuilt = sae.decode(z, "user", width, sae.lengths(x, "user"))
        scores = model.score(rebuilt, sae.decode(of_items, "item", width), rows)[0].numpy().astype(np.float64)
        table = list_table(run, person.seen, scores, top)
        there = {} if before is None else dict(zip(before["row"], before["rank"], strict=True))
        table = table.assign(
            recommender_rank=ranks_of(own, person.seen, table["row"].to_numpy()),
            before=[there.get(row, 0) for row in table["row"]],
            new=[before is not None and row not in there for row in table["row"]],
        )
        fires = z[0, start:width].numpy()
        strongest = start + np.argsort(-fires, kind="stable")[: int((fires > 0).sum())]
        levels.append(LevelList(width, table, *list_agreement(recommender["row"], table["row"]), strongest))
        start, before = width, table
    return LevelLists(recommender, levels)
