"""Steer a person: edit activations, score again, rank again. The base model is never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from explorer.choices import STEERING_MODES, SteeringMode
from explorer.errors import UserError
from explorer.measures import SHOWN_LENGTH
from explorer.runs import Run
from explorer.steering.edits import AnyEdit
from explorer.steering.hiding import Hide, hidden_items
from explorer.steering.person import Person, person_of
from explorer.steering.ranking import best_rows
from explorer.steering.scores import PersonScores


@dataclass(frozen=True)
class SteeredLists:
    """The three lists of one call, so that they cannot come from different settings.

    Each has `rank`, `row`, `item_id`, `title`, `genres`, `year` and `score`; the last two also `recommender_rank`, the
    item's rank in the base model's ranking of all unseen items.
    """

    person: Person
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
    hidden: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    """Row numbers of the items that the steered list skips, seen or not, ascending."""

    @property
    def user_id(self) -> object:
        """By the data set's own id; None for somebody who is not in the data."""
        return self.person.user_id

    @property
    def user(self) -> int | None:
        """Row number; None for somebody who is not in the data."""
        return self.person.user


def steer(
    run: Run,
    who: int | Person | PersonScores,
    edits: Iterable[AnyEdit] = (),
    mode: SteeringMode = "exact",
    top: int = SHOWN_LENGTH,
    hide: Iterable[int | Hide] = (),
) -> SteeredLists:
    """The three lists of one person, `top` long, with seen items masked.

    Exact mode moves the user's own embedding, `x' = x + l·s·(z' − z) W_dec`: with no edit the list is the
    recommender's, item for item. Paper mode decodes, `x' = decode(z')`, and so carries the reconstruction's
    error before any edit.

    who: a user's row number, somebody else, or either with what was computed before.
    hide: neurons whose items the steered list skips; the next best take their places.
    """
    if mode not in STEERING_MODES:
        raise UserError(f"The mode {mode!r} does not exist; it is exact or paper.")
    if top < 1:
        raise UserError(f"The length of the lists is {top}; it must be at least 1.")
    if not isinstance(who, PersonScores):
        who = PersonScores(run, who if isinstance(who, Person) else person_of(run, who))
    changes = who.changes(edits)
    before = after = who.activations
    if changes:
        after = before.copy()
        for neuron, change in changes.items():
            after[neuron] += change * float(run.units[neuron])
    own, rebuilt = who.own.astype(np.float64), who.rebuilt.astype(np.float64)
    seen, hidden = who.person.seen, hidden_items(run, hide)
    recommender, reconstruction = (list_table(run, seen, scores, top) for scores in (own, rebuilt))
    steered = list_table(run, np.union1d(seen, hidden), who.scores(changes, mode), top)
    ranks = who.own_ranks(np.concatenate([reconstruction["row"], steered["row"]]).astype(np.int64))
    return SteeredLists(
        person=who.person,
        mode=mode,
        recommender=recommender,
        reconstruction=reconstruction.assign(recommender_rank=ranks[: len(reconstruction)]),
        steered=steered.assign(recommender_rank=ranks[len(reconstruction) :]),
        before=before,
        after=after.copy(),
        hidden=hidden,
    )


def list_table(run: Run, seen: np.ndarray, scores: np.ndarray, top: int) -> pd.DataFrame:
    """The best unseen items by scores, float64 `[n_items]`: `rank`, `row`, `item_id`, `title`, `genres`, `year` and
    `score`."""
    rows = best_rows(scores, seen, top)
    items = run.dataset.items
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(rows) + 1),
            "row": rows,
            **{name: items[name].array[rows] for name in ("item_id", "title", "genres", "year")},
            "score": scores[rows],
        }
    )
