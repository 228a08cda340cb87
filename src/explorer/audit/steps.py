"""What can be taken back, and what can be done again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from explorer.audit.values import Review


class Steps(NamedTuple):
    """What one reviewer has said of one neuron, as steps forward and back."""

    done: list[Review]
    """Steps that stand, oldest first; the last one is what is said now."""
    undone: list[Review]
    """Steps that were taken back and may be done again, the next one last."""


def steps_of(history: Iterable[Review]) -> Steps:
    """The steps of a history, oldest first. Whatever is said anew, imported or inherited is a step, and ends what could
    be done again."""
    done: list[Review] = []
    undone: list[Review] = []
    for said in history:
        if said.action == "undo":
            if done:
                undone.append(done.pop())
        elif said.action == "redo":
            if undone:
                done.append(undone.pop())
        else:
            done.append(said)
            undone.clear()
    return Steps(done, undone)
