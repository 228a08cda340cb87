"""A change that shows what a neuron does: for which user, and how far its slider is moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.measures import SHOWN_LENGTH
from explorer.runs import Run
from explorer.steering import Edit, PersonScores, person_of
from explorer.steering.setting import Setting, parameters_of_setting

CLEAR = 0.5
"""The value, in units, that the user's own should be close to: clear, and not the most extreme."""
VISIBLE = SHOWN_LENGTH // 4
"""Items of the list that a change should replace."""
OFF, FULL = 0.0, 1.0
"""Where the slider may be set: as for the users who have nothing of it, or as for the one who has most. No user is
beyond."""


@dataclass(frozen=True)
class TryIt:
    """One user and one setting of one neuron's slider."""

    neuron: int
    user_id: object
    own: float
    """What the user has of it, in units."""
    value: float
    """What the slider is set to: `OFF` or `FULL`."""
    changed: int
    """Items of the list of 20 that others replace."""
    length: int
    """Items of the list."""

    def parameters(self, run: Run) -> dict[str, str]:
        """Of the address of the steering page."""
        setting = Setting(edits=(Edit(self.neuron, "set", self.value),), pins=(str(self.neuron),))
        said = {name: text for name, text in parameters_of_setting(run, setting).items() if text}
        return {"user": str(self.user_id), **said}


def try_it(run: Run, neuron: int) -> TryIt | None:
    """Of the stored strongest users the one whose own value is closest to `CLEAR`; of equals the stronger one.

    The slider goes to `FULL` if that replaces `VISIBLE` items of the list or more, else to whichever end replaces more.
    None for a neuron that fires on no user, or where neither end changes the list.
    """
    top = run.index.top_users
    top = top[top["neuron"] == neuron]
    if top.empty:
        return None
    values = top["activation"].to_numpy(float) / float(run.units[neuron])
    user = int(top["row"].iloc[int(np.abs(values - CLEAR).argmin())])
    scores = PersonScores(run, person_of(run, user))
    own = scores.best(scores.own.astype(np.float64), SHOWN_LENGTH)
    value, changed = FULL, _changed(scores, neuron, FULL, own)
    if changed < VISIBLE and (without := _changed(scores, neuron, OFF, own)) > changed:
        value, changed = OFF, without
    if not changed:
        return None
    return TryIt(neuron, scores.person.user_id, float(scores.values[neuron]), value, changed, len(own))


def _changed(scores: PersonScores, neuron: int, value: float, own: np.ndarray) -> int:
    """How many items of the list others replace when the neuron is set to a value."""
    changes = scores.changes([Edit(neuron, "set", value)])
    return len(np.setdiff1d(own, scores.best(scores.scores(changes, "exact"), SHOWN_LENGTH)))
