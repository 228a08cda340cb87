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
MAX_ASKED = 5
"""Users who are asked, at most."""
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
    """Of the stored strongest users, those first whose own value is closest to `CLEAR`, the first for whom a change
    replaces `VISIBLE` items of the list; if there is none among `MAX_ASKED`, the one for whom it replaces most.

    The slider goes to `FULL` if that replaces as many, else to whichever end replaces more. None for a neuron that
    fires on no user, or whose changes replace nothing.
    """
    top = run.index.top_users
    top = top[top["neuron"] == neuron]
    values = top["activation"].to_numpy(float) / float(run.units[neuron])
    found: TryIt | None = None
    for place in np.abs(values - CLEAR).argsort(kind="stable")[:MAX_ASKED]:
        change = _change(run, neuron, int(top["row"].iloc[place]))
        if change.changed > (found.changed if found else 0):
            found = change
        if change.changed >= VISIBLE:
            break
    return found


def _change(run: Run, neuron: int, user: int) -> TryIt:
    """What to try with one user, by row number."""
    scores = PersonScores(run, person_of(run, user))
    own = scores.best(scores.own.astype(np.float64), SHOWN_LENGTH)
    value, changed = FULL, _changed(scores, neuron, FULL, own)
    if changed < VISIBLE and (without := _changed(scores, neuron, OFF, own)) > changed:
        value, changed = OFF, without
    return TryIt(neuron, scores.person.user_id, float(scores.values[neuron]), value, changed, len(own))


def _changed(scores: PersonScores, neuron: int, value: float, own: np.ndarray) -> int:
    """How many items of the list others replace when the neuron is set to a value."""
    changes = scores.changes([Edit(neuron, "set", value)])
    return len(np.setdiff1d(own, scores.best(scores.scores(changes, "exact"), SHOWN_LENGTH)))
