"""Steer a user: edit activations, decode, score again, rank again. The base model is never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from explorer.choices import STEERING_MODES, SteeringMode, SteeringUnit
from explorer.errors import UserError
from explorer.measures import SHOWN_LENGTH
from explorer.recommenders import NOTHING, top_items
from explorer.runs import Run

Action = Literal["set", "add", "scale"]
MAX_VALUE = 1e6
"""Largest value of an edit; sliders end far below, and beyond the list no longer changes."""


@dataclass(frozen=True)
class Edit:
    """One change of one neuron."""

    neuron: int
    action: Action
    """`set` it to the value, `add` the value, or `scale` it by the value."""
    value: float
    """May be negative: to suppress a concept, switching its neuron off is often not enough."""
    unit: SteeringUnit = "max"
    """Of the value of `set` and `add`: `max`, multiples of the neuron's maximum over users (`Run.units`), or raw
    `activation`."""


@dataclass(frozen=True)
class SteeredLists:
    """The three lists of one call, so that they cannot come from different settings.

    Each has `rank`, `row`, `item_id`, `title`, `genres`, `year` and `score`; the last two also `recommender_rank`, the
    item's rank in the base model's ranking of all unseen items.
    """

    user_id: object
    """By the data set's own id."""
    user: int
    """Row number."""
    mode: SteeringMode
    recommender: pd.DataFrame
    """The base model's own list."""
    reconstruction: pd.DataFrame
    """From the user rebuilt from neurons, without the edits."""
    steered: pd.DataFrame
    """With the edits."""
    before: np.ndarray
    """The user's activations without the edits, `[n]`."""
    after: np.ndarray
    """The user's activations with the edits, `[n]`."""


def apply_edits(activations: Tensor, edits: list[Edit], units: np.ndarray) -> Tensor:
    """Activations `[n]` after the edits, in their order; the argument is left as it is."""
    edited = activations.clone()
    for edit in edits:
        if not np.isfinite(edit.value):
            raise UserError(f"The value {edit.value} for neuron {edit.neuron} is not a finite number.")
        if not 0 <= edit.neuron < len(edited):
            raise UserError(f"There is no neuron {edit.neuron}; this run has the neurons 0 to {len(edited) - 1}.")
        if abs(edit.value) > MAX_VALUE:
            raise UserError(f"The value {edit.value:g} for neuron {edit.neuron} is beyond ±{MAX_VALUE:g}.")
        value = edit.value * float(units[edit.neuron]) if edit.unit == "max" else edit.value
        if edit.action == "set":
            edited[edit.neuron] = value
        elif edit.action == "add":
            edited[edit.neuron] += value
        elif edit.action == "scale":
            edited[edit.neuron] *= edit.value
        else:
            raise UserError(f"The action {edit.action!r} does not exist; it is set, add or scale.")
    return edited


@torch.inference_mode()
def steer(
    run: Run, user: int, edits: list[Edit] = (), mode: SteeringMode = "exact", top: int = SHOWN_LENGTH
) -> SteeredLists:
    """The three lists of one user (row number), `top` long, with seen items masked.

    Exact mode moves the user's own embedding, `x' = x + l·s·(z' − z) W_dec`: with no edit the list is the
    recommender's, item for item. Paper mode decodes, `x' = decode(z')`, and so carries the reconstruction's
    error before any edit.
    """
    if mode not in STEERING_MODES:
        raise UserError(f"The mode {mode!r} does not exist; it is exact or paper.")
    if top < 1:
        raise UserError(f"The length of the lists is {top}; it must be at least 1.")
    sae = run.sae
    x = run.recommender.user_embeddings[user : user + 1]
    z = sae.encode(x, "user")
    edited, lengths = apply_edits(z[0], list(edits), run.units)[None], sae.lengths(x, "user")
    rebuilt = sae.decode(z, "user", lengths=lengths)
    if mode == "exact":
        moved = x + sae.shift(edited - z, "user", lengths)
    else:
        moved = sae.decode(edited, "user", lengths=lengths)
    scores = [_scores(run, user, embedding) for embedding in (x, rebuilt, moved)]
    ranks = ranks_of(run, user, scores[0])
    recommender, reconstruction, steered = (list_table(run, user, row, top) for row in scores)
    return SteeredLists(
        user_id=run.dataset.users["user_id"].iloc[user],
        user=user,
        mode=mode,
        recommender=recommender,
        reconstruction=reconstruction.assign(recommender_rank=ranks[reconstruction["row"]]),
        steered=steered.assign(recommender_rank=ranks[steered["row"]]),
        before=z[0].numpy(),
        after=edited[0].numpy(),
    )


def _scores(run: Run, user: int, embedding: Tensor) -> Tensor:
    """Scores of the whole catalogue, `[1, n_items]`. Always one row at a time: a product of another shape may
    round differently, and equal embeddings must give equal lists."""
    model = run.recommender
    return model.score(embedding, model.item_embeddings, torch.tensor([user]))


def list_table(run: Run, user: int, scores: Tensor, top: int) -> pd.DataFrame:
    """The best unseen items of one user by scores `[1, n_items]`: `rank`, `row`, `item_id`, `title`, `genres`, `year`
    and `score`."""
    rows = top_items(scores, run.dataset.seen[[user]], top)[0]
    rows = rows[rows != NOTHING]
    items = run.dataset.items.iloc[rows]
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(rows) + 1),
            "row": rows,
            "item_id": items["item_id"].to_numpy(),
            "title": items["title"].to_numpy(),
            "genres": items["genres"].to_numpy(),
            "year": items["year"].array,
            "score": scores[0, torch.from_numpy(rows)].numpy(),
        }
    )


def ranks_of(run: Run, user: int, scores: Tensor) -> np.ndarray:
    """Rank (from 1) of every item among the user's unseen items, `[n_items]`; 0 for items already seen."""
    order = top_items(scores, run.dataset.seen[[user]], run.dataset.n_items)[0]
    order = order[order != NOTHING]
    ranks = np.zeros(run.dataset.n_items, np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks
