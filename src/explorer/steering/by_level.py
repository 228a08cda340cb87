"""What a user would get from the first neurons alone: one list per Matryoshka level, and what each level brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from explorer.fidelity import overlap, rbo
from explorer.recommenders import NOTHING
from explorer.runs import Run
from explorer.steering.steer import LIST_LENGTH, list_table, ranks_of


@dataclass(frozen=True)
class LevelList:
    """The list of one level. `table` is that of `steer`, with `recommender_rank`, `new` (bool: the level before did
    not have it) and, from the second level on, `before` (its rank there, 0 if it was not in the list). `agreement`
    (RBO) and `shared` (share of items) are with the recommender's own list. `neurons` of the level fire for the user,
    strongest first."""

    width: int
    table: pd.DataFrame
    agreement: float
    shared: float
    neurons: np.ndarray


@dataclass(frozen=True)
class LevelLists:
    """A user's list from the recommender, and from each level of the dictionary, the narrowest first."""

    recommender: pd.DataFrame
    levels: list[LevelList]


@torch.inference_mode()
def level_lists(run: Run, user: int, top: int = LIST_LENGTH) -> LevelLists:
    """Lists of one user (row number) with the dictionary cut at each prefix: user and items rebuilt from the first
    neurons only, as `fidelity.measure_levels` measures it; seen items masked."""
    model, sae, rows = run.recommender, run.sae, torch.tensor([user])
    x = model.user_embeddings[user : user + 1]
    z, of_items = sae.encode(x, "user"), run.reconstruction.item_activations
    own = model.score(x, model.item_embeddings, rows)
    recommender, ranks = list_table(run, user, own, top), ranks_of(run, user, own)
    levels, start, before = [], 0, None
    for width in sae.levels:
        scores = model.score(sae.decode(z, "user", width), sae.decode(of_items, "item", width), rows)
        table = list_table(run, user, scores, top)
        there = {} if before is None else dict(zip(before["row"], before["rank"], strict=True))
        table = table.assign(
            recommender_rank=ranks[table["row"]],
            before=[there.get(row, 0) for row in table["row"]],
            new=[before is not None and row not in there for row in table["row"]],
        )
        pair = [_padded(of["row"], top) for of in (recommender, table)]
        fires = z[0, start:width].numpy()
        strongest = start + np.argsort(-fires, kind="stable")[: int((fires > 0).sum())]
        levels.append(LevelList(width, table, float(rbo(*pair)[0]), float(overlap(*pair)[0]), strongest))
        start, before = width, table
    return LevelLists(recommender, levels)


def _padded(rows: pd.Series, top: int) -> np.ndarray:
    """A list as the measures of agreement take it, `[1, top]`."""
    return np.pad(rows.to_numpy(np.int64), (0, top - len(rows)), constant_values=NOTHING)[None]
